import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { getRun } from './read-runs.ts'

/**
 * Asks a run to stop: it begins no further step, an effect that is under way has three seconds for its answer, then its
 * `finally` runs and it is `cancelled`. Asking twice is asking once. `by` says who asked. Throws `NOT_FOUND`, and `CONFLICT` where it is over.
 */
export async function cancelRun(
  core: Pick<Core, 'sql' | 'clock' | 'queue'>,
  workspaceId: WorkspaceId,
  runId: string,
  request: { readonly by: string; readonly reason?: string | undefined },
): Promise<void> {
  const asked = await core.sql.query(CANCEL_RUN, [workspaceId, runId, core.clock.now(), JSON.stringify(request)])
  if (asked.length > 0) return core.queue.ring('run', runId)
  const { status } = await getRun(core, workspaceId, runId)
  throw new TraeError('CONFLICT', `Run ${runId} is ${status}; only a run that is not over can be cancelled.`)
}
const CANCEL_RUN = statement(
  'cancel-run',
  `update runs set cancel_requested_at = coalesce(cancel_requested_at, $3), cancel_reason = coalesce(cancel_reason, $4::jsonb),
     due_at = $3, signals = signals + 1
   where workspace_id = $1 and id = $2 and finished_at is null returning id`,
)
