import { randomBytes } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { Passwords } from './password.ts'
import { ensureWebhook } from './webhook-secrets.ts'

export interface FirstBoot {
  readonly workspaceId: WorkspaceId
  /** Set when this call made the owner; `password` only when it was generated: print it, it is kept nowhere. */
  readonly owner: { readonly email: string; readonly password: string | undefined } | undefined
}

/**
 * Makes the workspace, its owner and the webhook for leads where they are missing. Safe to call at every start, also
 * by several processes at once: who is second finds what the first has made.
 */
export async function firstBoot(core: Pick<Core, 'config' | 'sql' | 'vault' | 'clock'>): Promise<FirstBoot> {
  const [there] = await core.sql.query<{ id: WorkspaceId }>(FIND_WORKSPACE)
  if (there) return { workspaceId: there.id, owner: undefined }

  const { email, password } = core.config.owner
  const generated = password === undefined ? randomBytes(15).toString('base64url') : undefined
  const hash = await new Passwords(1).hash(password ?? generated!)
  const now = core.clock.now()
  const workspaceId = newId<WorkspaceId>(now.getTime())
  const seal = await core.vault.sealing(workspaceId)
  return core.sql.transaction(async tx => {
    await tx.query(LOCK_WORKSPACES)
    const [other] = await tx.query<{ id: WorkspaceId }>(FIND_WORKSPACE)
    if (other) return { workspaceId: other.id, owner: undefined }
    const userId = newId(now.getTime())
    await tx.query(ADD_WORKSPACE, [workspaceId, 'default', 'TRAE OS', 'America/Sao_Paulo', 'pt-BR', now])
    await tx.query(ADD_USER, [userId, email, email.split('@')[0], hash, 'pt-BR', now])
    await tx.query(ADD_MEMBERSHIP, [workspaceId, userId, 'OWNER', now])
    await ensureWebhook(core, tx, seal, { workspaceId, slug: 'leads', eventType: 'lead.captured' })
    return { workspaceId, owner: { email, password: generated } }
  })
}

/** Every workspace but the one of the first boot, oldest first. */
export async function otherWorkspaces(core: Pick<Core, 'sql'>, first: WorkspaceId): Promise<WorkspaceId[]> {
  return (await core.sql.query<{ id: WorkspaceId }>(OTHER_WORKSPACES, [first])).map(({ id }) => id)
}

/** The workspace of the public pages and of who has no other. Throws `CONFIG` before the first boot. */
export async function defaultWorkspace(core: Pick<Core, 'sql'>): Promise<WorkspaceId> {
  const [there] = await core.sql.query<{ id: WorkspaceId }>(FIND_WORKSPACE)
  if (!there)
    throw new TraeError('CONFIG', 'This database has no workspace yet: run the first boot before anything is served.')
  return there.id
}

const FIND_WORKSPACE = statement('access.find-default-workspace', `select id from workspaces where slug = 'default'`)
const OTHER_WORKSPACES = statement('access.other-workspaces', 'select id from workspaces where id <> $1 order by id')
const LOCK_WORKSPACES = statement('access.lock-workspaces', 'lock table workspaces in exclusive mode')
const ADD_WORKSPACE = statement(
  'access.add-workspace',
  'insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, $2, $3, $4, $5, $6)',
)
const ADD_USER = statement(
  'access.add-user',
  'insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, $3, $4, $5, $6)',
)
const ADD_MEMBERSHIP = statement(
  'access.add-membership',
  'insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)',
)
