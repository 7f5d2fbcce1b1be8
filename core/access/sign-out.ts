import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import type { Access } from './access.ts'
import { parseRefreshToken, secretFits } from './refresh-token.ts'
import { revokeSession } from './refresh.ts'

/** Ends the session that a refresh token belongs to. A token that is none, or no more, ends nothing and is no error. */
export async function signOut(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'sessions'>,
  text: string,
): Promise<void> {
  const parsed = parseRefreshToken(text)
  if (!parsed) return
  const [token] = await core.sql.query<{ session_id: string; secret_hash: string }>(READ_TOKEN, [parsed.id])
  if (token && secretFits(parsed.secret, token.secret_hash)) await revokeSession(core, access, token.session_id)
}

const READ_TOKEN = statement(
  'access.read-token-session',
  'select session_id, secret_hash from refresh_tokens where id = $1',
)
