import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { customerFigures, dealFigures, type FigurePeriod, leadFigures, messageFigures } from './figures.ts'
import { CURRENCIES, type Currency } from './money.ts'

export type MetricUnit = 'count' | 'share' | 'money'

interface MetricKind {
  /** The module whose figure it is. */
  readonly module: string
  readonly unit: MetricUnit
  /** Of money. */
  readonly currency?: Currency
  /** It is as it is now, whatever the period: its past is only in the table `metrics`. */
  readonly standing?: true
}

/** `revenueBrl` … */
type Of<Name extends string> = `${Name}${Capitalize<Lowercase<Currency>>}`
const inCurrency = <Name extends string>(name: Name, currency: Currency) =>
  `${name}${currency[0]}${currency.slice(1).toLowerCase()}` as Of<Name>
const ofEach = <Name extends string, Value>(name: Name, value: (currency: Currency) => Value) =>
  Object.fromEntries(CURRENCIES.map(currency => [inCurrency(name, currency), value(currency)])) as Record<
    Of<Name>,
    Value
  >

/** Every figure of management, by its name: what dashboards show, OKRs follow and the table `metrics` keeps. */
export const METRICS = {
  leads: { module: 'aquisicao', unit: 'count' },
  qualified: { module: 'pre_vendas', unit: 'count' },
  met: { module: 'pre_vendas', unit: 'count' },
  answered: { module: 'pre_vendas', unit: 'share' },
  won: { module: 'vendas', unit: 'count' },
  lost: { module: 'vendas', unit: 'count' },
  winRate: { module: 'vendas', unit: 'share' },
  ...ofEach('revenue', currency => ({ module: 'vendas', unit: 'money', currency })),
  customers: { module: 'onboarding', unit: 'count', standing: true },
  started: { module: 'onboarding', unit: 'count' },
  churned: { module: 'onboarding', unit: 'count' },
  atRisk: { module: 'onboarding', unit: 'count', standing: true },
  ...ofEach('mrr', currency => ({ module: 'onboarding', unit: 'money', currency, standing: true })),
} as const satisfies Record<string, MetricKind>
export type Metric = keyof typeof METRICS
export const METRIC_NAMES = Object.keys(METRICS) as Metric[]
export const metricKind = (metric: Metric): MetricKind => METRICS[metric]

/** By name; shares 0–1, null where there is nothing to divide by; money in units of its currency. */
export type MetricValues = Readonly<Record<Metric, number | null>>

/** The figures of a period, counted from the rows. Of its leads what became of them by now; standing ones as they are now. */
export async function metricValues(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  period: FigurePeriod,
): Promise<MetricValues> {
  const [[leads], deals, customers, messages] = (await Promise.all([
    leadFigures(core, workspaceId, period),
    dealFigures(core, workspaceId, period),
    customerFigures(core, workspaceId, period),
    messageFigures(core, workspaceId, period),
  ])) as unknown as [(Counted | undefined)[], Deals, Customers, Messages[]]
  const written = messages.reduce((sum, one) => sum + one.leadsWritten, 0)
  const answered = messages.reduce((sum, one) => sum + one.leadsAnswered, 0)
  const closed = deals.won + deals.lost
  return {
    leads: leads?.leads ?? 0,
    qualified: leads?.qualified ?? 0,
    met: leads?.met ?? 0,
    answered: written === 0 ? null : answered / written,
    won: deals.won,
    lost: deals.lost,
    winRate: closed === 0 ? null : deals.won / closed,
    ...ofEach('revenue', currency => Number(deals.revenue[currency] ?? 0)),
    customers: customers.onboarding + customers.active,
    started: customers.started,
    churned: customers.churned,
    atRisk: customers.bands.filter(({ to }) => to < 70).reduce((sum, band) => sum + band.customers, 0),
    ...ofEach('mrr', currency => Number(customers.mrr[currency] ?? 0)),
  }
}

/** What of the figures counts here; `sdk/figures.ts` has all of it. */
interface Counted {
  readonly leads: number
  readonly qualified: number
  readonly met: number
}
interface Deals {
  readonly won: number
  readonly lost: number
  readonly revenue: Readonly<Record<string, string>>
}
interface Customers {
  readonly onboarding: number
  readonly active: number
  readonly started: number
  readonly churned: number
  readonly mrr: Readonly<Record<string, string>>
  readonly bands: readonly { readonly to: number; readonly customers: number }[]
}
interface Messages {
  readonly leadsWritten: number
  readonly leadsAnswered: number
}
