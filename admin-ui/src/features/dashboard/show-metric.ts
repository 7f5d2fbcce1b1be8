import type { MetricValue } from '../../api/schema.ts'
import type { Format } from '../../i18n/format.ts'

type Shown = Pick<MetricValue, 'unit' | 'currency'>

/** A figure as people read it; `–` where there is none. */
export function showMetric({ unit, currency }: Shown, value: number | null, format: Format): string {
  if (value === null) return '–'
  if (unit === 'SHARE') return format.percent(value)
  if (unit === 'MONEY' && currency) return format.money({ amount: value.toFixed(2), currency })
  return format.number(value)
}

/** Figures that are as they are now, whatever the period. */
export const isStanding = (metric: MetricValue['metric']) =>
  metric === 'CUSTOMERS' || metric === 'AT_RISK' || metric.startsWith('MRR_')

/** The list that has the rows of a figure; undefined where no list has exactly those. */
export function rowsOf(metric: MetricValue['metric'], from: string, to: string): string | undefined {
  const period = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`
  switch (metric) {
    case 'LEADS':
      return `/leads?reached=LEAD&${period}`
    case 'QUALIFIED':
      return `/leads?reached=QUALIFIED&${period}`
    case 'MET':
      return `/leads?reached=MET&${period}`
    case 'WON':
    case 'REVENUE_BRL':
    case 'REVENUE_USD':
    case 'REVENUE_EUR':
      return `/deals?stage=WON&${period}`
    case 'LOST':
      return `/deals?stage=LOST&${period}`
    case 'WIN_RATE':
      return `/deals?stage=CLOSED&${period}`
    case 'CUSTOMERS':
    case 'MRR_BRL':
    case 'MRR_USD':
    case 'MRR_EUR':
      return '/customers?who=staying'
    case 'AT_RISK':
      return '/customers?who=staying&health=risk'
    case 'STARTED':
      return `/customers?who=started&${period}`
    case 'CHURNED':
      return `/customers?who=churned&${period}`
    case 'ANSWERED':
      return undefined
    default:
      return metric satisfies never
  }
}
