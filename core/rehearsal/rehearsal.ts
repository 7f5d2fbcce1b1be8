import type { VirtualClock } from '../clock.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Hold } from '../plugins/hold.ts'
import { judgeSlas } from '../runs/sla.ts'
import { statement } from '../sql.ts'
import { fireSchedules } from '../triggers/fire-schedules.ts'
import { makeWorkspace, type RehearsalOptions } from './make-workspace.ts'

/**
 * A real engine on a database of its own and a clock that stands still: nothing passes by itself. Who rehearses fills a
 * workspace, lets the engine come to rest (`settle`), moves the clock to the next moment at which something is due, and
 * so on. One rehearsal serves many tests, one after the other, each in a workspace of its own.
 */
export class Rehearsal {
  readonly core: Core
  readonly clock: VirtualClock
  readonly #options: RehearsalOptions
  readonly #close: () => Promise<void>
  /** `core` asks it before every call and every start of a playbook. */
  hold: Hold = BETWEEN

  /** `core` asks `hold` of this rehearsal. */
  constructor(core: Core, clock: VirtualClock, options: RehearsalOptions, close: () => Promise<void>) {
    this.core = core
    this.clock = clock
    this.#options = options
    this.#close = close
  }

  /** Does something in a workspace of its own while `hold` answers; what is left waiting there never wakes again. */
  async within<T>(hold: Hold, work: (workspaceId: WorkspaceId) => Promise<T>): Promise<T> {
    this.hold = hold
    const workspaceId = await makeWorkspace(this.core, this.#options)
    try {
      return await work(workspaceId)
    } finally {
      await this.settle().catch(() => {})
      await this.core.sql.query(FORGET_RUNS, [workspaceId])
      this.hold = BETWEEN
    }
  }

  /**
   * Waits until nothing is left to do now; answers the moment at which something is due next. Throws `TIMEOUT` when the
   * engine is busy for longer than a minute.
   */
  async settle(): Promise<Date | null> {
    const { sql, queue, pubsub, brain } = this.core
    for (const deadline = Date.now() + SETTLE_MS; ;) {
      const [row] = await sql.query<Work>(LOOK_FOR_WORK, [this.clock.now()])
      const { events, busy, due, late, ticks, next } = row!
      if (!events && !busy && !due && !late && !ticks) return next
      if (late) await judgeSlas(this.core)
      if (ticks) await fireSchedules(this.core)
      const moved = oneOf(done => pubsub.on('run.updated', done))
      if (events) queue.ring('events')
      for (const id of due ?? []) queue.ring('run', id)
      await moved.within(WAIT_MS)
      while (brain.activeRuns > 0 && Date.now() < deadline)
        await oneOf(done => pubsub.on('run.updated', done)).within(WAIT_MS)
      if (Date.now() > deadline)
        throw new TraeError(
          'TIMEOUT',
          `The engine does not come to rest: ${busy} runs are busy, ${due?.length ?? 0} are due.`,
        )
    }
  }

  close(): Promise<void> {
    return this.#close()
  }
}

const between = (what: string) => new TraeError('INTERNAL', `${what} between two rehearsals.`)
const BETWEEN: Hold = {
  call: ({ action }) => Promise.reject(between(`${action.name} was called`)),
  start: ({ playbook }) => Promise.reject(between(`playbook/${playbook} was started`)),
  decide: ({ policy }) => Promise.reject(between(`decide ${policy} was asked for`)),
}

const SETTLE_MS = 60_000
/** A message that was missed costs no more than this. */
const WAIT_MS = 2

interface Work {
  readonly events: boolean
  readonly busy: number
  /** Runs have taken longer than their `sla` allows, and nobody has said so. */
  readonly late: boolean
  /** A schedule is due. */
  readonly ticks: boolean
  readonly due: readonly string[] | null
  readonly next: Date | null
}

// A tick that waits for the run before it is looked at again every second; here time passes only to where something happens.
const LOOK_FOR_WORK = statement(
  'rehearsal-look-for-work',
  `with ticks as (
     select case when s.queued <> '[]' and (
              exists (select from events e where e.id = s.last_event_id and e.dispatched_at is null)
              or exists (select from runs r where r.id = s.last_run_id and r.finished_at is null))
            then s.next_at else s.due_at end as at
     from schedules s where s.due_at is not null
   )
   select exists (select from events where dispatched_at is null) as events,
          count(*) filter (where lease_owner is not null)::int as busy,
          json_agg(id) filter (where lease_owner is null and due_at <= $1) as due,
          bool_or(sla_due_at <= $1 and sla_state = 'open') as late,
          exists (select from ticks where at <= $1) as ticks,
          least(min(due_at) filter (where lease_owner is null and due_at > $1),
                min(sla_due_at) filter (where sla_state = 'open' and sla_due_at > $1),
                (select min(at) from ticks where at > $1)) as next
   from runs where due_at is not null or sla_state = 'open' and finished_at is null`,
)
const FORGET_RUNS = statement(
  'rehearsal-forget-runs',
  `with paused as (update playbooks set status = 'PAUSED' where workspace_id = $1),
   schedules as (update schedules set due_at = null where workspace_id = $1),
   leads as (delete from leads where workspace_id = $1) -- their ids are free for another rehearsal
   update runs set due_at = null, sla_state = null where workspace_id = $1 and finished_at is null`,
)

/** Resolves with the first of a kind of message, or when some milliseconds have passed. */
function oneOf(listen: (done: () => void) => () => void): { within(ms: number): Promise<void> } {
  let resolve!: () => void
  const heard = new Promise<void>(done => (resolve = done))
  const stop = listen(resolve)
  return {
    async within(ms) {
      const timer = setTimeout(resolve, ms)
      await heard
      clearTimeout(timer)
      stop()
    },
  }
}
