import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

export interface EventRecord {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly source: string
  readonly createdAt: string
}

/** The events with these ids, in any order; unknown ids are left out. */
export async function findEvents(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<EventRecord[]> {
  const rows = await core.sql.query<Omit<EventRecord, 'createdAt'> & { created_at: Date }>(FIND_EVENTS, [
    workspaceId,
    ids,
  ])
  return rows.map(({ created_at, ...event }) => ({ ...event, createdAt: created_at.toISOString() }))
}
const FIND_EVENTS = statement(
  'find-events',
  `select id, type, data, source, created_at from events where workspace_id = $1 and id = any($2::uuid[])`,
)
