import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { FigurePeriod } from './figures.ts'
import { type Metric, metricKind, type MetricValues, metricValues } from './metric.ts'

/** A decision that the figures suggest. The words for it are the reader's. */
export interface Suggestion {
  readonly name: SuggestionName
  readonly module: string
  /** The task that would tell more: plugin/action. */
  readonly action: string
  /** The figures that say so; standing ones have no `before`. */
  readonly because: readonly { readonly metric: Metric; readonly now: number | null; readonly before: number | null }[]
}

interface Rule {
  readonly name: string
  readonly module: string
  readonly action: string
  /** The figures it saw, or nothing. */
  readonly see: (now: MetricValues, before: MetricValues) => readonly Metric[] | undefined
}

/** Each looks at the figures; where chance explains them it sees nothing. */
export const RULES = [
  {
    name: 'fewer-leads',
    module: 'aquisicao',
    action: 'diagnostico/channel-audit',
    see: (now, before) => (fell(now.leads, before.leads) ? ['leads'] : undefined),
  },
  {
    name: 'few-qualify',
    module: 'diagnostico',
    action: 'diagnostico/icp-analysis',
    see: now => (surelyBelow(now.qualified, now.leads, 0.15) ? ['leads', 'qualified'] : undefined),
  },
  {
    name: 'no-meetings',
    module: 'pre_vendas',
    action: 'diagnostico/metrics-analysis',
    see: now => (surelyBelow(now.met, now.qualified, 0.2) ? ['qualified', 'met'] : undefined),
  },
  {
    name: 'few-won',
    module: 'oferta',
    action: 'oferta/price-analysis',
    see: now => (surelyBelow(now.won, (now.won ?? 0) + (now.lost ?? 0), 0.25) ? ['won', 'lost'] : undefined),
  },
  {
    name: 'more-churn',
    module: 'onboarding',
    action: 'diagnostico/cs-diagnostic',
    see: (now, before) => (fell(before.churned, now.churned) ? ['churned'] : undefined),
  },
  {
    name: 'at-risk',
    module: 'onboarding',
    action: 'diagnostico/cs-diagnostic',
    see: now => ((now.atRisk ?? 0) > 0 ? ['atRisk', 'customers'] : undefined),
  },
] as const satisfies readonly Rule[]
export type SuggestionName = (typeof RULES)[number]['name']

/** What the figures of a period suggest, beside those of the period before it, as long. */
export async function suggestions(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  period: FigurePeriod,
): Promise<{ readonly looked: number; readonly suggestions: Suggestion[] }> {
  const [now, before] = await Promise.all([
    metricValues(core, workspaceId, period),
    metricValues(core, workspaceId, periodBefore(period)),
  ])
  return { looked: RULES.length, suggestions: suggestionsOf(now, before) }
}

/** Pure. */
export const suggestionsOf = (now: MetricValues, before: MetricValues): Suggestion[] =>
  RULES.flatMap(({ name, module, action, see }: Rule & { name: SuggestionName }) => {
    const seen = see(now, before)
    const because = seen?.map(metric => ({
      metric,
      now: now[metric],
      before: metricKind(metric).standing ? null : before[metric],
    }))
    return because ? [{ name, module, action, because }] : []
  })

/** The period before one, as long. */
export function periodBefore({ from, to }: FigurePeriod): FigurePeriod {
  const start = Date.parse(from)
  return { from: new Date(start - (Date.parse(to) - start)).toISOString(), to: new Date(start).toISOString() }
}

/** Less than before, and not by chance (Poisson, 95 %). */
const fell = (now: number | null, before: number | null) =>
  now !== null && before !== null && now + before > 0 && (before - now) / Math.sqrt(now + before) > 1.96

/** A share that is below a mark with 95 % certainty (the upper limit of Wilson's score interval). */
function surelyBelow(cases: number | null, all: number | null, mark: number): boolean {
  if (cases === null || all === null || all === 0) return false
  const z = 1.96
  const share = cases / all
  const centre = share + (z * z) / (2 * all)
  const half = z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all))
  return (centre + half) / (1 + (z * z) / all) < mark
}
