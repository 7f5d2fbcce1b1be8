/** What a workspace has of somebody, and what an erasure would come to; nothing is changed. */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { findPerson, hashesOf, parametersOf, rowsOf, tablesHere } from './person.ts'

export interface HeldOfPerson {
  readonly leadIds: readonly string[]
  readonly tables: readonly HeldInTable[]
  /** Runs about them that are not over: an erasure asks them to stop and waits for them. */
  readonly openRuns: number
  /** They are on the list of who is not taken in again. */
  readonly suppressed: boolean
}
export interface HeldInTable {
  readonly table: string
  readonly rows: number
  /** On what ground an erasure leaves them; null: it scrubs them. */
  readonly keptBecause: string | null
}

/** Throws as `findPerson`. */
export async function heldOfPerson(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  subject: string,
): Promise<HeldOfPerson> {
  const person = await findPerson(core, workspaceId, subject)
  const parameters = parametersOf(workspaceId, person)
  const tables: HeldInTable[] = []
  for (const { name, table, columns } of await tablesHere(core)) {
    const found = rowsOf(name, table, columns)
    if (found === undefined) continue
    const count = statement(`privacy.count-${name}`, `select count(*)::int as rows ${found}`)
    const [row] = await core.sql.query<{ rows: number }>(count, parameters)
    if (row!.rows > 0) tables.push({ table: name, rows: row!.rows, keptBecause: table.keep ?? null })
  }
  const [state] = await core.sql.query<{ open: number; suppressed: boolean }>(STATE, [
    workspaceId,
    person.leadIds,
    hashesOf(workspaceId, person),
  ])
  return { leadIds: person.leadIds, tables, openRuns: state!.open, suppressed: state!.suppressed }
}

const STATE = statement(
  'privacy.state-of-person',
  `select (select count(*) from runs where workspace_id = $1 and subject_id = any($2::uuid[]) and finished_at is null)::int as open,
     exists (select from suppressions where workspace_id = $1 and hash = any($3::text[])) as suppressed`,
)
