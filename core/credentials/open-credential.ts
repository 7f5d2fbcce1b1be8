import { setTimeout as pause } from 'node:timers/promises'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import { basicPair } from './inject.ts'
import type { EgressSettings } from './egress.ts'
import { assertionOf, type GrantedToken, requestToken } from './request-token.ts'
import {
  breakCredential,
  findCredential,
  leaseRefresh,
  type OpenedCredential,
  releaseRefresh,
  storeTokens,
} from './store.ts'
import { type CredentialTemplate, fieldsOf, type SignedInTemplate } from './template.ts'

/** Which credential: of which plugin, under which name, and what the manifest says of it. */
export interface CredentialUse {
  readonly installationId: string
  readonly pluginId: string
  readonly name: string
  /** Of the plugin's accounts. */
  readonly account: string
  readonly template: CredentialTemplate
}

/** Ready to be put into a request. */
export interface ReadyCredential {
  readonly credential: OpenedCredential
  /** By placeholder. */
  readonly values: Readonly<Record<string, string>>
  /** All that must be masked wherever it turns up. */
  readonly secrets: readonly string[]
}

export type CredentialCore = Pick<Core, 'sql' | 'vault' | 'clock' | 'queue' | 'log' | 'pubsub'>

/** A token with less left than this is exchanged before it is used. */
const LEFT_MS = 60_000
/** Longer than the host waits for a vendor's answer. */
const LEASE_MS = 20_000
const LOOK_MS = 50

/**
 * The values of a credential, with a token that is good for another minute. `refused` is the version with which the
 * vendor said 401: its token is exchanged though it looks good. `evenBroken` is for a test of whether it still is. Of several workers that find a token too old, one asks
 * for a new one and the others wait for it. Throws `CREDENTIAL` where a person has to do something, `UNAVAILABLE`.
 */
export async function openCredential(
  core: CredentialCore,
  use: CredentialUse,
  settings: EgressSettings = {},
  { refused, evenBroken = false }: { readonly refused?: number; readonly evenBroken?: boolean } = {},
): Promise<ReadyCredential> {
  for (;;) {
    const credential = await findCredential(core, use.installationId, use.name, use.account)
    if (!credential || credential.status === 'PENDING' || (credential.status === 'BROKEN' && !evenBroken))
      throw unusable(use, credential)
    if (use.template.auth === 'key') return ready(use.template, credential)
    if (isGood(credential, core.clock.now(), refused)) return ready(use.template, credential)
    if (await leaseRefresh(core, credential, LEASE_MS)) await refresh(core, use, use.template, credential, settings)
    else await pause(LOOK_MS)
  }
}

const isGood = ({ secrets, tokenExpiresAt, version }: OpenedCredential, now: Date, refused: number | undefined) =>
  secrets.tokens !== undefined &&
  version !== refused &&
  (tokenExpiresAt === null || tokenExpiresAt.getTime() - now.getTime() > LEFT_MS)

async function refresh(
  core: CredentialCore,
  use: CredentialUse,
  template: SignedInTemplate,
  credential: OpenedCredential,
  settings: EgressSettings,
): Promise<void> {
  try {
    const granted = await grantAgain(core, template, credential, settings)
    await keepToken(core, credential, granted)
  } catch (error) {
    // A key that is wrong or a sign-in that was taken back stays so until a person does something
    if (error instanceof TraeError && error.code === 'CREDENTIAL')
      await breakCredential(core, credential, use.pluginId, error.message)
    else await releaseRefresh(core, credential)
    throw error
  }
}

/** A vendor that does not send a new refresh token lets the old one live on. */
export function keepToken(
  core: CredentialCore,
  credential: OpenedCredential,
  { accessToken, refreshToken, lastsMs }: GrantedToken,
  signedInBy?: UserId,
): Promise<OpenedCredential | undefined> {
  const expiresAt = lastsMs === undefined ? null : new Date(core.clock.now().getTime() + lastsMs)
  const tokens = { accessToken, refreshToken: refreshToken ?? credential.secrets.tokens?.refreshToken }
  return storeTokens(core, credential, tokens, expiresAt, signedInBy)
}

async function grantAgain(
  core: CredentialCore,
  template: SignedInTemplate,
  { secrets, publicFields }: OpenedCredential,
  settings: EgressSettings,
): Promise<GrantedToken> {
  const fields = { ...publicFields, ...secrets.fields }
  const scope: Record<string, string> = template.scopes.length > 0 ? { scope: template.scopes.join(' ') } : {}
  switch (template.auth) {
    case 'oauth2': {
      const refreshToken = secrets.tokens?.refreshToken
      if (refreshToken === undefined)
        throw new TraeError('CREDENTIAL', 'The sign-in has ended, and the vendor gave nothing to prolong it with.')
      const grant = { grant_type: 'refresh_token', refresh_token: refreshToken }
      return requestToken(template, fields, grant, settings)
    }
    case 'client_credentials':
      return requestToken(template, fields, { grant_type: 'client_credentials', ...scope }, settings)
    case 'jwt': {
      const assertion = await assertionOf(template, fields, core.clock.now())
      return requestToken(
        template,
        fields,
        { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion },
        settings,
      )
    }
    default:
      return template satisfies never
  }
}

function ready(template: CredentialTemplate, credential: OpenedCredential): ReadyCredential {
  const { secrets, publicFields } = credential
  const { accessToken, refreshToken } = secrets.tokens ?? {}
  const values = {
    ...publicFields,
    ...secrets.fields,
    ...(accessToken === undefined ? {} : { access_token: accessToken }),
  }
  const known = fieldsOf(template)
  const alone = Object.entries(secrets.fields).flatMap(([name, value]) =>
    known[name]?.secret === false ? [] : [value],
  )
  const tokens = [accessToken, refreshToken].filter(token => token !== undefined)
  // base64 of `user:password` is not the base64 of the password
  const pairs = template.inject.flatMap(place => ('basic' in place ? [basicPair(place.basic, values)] : []))
  return { credential, values, secrets: [...alone, ...tokens, ...pairs] }
}

function unusable(
  { pluginId, name, account, template }: CredentialUse,
  credential: OpenedCredential | undefined,
): TraeError {
  const kind = `${name} of ${pluginId}`
  const what = `The account ${template.title} (${kind}, named ${account})`
  const where = `on the page of the plugin ${pluginId}`
  if (!credential)
    return new TraeError(
      'CREDENTIAL',
      `The account ${template.title} (${kind}) is not connected as ${account}. Connect it ${where}.`,
    )
  if (credential.status === 'PENDING')
    return new TraeError('CREDENTIAL', `${what} is not connected yet: sign in at the vendor ${where}.`)
  const why = credential.statusReason ? `: ${credential.statusReason}` : '.'
  return new TraeError('CREDENTIAL', `${what} is broken${why} Connect it again ${where}.`)
}
