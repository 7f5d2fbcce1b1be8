import type { Core } from '../context.ts'
import { lockAccounts, makeDefaultAccount, renameAccount, type StillSo } from '../credentials/accounts.ts'
import { type CredentialCore } from '../credentials/open-credential.ts'
import { type Credential, findCredentialById } from '../credentials/store.ts'
import { errorRecord, TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { eventsHeard } from '../playbooks/events-heard.ts'
import { stepsOf } from '../playbooks/step-branches.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { accountsChanged, credentialOf, disconnectCredential } from '../plugins/connect-credential.ts'
import type { Installation } from '../plugins/registry.ts'
import { statement } from '../sql.ts'
import { lookAgain, lookedAt, requireUnchanged } from './look-again.ts'

type ChangeCore = CredentialCore & Pick<Core, 'plugins' | 'egress' | 'playbooks'>
interface By {
  readonly workspaceId: WorkspaceId
  readonly userId: UserId
}

/**
 * Forgets an account, its secrets and what was under way. Throws `CONFLICT` where a published playbook, a run under way or a
 * service names it, and for the default one while there are others; `NOT_FOUND`.
 */
export async function removeAccount(core: ChangeCore, by: By, credentialId: string): Promise<void> {
  const { credential, installation } = await credentialOf(core, by.workspaceId, credentialId)
  const rows = await core.sql.transaction(tx => lockAccounts(tx, by.workspaceId, installation.id))
  // Another kind of it, under the same name, goes on to be found
  const own = rows.filter(({ account }) => account === credential.account)
  if (own.length !== 1) return disconnectCredential(core, by, credentialId)
  await whileUnnamed(core, installation, credential.account, 'removed', async unchanged => {
    if (rows.length > 1) await requireUnregistered(core, installation, credential.account)
    await disconnectCredential(core, by, credentialId, unchanged)
  })
}

/**
 * Gives an account another name, in all its kinds. Throws `CONFLICT` where a published playbook, a run under way or a service
 * names it, or where the new name is or was another's; `BAD_USER_INPUT`, `NOT_FOUND`.
 */
export async function renameAccountOf(
  core: ChangeCore,
  by: By,
  credentialId: string,
  name: string,
): Promise<Credential> {
  const { credential, installation } = await credentialOf(core, by.workspaceId, credentialId)
  const { workspaceId, installationId, account } = credential
  if (account !== name)
    await whileUnnamed(core, installation, account, 'renamed', unchanged =>
      renameAccount(core, { workspaceId, installationId, name: account }, name, by.userId, unchanged),
    )
  return changed(core, credential)
}

/** Makes an account the one that is used where nobody says which. Throws `NOT_FOUND`. */
export async function makeAccountDefault(core: ChangeCore, by: By, credentialId: string): Promise<Credential> {
  const { credential } = await credentialOf(core, by.workspaceId, credentialId)
  const { workspaceId, installationId, account } = credential
  await makeDefaultAccount(core, { workspaceId, installationId, name: account }, by.userId)
  return changed(core, credential)
}

async function changed(core: ChangeCore, { workspaceId, id, ...rest }: Credential): Promise<Credential> {
  await accountsChanged(core, { workspaceId, ...rest })
  const now = await findCredentialById(core, workspaceId, id)
  if (!now) throw new TraeError('NOT_FOUND', 'There is no such account in this workspace any more.')
  return now
}

/** Changes an account that nothing names; `unchanged`, asked where it is changed, says whether that still holds. */
function whileUnnamed(
  core: ChangeCore,
  installation: Installation,
  account: string,
  what: 'removed' | 'renamed',
  change: (unchanged: StillSo) => Promise<void>,
): Promise<void> {
  const { workspaceId } = installation
  return lookAgain(async () => {
    const seen = await lookedAt(core, workspaceId)
    await requireUnnamed(core, installation, account, what)
    await change(tx => requireUnchanged(tx, workspaceId, seen))
  })
}

async function requireUnnamed(
  core: ChangeCore,
  installation: Installation,
  account: string,
  what: 'removed' | 'renamed',
): Promise<void> {
  const { workspaceId, pluginId, manifest } = installation
  const rows = await core.sql.query<{ slug: string; version: string }>(VERSIONS_IN_USE, [workspaceId])
  const naming = await Promise.all(
    rows.map(async ({ slug, version }) => ((await names(core, version, pluginId, account)) ? [slug] : [])),
  )
  const playbooks = [...new Set(naming.flat())].map(slug => `the playbook ${slug}`)
  const services = Object.keys(manifest.provides)
    .filter(service =>
      core.plugins.providers(workspaceId, service).some(one => one.pluginId === pluginId && one.account === account),
    )
    .map(service => `the service ${service}`)
  const by = [...playbooks, ...services]
  if (by.length === 0) return
  throw new TraeError(
    'CONFLICT',
    `The account ${account} of ${pluginId} cannot be ${what}: ${by.slice(0, 5).join(', ')}${by.length > 5 ? ` and ${by.length - 5} more` : ''} ${by.length === 1 ? 'names' : 'name'} it. Publish without it, let the runs under way end, or bind the service anew first.`,
  )
}

/** What the vendor was told with it can be taken back with it only. */
async function requireUnregistered(core: ChangeCore, { id, pluginId }: Installation, account: string): Promise<void> {
  const rows = await core.sql.query<{ trigger: string }>(REGISTERED_BY, [id, account])
  if (rows.length === 0) return
  const triggers = rows.map(({ trigger }) => trigger).join(', ')
  throw new TraeError(
    'CONFLICT',
    `The account ${account} of ${pluginId} cannot be removed: its vendor still posts to ${triggers}. Switch that off on the page of the plugin first; it takes a few seconds.`,
  )
}

/** One that cannot be read any more names nothing. */
async function names(
  core: Pick<Core, 'playbooks'>,
  version: string,
  pluginId: string,
  account: string,
): Promise<boolean> {
  try {
    const { playbook } = await core.playbooks.get(version)
    return namesAccount(playbook, pluginId, account)
  } catch (error) {
    if (errorRecord(error).code === 'DATABASE') throw error
    return false
  }
}

const namesAccount = (playbook: Playbook, pluginId: string, account: string): boolean =>
  eventsHeard(playbook).some(one => one.account === account && one.event.startsWith(`${pluginId}.`)) ||
  stepsOf(playbook).some(
    step => step.kind === 'uses' && step.account === account && step.uses.split('/')[0] === pluginId,
  )

const REGISTERED_BY = statement(
  'registered-by-account',
  `select t.trigger from plugin_triggers t join trigger_registrations r on r.trigger_id = t.id
   where t.installation_id = $1 and t.account = $2
     and (r.begun or r.registered_at is not null or jsonb_array_length(r.old) > 0) order by t.trigger`,
)

/** What is published, and what runs under way still follow. */
const VERSIONS_IN_USE = statement(
  'versions-in-use',
  `select p.slug, p.published_version_id as version from playbooks p
   where p.workspace_id = $1 and p.status <> 'ARCHIVED' and p.made_for is null and p.published_version_id is not null
   union
   select p.slug, r.version_id from runs r join playbooks p on p.id = r.playbook_id
   where r.workspace_id = $1 and r.finished_at is null
   order by slug`,
)
