import { TraeError } from '../errors.ts'
import type { PlaybookVersionId, WorkspaceId } from '../ids.ts'
import type { Sql } from '../sql.ts'
import { type OperationCore, operateRun } from './operate-run.ts'
import { getRun, listJournal } from './read-runs.ts'
import { RunMemory } from './run-memory.ts'

/**
 * A run that failed or was cancelled goes on, as the same run: the steps that failed are tried again under the same
 * keys, what was done stays done, waits that were cut off begin anew. `by` is the user who asked. A person may have done a step
 * that failed: `byHand` is what it gives, and it is not tried again. Throws `NOT_FOUND`, and `CONFLICT` where there is nothing to go on with.
 */
export async function restartRun(
  core: OperationCore,
  workspaceId: WorkspaceId,
  runId: string,
  request: RestartRequest,
): Promise<void> {
  const memory = await recall(core, workspaceId, runId)
  await operateRun(core, workspaceId, runId, async (run, tx) => {
    if (run.status === 'quarantined')
      throw conflict(runId, 'is in quarantine; decide its open effects, or release it, instead')
    if (run.status !== 'failed' && run.status !== 'cancelled')
      throw conflict(runId, `is ${run.status}; only one that failed or was cancelled can be restarted`)
    if (run.reason?.code === 'RESTARTED') throw conflict(runId, `was replaced by run ${run.reason.runId}; look there`)
    if (run.started_at === null) throw conflict(runId, 'never began; start its playbook anew instead')
    if (run.last_seq !== memory.seq) throw conflict(runId, 'has changed meanwhile; look again')
    const { status, reason, error } = run
    const { by, byHand, also } = request
    await also?.(tx)
    const again = memory.openFailures()
    const restarted = {
      kind: 'run.restarted' as const,
      data: { by, again, was: { status, reason, error } },
      resume: true,
    }
    if (!byHand) return [restarted]
    const { path, output } = byHand
    if (!again.includes(path)) throw conflict(runId, `has no failure at ${path}; ${again.join(', ') || 'none'} failed`)
    return [restarted, { kind: 'step.completed', path, data: { output, by }, resume: false }]
  })
}

export interface RestartRequest {
  readonly by: string
  readonly byHand?: { readonly path: string; readonly output: unknown } | undefined
  /** Done in the same commit; what it throws leaves everything as it was. */
  readonly also?: ((tx: Pick<Sql, 'query'>) => Promise<void>) | undefined
}

/** What the run remembers; of one that is over nothing is added but by operations. */
async function recall(core: OperationCore, workspaceId: WorkspaceId, runId: string): Promise<RunMemory> {
  const { versionId } = await getRun(core, workspaceId, runId)
  const memory = new RunMemory(await core.playbooks.get(versionId as PlaybookVersionId))
  for (;;) {
    const entries = await listJournal(core, workspaceId, runId, { after: memory.seq, first: 5000 })
    for (const entry of entries) memory.remember(entry)
    if (entries.length < 5000) return memory
  }
}

const conflict = (runId: string, why: string) => new TraeError('CONFLICT', `Run ${runId} ${why}.`)
