import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { statement } from '../sql.ts'

/** A list of leads under a name; there as long as somebody is in it. */
export interface Audience {
  readonly name: string
  readonly members: number
}

export interface AudienceMember {
  readonly leadId: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly addedAt: string
}

interface Membership {
  readonly audience: string
  readonly leadId: string
}

/** Who is in it stays. Throws `NOT_FOUND` for a lead that is not here. */
export async function addToAudience(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  { audience, leadId }: Membership,
): Promise<{ audience: string; member: boolean }> {
  const rows = await core.sql.query(ADD_MEMBER, [workspaceId, audience, leadId, core.clock.now()])
  if (rows.length === 0) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
  return { audience, member: true }
}
const ADD_MEMBER = statement(
  'add-audience-member',
  `insert into audience_members (workspace_id, audience, lead_id, added_at)
   select $1, $2::text, id, $4::timestamptz from leads where workspace_id = $1 and id = $3
   on conflict (workspace_id, audience, lead_id) do update set audience = excluded.audience returning lead_id`,
)

/** Who is not in it stays out. */
export async function removeFromAudience(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { audience, leadId }: Membership,
): Promise<{ audience: string; member: boolean }> {
  await core.sql.query(REMOVE_MEMBER, [workspaceId, audience, leadId])
  return { audience, member: false }
}
const REMOVE_MEMBER = statement(
  'remove-audience-member',
  'delete from audience_members where workspace_id = $1 and audience = $2 and lead_id = $3',
)

export async function listAudiences(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<Audience[]> {
  return core.sql.query<Audience>(LIST_AUDIENCES, [workspaceId])
}
const LIST_AUDIENCES = statement(
  'list-audiences',
  `select audience as name, count(*)::int as members from audience_members where workspace_id = $1 group by audience order by audience limit 500`,
)

/** Who is in it, by when they came, at most 100,000. */
export async function audienceMembers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  audience: string,
): Promise<AudienceMember[]> {
  const rows = await core.sql.query<Omit<AudienceMember, 'addedAt'> & { addedAt: Date }>(AUDIENCE_MEMBERS, [
    workspaceId,
    audience,
  ])
  return rows.map(row => ({ ...row, addedAt: row.addedAt.toISOString() }))
}
const AUDIENCE_MEMBERS = statement(
  'audience-members',
  `select l.id as "leadId", l.name, l.email, l.phone, a.added_at as "addedAt" from audience_members a join leads l on l.id = a.lead_id
   where a.workspace_id = $1 and a.audience = $2 order by a.added_at, l.id limit 100000`,
)

/** Who is in a list, the latest first; nobody where there is no list of that name. */
export async function listAudienceMembers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  audience: string,
  request: PageRequest,
): Promise<Page<AudienceMember>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const values = [workspaceId, audience, after?.at ?? null, after?.id ?? null, size + 1]
  const rows = await core.sql.query<Omit<AudienceMember, 'addedAt'> & { addedAt: Date }>(LIST_AUDIENCE_MEMBERS, values)
  return toPage(
    rows,
    size,
    request,
    ({ addedAt, leadId }) => ({ at: addedAt, id: leadId }),
    row => ({ ...row, addedAt: row.addedAt.toISOString() }),
  )
}
const LIST_AUDIENCE_MEMBERS = statement(
  'list-audience-members',
  `select l.id as "leadId", l.name, l.email, l.phone, a.added_at as "addedAt" from audience_members a join leads l on l.id = a.lead_id
   where a.workspace_id = $1 and a.audience = $2 and ($3::timestamptz is null or (a.added_at, a.lead_id) < ($3::timestamptz, $4::uuid))
   order by a.added_at desc, a.lead_id desc limit $5`,
)

/** The list as CSV (RFC 4180) with a line of names. What a spreadsheet would take for a formula is quoted with an apostrophe. */
export async function audienceCsv(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  audience: string,
): Promise<string> {
  const cell = (text: string | null) => {
    const safe = /^[=+\-@\t\r]/.test(text ?? '') && !/^\+\d+$/.test(text ?? '') ? `'${text}` : (text ?? '')
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  const rows = (await audienceMembers(core, workspaceId, audience)).map(({ name, email, phone }) =>
    [name, email, phone].map(cell).join(','),
  )
  return ['name,email,phone', ...rows, ''].join('\r\n')
}
