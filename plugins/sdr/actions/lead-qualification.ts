import { defineAction, Findings, findingsShape, readEmail, sayIn, type Translate, z } from 'trae-os/sdk'
import { companySize } from '../company-size.ts'
import { formAnswer, lead, type Lead } from '../lead.ts'

const MISSING = ['email', 'phone', 'company', 'jobTitle', 'companySize', 'need'] as const

const VERDICTS = ['reached', 'below', 'unreachable', 'unsubscribed'] as const

const CHANNELS = ['email', 'whatsapp'] as const

const qualification = {
  qualified: z.boolean().describe('Should somebody write to this lead now?'),
  verdict: z.enum(VERDICTS).describe('reached: qualified. Otherwise what stands against it.'),
  reason: z.string().describe('Why, or why not, in the language of the lead.'),
  channels: z
    .array(z.enum(CHANNELS))
    .describe(
      'How the lead can be written to: a valid e-mail that did not come back, a phone that is no landline of Brazil and has not answered STOP.',
    ),
  missing: z
    .array(z.object({ field: z.enum(MISSING), question: z.string().describe('How to ask the lead for it.') }))
    .describe('What is not known yet, most important first.'),
}
const output = z.object(qualification)

export const leadQualification = defineAction({
  title: 'Qualify a lead',
  description:
    'Decides whether a scored lead goes on to a conversation: its score reaches the threshold, it can be written to (by e-mail or WhatsApp) ' +
    'and it did not ask to be left alone. Says why and what is still unknown.',
  input: z.object({
    lead: lead.extend({ unsubscribed: z.boolean().nullish() }),
    score: z.number().min(0).max(100).describe('From sdr/lead-scoring.'),
    threshold: z.number().min(0).max(100).default(60).describe('A score from here on qualifies.'),
  }),
  output: z.object({ ...findingsShape, ...qualification }),
  effect: 'none',
  idempotency: 'none',
  sample: { lead: { name: 'Ana Souza', email: 'ana@acme-solar.com.br' }, score: 72, threshold: 60 },
  run: ({ lead, score, threshold }, ctx) => {
    const qualified = qualifyLead(lead, score, threshold, ctx.t, lead.locale ?? ctx.locale)
    const say = sayIn(ctx)
    const findings = new Findings()
    const rests = [findings.fact(say('fact.score'), `${score} / ${threshold}`, 'given', 'input.score, input.threshold')]
    if (lead.unsubscribed)
      rests.push(findings.fact(say('fact.unsubscribed'), say('fact.yes'), 'given', 'input.lead.unsubscribed'))
    for (const channel of CHANNELS) {
      const { field, address } = WRITTEN_TO[channel](lead)
      if (qualified.channels.includes(channel))
        rests.push(findings.fact(say(`fact.${channel}`), address!, 'given', field))
    }
    findings.fact(say('fact.verdict'), qualified.reason, 'computed', rests.join(', '))
    for (const { field, question } of qualified.missing) findings.missing(say(`fact.${field}`), question)
    return { ...qualified, ...findings.shown }
  },
})

/** Which answer of the lead a channel rests on. */
const WRITTEN_TO: Readonly<
  Record<(typeof CHANNELS)[number], (lead: Lead) => { field: string; address: string | null | undefined }>
> = {
  email: lead => ({ field: 'input.lead.email', address: lead.email }),
  whatsapp: lead => ({ field: 'input.lead.phone', address: lead.phone }),
}

/** Pure. A lead below the threshold is nurtured, not thrown away. */
export function qualifyLead(
  lead: Lead & { readonly unsubscribed?: boolean | null | undefined },
  score: number,
  threshold: number,
  t: Translate,
  locale?: string,
): z.output<typeof output> {
  const channels = CHANNELS.filter(channel => REACHES[channel](lead))
  const verdict = lead.unsubscribed
    ? 'unsubscribed'
    : score < threshold
      ? 'below'
      : channels.length > 0
        ? 'reached'
        : 'unreachable'
  return {
    qualified: verdict === 'reached',
    verdict,
    reason: t(`qualify.${verdict}`, { score, threshold }, locale),
    channels,
    missing: MISSING.filter(field => !KNOWN[field](lead)).map(field => ({
      field,
      question: t(`ask.${field}`, {}, locale),
    })),
  }
}

const REACHES: Readonly<Record<(typeof CHANNELS)[number], (lead: Lead) => boolean>> = {
  email: lead => readEmail(lead.email) !== undefined && lead['emailBounced'] !== true,
  whatsapp: lead => Boolean(lead.phone) && !BRAZILIAN_LANDLINE.test(lead.phone!) && lead['phoneOptedOut'] !== true,
}
/** E.164: area code and eight digits that begin with 2 to 5. */
const BRAZILIAN_LANDLINE = /^\+55[1-9]{2}[2-5]\d{7}$/

const KNOWN: Readonly<Record<(typeof MISSING)[number], (lead: Lead) => boolean>> = {
  email: REACHES.email,
  phone: lead => Boolean(lead.phone),
  company: lead => Boolean(lead.company?.trim()),
  jobTitle: lead => Boolean(lead.jobTitle?.trim()),
  companySize: lead => companySize(formAnswer(lead, 'companySize')) !== undefined,
  need: lead => (formAnswer(lead, 'message') ?? formAnswer(lead, 'interest')) !== undefined,
}
