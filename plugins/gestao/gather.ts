import { type Context, type FigurePeriod, lastDays, z } from 'trae-os/sdk'

export const period = {
  days: z.int().min(7).max(1095).default(30).describe('How far back, in days.'),
  at: z.iso.datetime({ offset: true }).nullish().describe('The moment for which it holds; now without it.'),
}

export const METRICS = [
  'leads',
  'qualified',
  'met',
  'won',
  'lost',
  'winRate',
  'answered',
  'customers',
  'started',
  'churned',
  'atRisk',
] as const
export type Metric = (typeof METRICS)[number]

/** The module whose figure it is. */
export const MODULE_OF: Readonly<Record<Metric, string>> = {
  leads: 'aquisicao',
  qualified: 'pre_vendas',
  met: 'pre_vendas',
  answered: 'pre_vendas',
  won: 'vendas',
  lost: 'vendas',
  winRate: 'vendas',
  customers: 'onboarding',
  started: 'onboarding',
  churned: 'onboarding',
  atRisk: 'onboarding',
}

export const isShare = (metric: Metric) => metric === 'winRate' || metric === 'answered'

/** The figures of a period; null where there is nothing to divide by. Money by currency, as text. */
export async function gather(ctx: Context, span: FigurePeriod) {
  const [[leads], deals, customers, messages] = await Promise.all([
    ctx.records.figures.leads(span),
    ctx.records.figures.deals(span),
    ctx.records.figures.customers(span),
    ctx.records.figures.messages(span),
  ])
  const written = messages.reduce((sum, one) => sum + one.leadsWritten, 0)
  const answered = messages.reduce((sum, one) => sum + one.leadsAnswered, 0)
  const closed = deals.won + deals.lost
  const values: Readonly<Record<Metric, number | null>> = {
    leads: leads?.leads ?? 0,
    qualified: leads?.qualified ?? 0,
    met: leads?.met ?? 0,
    won: deals.won,
    lost: deals.lost,
    winRate: closed === 0 ? null : deals.won / closed,
    answered: written === 0 ? null : answered / written,
    customers: customers.onboarding + customers.active,
    started: customers.started,
    churned: customers.churned,
    atRisk: customers.bands.filter(({ to }) => to < 70).reduce((sum, band) => sum + band.customers, 0),
  }
  return { values, deals, customers }
}

/** This period and the one before it, as long. */
export async function gatherBoth(ctx: Context, { days, at }: { days: number; at?: string | null | undefined }) {
  const now = lastDays(days, at)
  const before = lastDays(days, now.from)
  const [here, earlier] = await Promise.all([gather(ctx, now), gather(ctx, before)])
  return { now, before, here, earlier }
}
