import type { Core } from '../context.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Role } from './entities.ts'

/** A session that is in force, with the role its user has now. */
export interface LiveSession {
  readonly id: string
  readonly userId: UserId
  readonly workspaceId: WorkspaceId
  readonly role: Role
}

const FRESH = 5000
const ENTRIES = 10_000

/**
 * Sessions by id, each read from the database at most every 5 s: so long may a revocation or a change of role by
 * another process go unseen. Requests that come together share one read.
 */
export class SessionCache {
  readonly #core: Pick<Core, 'sql' | 'clock'>
  readonly #entries = new Map<string, { at: number; session: Promise<LiveSession | undefined> }>()

  constructor(core: Pick<Core, 'sql' | 'clock'>) {
    this.#core = core
  }

  /** Undefined when it does not exist, has ended, or its user has left the workspace. */
  find(id: string): Promise<LiveSession | undefined> {
    const now = this.#core.clock.now().getTime()
    const known = this.#entries.get(id)
    if (known && now - known.at < FRESH) return known.session
    const session = this.#read(id)
    session.catch(() => this.#entries.delete(id))
    this.#entries.delete(id)
    this.#entries.set(id, { at: now, session })
    if (this.#entries.size > ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
    return session
  }

  /** After a change made by this process. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  async #read(id: string): Promise<LiveSession | undefined> {
    const [row] = await this.#core.sql.query<{ user_id: UserId; workspace_id: WorkspaceId; role: Role }>(READ_SESSION, [
      id,
      this.#core.clock.now(),
    ])
    return row && { id, userId: row.user_id, workspaceId: row.workspace_id, role: row.role }
  }
}

const READ_SESSION = statement(
  'access.read-session',
  `select s.user_id, s.workspace_id, m.role
     from sessions s join memberships m on m.workspace_id = s.workspace_id and m.user_id = s.user_id
    where s.id = $1 and s.revoked_at is null and s.expires_at > $2`,
)
