import type { Pool, PoolClient } from 'pg'

/** What requests of people and programs are to Postgres: it may do what is asked, to rows of one workspace. */
export const MEMBER_ROLE = 'trae_member'
/** The setting of a connection that says which. Without it nothing is shown. */
export const WORKSPACE_SETTING = 'trae.workspace'

/**
 * The second wall between workspaces: row-level security on every table that has `workspace_id`, for a role that requests are
 * answered in. The engine owns the tables and is not subject to it, so its statements are planned as before. Whatever table a
 * migration adds is walled at the next start. False where this user may make no role: the first wall stands alone then.
 */
export async function buildWall(pool: Pool): Promise<boolean> {
  const client = await pool.connect()
  try {
    await makeRole(client)
    const { rows } = await client.query<{ name: string; rule: string }>(UNWALLED)
    for (const { name, rule } of [...rows, ...Object.entries(OTHERS).map(([name, rule]) => ({ name, rule }))]) {
      if ((await client.query(HAS_POLICY, [name])).rows.length > 0) continue
      await client.query(`alter table "${name}" enable row level security`)
      await client.query(`create policy workspace_wall on "${name}" to ${MEMBER_ROLE} using (${rule})`)
    }
    await client.query(`grant usage on schema public to ${MEMBER_ROLE}`)
    await client.query(`grant select, insert, update, delete on all tables in schema public to ${MEMBER_ROLE}`)
    await client.query(`revoke all on ${HOSTS_OWN.join(', ')} from ${MEMBER_ROLE}`)
    await client.query(`revoke insert, update, delete on plugin_kill_list from ${MEMBER_ROLE}`) // whoever installs reads it
    await client.query(`revoke insert, update, delete on backup_state from ${MEMBER_ROLE}`)
    await client.query(`grant update (wanted_at, problem) on backup_state to ${MEMBER_ROLE}`) // whoever may, asks for a backup
    await client.query(`revoke update, delete on audit_log from ${MEMBER_ROLE}`) // what was written there stays
    return true
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return false // insufficient_privilege
    throw error
  } finally {
    client.release()
  }
}

/** Roles belong to all databases of a server: another host may make it at the same moment. */
async function makeRole(client: PoolClient): Promise<void> {
  try {
    if ((await client.query(FIND_ROLE, [MEMBER_ROLE])).rows.length === 0)
      await client.query(`create role ${MEMBER_ROLE} nologin`)
  } catch (error) {
    if (!['42710', '23505'].includes((error as { code?: string }).code ?? '')) throw error
  }
  try {
    await client.query(`set role ${MEMBER_ROLE}`)
  } catch {
    await client.query(`grant ${MEMBER_ROLE} to current_user`) // who is no superuser takes on only roles that were granted
    await client.query(`set role ${MEMBER_ROLE}`)
  }
  await client.query('reset role')
}

/** Keys and what nobody reads on behalf of a person. */
const HOSTS_OWN = ['sentinels', 'signing_keys', 'data_keys', 'migrations']

const MINE = `nullif(current_setting('${WORKSPACE_SETTING}', true), '')::uuid`
/** Tables that belong to a workspace by what they refer to, which is walled itself. */
const OTHERS: Readonly<Record<string, string>> = {
  workspaces: `id = ${MINE}`,
  plugin_storage: 'exists (select from installations i where i.id = installation_id)',
  incident_entries: 'exists (select from incidents i where i.id = incident_id)',
  refresh_tokens: 'exists (select from sessions s where s.id = session_id)',
}

const FIND_ROLE = 'select 1 from pg_roles where rolname = $1'
const HAS_POLICY = `select 1 from pg_policies where schemaname = 'public' and tablename = $1 and policyname = 'workspace_wall'`
const UNWALLED = `select c.table_name as name, 'workspace_id = ${MINE.replaceAll("'", "''")}' as rule
  from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
  where c.table_schema = 'public' and c.column_name = 'workspace_id' and t.table_type = 'BASE TABLE'`
