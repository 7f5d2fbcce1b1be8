import type { Core } from '../context.ts'
import { GroupCommit } from '../group-commit.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import {
  type LandingContent,
  type LandingPage,
  landingPageOf,
  type LandingPageRow,
  type LandingPageStatus,
  originOf,
} from './landing-page.ts'

/** Of `landing_pages p`. */
export const PAGE_COLUMNS = `p.id, p.slug, p.status, p.content, p.revision, p.version, p.created_at, p.updated_at,
  not exists (select from landing_page_versions c where c.page_id = p.id and c.version = p.version and c.content = p.content) as changed`

export interface LandingPageFilter {
  readonly statuses?: readonly LandingPageStatus[] | null | undefined
  /** Found anywhere in the address or the headline. */
  readonly search?: string | null | undefined
}

/** Newest first. */
export async function listLandingPages(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly filter?: LandingPageFilter | null | undefined },
): Promise<Page<LandingPage>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const { statuses, search } = request.filter ?? {}
  const rows = await core.sql.query<LandingPageRow>(LIST_PAGES, [
    workspaceId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
    statuses?.length ? statuses : null,
    search?.trim() ? `%${search.trim().replace(/[\\%_]/g, '\\$&')}%` : null,
  ])
  return toPage(rows, size, request, row => ({ at: row.created_at, id: row.id }), landingPageOf)
}

/** The pages with these ids, in any order; unknown ids are left out. */
export async function findLandingPages(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<LandingPage[]> {
  return (await core.sql.query<LandingPageRow>(FIND_PAGES, [workspaceId, ids])).map(landingPageOf)
}

export interface LandingPageVersion {
  readonly version: number
  readonly content: LandingContent
  readonly publishedBy: string | null
  readonly publishedAt: string
}

/** What was published, newest first, at most 50. */
export async function listLandingVersions(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  pageId: string,
): Promise<LandingPageVersion[]> {
  const rows = await core.sql.query<{
    version: number
    content: LandingContent
    published_by: string | null
    published_at: Date
  }>(LIST_VERSIONS, [workspaceId, pageId])
  return rows.map(({ version, content, published_by, published_at }) => ({
    version,
    content,
    publishedBy: published_by,
    publishedAt: published_at.toISOString(),
  }))
}

/** How a page does, since it is there. */
export interface LandingPageFigures {
  /** How often it was sent to a browser that does not say that it is a program. */
  readonly seen: number
  /** Forms that were stored; a form that was sent twice is one. */
  readonly submitted: number
  /** Different leads of those. */
  readonly leads: number
  /** Of these leads, who is QUALIFIED or CONVERTED now. */
  readonly qualified: number
}

export async function landingFigures(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { id, slug }: Pick<LandingPage, 'id' | 'slug'>,
): Promise<LandingPageFigures> {
  return (await core.sql.query<LandingPageFigures>(FIGURES, [workspaceId, id, originOf(slug)]))[0]!
}

/** What a visitor of `/p/<slug>` gets. */
export interface PublishedPage {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly slug: string
  readonly version: number
  readonly content: LandingContent
}

/** Undefined for a page that is not there, or not for visitors. */
export async function publishedPage(core: Pick<Core, 'sql'>, slug: string): Promise<PublishedPage | undefined> {
  const [row] = await core.sql.query<{
    id: string
    workspace_id: WorkspaceId
    version: number
    content: LandingContent
  }>(PUBLISHED_PAGE, [slug])
  return row && { id: row.id, workspaceId: row.workspace_id, slug, version: row.version, content: row.content }
}

/** Counts that a page was sent; many at once in one commit. */
export async function countSeen(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  page: Pick<PublishedPage, 'id' | 'workspaceId'>,
): Promise<void> {
  let counter = counters.get(core.sql)
  if (!counter)
    counters.set(
      core.sql,
      (counter = new GroupCommit(async pages => {
        const counts = [...Map.groupBy(pages, ({ id }) => id)].map(([id, those]) => ({
          page_id: id,
          workspace_id: those[0]!.workspaceId,
          seen: those.length,
        }))
        await core.sql.query(COUNT_SEEN, [JSON.stringify(counts), core.clock.now().toISOString().slice(0, 10)])
        return pages.map(() => undefined)
      })),
    )
  await counter.add(page)
  core.pubsub.publish('landing-page.updated', { workspaceId: page.workspaceId, pageId: page.id })
}
const counters = new WeakMap<Sql, GroupCommit<Pick<PublishedPage, 'id' | 'workspaceId'>, undefined>>()

const LIST_PAGES = statement(
  'list-landing-pages',
  `select ${PAGE_COLUMNS} from landing_pages p
   where workspace_id = $1
     and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid))
     and ($5::text[] is null or status = any($5::text[]))
     and ($6::text is null or slug ilike $6 or content->>'headline' ilike $6)
   order by created_at desc, id desc limit $4`,
)
const FIND_PAGES = statement(
  'find-landing-pages',
  `select ${PAGE_COLUMNS} from landing_pages p where workspace_id = $1 and id = any($2::uuid[])`,
)
const LIST_VERSIONS = statement(
  'list-landing-versions',
  `select version, content, published_by, published_at from landing_page_versions
   where workspace_id = $1 and page_id = $2 order by version desc limit 50`,
)
const FIGURES = statement(
  'landing-figures',
  `select
     (select coalesce(sum(seen), 0) from landing_page_days where workspace_id = $1 and page_id = $2)::int as seen,
     count(*)::int as submitted,
     count(distinct a.lead_id)::int as leads,
     count(distinct a.lead_id) filter (where l.status in ('QUALIFIED', 'CONVERTED'))::int as qualified
   from activities a join leads l on l.id = a.lead_id
   where a.workspace_id = $1 and a.kind = 'CAPTURED' and a.summary = $3`,
)
const PUBLISHED_PAGE = statement(
  'published-landing-page',
  `select p.id, p.workspace_id, v.version, v.content
   from landing_pages p join landing_page_versions v on v.page_id = p.id and v.version = p.version
   where p.slug = $1 and p.status = 'PUBLISHED'`,
)
const COUNT_SEEN = statement(
  'count-seen',
  `insert into landing_page_days (page_id, workspace_id, day, seen)
   select page_id, workspace_id, $2::date, seen
   from jsonb_to_recordset($1::jsonb) as i(page_id uuid, workspace_id uuid, seen int) order by page_id
   on conflict (page_id, day) do update set seen = landing_page_days.seen + excluded.seen`,
)
