import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import { audit } from './audit.ts'
import { auditSignIn } from './audit-sign-in.ts'
import { defaultWorkspace } from './first-boot.ts'
import type { OidcPerson } from './oidc.ts'
import { type Member, openSession, type SignInOrigin, type TokenPair } from './open-session.ts'

/**
 * Lets in who the identity provider vouches for: whose identity is known; else who has an account with the address that
 * the provider has verified, which is linked; else who has an address of an allowed domain, who gets an account in the
 * first workspace. Throws `FORBIDDEN` for everybody else.
 */
export async function oidcSignIn(
  core: Pick<Core, 'sql' | 'clock' | 'log' | 'config'>,
  access: Pick<Access, 'keys'>,
  person: OidcPerson,
  origin: SignInOrigin,
): Promise<TokenPair> {
  const first = await defaultWorkspace(core)
  const member = await core.sql.transaction(async tx => {
    const userId =
      (await known(tx, core, person)) ?? (await linked(tx, core, person)) ?? (await made(tx, core, person, first))
    const [member] = await tx.query<Member>(FIND_MEMBER, [userId])
    if (!member)
      throw new TraeError('FORBIDDEN', 'You have an account here, and are in no workspace. Ask for an invitation.')
    return member
  })
  const tokens = await openSession(core, access, member, origin)
  await auditSignIn(core, member, origin, 'sign-in.succeeded', { by: 'oidc' })
  return tokens
}

async function known(tx: Sql, core: Pick<Core, 'clock'>, { issuer, subject }: OidcPerson): Promise<string | undefined> {
  const [row] = await tx.query<{ user_id: string }>(USE_IDENTITY, [issuer, subject, core.clock.now()])
  return row?.user_id
}

async function linked(tx: Sql, core: Pick<Core, 'clock'>, person: OidcPerson): Promise<string | undefined> {
  if (person.email === undefined) return undefined
  const [user] = await tx.query<{ id: string }>(FIND_USER, [person.email])
  if (user) await link(tx, core, person, user.id)
  return user?.id
}

async function made(
  tx: Sql,
  core: Pick<Core, 'clock' | 'config'>,
  person: OidcPerson,
  workspaceId: WorkspaceId,
): Promise<string> {
  const { email, name } = person
  const { domains, role } = core.config.oidc!
  if (email === undefined || !domains.includes(email.split('@')[1] ?? ''))
    throw new TraeError('FORBIDDEN', 'There is no account for you here. Ask for an invitation.')
  const now = core.clock.now()
  const id = newId(now.getTime())
  await tx.query(ADD_USER, [id, email, name?.slice(0, 100) || email.split('@')[0], now])
  await tx.query(ADD_MEMBER, [workspaceId, id, role, now])
  const entry = { action: 'member.joined', target: `user:${id}`, data: { role, by: 'oidc' } }
  await audit(tx, workspaceId, { actor: `user:${id}`, ...entry }, now)
  await link(tx, core, person, id)
  return id
}

async function link(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  { issuer, subject }: OidcPerson,
  userId: string,
): Promise<void> {
  const now = core.clock.now()
  await tx.query(ADD_IDENTITY, [issuer, subject, userId, now])
  const [member] = await tx.query<Member>(FIND_MEMBER, [userId])
  const entry = { action: 'identity.linked', target: `user:${userId}`, data: { issuer } }
  if (member) await audit(tx, member.workspace_id as WorkspaceId, { actor: `user:${userId}`, ...entry }, now)
}

const USE_IDENTITY = statement(
  'access.use-identity',
  'update identities set last_used_at = $3 where issuer = $1 and subject = $2 returning user_id',
)
const FIND_USER = statement('access.find-user-by-email', 'select id from users where email = $1')
const FIND_MEMBER = statement(
  'access.find-member-of-identity',
  `select m.user_id as id, m.workspace_id, m.role from memberships m where m.user_id = $1
    order by (select max(s.last_used_at) from sessions s where s.user_id = $1 and s.workspace_id = m.workspace_id) desc nulls last,
             m.created_at, m.workspace_id
    limit 1`,
)
const ADD_USER = statement(
  'access.add-user-of-identity',
  `insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, $3, null, 'pt-BR', $4)`,
)
const ADD_MEMBER = statement(
  'access.add-member-of-identity',
  'insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)',
)
const ADD_IDENTITY = statement(
  'access.add-identity',
  'insert into identities (issuer, subject, user_id, created_at, last_used_at) values ($1, $2, $3, $4, $4)',
)
