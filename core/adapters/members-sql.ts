import { Pool, type PoolClient } from 'pg'
import type { Sql } from '../sql.ts'
import { inTransaction, POOL_OPTIONS, query, SESSION } from './postgres-sql.ts'
import { MEMBER_ROLE, WORKSPACE_SETTING } from './workspace-wall.ts'

/**
 * Connections behind the wall (`buildWall`): each is in the role of members, and is told its workspace when that is another
 * than it was used for last. In a host with one workspace that is once in the life of a connection.
 */
export function openMembers(url: string): { sqlOf(workspaceId: string): Sql; close(): Promise<void> } {
  const pool = new Pool({
    ...POOL_OPTIONS,
    connectionString: url,
    onConnect: client => client.query(`${SESSION}; set role ${MEMBER_ROLE}`) as unknown as void,
  })
  pool.on('error', () => {}) // an idle connection broke; the next query opens another and reports what it finds
  const inside = new WeakMap<PoolClient, string>()
  const known = new Map<string, Sql>()

  const enter = async (workspaceId: string): Promise<PoolClient> => {
    const client = await pool.connect()
    if (inside.get(client) === workspaceId) return client
    try {
      inside.delete(client)
      await client.query({ name: 'enter', text: ENTER, values: [workspaceId] })
      inside.set(client, workspaceId)
      return client
    } catch (error) {
      client.release(true)
      throw error
    }
  }
  return {
    sqlOf(workspaceId) {
      let sql = known.get(workspaceId)
      if (!sql) {
        sql = {
          async query(statement, parameters) {
            const client = await enter(workspaceId)
            try {
              return await query(client, statement, parameters)
            } finally {
              client.release()
            }
          },
          transaction: work => inTransaction(() => enter(workspaceId), work),
        }
        known.set(workspaceId, sql) // one for each, so that what is remembered by `sql` is remembered
      }
      return sql
    },
    close: () => pool.end(),
  }
}

const ENTER = `select set_config('${WORKSPACE_SETTING}', $1, false)`
