import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'

export const followUp = defineAction({
  title: 'Write after a call',
  description:
    'The e-mail after a call in the language of the lead: what was agreed, who does what by when. Without agreements it asks for a next step and ' +
    'invents none. With a model also a text in your own words. It sends nothing.',
  input: z.object({
    leadId: z.uuid(),
    agreed: z
      .array(
        z.object({ what: z.string().trim().min(1).max(300), who: z.enum(['us', 'them']), by: z.iso.date().nullish() }),
      )
      .max(20)
      .default([]),
    proposalUrl: z.url({ protocol: /^https?$/ }).nullish(),
    notes: z.string().trim().max(10_000).nullish(),
  }),
  output: z.object({ ...findingsShape, subject: z.string(), body: z.string(), locale: z.string(), draft }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    leadId: '01957d3a-0000-7000-8000-000000000000',
    agreed: [{ what: 'enviar a proposta', who: 'us', by: '2026-03-06' }],
  },
  run: async ({ leadId, agreed, proposalUrl, notes }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const lead = await ctx.records.leads.get({ id: leadId })
    const { locale } = lead
    const t = (key: string, values: Record<string, string> = {}) => ctx.t(key, values, locale)
    const day = (date: string) =>
      new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'long' }).format(new Date(date))
    const lines = (who: 'us' | 'them') =>
      agreed
        .filter(one => one.who === who)
        .map(({ what, by }) => `- ${by ? t('after.by', { what, day: day(by) }) : what}`)
    for (const [i, { what, who, by }] of agreed.entries())
      findings.fact(say(`live.${who}`), by ? `${what} (${by})` : what, 'given', `input.agreed[${i}]`)
    if (agreed.length === 0) findings.missing(say('after.agreed'), say('after.needs'))
    if (notes) findings.fact(say('proposal.notes'), notes, 'given', 'input.notes')
    const section = (key: string, who: 'us' | 'them') =>
      lines(who).length === 0 ? undefined : [t(key), ...lines(who)].join('\n')
    const first = lead.name.trim().split(/\s+/)[0]!
    const paragraphs = [
      t('after.greeting', { name: first }),
      t('after.thanks'),
      section('after.us', 'us'),
      section('after.them', 'them'),
      proposalUrl ? t('after.proposal', { url: proposalUrl }) : undefined,
      proposalUrl ? t('after.answer') : agreed.length === 0 ? t('after.ask') : undefined,
      `${t('after.closing')}\n${ctx.workspace.name}`,
    ]
    const body = paragraphs.filter(part => part !== undefined).join('\n\n')
    return {
      subject: t(agreed.length > 0 ? 'after.subject' : proposalUrl ? 'after.subject.proposal' : 'after.subject.ask'),
      body,
      locale,
      draft: await advise(ctx, findings, 'follow-up', locale),
      ...findings.shown,
    }
  },
})
