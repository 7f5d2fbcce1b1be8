import { type ErrorRecord, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type OperationCore, operateRun } from './operate-run.ts'
import { UNKNOWN_EFFECTS } from './release-run.ts'

/** What a person found out about an effect: it arrived, it did not and is tried again, or its step fails. */
export type EffectDecision =
  | { readonly decision: 'sent'; readonly output?: unknown }
  | { readonly decision: 'notSent' }
  | { readonly decision: 'failed' }

/**
 * Settles an effect whose outcome is unknown. The run goes on with the last one that is decided. `by` is the user who
 * decided. Throws `NOT_FOUND`, and `CONFLICT` where the run is not in quarantine or the effect is decided already.
 */
export async function decideEffect(
  core: OperationCore,
  workspaceId: WorkspaceId,
  runId: string,
  path: string,
  request: EffectDecision & { readonly by: string },
): Promise<void> {
  await operateRun(core, workspaceId, runId, async (run, tx) => {
    if (run.status !== 'quarantined')
      throw new TraeError('CONFLICT', `Run ${runId} is ${run.status}; effects are decided while it is in quarantine.`)
    const open = (await tx.query<{ path: string }>(UNKNOWN_EFFECTS, [runId])).map(effect => effect.path)
    if (!open.includes(path))
      throw new TraeError(
        'CONFLICT',
        `Run ${runId}: ${path} has no effect that is to be decided; ${open.length > 0 ? `these have: ${open.join(', ')}` : 'no step has'}.`,
      )
    const { by, decision } = request
    await tx.query(SETTLE_EFFECT, [runId, path, decision === 'sent' ? 'sent' : 'failed', core.clock.now()])
    const decided = { kind: 'effect.decided' as const, path, data: { by, decision }, resume: open.length === 1 }
    switch (request.decision) {
      case 'sent':
        return [decided, { kind: 'step.completed', path, data: { output: request.output ?? null }, resume: false }]
      case 'failed': {
        const message = `${path}: its outcome was unknown, and a person decided that it failed.`
        const error: ErrorRecord = { code: 'UNKNOWN_OUTCOME', message, retryable: false }
        return [decided, { kind: 'step.failed', path, data: { error }, resume: false }]
      }
      case 'notSent':
        return [decided]
      default:
        return request satisfies never
    }
  })
}

const SETTLE_EFFECT = statement(
  'settle-effect',
  `update effects set status = $3, settled_at = $4 where run_id = $1 and path = $2 and status = 'unknown'`,
)
