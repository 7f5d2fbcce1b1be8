import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import { answerParents, type EndedChild, lockParents } from './answer-parents.ts'
import { type ClaimedRow, claim, type Lease, leasesOf } from './claim-runs.ts'
import { lockKeys } from './lock-keys.ts'

/**
 * Claims runs whose playbook has `concurrency`: of each key the longest due, as many as places are free. Places are
 * counted among the run rows under a lock of the key, so that any number of workers together never exceed the limit. Runs
 * that do not want to queue are cancelled or failed here. Looks at the keys of `runIds`, or at every key.
 */
export async function claimGatedRuns(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'queue'>,
  owner: string,
  options: { readonly runIds?: readonly string[]; readonly limit: number; readonly leaseMs: number },
): Promise<Lease[]> {
  const now = core.clock.now()
  const gates = await core.sql.query<Gate>(options.runIds ? THESE_GATES : ALL_GATES, [
    now,
    ...(options.runIds ? [options.runIds] : []),
  ])
  if (gates.length === 0) return []
  const keys = [gates.map(gate => gate.playbook_id), gates.map(gate => gate.key)]
  const { rows, refused, ring } = await core.sql.transaction(async tx => {
    await lockKeys(
      tx,
      gates.map(gate => `gate/${gate.playbook_id}/${gate.key}`),
    )
    const refusable = gates.some(gate => gate.refusable)
    const waiting = refusable ? await tx.query<{ id: string }>(WAITING_PARENTS, keys) : []
    const parents = await lockParents(
      tx,
      waiting.map(({ id }) => id),
    )
    const until = new Date(now.getTime() + options.leaseMs)
    const rows = await tx.query<ClaimedRow>(CLAIM_GATED, [owner, now, until, options.limit, ...keys])
    const refused = refusable ? await tx.query<Refused>(REFUSE, [now, ...keys, parents]) : []
    const stopped = refusable ? await tx.query<{ id: string }>(STOP_OLDER, [now, ...keys]) : []
    const told = await answerParents(tx, refused.flatMap(endOf), now)
    return { rows, refused, ring: [...stopped.map(({ id }) => id), ...told] }
  })
  for (const { id, workspace_id } of refused)
    core.pubsub.publish('run.updated', { workspaceId: workspace_id, runId: id })
  for (const id of ring) core.queue.ring('run', id)
  return leasesOf(core, rows)
}

interface Gate {
  playbook_id: string
  key: string
  /** Runs stand there that rather not start than queue. */
  refusable: boolean
}
interface Refused {
  id: string
  workspace_id: string
  status: 'failed' | 'cancelled'
  parent_run_id: string | null
  parent_path: string
}

function endOf({ id, status, parent_run_id: runId, parent_path: path }: Refused): EndedChild[] {
  return runId === null ? [] : [{ parent: { runId, path }, end: { runId: id, status } }]
}

/** Runs whose steps wait for one that may be refused: locked before it is, in the order of parents before children. */
const WAITING_PARENTS = statement(
  'waiting-parents',
  `select distinct r.parent_run_id as id from unnest($1::uuid[], $2::text[]) as g(playbook_id, key)
   join runs r on r.playbook_id = g.playbook_id and r.concurrency_key = g.key
   where r.parent_run_id is not null and r.concurrency_behavior <> 'queue' and r.started_at is null and r.finished_at is null`,
)

/** Keys where a run is due and a place is free, or where one is due that does not queue. A first look, without a lock. */
const gates = (keys: string) => `
  select k.playbook_id, k.key, k.refusable from (
    select g.playbook_id, g.concurrency_key as key, exists (
      select from runs n where n.playbook_id = g.playbook_id and n.concurrency_key = g.concurrency_key
        and n.concurrency_behavior <> 'queue' and n.started_at is null and n.lease_owner is null and n.due_at <= $1
    ) as refusable
    from (${keys}) g
  ) k
  where k.refusable or (
    select count(*) from runs e where e.playbook_id = k.playbook_id and e.concurrency_key = k.key and e.lease_owner is not null and e.finished_at is null
  ) < (
    select q.concurrency_limit from runs q where q.playbook_id = k.playbook_id and q.concurrency_key = k.key and q.lease_owner is null and q.due_at <= $1
    order by q.due_at, q.id limit 1
  )`

const ALL_GATES = statement(
  'all-gates',
  gates(`select distinct playbook_id, concurrency_key from runs
    where concurrency_key is not null and lease_owner is null and due_at is not null and due_at <= $1`),
)
const THESE_GATES = statement(
  'these-gates',
  gates(
    `select distinct playbook_id, concurrency_key from runs where id = any($2::uuid[]) and concurrency_key is not null`,
  ),
)

const PLACES = `
  places as (
    select g.playbook_id, g.key, (
      select count(*) from runs e
      where e.playbook_id = g.playbook_id and e.concurrency_key = g.key and e.lease_owner is not null and e.finished_at is null
    ) as taken
    from unnest($KEYS) as g(playbook_id, key)
  )`

const CLAIM_GATED = statement(
  'claim-gated-runs',
  claim(`${PLACES.replace('$KEYS', '$5::uuid[], $6::text[]')}, due as (
    select d.id, null::uuid as lease_owner, false as gated from places p, lateral (
      select q.id, q.due_at, q.concurrency_limit, row_number() over (order by q.due_at, q.id) as place from (
        select r.id, r.due_at, r.concurrency_limit from runs r
        where r.playbook_id = p.playbook_id and r.concurrency_key = p.key and r.lease_owner is null and r.due_at <= $2
        order by r.due_at, r.id limit $4 for update skip locked
      ) q
    ) d
    where p.taken + d.place <= d.concurrency_limit
    order by d.due_at, d.id limit $4
  )`),
)

/**
 * After the claim: where every place is taken, new runs that do not queue are over; of those that want the places of
 * older ones, all but the newest that fit. Nobody waits for a row here: what somebody else holds is seen to next time.
 */
const REFUSE = statement(
  'refuse-runs',
  `with ${PLACES.replace('$KEYS', '$2::uuid[], $3::text[]')}, news as (
    select r.id, r.concurrency_behavior as behavior, r.concurrency_limit as places,
      case when r.concurrency_key = '' then '' else ' for concurrency key ' || r.concurrency_key end as of_key,
      row_number() over (partition by r.playbook_id, r.concurrency_key order by r.due_at desc, r.id desc) as newest
    from runs r join places p on p.playbook_id = r.playbook_id and p.key = r.concurrency_key
    where r.concurrency_behavior <> 'queue' and r.started_at is null and r.lease_owner is null and r.due_at <= $1
      and p.taken >= r.concurrency_limit and (r.parent_run_id is null or r.parent_run_id = any($4::uuid[]))
  ), refused as (
    select n.* from news n join runs r on r.id = n.id
    where n.behavior in ('cancelNew', 'fail') or n.behavior = 'cancelRunning' and n.newest > n.places
    order by r.id for update of r skip locked
  )
  update runs r set status = case when x.behavior = 'fail' then 'failed' else 'cancelled' end,
    reason = jsonb_build_object('code', 'CONCURRENCY', 'message', case when x.behavior = 'cancelRunning'
      then 'not started: newer runs came' || x.of_key
      else 'not started: ' || x.places || ' of ' || x.places || ' were executing' || x.of_key end),
    error = case when x.behavior = 'fail' then jsonb_build_object('code', 'CONFLICT', 'message',
      'The playbook executes ' || x.places || ' runs at once' || x.of_key || ', and all places were taken.', 'retryable', false, 'path', null) end,
    due_at = null, finished_at = $1, updated_at = $1, enrollment = null, idempotency_key = null
  from refused x where r.id = x.id
  returning r.id, r.workspace_id, r.status, r.parent_run_id, r.parent_path`,
)

/** Asks as many of the longest executing runs to stop as new ones want their places. */
const STOP_OLDER = statement(
  'stop-older-runs',
  `with places as (
    select g.playbook_id, g.key,
      (select count(*) from runs n where n.playbook_id = g.playbook_id and n.concurrency_key = g.key and n.concurrency_behavior = 'cancelRunning'
         and n.started_at is null and n.lease_owner is null and n.due_at <= $1) as wanted,
      (select max(n.concurrency_limit) from runs n where n.playbook_id = g.playbook_id and n.concurrency_key = g.key
         and n.concurrency_behavior <> 'queue' and n.started_at is null and n.lease_owner is null and n.due_at <= $1) as places
    from unnest($2::uuid[], $3::text[]) as g(playbook_id, key)
  ), executing as (
    select e.id, p.wanted, p.places,
      row_number() over (partition by e.playbook_id, e.concurrency_key order by e.started_at, e.id) as oldest,
      count(*) over (partition by e.playbook_id, e.concurrency_key) as staying
    from places p join runs e on e.playbook_id = p.playbook_id and e.concurrency_key = p.key
    where p.wanted > 0 and e.lease_owner is not null and e.finished_at is null and e.cancel_requested_at is null
  ), older as (
    select r.id from executing x join runs r on r.id = x.id where x.oldest <= x.wanted + x.staying - x.places
    order by r.id for update of r skip locked
  )
  update runs r set cancel_requested_at = $1, signals = signals + 1,
    cancel_reason = jsonb_build_object('by', 'concurrency', 'reason', 'a newer run takes its place')
  from older where r.id = older.id returning r.id`,
)
