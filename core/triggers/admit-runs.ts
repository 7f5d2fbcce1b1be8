import { CONSENT_STANDS } from '../sales/consent.ts'
import { lockKeys } from '../runs/lock-keys.ts'
import { slaColumns } from '../runs/sla.ts'
import type { NewRun } from '../runs/start-run.ts'
import { type Sql, statement } from '../sql.ts'
import { rateTurns } from './rate-turns.ts'

export type RatedRun = NewRun & { readonly rateLimit: NonNullable<NewRun['rateLimit']> }
export type DebouncedRun = NewRun & { readonly debounce: NonNullable<NewRun['debounce']> }

export const isRated = (run: NewRun): run is RatedRun => run.rateLimit !== null
export const isDebounced = (run: NewRun): run is DebouncedRun => run.debounce !== null

/**
 * Holds the keys under which these runs are admitted until the transaction ends: two dispatchers decide one after the
 * other, each seeing what the other has stored.
 */
export async function lockRuns(tx: Pick<Sql, 'query'>, runs: readonly NewRun[]): Promise<void> {
  await lockKeys(
    tx,
    runs.flatMap(({ playbookId, rateLimit, debounce }) => [
      ...(rateLimit ? [`rate/${playbookId}/${rateLimit.key}`] : []),
      ...(debounce ? [`debounce/${playbookId}/${debounce.key}`] : []),
    ]),
  )
}

/** Gives each of these stored runs its turn under `rateLimit`, or cancels it; in the order given, which is that of arrival. */
export async function giveTurns(tx: Pick<Sql, 'query'>, runs: readonly RatedRun[], now: Date): Promise<string[]> {
  const byKey = Map.groupBy(runs, run => `${run.playbookId} ${run.rateLimit.key}`)
  const groups = [...byKey.values()].map(group => {
    const { playbookId, rateLimit } = group[0]!
    const limit = Math.max(...group.map(run => run.rateLimit.limit))
    return { playbook_id: playbookId, key: rateLimit.key, limit, group }
  })
  const taken = await tx.query<{ playbook_id: string; key: string; rate_at: Date }>(TURNS_TAKEN, [
    JSON.stringify(groups.map(({ playbook_id, key, limit }) => ({ playbook_id, key, limit }))),
  ])
  const rows = groups.flatMap(({ playbook_id, key, group }) => {
    const before = taken.filter(turn => turn.playbook_id === playbook_id && turn.key === key)
    const turns = rateTurns(
      before.map(turn => turn.rate_at.getTime()),
      group.map(run => run.rateLimit),
      now.getTime(),
    )
    return group.map((run, index) => ({ id: run.id, at: turns[index] === undefined ? null : new Date(turns[index]) }))
  })
  await tx.query(GIVE_TURNS, [JSON.stringify(rows), now])
  return rows.filter(row => row.at === null).map(row => row.id)
}
const TURNS_TAKEN = statement(
  'turns-taken',
  `select k.playbook_id, k.key, t.rate_at
   from jsonb_to_recordset($1::jsonb) as k(playbook_id uuid, key text, "limit" int), lateral (
     select r.rate_at from runs r where r.playbook_id = k.playbook_id and r.rate_key = k.key and r.rate_at is not null
     order by r.rate_at desc limit k.limit
   ) t`,
)
const GIVE_TURNS = statement(
  'give-turns',
  `update runs r set rate_at = x.at, due_at = x.at,
     status = case when x.at is null then 'cancelled' else r.status end,
     reason = case when x.at is null then jsonb_build_object('code', 'RATE_LIMIT', 'message',
       'dropped: rateLimit lets no more runs start' || case when r.rate_key = '' then '' else ' for key ' || r.rate_key end) end,
     finished_at = case when x.at is null then $2::timestamptz end,
     enrollment = case when x.at is not null then r.enrollment end,
     idempotency_key = case when x.at is not null then r.idempotency_key end
   from jsonb_to_recordset($1::jsonb) as x(id uuid, at timestamptz) where r.id = x.id`,
)

/**
 * Stores debounced runs: one a key, for the last event. Where the run of earlier events is still postponed it is
 * postponed again, and is from now on about this event; one whose quiet time has passed is left to start.
 */
export async function postpone(tx: Pick<Sql, 'query'>, runs: readonly DebouncedRun[], now: Date): Promise<void> {
  const last = new Map(runs.map(run => [`${run.playbookId} ${run.debounce.key}`, run]))
  const rows = JSON.stringify(
    [...last.values()].map(run => ({
      ...slaColumns(run, now),
      id: run.id,
      workspace_id: run.workspaceId,
      playbook_id: run.playbookId,
      version_id: run.versionId,
      event_id: run.eventId,
      subject_id: run.subjectId,
      inputs: run.inputs ?? undefined,
      enrollment: run.enrollment,
      concurrency_key: run.concurrency?.key,
      concurrency_limit: run.concurrency?.limit,
      concurrency_behavior: run.concurrency?.behavior,
      debounce_key: run.debounce.key,
      due_at: new Date(now.getTime() + run.debounce.quietMs),
      debounce_until: run.debounce.maxMs === null ? null : new Date(now.getTime() + run.debounce.maxMs),
    })),
  )
  await tx.query(LEAVE_TO_START, [rows, now])
  const held = await tx.query<HeldRun>(POSTPONE, [rows, now])
  const taken = runs.flatMap(({ id, eventId, playbookId, debounce }) => {
    const run = held.find(one => one.playbook_id === playbookId && one.debounce_key === debounce.key)
    return run ? [{ event_id: eventId, run_id: run.id, isMerged: run.id !== id }] : []
  })
  const merged = taken.filter(({ isMerged }) => isMerged)
  if (merged.length > 0) await tx.query(NAME_RUN, [JSON.stringify(merged)])
  if (taken.length > 0) await tx.query(HEARD, [taken.map(({ event_id }) => event_id)])
}

interface HeldRun {
  readonly id: string
  readonly playbook_id: string
  readonly debounce_key: string
}

/** Whoever fired finds the run by the event: it is the one that stands for all events of the key. */
const NAME_RUN = statement(
  'name-run-of-firing',
  `update events e set target = e.target || jsonb_build_object('runId', x.run_id)
   from jsonb_to_recordset($1::jsonb) as x(event_id uuid, run_id uuid) where e.id = x.event_id and e.target is not null`,
)
/** The run names the last event alone: what a lead wrote before has reached it as well (tell-of-unheard.ts). */
const HEARD = statement(
  'messages-heard-by-postponed',
  `update messages m set attention = 'run' from events e
   where e.id = any($1::uuid[]) and e.type = 'message.received' and m.workspace_id = e.workspace_id and m.attention = 'open'
     and m.id::text = e.data ->> 'messageId'`,
)
const LEAVE_TO_START = statement(
  'leave-to-start',
  `update runs r set debounce_key = null from jsonb_to_recordset($1::jsonb) as x(playbook_id uuid, debounce_key text)
   where r.playbook_id = x.playbook_id and r.debounce_key = x.debounce_key and r.started_at is null and r.finished_at is null
     and r.due_at <= $2`,
)
const POSTPONE = statement(
  'postpone-runs',
  `insert into runs (id, workspace_id, playbook_id, version_id, event_id, subject_id, inputs, enrollment, concurrency_key, concurrency_limit,
     concurrency_behavior, debounce_key, debounce_until, sla_due_at, sla_behavior, sla_state, status, due_at, created_at, updated_at)
   select x.id, x.workspace_id, x.playbook_id, x.version_id, x.event_id, x.subject_id, x.inputs, x.enrollment, x.concurrency_key, x.concurrency_limit,
     x.concurrency_behavior, x.debounce_key, x.debounce_until, x.sla_due_at, x.sla_behavior, x.sla_state, 'queued', x.due_at, $2, $2
   from jsonb_to_recordset($1::jsonb) as x(id uuid, workspace_id uuid, playbook_id uuid, version_id uuid, event_id uuid, subject_id uuid,
     inputs jsonb, enrollment text, concurrency_key text, concurrency_limit int, concurrency_behavior text, debounce_key text, debounce_until timestamptz, sla_due_at timestamptz, sla_behavior text, sla_state text, due_at timestamptz)
   where (x.enrollment is null or not exists (
     select from runs r where r.workspace_id = x.workspace_id and r.subject_id = x.subject_id and r.playbook_id = x.playbook_id
       and (r.finished_at is null or x.enrollment = 'ever' and r.started_at is not null)
       and not (r.debounce_key = x.debounce_key and r.started_at is null)))
     and ${CONSENT_STANDS}
   on conflict (playbook_id, debounce_key) where debounce_key is not null and started_at is null and finished_at is null
   do update set version_id = excluded.version_id, event_id = excluded.event_id, subject_id = excluded.subject_id, inputs = excluded.inputs,
     enrollment = excluded.enrollment, concurrency_key = excluded.concurrency_key, concurrency_limit = excluded.concurrency_limit,
     concurrency_behavior = excluded.concurrency_behavior, due_at = least(excluded.due_at, runs.debounce_until), updated_at = excluded.updated_at
   returning id, playbook_id, debounce_key`,
)
