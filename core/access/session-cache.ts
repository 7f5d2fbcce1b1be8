import type { Core } from '../context.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Role } from './role.ts'

/** A session that is in force, with the role its user has now. */
export interface LiveSession {
  readonly id: string
  readonly userId: UserId
  readonly workspaceId: WorkspaceId
  readonly role: Role
  /** The workspace asks a second factor of this role, and the person has none yet. */
  readonly mustEnrol: boolean
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

  /** After a change of a person made by this process. */
  forgetUser(userId: string): void {
    for (const [id, { session }] of this.#entries)
      void session.then(found => found?.userId === userId && this.#entries.delete(id)).catch(() => {})
  }

  forgetAll(): void {
    this.#entries.clear()
  }

  async #read(id: string): Promise<LiveSession | undefined> {
    const [row] = await this.#core.sql.query<Row>(READ_SESSION, [id, this.#core.clock.now()])
    if (!row) return undefined
    const mustEnrol = row.unsafe && (row.role === 'OWNER' || row.role === 'ADMIN')
    return { id, userId: row.user_id, workspaceId: row.workspace_id, role: row.role, mustEnrol }
  }
}

interface Row {
  readonly user_id: UserId
  readonly workspace_id: WorkspaceId
  readonly role: Role
  readonly unsafe: boolean
}

const READ_SESSION = statement(
  'access.read-session',
  `select s.user_id, s.workspace_id, m.role, w.second_factor_required and u.totp_confirmed_at is null as unsafe
     from sessions s join memberships m on m.workspace_id = s.workspace_id and m.user_id = s.user_id
     join workspaces w on w.id = s.workspace_id join users u on u.id = s.user_id
    where s.id = $1 and s.revoked_at is null and s.expires_at > $2`,
)
