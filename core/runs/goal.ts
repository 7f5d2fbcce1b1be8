import type { Goal } from '../playbooks/playbook.ts'
import { eventScope } from '../playbooks/match-playbooks.ts'
import { statement } from '../sql.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { CANCELLED, type Ended, evaluate, type Fiber, rootFiber } from './step-outcome.ts'
import { subscribe } from './waits.ts'

/** Of the wait that wakes the run when its goal may have come; it belongs to no step. */
const GOAL_PATH = '!goal'

/**
 * Listens for the goal of a run while its steps are walked. Whether the goal has come is always asked of the stored
 * events, so a run that is taken up again, moved or restarted answers the same; the wait is only what wakes it.
 */
export class GoalWatch {
  readonly #core: RunCore
  readonly #run: ActiveRun
  readonly #goal: Goal
  /** Events that came and for which `if` was not true. */
  readonly #refused: string[] = []

  private constructor(core: RunCore, run: ActiveRun, goal: Goal) {
    this.#core = core
    this.#run = run
    this.#goal = goal
  }

  /** Undefined where the playbook has no goal. Throws `EXPRESSION` where `correlate` cannot be evaluated. */
  static async open(core: RunCore, run: ActiveRun): Promise<GoalWatch | undefined> {
    const goal = run.version.playbook.enrollment?.goal
    if (!goal || run.lease.subjectId === null) return undefined
    if (!run.waits.has(GOAL_PATH)) {
      const correlate = ((await evaluate(run, rootFiber(), goal.correlate)) ?? {}) as Record<string, unknown>
      const event = { type: goal.event, subjectId: run.lease.subjectId, correlate }
      await subscribe(run, { path: GOAL_PATH, kind: 'goal', dueAt: null }, [event])
    }
    return new GoalWatch(core, run, goal)
  }

  /** Asked at the start and before every effect: has the goal come? Then the run ends here. */
  async isReached(): Promise<boolean> {
    const run = this.#run
    if (run.memory.ending) return false
    if (run.earlyEnd) return true
    for (;;) {
      const [event] = await this.#core.sql.query<GoalEvent>(GOAL_EVENT, [run.lease.runId, GOAL_PATH, this.#refused])
      if (!event) return false
      if (this.#fits(event, await run.scope(this.#goal.if?.roots ?? new Set(), rootFiber().frame))) {
        run.endEarly({ code: 'GOAL', message: `its goal was reached: ${event.type} at ${event.at.toISOString()}` })
        return true
      }
      this.#refused.push(event.id)
    }
  }

  /** Parks beside the steps until the goal has come, or `fiber` is no longer wanted. */
  async untilReached(fiber: Fiber): Promise<Ended> {
    const run = this.#run
    while (!fiber.cancelled) {
      const wait = run.waits.get(GOAL_PATH)
      if (wait && wait.status !== 'open') {
        await this.#core.sql.query(LISTEN_AGAIN, [run.lease.runId, GOAL_PATH])
        run.setWait({ ...wait, status: 'open', event: null })
      }
      if (await this.isReached()) break // after the wait is open: what comes from here on changes it
      if (run.waits.get(GOAL_PATH)?.status === 'open') await run.parkAt(GOAL_PATH)
    }
    return CANCELLED
  }

  #fits(event: GoalEvent, scope: Parameters<NonNullable<Goal['if']>['evaluate']>[0]): boolean {
    try {
      return this.#goal.if?.evaluate({ ...scope, event: eventScope(event) }) !== false
    } catch (error) {
      this.#core.log.warn({ err: error, runId: this.#run.lease.runId }, 'the condition of a goal cannot be evaluated')
      return false
    }
  }
}

interface GoalEvent {
  readonly id: string
  readonly type: string
  readonly data: Record<string, unknown>
  readonly at: Date
}

/**
 * The first event that may be the goal: about the subject, after what started the run, and not from the run itself, which
 * goes on to its own end. A replay begins when it was asked for, though its event is an old one.
 */
const GOAL_EVENT = statement(
  'goal-event',
  `select e.id, e.type, e.data, e.created_at as at
   from runs r left join events s on s.id = r.event_id and r.origin_run_id is null
   join wait_events we on we.run_id = r.id and we.path = $2
   join events e on e.workspace_id = we.workspace_id and e.type = we.type and e.subject_id = we.subject_id and e.data @> we.correlate
     and (e.created_at, e.id) > (coalesce(s.created_at, r.created_at), coalesce(s.id, r.id))
     and e.source <> 'run:' || r.id and e.id <> all($3::uuid[])
   where r.id = $1 order by e.created_at, e.id limit 1`,
)

const LISTEN_AGAIN = statement(
  'listen-for-goal-again',
  `update waits set status = 'open', event_id = null where run_id = $1 and path = $2 and status = 'event'`,
)
