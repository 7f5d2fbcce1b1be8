import { crashPoint } from '../crash-point.ts'
import { statement } from '../sql.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { loadWaits, type OpenWait } from './claim-runs.ts'
import type { Fiber } from './step-outcome.ts'

export interface AwaitedEvent {
  readonly type: string
  readonly subjectId: string | null
  readonly correlate: Readonly<Record<string, unknown>>
  /** The name of one, or `DEFAULT_ACCOUNT`; undefined: any. */
  readonly account?: string | undefined
}

/** One of several that belong to a wait: ended by the first of its events, it leaves the wait itself open. */
export interface WaitPart {
  readonly path: string
  readonly events: readonly AwaitedEvent[]
}

/** Stores a wait with the outcomes before it, in one commit; from then on what it waits for ends it, or one of its parts. */
export async function subscribe(
  run: ActiveRun,
  wait: Pick<OpenWait, 'path' | 'kind' | 'dueAt'>,
  events: readonly AwaitedEvent[],
  parts: readonly WaitPart[] = [],
): Promise<void> {
  const waits = [{ ...wait, events }, ...parts.map(part => ({ ...part, kind: wait.kind, dueAt: null }))]
  for (const { path, kind, dueAt } of waits)
    run.setWait({ path, kind, dueAt, status: 'open', event: null, result: null })
  const told = !BESIDE.has(wait.kind)
  const data = { until: wait.dueAt, events: waits.flatMap(({ events }) => events.map(event => event.type)) }
  await run.write(told ? [{ kind: 'step.waiting', path: wait.path, data }] : [], { waits })
}

/** Waits beside the step's own, at paths with `!`. */
const BESIDE: ReadonlySet<string> = new Set(['retry', 'timeout', 'window', 'goal'])

/** Parks until the wait has ended, by what it waits for or by its time; undefined when the fiber is no longer wanted. */
export async function untilEnded(
  core: RunCore,
  run: ActiveRun,
  path: string,
  fiber: Fiber,
): Promise<OpenWait | undefined> {
  for (;;) {
    if (fiber.cancelled) return undefined
    const wait = run.waits.get(path)
    if (!wait) return undefined // closed by the step around it
    if (wait.status !== 'open') {
      crashPoint('wait.ended')
      return wait
    }
    if (wait.dueAt !== null && wait.dueAt <= core.clock.now()) {
      await endByTime(core, run, wait)
      await reload(core, run, path)
      continue
    }
    await run.parkAt(path)
  }
}

/** What came first keeps the wait. */
export async function endByTime(core: RunCore, run: ActiveRun, { path, kind }: OpenWait): Promise<void> {
  const { runId, workspaceId } = run.lease
  if (kind !== 'approval') return void (await core.sql.query(END_BY_TIME, [runId, path]))
  await core.sql.query(END_APPROVAL_BY_TIME, [runId, path, core.clock.now()])
  core.pubsub.publish('approval.updated', { workspaceId, runId, path })
}

/** Reads a wait as it is stored now. */
export async function reload(core: RunCore, run: ActiveRun, path: string): Promise<void> {
  const stored = (await loadWaits(core, [run.lease.runId])).find(wait => wait.path === path)
  if (stored && run.waits.has(path)) run.waits.set(path, stored)
}

const END_BY_TIME = statement(
  'end-wait-by-time',
  `update waits set status = 'due' where run_id = $1 and path = $2 and status = 'open'`,
)
const END_APPROVAL_BY_TIME = statement(
  'end-approval-by-time',
  `with ended as (
     update waits set status = 'due' where run_id = $1 and path = $2 and status = 'open' returning run_id, path
   )
   update approvals a set status = 'timedOut', decided_at = $3 from ended
   where a.run_id = ended.run_id and a.path = ended.path and a.status = 'open'`,
)
