import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type OperationCore, operateRun } from './operate-run.ts'

/**
 * Lets a run out of quarantine: it goes on where it stood, and its deaths are forgotten. Throws `NOT_FOUND`, and
 * `CONFLICT` where it is not in quarantine, or where a person must first decide what became of an effect.
 */
export async function releaseRun(
  core: OperationCore,
  workspaceId: WorkspaceId,
  runId: string,
  request: { readonly by: string },
): Promise<void> {
  await operateRun(core, workspaceId, runId, async (run, tx) => {
    if (run.status !== 'quarantined')
      throw new TraeError('CONFLICT', `Run ${runId} is ${run.status}; only one in quarantine can be released.`)
    const open = await tx.query<{ path: string }>(UNKNOWN_EFFECTS, [runId])
    if (open.length > 0)
      throw new TraeError(
        'CONFLICT',
        `Run ${runId}: nobody knows whether ${open.map(effect => effect.path).join(', ')} arrived. Decide that first: sent, not sent, or failed.`,
      )
    return [{ kind: 'run.released', data: { by: request.by, was: run.reason }, resume: true }]
  })
}

/** Effects of a run that a person has to decide. */
export const UNKNOWN_EFFECTS = statement(
  'unknown-effects',
  `select path from effects where run_id = $1 and status = 'unknown' order by intended_at, path limit 100`,
)
