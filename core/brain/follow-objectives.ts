/**
 * Keeps the key results up to date whose value is a figure that the program computes: from the start of the objective until now or its due
 * day. Each day has one computed value; the newest one of a day stands. Who looks twice writes the same.
 */
import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Metric, metricValues } from '../sales/metric.ts'
import { statement } from '../sql.ts'

/** Computes what is open and has begun, of one workspace or of all, and tells what has changed. */
export async function followObjectives(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  only?: { readonly objectiveId: string },
): Promise<void> {
  const now = core.clock.now()
  const open = await core.sql.query<Followed>(FOLLOWED, [now, only?.objectiveId ?? null])
  for (const { workspaceId, id, from, to, day, results } of open) {
    const values = await metricValues(core, workspaceId, { from: from.toISOString(), to: to.toISOString() })
    const rows = results.flatMap(result => {
      const value = values[result.metric]
      return value === null ? [] : [{ id: newId(), result: result.id, value }]
    })
    const news = await core.sql.query(KEEP, [workspaceId, JSON.stringify(rows), day, now])
    if (news.length > 0) core.pubsub.publish('objective.updated', { workspaceId, objectiveId: id })
  }
}

interface Followed {
  readonly workspaceId: WorkspaceId
  readonly id: string
  readonly from: Date
  readonly to: Date
  /** Of the workspace, as 2030-03-01. */
  readonly day: string
  readonly results: readonly { readonly id: string; readonly metric: Metric }[]
}

// Until the day after the due day is over, so that its last hours are in the final value
const FOLLOWED = statement(
  'followed-objectives',
  `select o.workspace_id as "workspaceId", o.id, o.starts_on::timestamp at time zone w.time_zone as "from",
     least($1::timestamptz, (o.due_on + 1)::timestamp at time zone w.time_zone) as "to",
     to_char(least(($1::timestamptz at time zone w.time_zone)::date, o.due_on), 'YYYY-MM-DD') as day,
     (select jsonb_agg(jsonb_build_object('id', k.id, 'metric', k.metric)) from key_results k where k.objective_id = o.id and k.metric is not null) as results
   from objectives o join workspaces w on w.id = o.workspace_id
   where o.status = 'OPEN' and ($2::uuid is null or o.id = $2) and o.starts_on::timestamp at time zone w.time_zone < $1::timestamptz
     and o.due_on + 2 > ($1::timestamptz at time zone w.time_zone)::date
     and exists (select from key_results k where k.objective_id = o.id and k.metric is not null)
   order by o.id limit 500`,
)
const KEEP = statement(
  'keep-computed-values',
  `with given as (
     select x.id, x.result, x.value from jsonb_to_recordset($2::jsonb) as x(id uuid, result uuid, value numeric)
   ), kept as (
     insert into key_result_values (id, workspace_id, key_result_id, value, confidence, day, at)
     select g.id, $1, k.id, g.value, k.confidence, $3::date, $4 from given g join key_results k on k.id = g.result
     on conflict (key_result_id, day) where user_id is null do update set value = excluded.value, confidence = excluded.confidence, at = excluded.at
       where key_result_values.value <> excluded.value
   )
   update key_results k set value = g.value, valued_at = $4 from given g
   where k.id = g.result and k.workspace_id = $1 and k.value is distinct from g.value returning k.id`,
)
