import { defineAction, z } from 'trae-os/sdk'

export const KINDS = ['kickoff', 'first-steps', 'getting-value', 'check-in', 'intervention', 'upsell'] as const

export const onboardingMessage = defineAction({
  title: 'Write a message to a customer',
  description:
    'Composes an e-mail to a customer in their language: the kickoff, the steps after it, a hand held out when they are not doing ' +
    'well, an offer when they are. It sends nothing: hand subject and body to email/send.',
  input: z.object({
    kind: z.enum(KINDS),
    lead: z.looseObject({ name: z.string().nullish(), company: z.string().nullish(), locale: z.string().nullish() }),
    plan: z.string().nullish(),
    reasons: z.array(z.string()).max(10).default([]).describe('For an intervention: what is not well, in words.'),
  }),
  output: z.object({ subject: z.string(), body: z.string(), locale: z.string() }),
  effect: 'none',
  idempotency: 'none',
  sample: { kind: 'kickoff', lead: { name: 'Ana Souza', company: 'Acme Solar', locale: 'pt-BR' }, plan: 'Pro' },
  run: ({ kind, lead, plan, reasons }, ctx) => {
    const locale = lead.locale ?? ctx.locale
    const t = (key: string, values: Record<string, string> = {}) => ctx.t(key, values, locale)
    const first = lead.name?.trim().split(/\s+/)[0]
    const company = ctx.workspace.name
    const paragraphs = [
      first ? t('greeting.name', { name: first }) : t('greeting'),
      plan && kind === 'kickoff' ? t('kickoff.opening.plan', { plan, company }) : t(`${kind}.opening`, { company }),
      ...(reasons.length > 0 ? [[t('reasons'), ...reasons.map(reason => `- ${reason}`)].join('\n')] : []),
      t(`${kind}.ask`),
      `${t('closing')}\n${company}`,
    ]
    return { subject: t(`${kind}.subject`, { company }), body: paragraphs.join('\n\n'), locale }
  },
})
