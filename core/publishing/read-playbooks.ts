import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { PlaybookEntity, PlaybookVersionEntity } from './entities.ts'

/** Newest first. */
export async function listPlaybooks(
  core: Pick<Core, 'orm'>,
  workspaceId: WorkspaceId,
  request: PageRequest,
): Promise<Page<PlaybookEntity>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const found = await core.orm.em.fork().find(
    PlaybookEntity,
    {
      workspaceId,
      madeFor: null,
      ...(after ? { $or: [{ createdAt: { $lt: after.at } }, { createdAt: after.at, id: { $lt: after.id } }] } : {}),
    },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: size + 1 },
  )
  return toPage(
    found,
    size,
    request,
    playbook => ({ at: playbook.createdAt, id: playbook.id }),
    playbook => playbook,
  )
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

/** Newest first. */
export async function listVersions(
  core: Pick<Core, 'orm'>,
  workspaceId: WorkspaceId,
  playbookId: string,
  request: PageRequest,
): Promise<Page<PlaybookVersionEntity>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const found = await core.orm.em.fork().find(
    PlaybookVersionEntity,
    {
      workspaceId,
      playbookId,
      ...(after ? { $or: [{ publishedAt: { $lt: after.at } }, { publishedAt: after.at, id: { $lt: after.id } }] } : {}),
    },
    { orderBy: { publishedAt: 'desc', id: 'desc' }, limit: size + 1 },
  )
  return toPage(
    found,
    size,
    request,
    version => ({ at: version.publishedAt, id: version.id }),
    version => version,
  )
}

/** Those with these ids, in any order; unknown ids are left out. */
export async function findVersions(
  core: Pick<Core, 'orm'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<PlaybookVersionEntity[]> {
  return core.orm.em.fork().find(PlaybookVersionEntity, { workspaceId, id: { $in: [...ids] } })
}
