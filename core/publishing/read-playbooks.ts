import type { Core } from '../context.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { contains, type Listing, type ListRequest, oneOf, readList, readListOf } from '../listing.ts'
import type { Page, PageRequest } from '../page.ts'
import { statement } from '../sql.ts'
import type { PlaybookRecord, PlaybookStatus, VersionOrigin, VersionRecord } from './playbook-record.ts'

export interface PlaybookFilter {
  readonly modules?: readonly string[] | null | undefined
  readonly statuses?: readonly PlaybookStatus[] | null | undefined
  /** Found anywhere in the name or the id. */
  readonly search?: string | null | undefined
}
export type PlaybookSortBy = 'createdAt' | 'updatedAt' | 'name'

/** Newest first, unless another order is asked for; without those that the host has made for itself. */
export const listPlaybooks = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<PlaybookFilter, PlaybookSortBy>,
): Promise<Page<PlaybookRecord>> => readList(core.sql, PLAYBOOKS, workspaceId, request, playbookOf)

/** Null where there is none. */
export async function findPlaybook(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  slug: string,
): Promise<PlaybookRecord | null> {
  const [row] = await core.sql.query<PlaybookRow>(FIND_PLAYBOOK, [workspaceId, slug])
  return row ? playbookOf(row) : null
}

/** Those with these ids, in any order; unknown ids are left out. */
export async function findPlaybooks(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<PlaybookRecord[]> {
  return (await core.sql.query<PlaybookRow>(FIND_PLAYBOOKS, [workspaceId, ids])).map(playbookOf)
}

/** Of each of these playbooks one page of its versions, newest first, in one statement. */
export const listVersionsOf = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: PageRequest,
): Promise<Map<string, Page<VersionRecord>>> =>
  readListOf(core.sql, VERSIONS, workspaceId, { column: 'v.playbook_id', ids }, request, versionOf)

/** Those with these ids, in any order; unknown ids are left out. */
export async function findVersions(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<VersionRecord[]> {
  return (await core.sql.query<VersionRow>(FIND_VERSIONS, [workspaceId, ids])).map(versionOf)
}

interface PlaybookRow {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly slug: string
  readonly name: string
  readonly module: string
  readonly status: PlaybookStatus
  readonly status_reason: string | null
  readonly published_version_id: string | null
  readonly created_at: Date
  readonly updated_at: Date
}

const playbookOf = (row: PlaybookRow): PlaybookRecord => ({
  id: row.id,
  workspaceId: row.workspace_id,
  slug: row.slug,
  name: row.name,
  module: row.module,
  status: row.status,
  statusReason: row.status_reason,
  publishedVersionId: row.published_version_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

interface VersionRow {
  readonly id: string
  readonly playbook_id: string
  readonly number: number
  readonly source: string
  readonly source_hash: string
  readonly plugins: VersionRecord['plugins']
  readonly providers: VersionRecord['providers']
  readonly published_at: Date
  readonly published_by: UserId | null
  readonly origin: VersionOrigin
  readonly rolled_back_to: number | null
  readonly note: string | null
}

const versionOf = (row: VersionRow): VersionRecord => ({
  id: row.id,
  playbookId: row.playbook_id,
  number: row.number,
  source: row.source,
  sourceHash: row.source_hash,
  plugins: row.plugins,
  providers: row.providers,
  publishedAt: row.published_at,
  publishedBy: row.published_by,
  origin: row.origin,
  rolledBackTo: row.rolled_back_to,
  note: row.note,
})

const PLAYBOOK_COLUMNS =
  'p.id, p.workspace_id, p.slug, p.name, p.module, p.status, p.status_reason, p.published_version_id, p.created_at, p.updated_at'
const VERSION_COLUMNS =
  'v.id, v.playbook_id, v.number, v.source, v.source_hash, v.plugins, v.providers, v.published_at, v.published_by, v.origin, v.rolled_back_to, v.note'

const FIND_PLAYBOOK = statement(
  'find-playbook',
  `select ${PLAYBOOK_COLUMNS} from playbooks p where p.workspace_id = $1 and p.slug = $2`,
)
const FIND_PLAYBOOKS = statement(
  'find-playbooks',
  `select ${PLAYBOOK_COLUMNS} from playbooks p where p.workspace_id = $1 and p.id = any($2::uuid[])`,
)
const FIND_VERSIONS = statement(
  'find-playbook-versions',
  `select ${VERSION_COLUMNS} from playbook_versions v where v.workspace_id = $1 and v.id = any($2::uuid[])`,
)
const PLAYBOOKS: Listing<PlaybookFilter, PlaybookSortBy> = {
  name: 'list-playbooks',
  columns: PLAYBOOK_COLUMNS,
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
const VERSIONS: Listing<Record<never, never>, 'publishedAt'> = {
  name: 'list-playbook-versions',
  columns: VERSION_COLUMNS,
  from: 'playbook_versions v',
  of: 'v.workspace_id = $1',
  id: 'v.id',
  conditions: {},
  orders: { publishedAt: { by: 'v.published_at', type: 'timestamptz' } },
  usual: { by: 'publishedAt' },
}
