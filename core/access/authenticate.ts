import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { Access } from './access.ts'
import { keyStands } from './authenticate-key.ts'
import type { Viewer } from './viewer.ts'

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
