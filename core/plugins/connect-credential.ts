import type { Core } from '../context.ts'
import type { StillSo } from '../credentials/accounts.ts'
import { egress } from '../credentials/egress.ts'
import { portOf } from '../credentials/egress-request.ts'
import { requireAccountName } from '../playbooks/account-name.ts'
import { inject } from '../credentials/inject.ts'
import { SHORTEST_SECRET } from '../credentials/mask.ts'
import { type CredentialCore, openCredential } from '../credentials/open-credential.ts'
import {
  breakCredential,
  changePublicFields,
  type Credential,
  deleteCredential,
  findCredentialById,
  markTested,
  type OpenedCredential,
  putCredential,
} from '../credentials/store.ts'
import { type CredentialTemplate, fieldsOf } from '../credentials/template.ts'
import { beginSignIn, endSignIn, takeSignIn } from '../credentials/vendor-sign-in.ts'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import type { Installation } from './registry.ts'

type ConnectCore = CredentialCore & Pick<Core, 'plugins' | 'egress'>

/** The longest that a person may fill in: a private key has 3 KB. */
const LONGEST_FIELD = 16 * 1024

/** The page of the admin UI to which a vendor sends people back. */
export const RETURN_PATH = '/admin/credentials/return'

/**
 * Stores what a person filled in for an account of a plugin, in place of what was there. An account with a sign-in is
 * PENDING until somebody has signed in. Throws `BAD_USER_INPUT` (details.problems, one a field), `NOT_FOUND`.
 */
export async function connectCredential(
  core: ConnectCore,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  request: {
    readonly installationId: string
    readonly template: string
    /** Its name; without one the default account is connected, or the first. */
    readonly account?: string | undefined
    readonly fields: Readonly<Record<string, string>>
  },
): Promise<Credential> {
  const installation = await installationOf(core, workspaceId, request.installationId)
  const template = templateOf(installation, request.template)
  const account = request.account ?? installation.defaultAccount
  requireAccountName(account)
  const filled = accept(template, request.fields)
  const known = fieldsOf(template)
  const part = (secret: boolean) => Object.fromEntries(filled.filter(([name]) => known[name]!.secret === secret))
  const credential = await putCredential(core, {
    workspaceId,
    userId,
    installationId: installation.id,
    template: request.template,
    account,
    status: template.auth === 'oauth2' ? 'PENDING' : 'CONNECTED',
    publicFields: part(false),
    fields: part(true),
  })
  await accountsChanged(core, credential)
  return credential
}

/** The address at which a person signs in for an account. `origin` is where the person sees this host. */
export async function beginCredentialSignIn(
  core: ConnectCore,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  { credentialId, origin }: { credentialId: string; origin: string },
): Promise<string> {
  const { credential, template } = await credentialOf(core, workspaceId, credentialId)
  if (template.auth !== 'oauth2')
    throw new TraeError(
      'BAD_USER_INPUT',
      `The account ${template.title} needs no sign-in: it is used as it was filled in.`,
    )
  return beginSignIn(core, template, credential, { userId, redirectUri: `${origin}${RETURN_PATH}` })
}

/** Ends a sign-in with what the vendor sent the person back with: `state` and `code`, or `error`. */
export async function endCredentialSignIn(
  core: ConnectCore,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  { state, code, error }: { state: string; code: string | undefined; error: string | undefined },
): Promise<Credential> {
  const signIn = await takeSignIn(core, workspaceId, userId, state)
  const { credential, template } = await credentialOf(core, workspaceId, signIn.credentialId)
  if (template.auth !== 'oauth2')
    throw new TraeError('STALE_VERSION', 'The plugin has changed meanwhile: sign in again.')
  if (code === undefined)
    throw new TraeError(
      'CREDENTIAL',
      `${new URL(template.authorizeUrl).host} did not let you in${error && /^[\w.-]{1,60}$/.test(error) ? `: ${error}` : ''}. Try it again, or look there whether this application is allowed.`,
    )
  const connected = await endSignIn(core, template, credential, { code, signIn, userId }, core.egress)
  told(core, connected)
  return connected
}

/**
 * Makes the template's test request. Throws `CREDENTIAL` where the vendor says no (and says so on the credential),
 * `UNAVAILABLE` where it cannot be reached, `BAD_USER_INPUT` where the plugin describes no test.
 */
export async function testCredential(
  core: ConnectCore,
  workspaceId: WorkspaceId,
  credentialId: string,
): Promise<Credential> {
  const { credential, template, installation } = await credentialOf(core, workspaceId, credentialId)
  if (!template.test)
    throw new TraeError('BAD_USER_INPUT', `The plugin describes no test for the account ${template.title}.`)
  const use = {
    installationId: installation.id,
    pluginId: installation.pluginId,
    name: credential.template,
    account: credential.account,
    template,
  }
  const url = new URL(template.test.url)
  const { values, credential: fresh } = await openCredential(core, use, core.egress, { evenBroken: true })
  const request = { url: url.href, method: template.test.method, headers: { accept: 'application/json' } }
  const { status } = await egress(inject(request, template.inject, values), {
    ...core.egress,
    allows: (host, port) => host === url.hostname && port === portOf(url),
  })
  if (status >= 200 && status < 300) {
    const tested = await markTested(core, fresh)
    if (!tested) throw gone()
    told(core, tested)
    return tested
  }
  const said = `${url.host} answered ${status}`
  if (status === 429 || status >= 500) throw new TraeError('UNAVAILABLE', `${said}: try again later.`)
  if (status !== 401 && status !== 403)
    throw new TraeError(
      'CREDENTIAL',
      `${said}, so nobody knows whether the account works. Tell the author of ${installation.pluginId}.`,
    )
  await breakCredential(core, fresh, installation.pluginId, `${said}.`)
  throw new TraeError(
    'CREDENTIAL',
    `${said}: it does not take this account. Check what was filled in, and connect it again.`,
  )
}

/**
 * Changes fields of an account that are no secrets and no part of its sign-in, and leaves it connected; an empty text takes a
 * field away. Throws `BAD_USER_INPUT` for a field that is not there, is a secret, or is needed, `NOT_FOUND`.
 */
export async function changeCredential(
  core: ConnectCore,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  credentialId: string,
  given: Readonly<Record<string, string>>,
): Promise<Credential> {
  const { credential, template } = await credentialOf(core, workspaceId, credentialId)
  const open = Object.entries(template.fields).filter(([, { secret }]) => !secret)
  const strange = Object.keys(given).find(name => !open.some(([key]) => key === name))
  if (strange !== undefined)
    throw new TraeError(
      'BAD_USER_INPUT',
      `A field that was given cannot be changed by itself; there ${isOrAre(open.map(([key]) => key))}. For anything else connect the account again.`,
    )
  const changed = { ...credential.publicFields, ...given }
  const shape = { ...template, auth: 'key', fields: Object.fromEntries(open) } as CredentialTemplate
  const filled = accept(shape, Object.fromEntries(open.map(([key]) => [key, changed[key] ?? ''])))
  const kept = Object.entries(credential.publicFields).filter(([key]) => !open.some(([name]) => name === key))
  const stored = await changePublicFields(core, credential, Object.fromEntries([...kept, ...filled]), userId)
  if (!stored) throw gone()
  told(core, stored)
  return stored
}

/**
 * Forgets an account, its secrets and what was under way. Throws `NOT_FOUND`, `CONFLICT` for the default one while there are
 * others.
 */
export async function disconnectCredential(
  core: ConnectCore,
  { workspaceId, userId }: { workspaceId: WorkspaceId; userId: UserId },
  credentialId: string,
  stillSo?: StillSo,
): Promise<void> {
  const { credential } = await credentialOf(core, workspaceId, credentialId)
  if (!(await deleteCredential(core, credential, userId, stillSo))) throw gone()
  await accountsChanged(core, credential)
}

function accept(template: CredentialTemplate, given: Readonly<Record<string, string>>): [string, string][] {
  const known = fieldsOf(template)
  const problems = Object.keys(given)
    .filter(name => !Object.hasOwn(known, name))
    .map(name => {
      const meant = didYouMean(name, Object.keys(known))
      if (meant) return `${name}: there is no such field; did you mean ${meant}?`
      // Not repeated: a secret may have been put where its name belongs
      return `There is no field of a name that was given; there ${isOrAre(Object.keys(known))}.`
    })
  const filled = Object.entries(known).flatMap(([name, { title, secret, optional }]): [string, string][] => {
    const value = given[name]?.trim() ?? ''
    if (value === '') {
      if (!optional) problems.push(`${name}: ${title} is missing.`)
      return []
    }
    if (value.length > LONGEST_FIELD) problems.push(`${name}: ${title} has more than ${LONGEST_FIELD} characters.`)
    if (secret && value.length < SHORTEST_SECRET)
      problems.push(`${name}: ${title} has less than ${SHORTEST_SECRET} characters; that is no secret.`)
    return [[name, value]]
  })
  if (problems.length > 0) throw new TraeError('BAD_USER_INPUT', problems.join('\n'), { details: { problems } })
  return filled
}

async function installationOf(core: ConnectCore, workspaceId: WorkspaceId, id: string): Promise<Installation> {
  const found = (await core.plugins.list(workspaceId)).find(one => one.id === id)
  if (!found) throw new TraeError('NOT_FOUND', 'There is no such plugin in this workspace.')
  return found
}

function templateOf({ pluginId, manifest }: Installation, name: string): CredentialTemplate {
  if (Object.hasOwn(manifest.credentials, name)) return manifest.credentials[name]!
  const known = Object.keys(manifest.credentials)
  throw new TraeError('NOT_FOUND', `${pluginId} has no credential of that name; there ${isOrAre(known)}.`)
}

const isOrAre = (names: readonly string[]) => `${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'none'}`

export async function credentialOf(
  core: ConnectCore,
  workspaceId: WorkspaceId,
  id: string,
): Promise<{ credential: OpenedCredential; template: CredentialTemplate; installation: Installation }> {
  const credential = await findCredentialById(core, workspaceId, id)
  if (!credential) throw gone()
  const installation = await installationOf(core, workspaceId, credential.installationId)
  return { credential, installation, template: templateOf(installation, credential.template) }
}

const gone = () => new TraeError('NOT_FOUND', 'There is no such account in this workspace any more.')
/** After the accounts of a plugin, their names or their default changed. */
export async function accountsChanged(core: Pick<Core, 'plugins' | 'pubsub'>, credential: Told): Promise<void> {
  await core.plugins.invalidate(credential.workspaceId)
  told(core, credential)
}

type Told = Pick<Credential, 'workspaceId' | 'installationId'>
const told = (core: Pick<Core, 'pubsub'>, { workspaceId, installationId }: Told) =>
  core.pubsub.publish('installation.updated', { workspaceId, installationId })
