/**
 * Figures that are counted once and shown to all who ask until something happens that they count, or 15 minutes have passed
 * (`KEPT_MS`). They are dropped where others are told: a figure that counts what no topic tells may be so old.
 */
import type { Kept } from '../adapters/cache/cache.ts'
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Topic } from '../pubsub.ts'
import type { FigurePeriod } from '../sales/figures.ts'
import { type Forecast, forecast } from '../sales/forecast.ts'
import { funnel, type FunnelStep, stageStays, type StageStay } from '../sales/funnel.ts'
import { leadFigures } from '../sales/figures.ts'
import { type MetricValues, metricValues } from '../sales/metric.ts'
import { periodBefore } from '../sales/suggestions.ts'
import { type AnalyticsOverview, analyticsOverview } from './analytics.ts'

type FiguresCore = Pick<Core, 'sql' | 'clock' | 'cache'>

/** What tells that something has happened which a figure counts. */
const COUNTED_FROM: Readonly<Record<Kept, readonly Topic[]>> = {
  'analytics:overview': ['lead.updated', 'message.created', 'meeting.updated', 'run.updated'],
  'analytics:metrics': ['lead.updated', 'message.created', 'meeting.updated', 'deal.updated', 'customer.updated'],
  'analytics:funnel': ['lead.updated', 'meeting.updated', 'deal.updated'],
  'analytics:sources': ['lead.updated', 'meeting.updated', 'deal.updated'],
  'analytics:stages': ['deal.updated'],
  'analytics:forecast': ['deal.updated'],
}

/** From now on, what is told drops what counts it. */
export function dropFigures({ pubsub, cache }: Pick<Core, 'pubsub' | 'cache'>): void {
  const names = Object.keys(COUNTED_FROM) as Kept[]
  for (const topic of new Set(Object.values(COUNTED_FROM).flat())) {
    const counting = names.filter(name => COUNTED_FROM[name].includes(topic))
    pubsub.on(topic, ({ workspaceId }) => workspaceId !== null && cache.drop(workspaceId, counting))
  }
}

/** The workspace's figures of the last `days` days; `period` says up to when. */
export const keptOverview = (core: FiguresCore, workspaceId: WorkspaceId, days: number): Promise<AnalyticsOverview> =>
  core.cache.get(workspaceId, 'analytics:overview', String(days), () => analyticsOverview(core, workspaceId, days))

/** Of the last `days` days, and of as many before them. */
export const keptMetrics = (
  core: FiguresCore,
  workspaceId: WorkspaceId,
  days: number,
): Promise<readonly [now: MetricValues, before: MetricValues]> =>
  core.cache.get(workspaceId, 'analytics:metrics', String(days), () => {
    const period = countedDays(core, days)
    return Promise.all([
      metricValues(core, workspaceId, period),
      metricValues(core, workspaceId, periodBefore(lastDays(core, days))),
    ])
  })

export const keptFunnel = (core: FiguresCore, workspaceId: WorkspaceId, days: number): Promise<FunnelStep[]> =>
  core.cache.get(workspaceId, 'analytics:funnel', String(days), () =>
    funnel(core, workspaceId, countedDays(core, days)),
  )

export const keptStages = (core: FiguresCore, workspaceId: WorkspaceId, days: number): Promise<StageStay[]> =>
  core.cache.get(workspaceId, 'analytics:stages', String(days), () =>
    stageStays(core, workspaceId, countedDays(core, days)),
  )

export const keptSources = (core: FiguresCore, workspaceId: WorkspaceId, days: number, by: string) =>
  core.cache.get(workspaceId, 'analytics:sources', `${days} ${by}`, () =>
    leadFigures(core, workspaceId, { ...countedDays(core, days), by }),
  )

/** Of the next `within` days, by what was seen in a year. */
export const keptForecast = (core: FiguresCore, workspaceId: WorkspaceId, within: number): Promise<Forecast> =>
  core.cache.get(workspaceId, 'analytics:forecast', String(within), () =>
    forecast(core, workspaceId, { ...countedDays(core, 365), within }),
  )

/** The last `days` days up to now, to which everything on the dashboard refers. */
export function lastDays(core: Pick<Core, 'clock'>, days: number): FigurePeriod {
  const to = core.clock.now()
  return { from: new Date(to.getTime() - days * 86_400_000).toISOString(), to: to.toISOString() }
}

/**
 * The same with what is of this very moment, or of a process whose clock is ahead: `to` is no part of a period, and what has just dropped a
 * figure must be in the one that takes its place.
 */
function countedDays(core: Pick<Core, 'clock'>, days: number): FigurePeriod {
  const { from, to } = lastDays(core, days)
  return { from, to: new Date(Date.parse(to) + AHEAD_MS).toISOString() }
}
const AHEAD_MS = 60_000
