import { createHash, randomBytes } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { EgressSettings } from './egress.ts'
import { type CredentialCore, keepToken } from './open-credential.ts'
import { requestToken } from './request-token.ts'
import type { Credential, OpenedCredential } from './store.ts'
import type { CredentialTemplate } from './template.ts'

type OAuth2Template = Extract<CredentialTemplate, { auth: 'oauth2' }>

/** How long a person may take at the vendor. */
const SIGN_IN_MS = 10 * 60_000

/**
 * The address at which a person signs in at the vendor: authorization code with state and PKCE (RFC 6749, 4.1; RFC 7636).
 * What is under way is stored, so that any process can end it, and only for the person who began it.
 */
export async function beginSignIn(
  core: Pick<Core, 'sql' | 'vault' | 'clock'>,
  template: OAuth2Template,
  credential: OpenedCredential,
  { userId, redirectUri }: { userId: UserId; redirectUri: string },
): Promise<string> {
  const [state, verifier] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')]
  const hash = sha256(state).toString('hex')
  const now = core.clock.now()
  const seal = await core.vault.sealing(credential.workspaceId)
  await core.sql.query(FORGET_OLD, [now])
  await core.sql.query(ADD_SIGN_IN, [
    hash,
    credential.workspaceId,
    credential.id,
    credential.version,
    userId,
    seal(verifier, placeOf(credential.workspaceId, hash)),
    redirectUri,
    new Date(now.getTime() + SIGN_IN_MS),
  ])
  const url = new URL(template.authorizeUrl)
  const parameters = {
    ...template.authorizeParams,
    response_type: 'code',
    client_id: credential.publicFields['clientId'] ?? '',
    redirect_uri: redirectUri,
    ...(template.scopes.length > 0 ? { scope: template.scopes.join(' ') } : {}),
    state,
    code_challenge: sha256(verifier).toString('base64url'),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** A sign-in that came back. `credentialId` says which credential to end it for. */
export interface ReturnedSignIn {
  readonly credentialId: string
  readonly credentialVersion: number
  readonly verifier: string
  readonly redirectUri: string
}

/**
 * Takes a sign-in by its state: once, in time, and by the person who began it. Throws `BAD_USER_INPUT` for any other; a
 * state of another person stays with them.
 */
export async function takeSignIn(
  core: Pick<Core, 'sql' | 'vault' | 'clock'>,
  workspaceId: WorkspaceId,
  userId: UserId,
  state: string,
): Promise<ReturnedSignIn> {
  const hash = sha256(state).toString('hex')
  const [row] = await core.sql.query<SignInRow>(TAKE_SIGN_IN, [hash, workspaceId, userId])
  if (!row || row.expires_at <= core.clock.now())
    throw new TraeError(
      'BAD_USER_INPUT',
      'This sign-in is not known, was used already or took more than ten minutes. Begin it again on the page of the plugin.',
    )
  return {
    credentialId: row.credential_id,
    credentialVersion: row.credential_version,
    verifier: await core.vault.open(row.verifier_sealed, placeOf(workspaceId, hash)),
    redirectUri: row.redirect_uri,
  }
}

/** Exchanges the vendor's code for tokens, and keeps them. Throws `CREDENTIAL`, `UNAVAILABLE`, `STALE_VERSION`. */
export async function endSignIn(
  core: CredentialCore,
  template: OAuth2Template,
  credential: OpenedCredential,
  { code, signIn, userId }: { code: string; signIn: ReturnedSignIn; userId: UserId },
  settings?: EgressSettings,
): Promise<Credential> {
  const stale = () =>
    new TraeError('STALE_VERSION', 'The account was connected anew while somebody signed in. Begin the sign-in again.')
  if (credential.version !== signIn.credentialVersion) throw stale()
  const granted = await requestToken(
    template,
    { ...credential.publicFields, ...credential.secrets.fields },
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: signIn.redirectUri,
      code_verifier: signIn.verifier,
    },
    settings,
  )
  const kept = await keepToken(core, credential, granted, userId)
  if (!kept) throw stale()
  return kept
}

interface SignInRow {
  readonly credential_id: string
  readonly credential_version: number
  readonly verifier_sealed: string
  readonly redirect_uri: string
  readonly expires_at: Date
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()
const placeOf = (workspaceId: string, hash: string) => `${workspaceId}|credential_sign_ins|${hash}|verifier`

const FORGET_OLD = statement('credentials.forget-sign-ins', 'delete from credential_sign_ins where expires_at <= $1')
const ADD_SIGN_IN = statement(
  'credentials.add-sign-in',
  `insert into credential_sign_ins (state_hash, workspace_id, credential_id, credential_version, user_id, verifier_sealed,
     redirect_uri, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
)
const TAKE_SIGN_IN = statement(
  'credentials.take-sign-in',
  `delete from credential_sign_ins where state_hash = $1 and workspace_id = $2 and user_id = $3
   returning credential_id, credential_version, verifier_sealed, redirect_uri, expires_at`,
)
