import type { Reason } from './reason.ts'

/** What a run's row says of its queueing. `gate`: of its concurrency key, for a run that is due and has no place. */
export interface QueuedRow {
  readonly due_at: Date | null
  readonly concurrency_key: string | null
  readonly concurrency_limit: number | null
  readonly rate_key: string | null
  readonly debounce_key: string | null
  readonly gate: { readonly executing: number; readonly position: number } | null
  readonly queue_code: 'CONCURRENCY' | 'BRAIN_STOPPED' | 'STOPPING' | 'QUEUED' | 'DEBOUNCE' | 'RATE_LIMIT' | null
}

/** Positions are counted up to here. */
const LAST_POSITION = 1000

/**
 * Tables to join beside a run `r`: `g`, what is computed of its queueing, and `c`, the code that follows from it, null
 * where the run's own reason holds. `now` is the parameter, `$8`. Rows without `concurrency` cost nothing.
 */
export const queueTables = (now: string) => `
  lateral (select r.due_at <= ${now} as is_due, (select running from brain where id = 1) as brain_runs,
    case when r.concurrency_key is not null and r.lease_owner is null and r.due_at <= ${now} then (
      select jsonb_build_object('executing', (
        select count(*) from runs e where e.playbook_id = r.playbook_id and e.concurrency_key = r.concurrency_key
          and e.lease_owner is not null and e.finished_at is null
      ), 'position', 1 + (
        select count(*) from (
          select from runs a where a.playbook_id = r.playbook_id and a.concurrency_key = r.concurrency_key
            and a.lease_owner is null and a.due_at is not null and (a.due_at, a.id) < (r.due_at, r.id) limit ${LAST_POSITION - 1}
        ) ahead))
    ) end as gate) g,
  lateral (select case
    when r.finished_at is not null then null
    when r.cancel_requested_at is null and (g.gate ->> 'executing')::int >= r.concurrency_limit then 'CONCURRENCY'
    when g.is_due and r.lease_owner is null and not g.brain_runs then 'BRAIN_STOPPED'
    when r.cancel_requested_at is not null then 'STOPPING'
    when r.status <> 'queued' then null
    when g.is_due or r.due_at is null then 'QUEUED'
    when r.debounce_key is not null then 'DEBOUNCE'
    else 'RATE_LIMIT' end as queue_code) c`

/** Why a run that waits for nothing of its own does not execute; undefined where its own reason holds. */
export function queueReason(row: QueuedRow): Reason | undefined {
  const { gate, concurrency_key: key, concurrency_limit: limit, queue_code: code } = row
  const until = row.due_at?.toISOString() ?? null
  switch (code) {
    case null:
      return undefined
    case 'CONCURRENCY': {
      const { executing, position } = gate!
      return {
        code,
        message: `waits for concurrency${key === '' ? '' : ` key ${key}`}, ${executing} of ${limit}, position ${position}${position >= LAST_POSITION ? ' or later' : ''}`,
        concurrency: { key: key ?? '', executing, limit: limit!, position },
      }
    }
    case 'BRAIN_STOPPED':
      return { code, message: 'is due, and the brain is stopped: nothing is executed' }
    case 'STOPPING':
      return { code, message: 'was asked to stop; what is under way is waited for' }
    case 'QUEUED':
      return { code, message: 'waits for a worker' }
    case 'DEBOUNCE':
      return { code, message: `waits until ${until}, or longer where more events come for ${row.debounce_key}`, until }
    case 'RATE_LIMIT': {
      const forKey = row.rate_key ? ` for key ${row.rate_key}` : ''
      return { code, message: `waits for its turn under rateLimit${forKey} at ${until}`, until }
    }
    default:
      return code satisfies never
  }
}
