import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'

/** Something that a person of the team should know, in the admin UI's inbox. */
export interface Notice {
  readonly id: string
  readonly title: string
  readonly body: string | null
  readonly urgent: boolean
  readonly leadId: string | null
  readonly runId: string | null
  readonly createdAt: string
  /** By whom the list is for. */
  readonly readAt: string | null
}

export interface NewNotice {
  /** E-mail of whoever is told. Without it whose lead it is, else everybody. */
  readonly to?: string | undefined
  readonly title: string
  readonly body?: string | undefined
  readonly urgent?: boolean | undefined
  readonly leadId?: string | undefined
}

/**
 * Tells one person of the team once per `key`: who is named in `to`, else whose lead it is, unless they are away; else everybody.
 * Throws `NOT_FOUND` for who is not of the team, or a lead that is not here.
 */
export async function addNotice(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  notice: NewNotice,
  origin: { readonly key: string; readonly runId: string | null },
): Promise<{ id: string; sentAt: string }> {
  const told = await storeNotice(core.sql, core, workspaceId, notice, origin)
  core.pubsub.publish('notice.added', { workspaceId })
  return told
}

/** The same in a transaction; whoever began it publishes `notice.added` after the commit. */
export async function storeNotice(
  tx: Sql,
  { clock }: Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  notice: NewNotice,
  origin: { readonly key: string; readonly runId: string | null },
): Promise<{ id: string; sentAt: string }> {
  const { to = null, title, body = null, urgent = false, leadId = null } = notice
  const values = [newId(), workspaceId, to, title, body, urgent, leadId, origin.runId, origin.key, clock.now()]
  const [row] = await tx.query<{ user_known: boolean; lead_known: boolean; id: string | null; created_at: Date }>(
    ADD_NOTICE,
    values,
  )
  if (!row!.user_known) throw new TraeError('NOT_FOUND', `${to} is nobody of this team; nobody was told.`)
  if (!row!.lead_known) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
  return { id: row!.id!, sentAt: row!.created_at.toISOString() }
}
const ADD_NOTICE = statement(
  'add-notice',
  `with person as (
     select u.id from users u join memberships m on m.user_id = u.id where m.workspace_id = $2 and lower(u.email) = lower($3::text)
   ), owner as (
     select m.user_id as id from leads l join memberships m on m.workspace_id = l.workspace_id and m.user_id = l.owner_id
     where $3::text is null and l.workspace_id = $2 and l.id = $7::uuid
       and not exists (select from absences a where a.workspace_id = $2 and a.user_id = m.user_id and a.source = 'hand' and a.starts_at <= $10 and a.ends_at > $10)
   ), known as (
     select $3::text is null or exists (select from person) as user_known,
            $7::uuid is null or exists (select from leads where workspace_id = $2 and id = $7::uuid) as lead_known
   ), added as (
     insert into notices (id, workspace_id, user_id, title, body, urgent, lead_id, run_id, key, created_at)
     select $1, $2, coalesce((select id from person), (select id from owner)), $4, $5, $6, $7::uuid, $8::uuid, $9, $10 from known where user_known and lead_known
     on conflict (workspace_id, key) do update set key = excluded.key -- answers with the first
     returning id, created_at
   )
   select * from known left join added on true`,
)

export interface NoticeFilter {
  /** True: not read by whom the list is for. */
  readonly unread?: boolean | null | undefined
  readonly urgent?: boolean | null | undefined
  readonly leadId?: string | null | undefined
  /** Found anywhere in title or text. */
  readonly search?: string | null | undefined
}
export type NoticeSortBy = 'createdAt'

/** What a person was told, newest first, unless the other way is asked for. */
export const listNotices = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  userId: UserId,
  request: ListRequest<NoticeFilter, NoticeSortBy>,
): Promise<Page<Notice>> => readList(core.sql, NOTICES, workspaceId, request, noticeOf, { userId })

const FOR_ME = `n.workspace_id = $1 and (n.user_id is null or n.user_id = $2)`
const READER = `($2::jsonb ->> 'userId')::uuid`
const NOTICES: Listing<NoticeFilter, NoticeSortBy> = {
  name: 'list-notices',
  columns: 'n.*, r.read_at',
  from: `notices n left join notice_reads r on r.notice_id = n.id and r.user_id = ${READER}`,
  of: `n.workspace_id = $1 and (n.user_id is null or n.user_id = ${READER})`,
  id: 'n.id',
  conditions: {
    unread: compared('(r.read_at is null)', '=', 'boolean'),
    urgent: compared('n.urgent', '=', 'boolean'),
    leadId: compared('n.lead_id', '=', 'uuid'),
    search: contains('n.title', 'n.body'),
  },
  orders: { createdAt: { by: 'n.created_at', type: 'timestamptz' } },
  usual: { by: 'createdAt' },
}

export async function countUnread(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, userId: UserId): Promise<number> {
  const [row] = await core.sql.query<{ n: number }>(COUNT_UNREAD, [workspaceId, userId])
  return row!.n
}
const COUNT_UNREAD = statement(
  'count-unread-notices',
  `select count(*)::int as n from notices n where ${FOR_ME}
   and not exists (select from notice_reads r where r.notice_id = n.id and r.user_id = $2)`,
)

/** The person has read these, or all of them. Ids of others' notices change nothing. */
export async function readNotices(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  userId: UserId,
  ids?: readonly string[],
): Promise<void> {
  await core.sql.query(READ_NOTICES, [workspaceId, userId, ids ?? null, core.clock.now()])
  core.pubsub.publish('notice.added', { workspaceId })
}
const READ_NOTICES = statement(
  'read-notices',
  `insert into notice_reads (notice_id, user_id, read_at)
   select n.id, $2, $4 from notices n where ${FOR_ME} and ($3::uuid[] is null or n.id = any($3::uuid[]))
   on conflict do nothing`,
)

interface NoticeRow {
  id: string
  title: string
  body: string | null
  urgent: boolean
  lead_id: string | null
  run_id: string | null
  created_at: Date
  read_at: Date | null
}
const noticeOf = (row: NoticeRow): Notice => ({
  id: row.id,
  title: row.title,
  body: row.body,
  urgent: row.urgent,
  leadId: row.lead_id,
  runId: row.run_id,
  createdAt: row.created_at.toISOString(),
  readAt: row.read_at?.toISOString() ?? null,
})
