import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import { actorOf, audit } from './audit.ts'
import type { Viewer } from './viewer.ts'
import { ROLES, type Role } from './role.ts'
import { hashOfLink, newLinkToken } from './link-token.ts'
import { demandGrant } from './members.ts'
import { checkSecondFactor } from './second-factor.ts'
import { openSession, type SignInOrigin, type TokenPair } from './open-session.ts'
import { beginSignIn, signInSucceeded } from './throttle.ts'

const DAY = 86_400_000
const OPEN_DAYS = 7

/** Somebody who may come in, once they follow the link. */
export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly invitedBy: UserId
  readonly createdAt: Date
  readonly expiresAt: Date
}

const invitationInput = z.object({ email: z.email().max(320).toLowerCase(), role: z.enum(ROLES) })

/**
 * Invites somebody into the workspace, for a week; an earlier invitation of the same address ends. The token of the link
 * is told this once. Throws `CONFLICT` for who is in already, `FORBIDDEN` for a role that is not the viewer's to give.
 */
export function invite(
  core: Pick<Core, 'sql' | 'clock'>,
  viewer: Pick<Viewer, 'workspaceId' | 'userId' | 'role'>,
  given: { readonly email: string; readonly role: Role },
): Promise<{ invitation: Invitation; token: string }> {
  const { email, role } = invitationInput.parse(given)
  demandGrant(viewer, role)
  const now = core.clock.now()
  const { token, hash } = newLinkToken()
  const { workspaceId, userId } = viewer
  return core.sql.transaction(async tx => {
    const [member] = await tx.query(FIND_MEMBER, [workspaceId, email])
    if (member) throw new TraeError('CONFLICT', `${email} is in this workspace already. Change their role instead.`)
    await tx.query(END_EARLIER, [workspaceId, email, now])
    const until = new Date(now.getTime() + OPEN_DAYS * DAY)
    const id = newId(now.getTime())
    const [row] = await tx.query<Row>(ADD_INVITATION, [id, workspaceId, email, role, hash, userId, now, until])
    const entry = { action: 'member.invited', target: `invitation:${id}`, data: { email, role } }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, now)
    return { invitation: toInvitation(row!), token }
  })
}

/** Ends an invitation. Throws `NOT_FOUND` for one that is not open. */
export function revokeInvitation(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, userId }: Pick<Viewer, 'workspaceId' | 'userId'>,
  id: string,
): Promise<Invitation> {
  const now = core.clock.now()
  return core.sql.transaction(async tx => {
    const [row] = await tx.query<Row>(REVOKE, [workspaceId, id, now])
    if (!row) throw new TraeError('NOT_FOUND', 'There is no such open invitation in this workspace.')
    const entry = { action: 'member.invitation-revoked', target: `invitation:${id}`, data: { email: row.email } }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, now)
    return toInvitation(row)
  })
}

export interface InvitationFilter {
  readonly roles?: readonly Role[] | null | undefined
  /** Found anywhere in the e-mail. */
  readonly search?: string | null | undefined
}
export type InvitationSortBy = 'createdAt' | 'expiresAt' | 'email'

/** The open ones, newest first, unless another order is asked for. */
export const listInvitations = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<InvitationFilter, InvitationSortBy>,
): Promise<Page<Invitation>> =>
  readList(core.sql, INVITATIONS, workspaceId, request, toInvitation, { now: core.clock.now() })

export interface ShownInvitation {
  readonly email: string
  readonly role: Role
  readonly workspaceName: string
  /** Has an account on this host: they sign in with its password. */
  readonly known: boolean
}

/** What a link is for. Throws `NOT_FOUND` for one that is over. */
export async function readInvitation(core: Pick<Core, 'sql' | 'clock'>, token: string): Promise<ShownInvitation> {
  const open = await openOf(core.sql, core.clock.now(), token)
  return { email: open.email, role: open.role, workspaceName: open.workspace_name, known: open.user_id !== null }
}

export interface Acceptance {
  readonly token: string
  readonly name?: string | undefined
  readonly password: string
  /** Of the second factor, where the account has one. */
  readonly code?: string | undefined
  readonly locale: string
}

/**
 * Lets in who follows the link: with a name and a password of their own choice, or, who has an account on this host, with
 * the password of that. Throws `NOT_FOUND` for a link that is over, `UNAUTHENTICATED` for a wrong password,
 * `SECOND_FACTOR` where a code is missing.
 */
export async function acceptInvitation(
  core: Pick<Core, 'sql' | 'clock' | 'limits' | 'config' | 'vault'>,
  access: Pick<Access, 'keys' | 'passwords'>,
  { token, name, password, code, locale }: Acceptance,
  origin: SignInOrigin,
): Promise<TokenPair> {
  const now = core.clock.now()
  const open = await openOf(core.sql, now, token)
  let hash: string | undefined
  if (open.user_id === null) hash = await access.passwords.hash(password)
  else {
    await beginSignIn(core, open.email, origin.address)
    if (!(await access.passwords.verify(password, open.password_hash ?? undefined)).fits)
      throw new TraeError('UNAUTHENTICATED', `${open.email} has an account on this host: its password is another one.`)
    await checkSecondFactor(core, { ...open, id: open.user_id }, code)
    await signInSucceeded(core, open.email)
  }
  const id = open.user_id ?? newId(now.getTime())
  return openSession(core, access, { id, workspace_id: open.workspace_id, role: open.role }, origin, async tx => {
    const accepted = await tx.query(ACCEPT, [open.id, now])
    if (accepted.length === 0) throw over()
    if (hash !== undefined)
      await tx.query(ADD_USER, [id, open.email, name?.trim() || open.email.split('@')[0], hash, locale, now])
    await tx.query(ADD_MEMBER, [open.workspace_id, id, open.role, now])
    const entry = { action: 'member.joined', target: `user:${id}`, data: { role: open.role, invitation: open.id } }
    await audit(tx, open.workspace_id, { actor: `user:${id}`, ...entry }, now)
  })
}

async function openOf(sql: Pick<Sql, 'query'>, now: Date, token: string): Promise<OpenRow> {
  const [row] = await sql.query<OpenRow>(READ_OPEN, [hashOfLink(token), now])
  if (!row) throw over()
  return row
}

const over = () => new TraeError('NOT_FOUND', 'This invitation was used, withdrawn, or is over. Ask for another one.')

interface Row {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly invited_by: UserId
  readonly created_at: Date
  readonly expires_at: Date
}
interface OpenRow extends Row {
  readonly workspace_id: WorkspaceId
  readonly workspace_name: string
  readonly user_id: string | null
  readonly password_hash: string | null
  readonly totp_sealed: string | null
  readonly totp_confirmed_at: Date | null
}

const toInvitation = (row: Row): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role,
  invitedBy: row.invited_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

const COLUMNS = 'id, email, role, invited_by, created_at, expires_at'
const FIND_MEMBER = statement(
  'access.find-member-by-email',
  'select u.id from users u join memberships m on m.user_id = u.id where m.workspace_id = $1 and u.email = $2',
)
const END_EARLIER = statement(
  'access.end-earlier-invitation',
  `update invitations set revoked_at = $3
    where workspace_id = $1 and email = $2 and accepted_at is null and revoked_at is null`,
)
const ADD_INVITATION = statement(
  'access.add-invitation',
  `insert into invitations (id, workspace_id, email, role, token_hash, invited_by, created_at, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
)
const REVOKE = statement(
  'access.revoke-invitation',
  `update invitations set revoked_at = $3
    where workspace_id = $1 and id = $2 and accepted_at is null and revoked_at is null and expires_at > $3 returning ${COLUMNS}`,
)
const INVITATIONS: Listing<InvitationFilter, InvitationSortBy> = {
  name: 'access.list-invitations',
  columns: COLUMNS,
  from: 'invitations i',
  of: `i.workspace_id = $1 and i.accepted_at is null and i.revoked_at is null
    and i.expires_at > ($2::jsonb ->> 'now')::timestamptz`,
  id: 'i.id',
  conditions: { roles: oneOf('i.role'), search: contains('i.email') },
  orders: {
    createdAt: { by: 'i.created_at', type: 'timestamptz' },
    expiresAt: { by: 'i.expires_at', type: 'timestamptz' },
    email: { by: 'i.email', type: 'text' },
  },
  usual: { by: 'createdAt' },
}
/** The role is given by who is still in the workspace. */
const READ_OPEN = statement(
  'access.read-open-invitation',
  `select i.id, i.email, i.role, i.invited_by, i.created_at, i.expires_at, i.workspace_id, w.name as workspace_name,
          u.id as user_id, u.password_hash, u.totp_sealed, u.totp_confirmed_at
     from invitations i join workspaces w on w.id = i.workspace_id
     join memberships m on m.workspace_id = i.workspace_id and m.user_id = i.invited_by
     left join users u on u.email = i.email
    where i.token_hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2`,
)
const ACCEPT = statement(
  'access.accept-invitation',
  `update invitations set accepted_at = $2
    where id = $1 and accepted_at is null and revoked_at is null and expires_at > $2 returning id`,
)
const ADD_USER = statement(
  'access.add-invited-user',
  'insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, $3, $4, $5, $6)',
)
const ADD_MEMBER = statement(
  'access.add-member',
  `insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)
   on conflict (workspace_id, user_id) do nothing`,
)
