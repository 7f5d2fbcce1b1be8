import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { readAll } from '../page.ts'
import type { JournalEntry } from '../runs/journal.ts'
import type { Approval } from '../runs/approvals/approval.ts'
import { listApprovals } from '../runs/approvals/read-approvals.ts'
import { readLarge } from '../runs/large-values.ts'
import { listJournal, listRuns, type RunRecord } from '../runs/read-runs.ts'
import { listSteps, type StepRecord } from '../runs/list-steps.ts'
import { statement } from '../sql.ts'

/** A run and all that is known of it. */
export interface RehearsedRun {
  readonly run: RunRecord
  readonly steps: readonly StepRecord[]
  readonly journal: readonly JournalEntry[]
  /** Events that it emitted, in order. */
  readonly emitted: readonly { readonly type: string; readonly data: unknown; readonly at: Date }[]
  /** What it asked people, in order. */
  readonly approvals: readonly Approval[]
}

/** The runs of a workspace, the first to begin first. */
export async function readRehearsedRuns(
  core: Pick<Core, 'sql' | 'clock' | 'playbooks'>,
  workspaceId: WorkspaceId,
): Promise<RehearsedRun[]> {
  const runs: RehearsedRun[] = []
  for (const run of (await readAll(request => listRuns(core, workspaceId, request))).toReversed())
    runs.push({
      run,
      steps: (await readLarge(core, workspaceId, await listSteps(core, workspaceId, run.id))) as StepRecord[],
      journal: (await readLarge(
        core,
        workspaceId,
        await listJournal(core, workspaceId, run.id, { first: 100_000 }),
      )) as JournalEntry[],
      emitted: await core.sql.query(EMITTED, [workspaceId, `run:${run.id}`]),
      approvals: (
        await readAll(request => listApprovals(core, workspaceId, { ...request, filter: { runId: run.id } }))
      ).toReversed(),
    })
  return runs
}

const EMITTED = statement(
  'rehearsal-emitted-events',
  `select type, data, created_at as at from events where workspace_id = $1 and source = $2 order by id`,
)
