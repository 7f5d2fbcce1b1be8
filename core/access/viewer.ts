import type { UserId, WorkspaceId } from '../ids.ts'
import type { Role } from './role.ts'
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
