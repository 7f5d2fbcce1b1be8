import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { isAmong } from '../network.ts'
import { statement } from '../sql.ts'
import { apiKeyFits, parseApiKey } from './api-key-text.ts'
import type { Viewer } from './viewer.ts'
import type { Role } from './role.ts'
import type { Scope } from './scopes.ts'

const TOUCH_MS = 300_000
/** Of a key that does not expire: further away than any connection lasts. */
const NEVER = new Date(8.64e15)

/**
 * Who comes in by an API key: its maker, with the role that they have now, bounded by the scopes of the key. Asks the
 * database each time, so that a revoked key is refused at once by every process. Who does not know the secret learns
 * nothing of the key. Throws `UNAUTHENTICATED`, and `FORBIDDEN` from an address that the key is not for.
 */
export async function authenticateKey(
  core: Pick<Core, 'sql' | 'clock' | 'log'>,
  text: string,
  address: string,
): Promise<Viewer> {
  const parsed = parseApiKey(text)
  if (!parsed) throw refused('is not one of ours: it was copied wrong, or is of another system')
  const [key] = await core.sql.query<Row>(READ_KEY, [parsed.publicId])
  if (!apiKeyFits(parsed.secret, key?.secret_hash ?? NOBODY) || !key) throw refused('is not known here')
  const now = core.clock.now()
  if (key.revoked_at) throw refused('was revoked. Make another one')
  if (key.expires_at && key.expires_at <= now) throw refused('has expired. Make another one')
  if (key.role === null) throw refused('belongs to somebody who has left the workspace. Make another one')
  if (key.addresses.length > 0 && !isAmong(address, key.addresses))
    throw new TraeError('FORBIDDEN', `This API key may not be used from ${address}. Its addresses are in the settings.`)
  if ((key.last_used_at?.getTime() ?? 0) + TOUCH_MS <= now.getTime())
    core.sql
      .query(TOUCH_KEY, [key.id, now])
      .catch(error => core.log.warn({ err: error }, 'the use of a key was not noted'))
  return {
    userId: key.created_by,
    workspaceId: key.workspace_id,
    role: key.role,
    sessionId: undefined,
    mustEnrol: false,
    key: { id: key.id, scopes: key.scopes },
    expiresAt: key.expires_at ?? NEVER,
  }
}

/** Asked before each event of a long-lived connection: may the key still be used, by who has the same role? */
export async function keyStands(core: Pick<Core, 'sql' | 'clock'>, id: string, role: Role): Promise<boolean> {
  const [key] = await core.sql.query<Pick<Row, 'role'>>(KEY_STANDS, [id, core.clock.now()])
  return key?.role === role
}

const NOBODY = '0'.repeat(64)
const refused = (why: string) => new TraeError('UNAUTHENTICATED', `This API key ${why}.`)

interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly secret_hash: string
  readonly scopes: readonly Scope[]
  readonly addresses: readonly string[]
  readonly created_by: UserId
  /** Null where its maker has left the workspace. */
  readonly role: Role | null
  readonly expires_at: Date | null
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
}

const READ_KEY = statement(
  'access.read-api-key',
  `select k.id, k.workspace_id, k.secret_hash, k.scopes, k.addresses, k.created_by, k.expires_at, k.last_used_at,
          k.revoked_at, m.role
     from api_keys k left join memberships m on m.workspace_id = k.workspace_id and m.user_id = k.created_by
    where k.public_id = $1`,
)
const KEY_STANDS = statement(
  'access.api-key-stands',
  `select m.role from api_keys k join memberships m on m.workspace_id = k.workspace_id and m.user_id = k.created_by
    where k.id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)`,
)
const TOUCH_KEY = statement('access.touch-api-key', 'update api_keys set last_used_at = $2 where id = $1')
