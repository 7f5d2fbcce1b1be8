import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { isId, type UserId, type WorkspaceId } from '../ids.ts'
import type { Access } from './access.ts'
import type { Role } from './entities.ts'

/** Who is asking. */
export interface Viewer {
  readonly userId: UserId
  readonly workspaceId: WorkspaceId
  readonly sessionId: string
  readonly role: Role
  /** When the access token ends. */
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
  return { userId: session.userId, workspaceId: session.workspaceId, sessionId, role: session.role, expiresAt }
}

/** Asked before each event of a long-lived connection: is the viewer still who they were? */
export async function stillSignedIn(
  core: Pick<Core, 'clock'>,
  access: Pick<Access, 'sessions'>,
  viewer: Viewer,
): Promise<boolean> {
  if (core.clock.now() >= viewer.expiresAt) return false
  const session = await access.sessions.find(viewer.sessionId)
  return session !== undefined && session.role === viewer.role
}
