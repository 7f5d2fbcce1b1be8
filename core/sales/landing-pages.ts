import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import {
  type LandingContentInput,
  landingContent,
  type LandingPage,
  landingPageOf,
  type LandingPageRow,
  landingSlug,
} from './landing-page.ts'
import { PAGE_COLUMNS } from './read-landing-pages.ts'

type PagesCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

/**
 * Writes a new page, as a draft that nobody sees. The slug is its address for good: people will have the link. Throws
 * `CONFLICT` where it is taken, by any workspace of this host.
 */
export async function createLandingPage(
  core: PagesCore,
  workspaceId: WorkspaceId,
  given: { readonly slug: string; readonly content: LandingContentInput },
): Promise<LandingPage> {
  const { slug, content } = z.strictObject({ slug: landingSlug, content: landingContent }).parse(given)
  const values = [newId(), workspaceId, slug, JSON.stringify(content), core.clock.now()]
  const [row] = await core.sql.query<LandingPageRow>(CREATE_PAGE, values)
  if (!row) throw new TraeError('CONFLICT', `The address /p/${slug} is taken on this host. Choose another.`)
  return announced(core, workspaceId, row)
}

/** Which draft a change was made of: somebody else's is not written over. */
export interface DraftRef {
  readonly id: string
  readonly revision: number
}

/** Stores the draft. Throws `STALE_VERSION` where it was changed since `revision`, `NOT_FOUND`. */
export async function saveLandingPage(
  core: PagesCore,
  workspaceId: WorkspaceId,
  { id, revision, content: given }: DraftRef & { readonly content: LandingContentInput },
): Promise<LandingPage> {
  const { content } = z.strictObject({ content: landingContent }).parse({ content: given })
  const values = [workspaceId, id, revision, JSON.stringify(content), core.clock.now()]
  const [row] = await core.sql.query<LandingPageRow>(SAVE_PAGE, values)
  if (!row) throw await refusal(core, workspaceId, id)
  return announced(core, workspaceId, row)
}

/** Makes a version of the draft, and shows it to visitors from now on. Throws as `saveLandingPage`. */
export async function publishLandingPage(
  core: PagesCore,
  workspaceId: WorkspaceId,
  { id, revision }: DraftRef,
  by: string | null,
): Promise<LandingPage> {
  const values = [workspaceId, id, revision, by, core.clock.now()]
  const [row] = await core.sql.query<LandingPageRow>(PUBLISH_PAGE, values)
  if (!row) throw await refusal(core, workspaceId, id)
  return announced(core, workspaceId, row)
}

/** Takes the page away from visitors; its versions and leads stay. A page that nobody saw stays a draft. Throws `NOT_FOUND`. */
export async function withdrawLandingPage(core: PagesCore, workspaceId: WorkspaceId, id: string): Promise<LandingPage> {
  const [row] = await core.sql.query<LandingPageRow>(WITHDRAW_PAGE, [workspaceId, id, core.clock.now()])
  if (!row) throw unknownPage(id)
  return announced(core, workspaceId, row)
}

/** Brings what a version says back into the draft; visitors see it once it is published. Throws as `saveLandingPage`. */
export async function restoreLandingPage(
  core: PagesCore,
  workspaceId: WorkspaceId,
  { id, revision, version }: DraftRef & { readonly version: number },
): Promise<LandingPage> {
  const [row] = await core.sql.query<LandingPageRow>(RESTORE_PAGE, [
    workspaceId,
    id,
    revision,
    version,
    core.clock.now(),
  ])
  if (row) return announced(core, workspaceId, row)
  const error = await refusal(core, workspaceId, id, revision)
  throw error ?? new TraeError('NOT_FOUND', `The page has no version ${version}.`)
}

function announced(core: PagesCore, workspaceId: WorkspaceId, row: LandingPageRow): LandingPage {
  core.pubsub.publish('landing-page.updated', { workspaceId, pageId: row.id })
  return landingPageOf(row)
}

const unknownPage = (id: string) => new TraeError('NOT_FOUND', `There is no page ${id} in this workspace.`)

/** Why a draft was not written. With a `revision` that is the page's, that is not why: undefined. */
async function refusal(core: PagesCore, workspaceId: WorkspaceId, id: string): Promise<TraeError>
async function refusal(
  core: PagesCore,
  workspaceId: WorkspaceId,
  id: string,
  revision: number,
): Promise<TraeError | undefined>
async function refusal(core: PagesCore, workspaceId: WorkspaceId, id: string, revision?: number) {
  const [page] = await core.sql.query<{ revision: number }>(PAGE_REVISION, [workspaceId, id])
  if (!page) return unknownPage(id)
  if (page.revision === revision) return undefined
  return new TraeError('STALE_VERSION', 'Somebody has changed this page meanwhile. Load it again.')
}

const CREATE_PAGE = statement(
  'create-landing-page',
  `insert into landing_pages as p (id, workspace_id, slug, status, content, revision, created_at, updated_at)
   values ($1, $2, $3, 'DRAFT', $4::jsonb, 1, $5, $5)
   on conflict (slug) do nothing
   returning ${PAGE_COLUMNS}`,
)
const SAVE_PAGE = statement(
  'save-landing-page',
  `update landing_pages p set content = $4::jsonb, revision = revision + 1, updated_at = $5
   where workspace_id = $1 and id = $2 and revision = $3 returning ${PAGE_COLUMNS}`,
)
// Whoever comes second waits for the row, and then finds another revision: no version is made twice.
const PUBLISH_PAGE = statement(
  'publish-landing-page',
  `with page as (
     update landing_pages set status = 'PUBLISHED', updated_at = $5, revision = revision + 1,
       version = coalesce((select max(v.version) from landing_page_versions v where v.page_id = landing_pages.id), 0) + 1
     where workspace_id = $1 and id = $2 and revision = $3
     returning *
   ), made as (
     insert into landing_page_versions (page_id, workspace_id, version, content, published_by, published_at)
     select id, workspace_id, version, content, $4::uuid, $5 from page
   )
   select id, slug, status, content, revision, version, false as changed, created_at, updated_at from page`,
)
const WITHDRAW_PAGE = statement(
  'withdraw-landing-page',
  `update landing_pages p set status = case status when 'PUBLISHED' then 'WITHDRAWN' else status end, updated_at = $3
   where workspace_id = $1 and id = $2 returning ${PAGE_COLUMNS}`,
)
const RESTORE_PAGE = statement(
  'restore-landing-page',
  `update landing_pages p set content = v.content, revision = revision + 1, updated_at = $5
   from landing_page_versions v
   where p.workspace_id = $1 and p.id = $2 and p.revision = $3 and v.page_id = p.id and v.version = $4
   returning ${PAGE_COLUMNS}`,
)
const PAGE_REVISION = statement(
  'landing-page-revision',
  'select revision from landing_pages where workspace_id = $1 and id = $2',
)
