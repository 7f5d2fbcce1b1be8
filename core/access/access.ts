import type { Core } from '../context.ts'
import { Passwords } from './password.ts'
import { SessionCache } from './session-cache.ts'
import { SigningKeys } from './signing-keys.ts'
import { VerifiedTokens } from './verified-tokens.ts'

/** What signing in needs to keep in memory, made once per process beside `Core`. */
export interface Access {
  readonly keys: SigningKeys
  readonly passwords: Passwords
  readonly sessions: SessionCache
  readonly tokens: VerifiedTokens
}

export async function openAccess(core: Pick<Core, 'sql' | 'vault' | 'clock'>): Promise<Access> {
  const keys = await SigningKeys.open(core)
  return {
    keys,
    passwords: new Passwords(),
    sessions: new SessionCache(core),
    tokens: new VerifiedTokens(keys, core.clock),
  }
}
