import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { isId, type WorkspaceId } from '../ids.ts'
import { normalizePhone } from '../phone.ts'
import { SAMPLE } from '../sales/lead.ts'
import { suppressionHash } from '../sales/suppression.ts'
import { statement } from '../sql.ts'
import { REGISTER, type RegisteredTable } from './register.ts'

/** Somebody whose data a workspace has. */
export interface Person {
  readonly leadIds: readonly string[]
  readonly emails: readonly string[]
  readonly phones: readonly string[]
  /** As leads have them. */
  readonly names: readonly string[]
  /** They are the sample lead and nobody else. */
  readonly isSample: boolean
}

/**
 * Who is meant by an e-mail, a phone number or the id of a lead. A person who is no lead may still be mentioned. Throws
 * `BAD_USER_INPUT` for a text that is none of these, `NOT_FOUND` for a lead that is not there.
 */
export async function findPerson(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, subject: string): Promise<Person> {
  const text = subject.trim()
  const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? text.toLowerCase() : undefined
  const phone = email === undefined && !isId(text) ? normalizePhone(text) : undefined
  const id = isId(text) ? text : undefined
  if (email === undefined && phone === undefined && id === undefined)
    throw new TraeError('BAD_USER_INPUT', 'A person is named by an e-mail, a phone number, or the id of a lead.')
  const leads = await core.sql.query<LeadNames>(FIND_LEADS, [workspaceId, id ?? null, email ?? null, phone ?? null])
  if (id !== undefined && leads.length === 0)
    throw new TraeError('NOT_FOUND', 'There is no such lead in this workspace.')
  const all = (values: readonly (string | null | undefined)[]) => [...new Set(values.filter(value => value != null))]
  return {
    leadIds: leads.map(lead => lead.id),
    emails: all([email, ...leads.flatMap(lead => [lead.email, ...lead.emails])]),
    phones: all([phone, ...leads.flatMap(lead => [lead.phone, ...lead.phones])]),
    names: all(leads.map(({ name }) => (name.includes(' ') ? name : null))),
    isSample: leads.length > 0 && leads.every(lead => lead.source === SAMPLE),
  }
}

/** What is kept of them on the list of who is not taken in again. */
export const hashesOf = (workspaceId: string, { emails, phones }: Person) => [
  ...emails.map(email => suppressionHash(workspaceId, 'email', email)),
  ...phones.map(phone => suppressionHash(workspaceId, 'phone', phone)),
]

/** The tables of the register that this database has. */
export async function tablesHere(
  core: Pick<Core, 'sql'>,
): Promise<readonly { readonly name: string; readonly table: RegisteredTable; readonly columns: readonly string[] }[]> {
  const rows = await core.sql.query<{ name: string; columns: string[] }>(COLUMNS)
  return rows.flatMap(({ name, columns }) => {
    const table = REGISTER[name]
    return table ? [{ name, table, columns }] : []
  })
}

/** SQL: rows about the person, or that mention them; `$4` are patterns of what may be found in a text. */
export function rowsOf(name: string, table: RegisteredTable, columns: readonly string[]): string | undefined {
  const found = [table.about && `(${table.about})`, table.mentions && 'to_jsonb(t)::text ilike any($4::text[])']
  const conditions = found.filter(condition => condition)
  if (conditions.length === 0) return undefined
  const mine = columns.includes('workspace_id')
    ? 't.workspace_id = $1'
    : name === 'plugin_storage'
      ? 't.installation_id in (select id from installations where workspace_id = $1)'
      : 'true'
  // Every parameter must be used for its type to be known
  return `from "${name}" t where ${mine} and (${conditions.join(' or ')})
    and ($1::uuid is not null) and ($2::uuid[] is not null) and ($3::text[] is not null) and ($4::text[] is not null)`
}

/** The parameters of `rowsOf`. */
export function parametersOf(workspaceId: WorkspaceId, { leadIds, emails, phones }: Person): readonly unknown[] {
  const known = [...emails, ...phones]
  const literally = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return [workspaceId, leadIds, known, [...known, ...leadIds].map(literally)]
}

interface LeadNames {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  /** Besides: of records that were merged into it, and from before. */
  readonly emails: readonly string[]
  readonly phones: readonly string[]
  readonly source: string
}
const aliasesOf = (kind: 'email' | 'phone') =>
  `array(select a.value from lead_aliases a where a.workspace_id = $1 and a.lead_id = l.id and a.kind = '${kind}' and a.value is not null)`
const FIND_LEADS = statement(
  'privacy.find-leads',
  `select l.id, l.name, l.email, l.phone, l.source, ${aliasesOf('email')} as emails, ${aliasesOf('phone')} as phones
   from leads l where l.workspace_id = $1 and (l.id = $2::uuid or l.email = $3 or l.phone = $4 or l.id in (
     select a.lead_id from lead_aliases a where a.workspace_id = $1
       and (a.kind = 'id' and a.value = $2::uuid::text or a.kind = 'email' and a.value = $3 or a.kind = 'phone' and a.value = $4)))`,
)
const COLUMNS = statement(
  'privacy.columns',
  `select table_name as name, jsonb_agg(column_name order by ordinal_position) as columns
   from information_schema.columns where table_schema = 'public' group by table_name order by table_name`,
)
