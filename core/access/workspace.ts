import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'

export interface Workspace {
  readonly id: WorkspaceId
  readonly slug: string
  readonly name: string
  /** IANA name: America/Sao_Paulo */
  readonly timeZone: string
  readonly locale: string
  readonly createdAt: Date
}

const known = new WeakMap<Sql, Map<string, Promise<Workspace>>>()

/** The workspace, read once a process. Throws `NOT_FOUND`. */
export function getWorkspace(core: Pick<Core, 'sql'>, id: WorkspaceId): Promise<Workspace> {
  let cache = known.get(core.sql)
  if (!cache) known.set(core.sql, (cache = new Map()))
  let workspace = cache.get(id)
  if (!workspace) {
    workspace = read(core, id)
    cache.set(id, workspace)
    workspace.catch(() => cache.delete(id))
  }
  return workspace
}

async function read(core: Pick<Core, 'sql'>, id: WorkspaceId): Promise<Workspace> {
  const [row] = await core.sql.query<{
    id: WorkspaceId
    slug: string
    name: string
    time_zone: string
    locale: string
    created_at: Date
  }>(GET_WORKSPACE, [id])
  if (!row) throw new TraeError('NOT_FOUND', `There is no workspace ${id}.`)
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    timeZone: row.time_zone,
    locale: row.locale,
    createdAt: row.created_at,
  }
}
const GET_WORKSPACE = statement(
  'get-workspace',
  `select id, slug, name, time_zone, locale, created_at from workspaces where id = $1`,
)
