import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { isNetwork } from '../network.ts'
import { compared, contains, leastWithout, type Listing, type ListRequest, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import { newApiKeyText, shownPrefix } from './api-key-text.ts'
import { actorOf, audit } from './audit.ts'
import type { Viewer } from './viewer.ts'
import { SCOPES, type Scope } from './scopes.ts'

const DAY = 86_400_000
const DEFAULT_DAYS = 90

/** A key by which a program comes in, in the name of who made it. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  /** `trae_live_<id>`: how its text begins. */
  readonly prefix: string
  readonly scopes: readonly Scope[]
  /** Addresses and networks that it may be used from; empty: any. */
  readonly addresses: readonly string[]
  readonly createdBy: UserId
  readonly createdAt: Date
  readonly expiresAt: Date | null
  /** To five minutes. */
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
}

export const apiKeyInput = z.object({
  name: z.string().trim().min(1, 'A key needs a name, so that somebody knows later what it is for.').max(100),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1, 'A key needs at least one scope.')
    .transform(scopes => SCOPES.filter(scope => scopes.includes(scope))),
  /** Without it 90 days; null: it does not expire. */
  expiresAt: z.date().nullish(),
  addresses: z
    .array(
      z
        .string()
        .trim()
        .refine(isNetwork, 'An address is like 203.0.113.7 or 2001:db8::1, a network like 203.0.113.0/24.'),
    )
    .max(50)
    .nullish(),
})

/** Makes a key. Its text is told this once: only a hash is kept. Throws `BAD_USER_INPUT`. */
export async function createApiKey(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, userId }: Pick<Viewer, 'workspaceId' | 'userId'>,
  given: z.input<typeof apiKeyInput>,
): Promise<{ apiKey: ApiKey; plaintext: string }> {
  const { name, scopes, addresses, expiresAt } = apiKeyInput.parse(given)
  const now = core.clock.now()
  const ends = expiresAt === undefined ? new Date(now.getTime() + DEFAULT_DAYS * DAY) : expiresAt
  if (ends !== null && ends <= now)
    throw new TraeError('BAD_USER_INPUT', `A key cannot have expired before it is made: ${ends.toISOString()} is over.`)
  const { text, publicId, hash } = newApiKeyText()
  const apiKey = await core.sql.transaction(async tx => {
    const id = newId(now.getTime())
    const values = [id, workspaceId, publicId, hash, name, scopes, addresses ?? [], userId, now, ends]
    const [row] = await tx.query<Row>(ADD_KEY, values)
    const entry = {
      action: 'api-key.created',
      target: `api-key:${id}`,
      data: { name, scopes, addresses, expiresAt: ends },
    }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, now)
    return toKey(row!)
  })
  return { apiKey, plaintext: text }
}

/** Ends a key, at once and for good; one that has ended stays as it is. Throws `NOT_FOUND`. */
export function revokeApiKey(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, userId }: Pick<Viewer, 'workspaceId' | 'userId'>,
  id: string,
): Promise<ApiKey> {
  const now = core.clock.now()
  return core.sql.transaction(async tx => {
    const [revoked] = await tx.query<Row>(REVOKE_KEY, [workspaceId, id, now])
    const [row] = revoked ? [revoked] : await tx.query<Row>(FIND_KEYS, [workspaceId, [id]])
    if (!row) throw new TraeError('NOT_FOUND', 'There is no such API key in this workspace.')
    const entry = { action: 'api-key.revoked', target: `api-key:${id}`, data: { name: row.name } }
    if (revoked) await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, now)
    return toKey(row)
  })
}

export interface ApiKeyFilter {
  /** True: can be used. */
  readonly active?: boolean | null | undefined
  /** Found anywhere in the name. */
  readonly search?: string | null | undefined
}
export type ApiKeySortBy = 'createdAt' | 'name' | 'lastUsedAt'

/** Newest first, the ended ones as well, unless another order is asked for. */
export const listApiKeys = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ApiKeyFilter, ApiKeySortBy>,
): Promise<Page<ApiKey>> => readList(core.sql, KEYS, workspaceId, request, toKey, { now: core.clock.now() })

/** The keys with these ids, in any order; unknown ids are left out. */
export async function findApiKeys(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<ApiKey[]> {
  return (await core.sql.query<Row>(FIND_KEYS, [workspaceId, ids])).map(toKey)
}

interface Row {
  readonly id: string
  readonly public_id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly addresses: readonly string[]
  readonly created_by: UserId
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
}

const toKey = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: shownPrefix(row.public_id),
  scopes: row.scopes,
  addresses: row.addresses,
  createdBy: row.created_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
})

const COLUMNS = 'id, public_id, name, scopes, addresses, created_by, created_at, expires_at, last_used_at, revoked_at'
const ADD_KEY = statement(
  'access.add-api-key',
  `insert into api_keys (id, workspace_id, public_id, secret_hash, name, scopes, addresses, created_by, created_at, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${COLUMNS}`,
)
const REVOKE_KEY = statement(
  'access.revoke-api-key',
  `update api_keys set revoked_at = $3 where workspace_id = $1 and id = $2 and revoked_at is null returning ${COLUMNS}`,
)
const FIND_KEYS = statement(
  'access.find-api-keys',
  `select ${COLUMNS} from api_keys where workspace_id = $1 and id = any($2::uuid[])`,
)
const KEYS: Listing<ApiKeyFilter, ApiKeySortBy> = {
  name: 'access.list-api-keys',
  columns: COLUMNS,
  from: 'api_keys k',
  of: 'k.workspace_id = $1',
  id: 'k.id',
  conditions: {
    active: compared(
      `(k.revoked_at is null and (k.expires_at is null or k.expires_at > ($2::jsonb ->> 'now')::timestamptz))`,
      '=',
      'boolean',
    ),
    search: contains('k.name'),
  },
  orders: {
    createdAt: { by: 'k.created_at', type: 'timestamptz' },
    name: { by: 'lower(k.name)', type: 'text' },
    lastUsedAt: { by: leastWithout('k.last_used_at', `timestamptz '1970-01-01 00:00:00Z'`), type: 'timestamptz' },
  },
  usual: { by: 'createdAt' },
}
