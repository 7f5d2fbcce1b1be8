import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { isId, type UserId, type WorkspaceId } from '../ids.ts'
import type { Access } from './access.ts'
import { keyStands } from './authenticate-key.ts'
import type { Role } from './entities.ts'
import type { Scope } from './scopes.ts'

/** Who is asking. */
export interface Viewer {
  readonly userId: UserId
  readonly workspaceId: WorkspaceId
  /** Undefined for an API key. */
  readonly sessionId: string | undefined
  readonly role: Role
  /** Has to set up a second factor before anything else. */
  readonly mustEnrol: boolean
  /** The API key that it comes by, with what that is for; undefined for a person. */
  readonly key: { readonly id: string; readonly scopes: readonly Scope[] } | undefined
  /** When the access token or the key ends. */
  readonly expiresAt: Date
}

/**
 * The viewer of an access token. The role is the one of now, not the one the token was made with; both that and a
 * revoked session are seen within 5 s. Throws `UNAUTHENTICATED`.
 */
export async function authenticate(access: Pick<Access, 'tokens' | 'sessions'>, token: string): Promise<Viewer> {
  const { sessionId, expiresAt } = await access.tokens.verify(token)
  const session = isId(sessionId) ? await access.sessions.find(sessionId) : undefined
  if (!session) throw new TraeError('UNAUTHENTICATED', 'This session has ended. Sign in again.')
  const { userId, workspaceId, role, mustEnrol } = session
  return { userId, workspaceId, sessionId, role, mustEnrol, key: undefined, expiresAt }
}

/** Asked before each event of a long-lived connection: is the viewer still who they were? */
export async function stillSignedIn(
  core: Pick<Core, 'clock' | 'sql'>,
  access: Pick<Access, 'sessions'>,
  viewer: Viewer,
): Promise<boolean> {
  if (core.clock.now() >= viewer.expiresAt) return false
  if (viewer.key) return keyStands(core, viewer.key.id, viewer.role)
  const session = viewer.sessionId === undefined ? undefined : await access.sessions.find(viewer.sessionId)
  return session !== undefined && session.role === viewer.role && session.mustEnrol === viewer.mustEnrol
}
