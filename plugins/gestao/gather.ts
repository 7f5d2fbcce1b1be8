import { type Amounts, type Context, type FigurePeriod, lastDays, z } from 'trae-os/sdk'

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

export const isShare = (metric: string) => metric === 'winRate' || metric === 'answered'

const CURRENCIES = { Brl: 'BRL', Usd: 'USD', Eur: 'EUR' }

/** The figures of a period; null where there is nothing to divide by. Money by currency, as text. */
export async function gather(ctx: Context, span: FigurePeriod) {
  const all = await ctx.records.figures.values(span)
  const values = Object.fromEntries(METRICS.map(name => [name, all[name] ?? null])) as Record<Metric, number | null>
  const amounts = (name: string): Amounts =>
    Object.fromEntries(
      Object.entries(CURRENCIES).flatMap(([ending, currency]) => {
        const amount = all[`${name}${ending}`]
        return amount ? [[currency, amount.toFixed(2)]] : []
      }),
    )
  return { values, revenue: amounts('revenue'), mrr: amounts('mrr') }
}

/** This period and the one before it, as long. */
export async function gatherBoth(ctx: Context, { days, at }: { days: number; at?: string | null | undefined }) {
  const now = lastDays(days, at)
  const before = lastDays(days, now.from)
  const [here, earlier] = await Promise.all([gather(ctx, now), gather(ctx, before)])
  return { now, before, here, earlier }
}
