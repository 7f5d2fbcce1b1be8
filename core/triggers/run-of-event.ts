import type { Core } from '../context.ts'
import type { ErrorRecord } from '../errors.ts'
import type { EventId, PlaybookId, WorkspaceId } from '../ids.ts'
import type { RunStatus } from '../runs/read-runs.ts'
import { statement } from '../sql.ts'

/** How the run stands that a firing was to start. */
export type Standing =
  | { readonly state: 'open'; readonly runId: string; readonly status: RunStatus | 'accepted' }
  | { readonly state: 'completed'; readonly runId: string; readonly output: unknown }
  | {
      readonly state: 'ended'
      readonly runId: string
      readonly status: RunStatus
      readonly error: Pick<ErrorRecord, 'code' | 'message'> | null
    }
  /** A condition of the trigger, or of the playbook, stood against it. */
  | { readonly state: 'not started'; readonly runId: string }

/** Undefined where there is no such firing of this playbook. */
export async function runOfEvent(
  core: Pick<Core, 'sql'>,
  webhook: { readonly workspaceId: WorkspaceId; readonly playbookId: PlaybookId; readonly trigger: string },
  eventId: EventId,
): Promise<Standing | undefined> {
  const { workspaceId, playbookId, trigger } = webhook
  const [row] = await core.sql.query<Row>(RUN_OF_EVENT, [workspaceId, eventId, playbookId, trigger])
  if (!row) return undefined
  const { runId, status, output, error } = row
  if (status === null)
    return row.dispatched ? { state: 'not started', runId } : { state: 'open', runId, status: 'accepted' }
  if (!row.finished) return { state: 'open', runId, status }
  if (status === 'completed') return { state: 'completed', runId, output }
  return { state: 'ended', runId, status, error: error && { code: error.code, message: error.message } }
}

interface Row {
  readonly runId: string
  readonly dispatched: boolean
  readonly status: RunStatus | null
  readonly finished: boolean | null
  readonly output: unknown
  readonly error: ErrorRecord | null
}

/** Waits until the run of a firing is over, `ms` have passed or `signal` aborts; answers how it stands then. */
export async function awaitRunOfEvent(
  core: Pick<Core, 'sql' | 'pubsub'>,
  webhook: Parameters<typeof runOfEvent>[1],
  eventId: EventId,
  ms: number,
  signal: AbortSignal,
): Promise<Standing | undefined> {
  const until = performance.now() + ms // a sender waits in real time, whatever the clock of the engine says
  let wake = () => {}
  let runId: string | undefined
  const off = core.pubsub.on('run.updated', detail => {
    if (runId === undefined || detail.runId === runId) wake()
  })
  try {
    for (;;) {
      const woken = new Promise<void>(resolve => (wake = resolve))
      const standing = await runOfEvent(core, webhook, eventId)
      const left = until - performance.now()
      if (standing?.state !== 'open' || left <= 0 || signal.aborted) return standing
      runId = standing.runId
      // another process may execute it, of whose doings nobody tells us
      const timer = setTimeout(wake, Math.min(left, 500))
      signal.addEventListener('abort', wake, { once: true })
      await woken
      signal.removeEventListener('abort', wake)
      clearTimeout(timer)
    }
  } finally {
    off()
  }
}

const RUN_OF_EVENT = statement(
  'run-of-event',
  `select e.target->>'runId' as "runId", e.dispatched_at is not null as dispatched, r.status, r.finished_at is not null as finished, r.output, r.error
   from events e left join runs r on r.id = (e.target->>'runId')::uuid
   where e.workspace_id = $1 and e.id = $2 and e.target->>'playbookId' = $3::text and e.target->>'trigger' = $4`,
)
