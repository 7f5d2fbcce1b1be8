/**
 * Erasing somebody. It may end at any point and is begun again: the address is suppressed first, so that nothing comes in behind
 * it; what plugins have planned about the person is taken away, so that it starts no run; runs about the person are asked to stop, and
 * while one is not over nothing else is done (it would write again what was erased); then every table of the register is scrubbed in one transaction, with the entry in the audit log.
 * Of the sample lead nothing is left: its rows are taken away in that transaction.
 */
import { type Actor, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import type { WorkspaceId } from '../ids.ts'
import { eraseFromMemory, tellForgotten } from '../memory/forget.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { type Sql, statement } from '../sql.ts'
import { findPerson, hashesOf, parametersOf, type Person, rowsOf, tablesHere } from './person.ts'
import type { ColumnClass, RegisteredTable } from './register.ts'
import { removeSampleRows } from './sample-rows.ts'
import { ERASED, scrub, without } from './scrub.ts'

export type ErasureCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

/** How many rows of each table; undefined while runs of the person are still coming to their end. */
export type Erasure = Readonly<Record<string, number>> | undefined

/** Throws as `findPerson`. */
export async function erasePerson(
  core: ErasureCore,
  workspaceId: WorkspaceId,
  subject: string,
  actor: Actor,
): Promise<Erasure> {
  const person = await findPerson(core, workspaceId, subject)
  await suppress(core, workspaceId, person)
  const tables = await tablesHere(core)
  const removed: Record<string, number> = {}
  for (const here of tables)
    if (here.table.remove) removed[here.name] = await removeRows(core.sql, workspaceId, person, here)
  const open = await core.sql.query<{ id: string }>(OPEN_RUNS, [workspaceId, person.leadIds])
  for (const { id } of open)
    await cancelRun(core, workspaceId, id, { by: actor, reason: 'The person is erased.' }).catch(() => {}) // over meanwhile
  if (open.length > 0) return undefined
  const erased = await core.sql.transaction(async tx => {
    const counts: Record<string, number> = {}
    const memories = await eraseFromMemory(tx, workspaceId, person, core.clock.now())
    if (memories > 0) counts['memory_entries'] = memories
    crashPoint('memory.erased')
    for (const { name, table, columns } of tables) {
      if (table.keep) continue
      const here = { name, table, columns }
      const count = table.remove
        ? removed[name]! + (await removeRows(tx, workspaceId, person, here)) // runs may have planned again
        : await scrubTable(tx, workspaceId, person, here)
      if (count > 0) counts[name] = (counts[name] ?? 0) + count
    }
    const now = core.clock.now()
    if (person.isSample)
      await removeSampleRows(tx, workspaceId, { leadIds: person.leadIds, hashes: hashesOf(workspaceId, person), now })
    await tx.query(UNSUBSCRIBE, [workspaceId, person.leadIds, now])
    await tx.query(HIDE_SUBJECT, [workspaceId, subject, hashesOf(workspaceId, person)[0] ?? ERASED])
    const target = person.leadIds[0] ? `lead:${person.leadIds[0]}` : 'person'
    await audit(tx, workspaceId, { actor, action: 'person.erased', target, data: { rows: counts } }, now)
    return counts
  })
  if (erased['memory_entries']) tellForgotten(core, workspaceId)
  for (const leadId of person.leadIds) core.pubsub.publish('lead.updated', { workspaceId, leadId: leadId as never })
  return erased
}

async function suppress(core: Pick<Core, 'sql' | 'clock'>, workspaceId: WorkspaceId, person: Person): Promise<void> {
  await core.sql.query(SUPPRESS, [workspaceId, hashesOf(workspaceId, person), core.clock.now()])
}

interface TableHere {
  readonly name: string
  readonly table: RegisteredTable
  readonly columns: readonly string[]
}

async function removeRows(
  sql: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  person: Person,
  { name, table, columns }: TableHere,
): Promise<number> {
  const rows = rowsOf(name, table, columns)
  if (rows === undefined) return 0
  const remove = statement(
    `privacy.remove-${name}`,
    `delete from "${name}" where id in (select t.id ${rows} order by t.id for update) returning id`,
  )
  return (await sql.query(remove, parametersOf(workspaceId, person))).length
}

async function scrubTable(
  tx: Sql,
  workspaceId: WorkspaceId,
  person: Person,
  { name, table, columns }: TableHere,
): Promise<number> {
  const rows = rowsOf(name, table, columns)
  const touched = Object.entries(table.columns).filter(([column, as]) => columns.includes(column) && !SAFE.has(as))
  if (rows === undefined || touched.length === 0) return 0
  const names = [...person.emails, ...person.phones, ...person.names]
  const found = await tx.query<{ place: string; about: boolean; row: Record<string, unknown> }>(
    statement(
      `privacy.read-${name}`,
      `select t.ctid::text as place, coalesce((${table.about ?? 'false'}), false) as about, to_jsonb(t) as row ${rows} for update`,
    ),
    parametersOf(workspaceId, person),
  )
  const changes = found.map(({ place, about, row }) => ({
    place,
    values: Object.fromEntries(
      touched.map(([column, as]) => [column, about ? erasedValue(as, row[column]) : cleaned(row[column], names)]),
    ),
  }))
  if (changes.length === 0) return 0
  const set = touched.map(([column]) => `"${column}" = (jsonb_populate_record(t, c.values))."${column}"`)
  await tx.query(
    statement(
      `privacy.scrub-${name}`,
      `update "${name}" t set ${[...set, ...(table.also ? [table.also] : [])].join(', ')}
       from jsonb_to_recordset($1::jsonb) as c(place text, values jsonb) where t.ctid = c.place::tid`,
    ),
    [JSON.stringify(changes)],
  )
  return changes.length
}

const SAFE: ReadonlySet<ColumnClass> = new Set(['plain', 'secret'])

function erasedValue(as: ColumnClass, value: unknown): unknown {
  if (value === null || as === 'null') return null
  if (as === 'object') return {}
  if (as === 'list') return []
  return as === 'text' ? ERASED : scrub(value)
}

/** A row that is about somebody else, or nobody, and mentions the person. */
function cleaned(value: unknown, names: readonly string[]): unknown {
  if (typeof value === 'string') return without(value, names)
  if (Array.isArray(value)) return value.map(item => cleaned(item, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleaned(inner, names)]))
}

const OPEN_RUNS = statement(
  'privacy.open-runs',
  'select id from runs where workspace_id = $1 and subject_id = any($2::uuid[]) and finished_at is null',
)
const SUPPRESS = statement(
  'privacy.suppress',
  `insert into suppressions (workspace_id, hash, created_at) select $1, unnest($2::text[]), $3 on conflict do nothing`,
)
const UNSUBSCRIBE = statement(
  'privacy.unsubscribe',
  `update leads set unsubscribed_at = coalesce(unsubscribed_at, $3), updated_at = $3
   where workspace_id = $1 and id = any($2::uuid[])`,
)
const HIDE_SUBJECT = statement(
  'privacy.hide-subject',
  'update data_subject_requests set subject = $3, correction = null where workspace_id = $1 and subject = $2',
)
