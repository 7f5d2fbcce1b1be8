import { Client } from 'pg'
import { MEMBER_ROLE } from '../../adapters/workspace-wall.ts'
import type { Config } from '../../config.ts'
import type { Finding } from './finding.ts'

/** Does the second wall between workspaces stand, on every table that has rows of one? Nothing is said of a database that does not answer. */
export async function checkWall({ databaseUrl }: Pick<Config, 'databaseUrl'>): Promise<Finding[]> {
  const name = 'wall'
  if (!databaseUrl)
    return [{ name, status: 'ok', message: 'between workspaces every statement; row-level security is of Postgres' }]
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 })
  try {
    await client.connect()
    const { rows } = await client.query<Standing>(STANDING, [MEMBER_ROLE])
    const { role, tables, walled, open } = rows[0]!
    if (tables === 0)
      return [{ name, status: 'ok', message: 'row-level security between workspaces is made at the first start' }]
    if (role && walled === tables)
      return [{ name, status: 'ok', message: `row-level security between workspaces stands on all ${tables} tables` }]
    if (role && walled > 0)
      return [
        {
          name,
          status: 'warn',
          message: `row-level security between workspaces is missing on ${tables - walled} of ${tables} tables: ${open.slice(0, 5).join(', ')}`,
          todo: 'Start the program once: it walls tables that are new.',
        },
      ]
    return [
      {
        name,
        status: 'warn',
        message: `no row-level security between workspaces: only statements keep them apart`,
        todo: `Let the user of DATABASE_URL make roles (alter role … createrole), or make the role ${MEMBER_ROLE} and grant it to them; then start again.`,
      },
    ]
  } catch {
    return [] // the line of the database says it
  } finally {
    await client.end().catch(() => {})
  }
}

interface Standing {
  readonly role: boolean
  readonly tables: number
  readonly walled: number
  readonly open: string[]
}
const STANDING = `
  with kept as (
    select t.oid, t.relname as name,
      t.relrowsecurity and exists (select from pg_policy p where p.polrelid = t.oid and p.polname = 'workspace_wall') as walled
    from pg_class t join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = current_schema() and t.relkind = 'r'
      and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'workspace_id' and not a.attisdropped)
  )
  select exists (select from pg_roles where rolname = $1) as role, count(*)::int as tables,
    (count(*) filter (where walled))::int as walled,
    coalesce(array_agg(name::text order by name) filter (where not walled), '{}') as open
  from kept`
