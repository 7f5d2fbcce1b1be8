import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { FIRST_ACCOUNT, requireAccountName } from '../playbooks/account-name.ts'
import { type Sql, statement } from '../sql.ts'

/** A row of an account: one for each kind of credential that is connected under its name. */
export interface AccountRow {
  readonly template: string
  readonly account: string
  readonly id: string
  readonly former: readonly string[]
}

/** Asked first in the transaction that changes an account: throws where what allowed the change is so no more. */
export type StillSo = (tx: Pick<Sql, 'query'>) => Promise<void>

/** The accounts of a plugin, which nobody else changes until the transaction is over. */
export async function lockAccounts(
  tx: Pick<Sql, 'query'>,
  workspaceId: string,
  installationId: string,
): Promise<readonly AccountRow[]> {
  await tx.query(TAKE_TURN, [workspaceId]) // before all else, as whoever installs a plugin does
  return tx.query<AccountRow>(ACCOUNTS, [installationId])
}

/** Throws `CONFLICT` for a name that an account had before: a run under way may mean that one by it. */
export function requireUnused(accounts: readonly AccountRow[], name: string): void {
  const before = accounts.find(one => one.account !== name && one.former.includes(name))
  if (before)
    throw new TraeError(
      'CONFLICT',
      `${name} is how the account ${before.account} was called before. Choose another name.`,
    )
}

/** The name of the account that is used where nobody says which. */
export async function defaultAccountOf(tx: Pick<Sql, 'query'>, installationId: string): Promise<string> {
  const [row] = await tx.query<{ name: string }>(DEFAULT, [installationId])
  return row?.name ?? FIRST_ACCOUNT
}

export async function setDefaultAccount(tx: Pick<Sql, 'query'>, installationId: string, name: string): Promise<void> {
  await tx.query(SET_DEFAULT, [installationId, name])
}

/** Makes an account the one that is used where nobody says which. Throws `NOT_FOUND`. */
export async function makeDefaultAccount(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, installationId, name }: NamedAccount,
  by: UserId,
): Promise<void> {
  await core.sql.transaction(async tx => {
    const row = (await lockAccounts(tx, workspaceId, installationId)).find(one => one.account === name)
    if (!row) throw new TraeError('NOT_FOUND', `There is no account ${name} any more.`)
    const was = await defaultAccountOf(tx, installationId)
    if (was === name) return
    await setDefaultAccount(tx, installationId, name)
    const entry = { action: 'credential.made-default', target: `credential:${row.id}`, data: { account: name, was } }
    await audit(tx, workspaceId, { actor: actorOf(by), ...entry }, core.clock.now())
  })
}

export interface NamedAccount {
  readonly workspaceId: WorkspaceId
  readonly installationId: string
  readonly name: string
}

/**
 * Gives an account another name, in all its kinds. What named it before goes on to find it. Throws `CONFLICT` for a name that
 * is or was another's, `BAD_USER_INPUT`.
 */
export async function renameAccount(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, installationId, name }: NamedAccount,
  to: string,
  by: UserId,
  stillSo?: StillSo,
): Promise<void> {
  requireAccountName(to)
  if (name === to) return
  await core.sql.transaction(async tx => {
    await stillSo?.(tx)
    const accounts = await lockAccounts(tx, workspaceId, installationId)
    if (accounts.some(one => one.account === to))
      throw new TraeError('CONFLICT', `There is an account ${to} already. Choose another name.`)
    const others = accounts.filter(one => one.account !== name)
    requireUnused(others, to)
    await tx.query(FORGET_TRIGGERS, [installationId, to]) // of one that was removed long ago
    await tx.query(RENAME_TRIGGERS, [installationId, name, to])
    await tx.query(RENAME_IN_CALLS, [installationId, name, to])
    const now = core.clock.now()
    const renamed = await tx.query<{ id: string }>(RENAME, [installationId, name, to, now])
    if ((await defaultAccountOf(tx, installationId)) === name) await setDefaultAccount(tx, installationId, to)
    for (const { id } of renamed) {
      const data = { from: name, to }
      const entry = { actor: actorOf(by), action: 'credential.renamed', target: `credential:${id}`, data }
      await audit(tx, workspaceId, entry, now)
    }
  })
}

/** Every process looks at the revision, and so knows of the accounts within a second. */
const TAKE_TURN = statement(
  'accounts.take-turn',
  'update workspaces set plugins_revision = plugins_revision + 1 where id = $1',
)
const ACCOUNTS = statement(
  'accounts.of-installation',
  `select id, template, account, former_accounts as former from credentials where installation_id = $1
   order by created_at, id`,
)
const DEFAULT = statement('accounts.default', 'select default_account as name from installations where id = $1')
const SET_DEFAULT = statement('accounts.set-default', 'update installations set default_account = $2 where id = $1')
const RENAME_IN_CALLS = statement(
  'accounts.rename-in-planned-calls',
  'update planned_calls set account = $3, revision = revision + 1 where installation_id = $1 and account = $2',
)
const RENAME_TRIGGERS = statement(
  'accounts.rename-triggers',
  'update plugin_triggers set account = $3 where installation_id = $1 and account = $2',
)
/** What an account listened to: its addresses and where its polls stood. */
export const FORGET_TRIGGERS = statement(
  'accounts.forget-triggers',
  'delete from plugin_triggers where installation_id = $1 and account = $2',
)
const RENAME = statement(
  'accounts.rename',
  `update credentials set account = $3, updated_at = $4,
     former_accounts = array_append(array_remove(former_accounts, $3), $2)
   where installation_id = $1 and account = $2 returning id`,
)
