import { type Actor, actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { type InstallationId, newId, type UserId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import {
  defaultAccountOf,
  FORGET_TRIGGERS,
  lockAccounts,
  requireUnused,
  setDefaultAccount,
  type StillSo,
} from './accounts.ts'

/** PENDING: filled in, and nobody has signed in at the vendor yet. BROKEN: the vendor takes it no longer. */
export type CredentialStatus = 'PENDING' | 'CONNECTED' | 'BROKEN'

/** An account at a vendor, as far as everybody of the workspace may know it. */
export interface Credential {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly installationId: InstallationId
  /** Which of the plugin's templates. */
  readonly template: string
  /** Which of the accounts of its kind; the plugin's default one is used where nobody says which. */
  readonly account: string
  readonly status: CredentialStatus
  readonly statusReason: string | null
  readonly publicFields: Readonly<Record<string, string>>
  /** Grows with every change of the secrets. */
  readonly version: number
  readonly tokenExpiresAt: Date | null
  readonly createdAt: Date
  readonly testedAt: Date | null
  /** To the minute. */
  readonly usedAt: Date | null
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken?: string | undefined
}
export interface CredentialSecrets {
  readonly fields: Readonly<Record<string, string>>
  readonly tokens?: Tokens | undefined
}
export interface OpenedCredential extends Credential {
  readonly secrets: CredentialSecrets
}

type StoreCore = Pick<Core, 'sql' | 'vault' | 'clock'>

/**
 * What a person filled in takes the place of what was there under this name. The first account of a plugin is its default.
 * Throws `CONFLICT` for a name that another account had before: runs under way may mean that one.
 */
export async function putCredential(
  core: StoreCore,
  credential: {
    readonly workspaceId: WorkspaceId
    readonly installationId: InstallationId
    readonly template: string
    readonly account: string
    readonly status: 'PENDING' | 'CONNECTED'
    readonly publicFields: Readonly<Record<string, string>>
    readonly fields: Readonly<Record<string, string>>
    readonly userId: UserId
  },
): Promise<Credential> {
  const { workspaceId, installationId, template, account, status, publicFields, fields, userId } = credential
  const seal = await core.vault.sealing(workspaceId)
  const row = await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const accounts = await lockAccounts(tx, workspaceId, installationId)
    requireUnused(accounts, account)
    const before = accounts.find(one => one.template === template && one.account === account)
    const id = before?.id ?? newId()
    const sealed = seal(JSON.stringify({ fields } satisfies CredentialSecrets), placeOf(workspaceId, id))
    const values = [
      id,
      workspaceId,
      installationId,
      template,
      account,
      status,
      JSON.stringify(publicFields),
      sealed,
      userId,
      now,
    ]
    const row = (await tx.query<Row>(PUT_CREDENTIAL, values))[0]!
    if (accounts.length === 0) await setDefaultAccount(tx, installationId, account)
    await auditOf(
      tx,
      row,
      'credential.connected',
      actorOf(userId),
      { fields: Object.keys({ ...publicFields, ...fields }) },
      now,
    )
    return row
  })
  return toCredential(row)
}

/** By the name of the account, also one that it had before; the plugin's default one without it. */
export async function findCredential(
  core: Pick<Core, 'sql' | 'vault'>,
  installationId: string,
  template: string,
  account?: string,
): Promise<OpenedCredential | undefined> {
  const [row] = await core.sql.query<Row>(FIND_CREDENTIAL, [installationId, template, account ?? null])
  return row && (await opened(core, row))
}

export async function findCredentialById(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: string,
  id: string,
): Promise<OpenedCredential | undefined> {
  const [row] = await core.sql.query<Row>(FIND_BY_ID, [workspaceId, id])
  return row && (await opened(core, row))
}

/** All of a workspace, in the order in which they were connected: a few for each plugin. */
export async function listCredentials(core: Pick<Core, 'sql'>, workspaceId: string): Promise<Credential[]> {
  return (await core.sql.query<Row>(LIST_CREDENTIALS, [workspaceId])).map(toCredential)
}

/**
 * Stores what a vendor gave, if the secrets are still those that were shown to it. Undefined: somebody has connected the
 * account anew meanwhile, and the tokens are of no use.
 */
export async function storeTokens(
  core: StoreCore,
  { id, workspaceId, version, secrets }: OpenedCredential,
  tokens: Tokens,
  expiresAt: Date | null,
  signedInBy?: UserId,
): Promise<OpenedCredential | undefined> {
  const seal = await core.vault.sealing(workspaceId)
  const changed: CredentialSecrets = { fields: secrets.fields, tokens }
  const sealed = seal(JSON.stringify(changed), placeOf(workspaceId, id))
  const now = core.clock.now()
  const row = await core.sql.transaction(async tx => {
    const [stored] = await tx.query<Row>(STORE_TOKENS, [id, version, sealed, expiresAt, now])
    const action = signedInBy === undefined ? 'credential.refreshed' : 'credential.signed-in'
    if (stored) await auditOf(tx, stored, action, actorOf(signedInBy), { version: stored.version }, now)
    return stored
  })
  return row && { ...toCredential(row), secrets: changed }
}

/** Says once that a vendor takes it no longer: on the credential, and as the event `credential.broken`. */
export async function breakCredential(
  core: StoreCore & Pick<Core, 'queue' | 'log' | 'pubsub'>,
  { id, workspaceId, version, installationId, template, account }: Credential,
  pluginId: string,
  reason: string,
): Promise<void> {
  const broken = await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const [row] = await tx.query<Row>(BREAK_CREDENTIAL, [id, version, reason, now])
    if (!row) return false
    const data = { pluginId, credential: template, account, reason }
    await appendEvent(tx, workspaceId, { type: 'credential.broken', subjectId: null, data, source: 'host' }, now)
    await auditOf(tx, row, 'credential.broken', 'host', { reason }, now)
    return true
  })
  if (!broken) return
  core.queue.ring('events')
  core.pubsub.publish('installation.updated', { workspaceId, installationId })
  core.log.warn({ pluginId, credential: template, account, reason }, 'a vendor takes a credential no longer')
}

/** True for one worker at a time, for as long as its lease lasts. */
export async function leaseRefresh(core: StoreCore, { id, version }: Credential, leaseMs: number): Promise<boolean> {
  const now = core.clock.now()
  return (await core.sql.query(LEASE_REFRESH, [id, version, now, new Date(now.getTime() + leaseMs)])).length > 0
}

export async function releaseRefresh(core: StoreCore, { id, version }: Credential): Promise<void> {
  await core.sql.query(RELEASE_REFRESH, [id, version])
}

/**
 * Notes that a secret went out: on the credential once a minute, in the audit log with the first use of each hour. Each single use stands
 * in the journal of its run and in that step's lines.
 */
export async function markUsed(
  core: StoreCore,
  { id, usedAt }: Credential,
  { pluginId, by }: { readonly pluginId: string; readonly by: string },
): Promise<void> {
  const now = core.clock.now()
  if (usedAt && now.getTime() - usedAt.getTime() < 60_000) return
  await core.sql.transaction(async tx => {
    const [row] = await tx.query<Row & { first: boolean }>(MARK_USED, [id, now])
    if (row?.first) await auditOf(tx, row, 'credential.used', 'host', { pluginId, by }, now)
  })
}

/** A test that went well mends what was broken. */
export async function markTested(core: StoreCore, { id }: Credential): Promise<Credential | undefined> {
  const [row] = await core.sql.query<Row>(MARK_TESTED, [id, core.clock.now()])
  return row && toCredential(row)
}

/** What is no secret takes the place of what was there; tokens and status stay as they are. */
export function changePublicFields(
  core: StoreCore,
  { id, workspaceId }: Pick<Credential, 'id' | 'workspaceId'>,
  fields: Readonly<Record<string, string>>,
  by: UserId,
): Promise<Credential | undefined> {
  return core.sql.transaction(async tx => {
    const now = core.clock.now()
    const [row] = await tx.query<Row>(CHANGE_PUBLIC, [workspaceId, id, JSON.stringify(fields), now])
    if (row) await auditOf(tx, row, 'credential.changed', actorOf(by), { fields: Object.keys(fields) }, now)
    return row && toCredential(row)
  })
}

/**
 * Throws `CONFLICT` for the last of the plugin's default account while it has others: one of them must be it first.
 */
export function deleteCredential(
  core: StoreCore,
  { workspaceId, installationId, id, account, template }: Credential,
  by: UserId,
  stillSo?: StillSo,
): Promise<boolean> {
  return core.sql.transaction(async tx => {
    await stillSo?.(tx)
    const others = (await lockAccounts(tx, workspaceId, installationId)).filter(
      one => one.account !== account || one.template !== template,
    )
    if (
      others.length > 0 &&
      others.every(one => one.account !== account) &&
      (await defaultAccountOf(tx, installationId)) === account
    )
      throw new TraeError(
        'CONFLICT',
        `${account} is the account that is used where nobody says which. Make ${others[0]!.account} the default first.`,
      )
    // The last account of a plugin leaves its addresses, for whoever connects it again
    if (others.length > 0 && others.every(one => one.account !== account))
      await tx.query(FORGET_TRIGGERS, [installationId, account])
    const [row] = await tx.query<Row>(DELETE_CREDENTIAL, [workspaceId, id])
    if (row) await auditOf(tx, row, 'credential.disconnected', actorOf(by), {}, core.clock.now())
    return row !== undefined
  })
}

function auditOf(
  tx: Sql,
  row: Row,
  action: string,
  actor: Actor,
  data: Record<string, unknown>,
  at: Date,
): Promise<void> {
  const target = `credential:${row.id}`
  return audit(
    tx,
    row.workspace_id,
    { actor, action, target, data: { template: row.template, account: row.account, ...data } },
    at,
  )
}

interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly installation_id: InstallationId
  readonly template: string
  readonly account: string
  readonly status: CredentialStatus
  readonly status_reason: string | null
  readonly public_fields: Record<string, string>
  readonly secrets_sealed: string
  readonly version: number
  readonly token_expires_at: Date | null
  readonly created_at: Date
  readonly tested_at: Date | null
  readonly used_at: Date | null
}

const toCredential = (row: Row): Credential => ({
  id: row.id,
  workspaceId: row.workspace_id,
  installationId: row.installation_id,
  template: row.template,
  account: row.account,
  status: row.status,
  statusReason: row.status_reason,
  publicFields: row.public_fields,
  version: row.version,
  tokenExpiresAt: row.token_expires_at,
  createdAt: row.created_at,
  testedAt: row.tested_at,
  usedAt: row.used_at,
})

async function opened(core: Pick<Core, 'vault'>, row: Row): Promise<OpenedCredential> {
  const secrets = await core.vault.open(row.secrets_sealed, placeOf(row.workspace_id, row.id))
  return { ...toCredential(row), secrets: JSON.parse(secrets) as CredentialSecrets }
}

const placeOf = (workspaceId: string, id: string) => `${workspaceId}|credentials|${id}|secrets`

const COLUMNS = `id, workspace_id, installation_id, template, account, status, status_reason, public_fields, secrets_sealed, version,
  token_expires_at, created_at, tested_at, used_at`
const PUT_CREDENTIAL = statement(
  'credentials.put',
  `insert into credentials (id, workspace_id, installation_id, template, account, status, public_fields, secrets_sealed,
     version, created_by, created_at, updated_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $10)
   on conflict (installation_id, template, account) do update set status = excluded.status, status_reason = null,
     public_fields = excluded.public_fields, secrets_sealed = excluded.secrets_sealed,
     version = credentials.version + 1, token_expires_at = null, refresh_until = null, tested_at = null,
     created_by = excluded.created_by, updated_at = excluded.updated_at
     where credentials.id = excluded.id
   returning ${COLUMNS}`,
)
const FIND_CREDENTIAL = statement(
  'credentials.find',
  `select ${COLUMNS} from credentials
   where installation_id = $1 and template = $2 and account in (
     select account from credentials c join (
       select coalesce($3, (select default_account from installations where id = $1)) as name
     ) asked on asked.name = c.account or asked.name = any(c.former_accounts)
     where c.installation_id = $1)`,
)
const FIND_BY_ID = statement(
  'credentials.find-by-id',
  `select ${COLUMNS} from credentials where workspace_id = $1 and id = $2`,
)
const LIST_CREDENTIALS = statement(
  'credentials.list',
  `select ${COLUMNS} from credentials where workspace_id = $1 order by created_at, id`,
)
const STORE_TOKENS = statement(
  'credentials.store-tokens',
  `update credentials set secrets_sealed = $3, token_expires_at = $4, version = version + 1, status = 'CONNECTED',
     status_reason = null, refresh_until = null, updated_at = $5
    where id = $1 and version = $2 returning ${COLUMNS}`,
)
const BREAK_CREDENTIAL = statement(
  'credentials.break',
  `update credentials set status = 'BROKEN', status_reason = $3, refresh_until = null, updated_at = $4
    where id = $1 and version = $2 and status <> 'BROKEN' returning ${COLUMNS}`,
)
const LEASE_REFRESH = statement(
  'credentials.lease-refresh',
  `update credentials set refresh_until = $4
    where id = $1 and version = $2 and (refresh_until is null or refresh_until <= $3) returning id`,
)
const RELEASE_REFRESH = statement(
  'credentials.release-refresh',
  'update credentials set refresh_until = null where id = $1 and version = $2',
)
const MARK_USED = statement(
  'credentials.mark-used',
  `with before as (select id as this, used_at as used_before from credentials where id = $1 for update)
   update credentials set used_at = $2 from before where id = this
   returning ${COLUMNS}, coalesce(used_before < date_trunc('hour', $2::timestamptz, 'UTC'), true) as first`,
)
const MARK_TESTED = statement(
  'credentials.mark-tested',
  `update credentials set tested_at = $2, status = 'CONNECTED', status_reason = null where id = $1 returning ${COLUMNS}`,
)
const CHANGE_PUBLIC = statement(
  'credentials.change-public',
  `update credentials set public_fields = $3, updated_at = $4 where workspace_id = $1 and id = $2 returning ${COLUMNS}`,
)
const DELETE_CREDENTIAL = statement(
  'credentials.delete',
  `delete from credentials where workspace_id = $1 and id = $2 returning ${COLUMNS}`,
)
