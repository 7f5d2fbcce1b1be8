import { createHash, randomBytes } from 'node:crypto'
import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type InstallationId, newId, type UserId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { hasOwnSecret, pollEveryMs, proofOf } from './described-trigger.ts'
import type { ManifestTrigger } from './manifest.ts'
import type { Installation } from './registry.ts'

/**
 * A trigger of an installed plugin, for one of its accounts: its address, or where its poll stands. It outlives updates of the
 * plugin.
 */
export interface PluginTrigger {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly installationId: InstallationId
  readonly trigger: string
  /** The name of the account; the default one of a plugin that uses none. */
  readonly account: string
  /** Of what a vendor posts to: where, on this host; nobody can guess it. */
  readonly path: string | null
  readonly dueAt: Date | null
  readonly polledAt: Date | null
  readonly failures: number
  readonly lastError: string | null
  readonly lastEventAt: Date | null
}

type RowCore = Pick<Core, 'sql' | 'vault' | 'clock'>

/**
 * The triggers of an installation in the order of its manifest, for each of its accounts, the default one first; rows that are not
 * there yet are made.
 */
export async function triggersOf(core: RowCore, installation: Installation): Promise<PluginTrigger[]> {
  const names = Object.keys(installation.manifest.triggers)
  if (names.length === 0) return []
  let rows = await core.sql.query<Row>(TRIGGERS_OF_INSTALLATION, [installation.id])
  const accounts = await accountsOf(core, installation)
  const all = names.flatMap(trigger => {
    const once = installation.manifest.triggers[trigger]!.kind === 'event' // what happens here happens to no account
    return (once ? accounts.slice(0, 1) : accounts).map(account => ({ trigger, account }))
  })
  const missing = all.filter(one => {
    const row = rows.find(isOf(one))
    return !row || lacks(row, installation.manifest.triggers[one.trigger]!)
  })
  if (missing.length > 0) {
    await makeRows(core, installation, missing, rows)
    rows = await core.sql.query<Row>(TRIGGERS_OF_INSTALLATION, [installation.id])
  }
  const ordered = all.flatMap(one => rows.filter(isOf(one)))
  return Promise.all(ordered.map(row => toTrigger(core, row)))
}

interface TriggerOfAccount {
  readonly trigger: string
  readonly account: string
}
const isOf = (one: TriggerOfAccount) => (row: Row) => row.trigger === one.trigger && row.account === one.account

/** The names of its accounts, the default one first, whether it is connected or not. */
async function accountsOf(core: RowCore, { id, manifest, defaultAccount }: Installation): Promise<string[]> {
  if (Object.keys(manifest.credentials).length === 0) return [defaultAccount]
  const rows = await core.sql.query<{ account: string }>(ACCOUNTS_OF_INSTALLATION, [id])
  return [...new Set([defaultAccount, ...rows.map(({ account }) => account)])]
}

/** What it needs by now: a later version of the plugin may be rung at an address, or prove its senders in another way. */
const lacks = (row: Row, trigger: ManifestTrigger) =>
  (proofOf(trigger) !== undefined && row.token_sealed === null) || (hasOwnSecret(trigger) && row.secret_sealed === null)

async function makeRows(
  core: RowCore,
  installation: Installation,
  missing: readonly TriggerOfAccount[],
  before: readonly Row[],
): Promise<void> {
  const { id: installationId, workspaceId, manifest } = installation
  const now = core.clock.now()
  const sealing = await core.vault.sealing(workspaceId)
  const rows = missing.map(one => {
    const id = before.find(isOf(one))?.id ?? newId(now.getTime()) // what is sealed names its row
    const trigger = manifest.triggers[one.trigger]!
    const seal = (value: string, field: string) => sealing(value, placeOf(workspaceId, id, field))
    const dueAt = trigger.kind === 'poll' ? new Date(now.getTime() + Math.random() * pollEveryMs(trigger)) : undefined // not all at once
    if (!proofOf(trigger)) return { ...one, id, due_at: dueAt }
    const token = randomBytes(24).toString('base64url')
    return {
      ...one,
      id,
      due_at: dueAt,
      token_hash: hashOf(token),
      token_sealed: seal(token, 'token'),
      secret_sealed: hasOwnSecret(trigger) ? seal(makeSecret(), 'secret') : null,
    }
  })
  await core.sql.query(ADD_TRIGGERS, [workspaceId, installationId, JSON.stringify(rows), now])
}

/** Whose address this is; undefined for a token of nobody. `secret` is the address's own, where it has one. */
export async function findTriggerByToken(
  core: Pick<Core, 'sql' | 'vault'>,
  token: string,
): Promise<{ trigger: PluginTrigger; secret: string | undefined } | undefined> {
  if (!/^[\w-]{32}$/.test(token)) return undefined
  const [row] = await core.sql.query<Row>(TRIGGER_BY_TOKEN, [hashOf(token)])
  return row && { trigger: await toTrigger(core, row), secret: await secretOf(core, row) }
}

/**
 * Gives an address a new secret of its own and tells it, this once; the old one is refused from then on. Throws `NOT_FOUND`,
 * `CONFLICT` for an address that is proven with an account.
 */
export async function rotateTriggerSecret(
  core: RowCore,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  id: string,
): Promise<{ readonly trigger: PluginTrigger; readonly plaintext: string }> {
  const plaintext = makeSecret()
  const seal = await core.vault.sealing(workspaceId)
  const row = await core.sql.transaction(async tx => {
    const [before] = await tx.query<Row>(TRIGGER_BY_ID, [workspaceId, id])
    if (!before) throw new TraeError('NOT_FOUND', 'There is no such trigger in this workspace.')
    if (before.secret_sealed === null)
      throw new TraeError(
        'CONFLICT',
        'This trigger has no secret of its own; an account of the plugin proves who sends.',
      )
    const sealed = seal(plaintext, placeOf(workspaceId, id, 'secret'))
    const [after] = await tx.query<Row>(REPLACE_SECRET, [id, sealed])
    await tx.query(REGISTER_ANEW, [id, core.clock.now()]) // the vendor knows the old one
    const entry = {
      actor: actorOf(userId),
      action: 'trigger.secret-rotated',
      target: `trigger:${id}`,
      data: { trigger: before.trigger },
    }
    await audit(tx, workspaceId, entry, core.clock.now())
    return after!
  })
  return { trigger: await toTrigger(core, row), plaintext }
}

/** The own secret of an address. */
export async function triggerSecret(
  core: Pick<Core, 'sql' | 'vault'>,
  workspaceId: string,
  id: string,
): Promise<string | undefined> {
  const [row] = await core.sql.query<Row>(TRIGGER_BY_ID, [workspaceId, id])
  return row && (await secretOf(core, row))
}

export interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly installation_id: InstallationId
  readonly trigger: string
  readonly account: string
  readonly token_sealed: string | null
  readonly secret_sealed: string | null
  readonly due_at: Date | null
  readonly polled_at: Date | null
  readonly failures: number
  readonly last_error: string | null
  readonly last_event_at: Date | null
}

const toTrigger = async (core: Pick<Core, 'vault'>, row: Row): Promise<PluginTrigger> => ({
  id: row.id,
  workspaceId: row.workspace_id,
  installationId: row.installation_id,
  trigger: row.trigger,
  account: row.account,
  path:
    row.token_sealed &&
    `/hooks/t/${await core.vault.open(row.token_sealed, placeOf(row.workspace_id, row.id, 'token'))}`,
  dueAt: row.due_at,
  polledAt: row.polled_at,
  failures: row.failures,
  lastError: row.last_error,
  lastEventAt: row.last_event_at,
})
const secretOf = async (core: Pick<Core, 'vault'>, row: Row): Promise<string | undefined> =>
  row.secret_sealed === null
    ? undefined
    : core.vault.open(row.secret_sealed, placeOf(row.workspace_id, row.id, 'secret'))
const placeOf = (workspaceId: string, id: string, field: string) => `${workspaceId}|plugin_triggers|${id}|${field}`
/** Seals a secret for the address of a trigger. Not inside a transaction. */
export const sealTriggerSecret = async (core: Pick<Core, 'vault'>, workspaceId: string, id: string, secret: string) =>
  (await core.vault.sealing(workspaceId))(secret, placeOf(workspaceId, id, 'secret'))
const makeSecret = () => randomBytes(32).toString('base64url')
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

const COLUMNS = `id, workspace_id, installation_id, trigger, account, token_sealed, secret_sealed, due_at, polled_at, failures,
  last_error, last_event_at`
const TRIGGERS_OF_INSTALLATION = statement(
  'plugin-triggers-of-installation',
  `select ${COLUMNS} from plugin_triggers where installation_id = $1`,
)
const ACCOUNTS_OF_INSTALLATION = statement(
  'accounts-of-installation',
  'select distinct account from credentials where installation_id = $1 order by account',
)
const TRIGGER_BY_TOKEN = statement(
  'plugin-trigger-by-token',
  `select ${COLUMNS} from plugin_triggers where token_hash = $1`,
)
const TRIGGER_BY_ID = statement(
  'plugin-trigger-by-id',
  `select ${COLUMNS} from plugin_triggers where workspace_id = $1 and id = $2`,
)
const REPLACE_SECRET = statement(
  'replace-plugin-trigger-secret',
  `update plugin_triggers set secret_sealed = $2 where id = $1 returning ${COLUMNS}`,
)
const REGISTER_ANEW = statement(
  'register-trigger-anew',
  'update trigger_registrations set address = null, revision = revision + 1, due_at = $2 where trigger_id = $1',
)
const ADD_TRIGGERS = statement(
  'add-plugin-triggers',
  `insert into plugin_triggers (id, workspace_id, installation_id, trigger, account, token_hash, token_sealed, secret_sealed, due_at, created_at)
   select x.id, $1, $2, x.trigger, x.account, x.token_hash, x.token_sealed, x.secret_sealed, x.due_at, $4
   from jsonb_to_recordset($3::jsonb) as x(id uuid, trigger text, account text, token_hash text, token_sealed text, secret_sealed text, due_at timestamptz)
   on conflict (installation_id, trigger, account) do update set
     token_hash = coalesce(plugin_triggers.token_hash, excluded.token_hash),
     token_sealed = coalesce(plugin_triggers.token_sealed, excluded.token_sealed),
     secret_sealed = coalesce(plugin_triggers.secret_sealed, excluded.secret_sealed),
     due_at = coalesce(plugin_triggers.due_at, excluded.due_at)
     where plugin_triggers.id = excluded.id`,
)
