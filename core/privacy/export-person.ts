import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { findPerson, parametersOf, rowsOf, tablesHere } from './person.ts'

/** All that a workspace has about somebody. */
export interface PersonExport {
  readonly subject: string
  readonly exportedAt: string
  readonly leadIds: readonly string[]
  /** Rows by table, as they are stored, without hashes and sealed values. */
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
  /** Decisions that were taken without a person: what of, how, and what weighed how much (LGPD, art. 20). */
  readonly automatedDecisions: readonly AutomatedDecision[]
}
export interface AutomatedDecision {
  readonly at: string
  readonly playbook: string
  readonly step: string
  readonly result: unknown
}

/**
 * Looks through every table of the register: rows about the person, what their runs were given, did and answered, and whatever else
 * mentions their address or number. Throws as `findPerson`.
 */
export async function exportPerson(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  subject: string,
): Promise<PersonExport> {
  const person = await findPerson(core, workspaceId, subject)
  const parameters = parametersOf(workspaceId, person)
  const tables: Record<string, Record<string, unknown>[]> = {}
  for (const { name, table, columns } of await tablesHere(core)) {
    const rows = rowsOf(name, table, columns)
    if (rows === undefined) continue
    const hidden = columns.filter(column => table.columns[column] === 'secret')
    const found = await core.sql.query<{ row: Record<string, unknown> }>(
      statement(`privacy.export-${name}`, `select to_jsonb(t) as row ${rows}`),
      parameters,
    )
    if (found.length === 0) continue
    tables[name] = found.map(({ row }) =>
      Object.fromEntries(Object.entries(row).filter(([column]) => !hidden.includes(column))),
    )
  }
  const automatedDecisions = await core.sql.query<AutomatedDecision>(DECISIONS, [workspaceId, person.leadIds])
  return { subject, exportedAt: core.clock.now().toISOString(), leadIds: person.leadIds, tables, automatedDecisions }
}

/** What playbooks computed and where they branched, from the journal; a score says its factors in its result. */
const DECISIONS = statement(
  'privacy.automated-decisions',
  `select j.at, p.slug as playbook, j.path as step, j.data as result
   from runs r join playbooks p on p.id = r.playbook_id join journal j on j.run_id = r.id
   where r.workspace_id = $1 and r.subject_id = any($2::uuid[]) and j.path is not null
     and (j.kind = 'step.branch' or (j.kind = 'step.completed' and j.data->'output' ? 'score'))
   order by j.at, j.run_id, j.seq`,
)
