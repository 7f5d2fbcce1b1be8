import { defineAction, Findings, findingsShape, letter, sayIn, writeLetter, z } from 'trae-os/sdk'
import { instructionsOf } from '../advise.ts'
import { composeLetter, KINDS } from '../compose-letter.ts'

export const onboardingMessage = defineAction({
  title: 'Write a message to a customer',
  description:
    'Composes an e-mail to a customer in their language: kickoff, the steps after it, help, an offer. Fixed words; a model, where there is one, ' +
    'writes the middle, which is checked. It sends nothing: hand subject and body to email/send.',
  input: z.object({
    kind: z.enum(KINDS),
    lead: z.looseObject({ name: z.string().nullish(), company: z.string().nullish(), locale: z.string().nullish() }),
    plan: z.string().nullish(),
    reasons: z.array(z.string()).max(10).default([]).describe('For an intervention: what is not well, in words.'),
  }),
  output: z.object({ ...findingsShape, subject: z.string(), body: z.string(), locale: z.string(), written: letter }),
  effect: 'none',
  idempotency: 'none',
  sample: { kind: 'kickoff', lead: { name: 'Ana Souza', company: 'Acme Solar', locale: 'pt-BR' }, plan: 'Pro' },
  run: async ({ kind, lead, plan, reasons }, ctx) => {
    const say = sayIn(ctx)
    const locale = lead.locale ?? ctx.locale
    const findings = new Findings()
    findings.fact(say('fact.kind'), say(`kind.${kind}`), 'given', 'input.kind')
    findings.fact(say('fact.sender'), ctx.workspace.name, 'records', 'workspace')
    if (lead.name?.trim()) findings.fact(say('fact.name'), lead.name, 'given', 'input.lead.name')
    if (lead.company?.trim()) findings.fact(say('fact.company'), lead.company, 'given', 'input.lead.company')
    if (plan?.trim()) findings.fact(say('fact.plan'), plan, 'given', 'input.plan')
    for (const [i, reason] of reasons.entries())
      findings.fact(say('fact.reason'), reason, 'given', `input.reasons[${i}]`)
    // Of whom no more than a name is known everybody would get the same letter: no model is asked
    const known = Boolean(plan?.trim()) || reasons.length > 0
    const instructions = instructionsOf('onboarding-message', locale)
    const written = known ? await writeLetter(ctx, findings, { instructions, locale }) : null
    const composed = composeLetter({ kind, lead, plan, reasons, written }, ctx.t, {
      locale,
      company: ctx.workspace.name,
    })
    return { ...composed, written, ...findings.shown }
  },
})
