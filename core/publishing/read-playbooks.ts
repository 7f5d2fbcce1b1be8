import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { contains, type Listing, type ListRequest, oneOf, readList, readListOf } from '../listing.ts'
import type { Page, PageRequest } from '../page.ts'
import { PlaybookEntity, PlaybookVersionEntity } from './entities.ts'

export interface PlaybookFilter {
  readonly modules?: readonly string[] | null | undefined
  readonly statuses?: readonly PlaybookEntity['status'][] | null | undefined
  /** Found anywhere in the name or the id. */
  readonly search?: string | null | undefined
}
export type PlaybookSortBy = 'createdAt' | 'updatedAt' | 'name'

/** Newest first, unless another order is asked for; without those that the host has made for itself. */
export async function listPlaybooks(
  core: Pick<Core, 'orm' | 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<PlaybookFilter, PlaybookSortBy>,
): Promise<Page<PlaybookEntity>> {
  const { items, ...page } = await readList(core.sql, PLAYBOOKS, workspaceId, request, ({ id }: { id: string }) => id)
  const ids = items.map(({ node }) => node)
  const found = new Map((await findPlaybooks(core, workspaceId, ids)).map(playbook => [playbook.id, playbook]))
  return {
    ...page,
    items: items.flatMap(({ cursor, node }) => {
      const playbook = found.get(node)
      return playbook ? [{ cursor, node: playbook }] : []
    }),
  }
}
const PLAYBOOKS: Listing<PlaybookFilter, PlaybookSortBy> = {
  name: 'list-playbooks',
  columns: 'p.id',
  from: 'playbooks p',
  of: 'p.workspace_id = $1 and p.made_for is null',
  id: 'p.id',
  conditions: {
    modules: oneOf('p.module'),
    statuses: oneOf('p.status'),
    search: contains('p.name', 'p.slug'),
  },
  orders: {
    createdAt: { by: 'p.created_at', type: 'timestamptz' },
    updatedAt: { by: 'p.updated_at', type: 'timestamptz' },
    name: { by: 'lower(p.name)', type: 'text' },
  },
  usual: { by: 'createdAt' },
}

export async function findPlaybook(
  core: Pick<Core, 'orm'>,
  workspaceId: WorkspaceId,
  slug: string,
): Promise<PlaybookEntity | null> {
  return core.orm.em.fork().findOne(PlaybookEntity, { workspaceId, slug })
}

/** Those with these ids, in any order; unknown ids are left out. */
export async function findPlaybooks(
  core: Pick<Core, 'orm'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<PlaybookEntity[]> {
  return core.orm.em.fork().find(PlaybookEntity, { workspaceId, id: { $in: [...ids] } })
}

/** Of each of these playbooks one page of its versions, newest first, in one statement and one of the ORM. */
export async function listVersionsOf(
  core: Pick<Core, 'orm' | 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: PageRequest,
): Promise<Map<string, Page<PlaybookVersionEntity>>> {
  const parents = { column: 'v.playbook_id', ids }
  const pages = await readListOf(core.sql, VERSIONS, workspaceId, parents, request, ({ id }: { id: string }) => id)
  const all = [...pages.values()].flatMap(({ items }) => items.map(({ node }) => node))
  const found = new Map((await findVersions(core, workspaceId, all)).map(version => [version.id, version]))
  return new Map(
    [...pages].map(([id, { items, ...page }]) => [
      id,
      { ...page, items: items.map(({ cursor, node }) => ({ cursor, node: found.get(node)! })) }, // versions are never deleted
    ]),
  )
}
const VERSIONS: Listing<Record<never, never>, 'publishedAt'> = {
  name: 'list-playbook-versions',
  columns: 'v.id',
  from: 'playbook_versions v',
  of: 'v.workspace_id = $1',
  id: 'v.id',
  conditions: {},
  orders: { publishedAt: { by: 'v.published_at', type: 'timestamptz' } },
  usual: { by: 'publishedAt' },
}

/** Those with these ids, in any order; unknown ids are left out. */
export async function findVersions(
  core: Pick<Core, 'orm'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<PlaybookVersionEntity[]> {
  return core.orm.em.fork().find(PlaybookVersionEntity, { workspaceId, id: { $in: [...ids] } })
}
