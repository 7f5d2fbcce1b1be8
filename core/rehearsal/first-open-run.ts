import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** Of whose message an event speaks that cannot name the run itself: of the first that is open, about this subject where one is given. */
export async function firstOpenRun(
  { sql }: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  subjectId: string | null = null,
): Promise<string | null> {
  const [run] = await sql.query<{ id: string }>(FIRST_OPEN_RUN, [workspaceId, subjectId])
  return run?.id ?? null
}
const FIRST_OPEN_RUN = statement(
  'rehearsal.first-open-run',
  `select id from runs where workspace_id = $1 and finished_at is null and ($2::uuid is null or subject_id = $2::uuid)
   order by id limit 1`,
)
