import { defineAction, draft, Findings, findingsShape, sayIn, sayMoney, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'

const DAY = 86_400_000

export const proposal = defineAction({
  title: 'Prepare a proposal',
  description:
    'The input of proposal/create for a lead: title, introduction from what they told, items at the prices you give, how long it holds. It sets no price: without ' +
    'items, and without a deal that has a value, it is not ready and says so. With a model also the introduction in words.',
  input: z.object({
    leadId: z.uuid(),
    items: z
      .array(
        z.object({
          description: z.string().trim().min(1).max(500),
          quantity: z.int().min(1).default(1),
          unitAmount: z.int().min(1).describe('In cents.'),
        }),
      )
      .max(100)
      .default([])
      .describe('Of the open deal where they are left out.'),
    currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
    validDays: z.int().min(1).max(365).default(15),
    terms: z.string().trim().max(20_000).nullish(),
    notes: z.string().trim().max(10_000).nullish().describe('Of the call: what they want, in their words.'),
    at: z.iso.datetime({ offset: true }).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    ready: z.boolean(),
    proposal: z
      .object({
        leadId: z.string(),
        title: z.string(),
        introduction: z.string().optional(),
        items: z.array(z.object({ description: z.string(), quantity: z.int(), unitAmount: z.int() })),
        currency: z.string(),
        validUntil: z.string(),
        terms: z.string().optional(),
      })
      .nullable()
      .describe('For proposal/create.'),
    total: z.int().nullable().describe('In cents.'),
    summary: z
      .string()
      .nullable()
      .describe('Title, items, total and how long it holds, for whoever says yes to it; in the language of the team.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    leadId: '01957d3a-0000-7000-8000-000000000000',
    items: [{ description: 'Plano Pro, 12 meses', quantity: 12, unitAmount: 30_000 }],
  },
  run: async ({ leadId, items, currency, validDays, terms, notes, at }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const [lead, deals] = await Promise.all([
      ctx.records.leads.get({ id: leadId }),
      ctx.records.deals.ofLead({ leadId }),
    ])
    const locale = lead.locale
    const t = (key: string, values: Record<string, string> = {}) => ctx.t(key, values, locale)
    const deal = deals.find(({ stage }) => stage !== 'WON' && stage !== 'LOST')
    const value = deal?.value
    const priced =
      items.length > 0
        ? { items, currency, from: 'given' as const }
        : value
          ? {
              items: [{ description: deal.title, quantity: 1, unitAmount: Math.round(Number(value.amount) * 100) }],
              currency: value.currency,
              from: 'records' as const,
            }
          : undefined
    if (!priced) findings.missing(say('proposal.price'), say('proposal.needs.price'))
    const money = (cents: number) => sayMoney(cents / 100, priced?.currency ?? currency, locale)
    for (const { description, quantity, unitAmount } of priced?.items ?? [])
      findings.fact(
        description,
        `${quantity} × ${money(unitAmount)}`,
        priced!.from,
        priced!.from === 'given' ? 'input.items' : `deal ${deal?.id}`,
      )
    const wants = [lead.data['interest'], lead.data['message']].find(
      part => typeof part === 'string' && part.trim() !== '',
    ) as string | undefined
    if (wants) findings.fact(say('fact.interest'), wants, 'records', 'lead')
    else if (!notes) findings.missing(say('fact.interest'), say('proposal.needs.interest'))
    if (notes) findings.fact(say('proposal.notes'), notes, 'given', 'input.notes')
    if (!terms) findings.missing(say('proposal.terms'), say('proposal.needs.terms'))
    const total = priced ? priced.items.reduce((sum, { quantity, unitAmount }) => sum + quantity * unitAmount, 0) : null
    const until = new Date((at ? Date.parse(at) : ctx.now) + validDays * DAY).toISOString().slice(0, 10)
    const written = priced ? await advise(ctx, findings, 'proposal', locale) : null
    const introduction =
      written?.parts
        .map(({ text }) => text)
        .join('\n\n')
        .slice(0, 20_000) ??
      (wants && t('proposal.introduction', { wants: wants.slice(0, 500) }))
    const ready = {
      leadId,
      title: t('proposal.title', { company: lead.company ?? lead.name }),
      ...(introduction ? { introduction } : {}),
      items: priced?.items ?? [],
      currency: priced?.currency ?? currency,
      validUntil: until,
      ...(terms ? { terms } : {}),
    }
    const inTeam = (cents: number) => sayMoney(cents / 100, ready.currency, ctx.workspace.locale)
    const summary = [
      ready.title,
      ...ready.items.map(
        ({ description, quantity, unitAmount }) => `${quantity} × ${inTeam(unitAmount)}: ${description}`,
      ),
      say('proposal.summary.total', { total: inTeam(total ?? 0) }),
      say('proposal.summary.until', { day: sayDay(until, ctx.workspace.locale) }),
    ].join('\n')
    return {
      ready: priced !== undefined,
      proposal: priced ? ready : null,
      total,
      summary: priced ? summary : null,
      draft: written,
      ...findings.shown,
    }
  },
})

/** `2026-03-17` → `17 de março de 2026` */
const sayDay = (day: string, locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day))
