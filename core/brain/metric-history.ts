/**
 * The figures of each day, kept in the table `metrics`: what a workspace was like then cannot be counted later (customers leave, leads are
 * erased). The leader writes a day when it is over in the workspace's time zone. Days that nobody was there for are made up for, except
 * for standing figures, which nobody knows any more. Each row is written once, so two leaders do no harm.
 */
import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Metric, METRIC_NAMES, metricKind, metricValues } from '../sales/metric.ts'
import { statement } from '../sql.ts'

/** Rows are removed when they are older: five years and a day of grace. */
export const METRICS_KEPT_DAYS = 1827
/** Days that are made up for after a pause. */
const MADE_UP_DAYS = 31
/** Days that one look writes; the next goes on. */
const DAYS_A_LOOK = 200

/** One figure of one day; `at` is the end of that day. */
export interface MetricPoint {
  readonly metric: Metric
  readonly at: Date
  readonly value: number
}

/** Writes the days that are over and not kept yet, and removes what is older than it is kept. */
export async function recordMetrics(core: Pick<Core, 'sql' | 'clock'>): Promise<void> {
  const now = core.clock.now()
  const days = await core.sql.query<Day>(DAYS_OVER, [now, MADE_UP_DAYS, DAYS_A_LOOK])
  for (const { workspaceId, from, to, latest } of days) {
    const values = await metricValues(core, workspaceId, { from: from.toISOString(), to: to.toISOString() })
    const rows = METRIC_NAMES.flatMap(name => {
      const { module, standing } = metricKind(name)
      const value = values[name]
      return value === null || (standing && !latest) ? [] : [{ id: newId(to.getTime()), module, name, value }]
    })
    await core.sql.query(KEEP_METRICS, [workspaceId, to, JSON.stringify(rows)])
  }
  await core.sql.query(DROP_METRICS, [now, METRICS_KEPT_DAYS])
}

interface Day {
  readonly workspaceId: WorkspaceId
  readonly from: Date
  readonly to: Date
  /** It is the last one: standing figures are as they are now. */
  readonly latest: boolean
}

/** What is kept of a period, oldest first. */
export async function metricHistory(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { metrics, from, to }: { readonly metrics: readonly Metric[]; readonly from: Date; readonly to: Date },
): Promise<MetricPoint[]> {
  return core.sql.query<MetricPoint>(READ_METRICS, [workspaceId, metrics, from, to])
}

const DAYS_OVER = statement(
  'metrics.days-over',
  `select w.id as "workspaceId", d.day at time zone w.time_zone as "from", (d.day + interval '1 day') at time zone w.time_zone as "to",
     d.day = date_trunc('day', $1::timestamptz at time zone w.time_zone) - interval '1 day' as latest
   from workspaces w
   cross join lateral (select max("timestamp") as kept from metrics m where m.workspace_id = w.id) k
   cross join lateral generate_series(
     greatest(
       date_trunc('day', k.kept at time zone w.time_zone),
       date_trunc('day', w.created_at at time zone w.time_zone),
       date_trunc('day', $1::timestamptz at time zone w.time_zone) - make_interval(days => $2::int)),
     date_trunc('day', $1::timestamptz at time zone w.time_zone) - interval '1 day',
     interval '1 day') as d(day)
   order by d.day limit $3`,
)
const KEEP_METRICS = statement(
  'metrics.keep',
  `insert into metrics (id, workspace_id, module, metric_name, metric_value, "timestamp")
   select x.id, $1, x.module, x.name, x.value, $2 from jsonb_to_recordset($3::jsonb) as x(id uuid, module text, name text, value numeric)
   on conflict (workspace_id, metric_name, "timestamp") do nothing`,
)
const DROP_METRICS = statement(
  'metrics.drop',
  `delete from metrics where "timestamp" < $1::timestamptz - make_interval(days => $2::int)`,
)
const READ_METRICS = statement(
  'metrics.read',
  `select metric_name as metric, "timestamp" as at, metric_value::float8 as value from metrics
   where workspace_id = $1 and metric_name = any($2::text[]) and "timestamp" > $3::timestamptz and "timestamp" <= $4::timestamptz
   order by "timestamp", metric_name`,
)
