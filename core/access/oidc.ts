import { createHash, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'

const PATIENCE_MS = 10_000
const DISCOVERED_MS = 3_600_000

const discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  userinfo_endpoint: z.url().optional(),
  jwks_uri: z.url(),
})
const person = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().max(320).optional(),
  email_verified: z.union([z.boolean(), z.stringbool()]).optional(),
  name: z.string().optional(),
})

/** Who came back from the identity provider. */
export interface OidcPerson {
  readonly issuer: string
  readonly subject: string
  /** In lower case; undefined where the provider has not verified it. */
  readonly email: string | undefined
  readonly name: string | undefined
}

/**
 * OpenID Connect by authorisation code with PKCE (RFC 7636). What has to be remembered between the two steps (verifier, nonce)
 * is derived from the state and the host's key; the state itself is kept by the browser that began, in a cookie.
 */
export class Oidc {
  readonly #core: Pick<Core, 'vault' | 'clock'>
  readonly #settings: OidcSettings
  #known: { at: number; found: Promise<Discovered> } | undefined

  constructor(core: Pick<Core, 'vault' | 'clock'>, settings: OidcSettings) {
    this.#core = core
    this.#settings = settings
  }

  /** Where to send the browser. Throws `UNAVAILABLE` when the provider does not answer. */
  async begin(): Promise<{ url: string; state: string }> {
    const { metadata } = await this.#discover()
    const state = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(this.#derived('verifier', state)).digest('base64url')
    const url = new URL(metadata.authorization_endpoint)
    for (const [name, value] of Object.entries({
      response_type: 'code',
      client_id: this.#settings.clientId,
      redirect_uri: this.#settings.redirectUri,
      scope: 'openid email profile',
      state,
      nonce: this.#derived('nonce', state),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }))
      url.searchParams.set(name, value)
    return { url: url.href, state }
  }

  /** Who a code is for. Throws `UNAUTHENTICATED` for whatever does not fit, `UNAVAILABLE` when the provider does not answer. */
  async end(code: string, state: string): Promise<OidcPerson> {
    const { metadata, keys } = await this.#discover()
    const { clientId, clientSecret, redirectUri } = this.#settings
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
    const response = await reach(metadata.token_endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: this.#derived('verifier', state),
      }),
    })
    const tokens = z
      .object({ id_token: z.string(), access_token: z.string() })
      .safeParse(await response.json().catch(() => ({})))
    if (!response.ok || !tokens.success) throw refused('the provider takes this sign-in no longer')
    const { payload } = await jwtVerify(tokens.data.id_token, keys, {
      issuer: metadata.issuer,
      audience: clientId,
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      requiredClaims: ['sub', 'iat', 'exp', 'nonce'],
      clockTolerance: 30,
      currentDate: this.#core.clock.now(),
    }).catch((cause: unknown) => {
      throw refused('the id token is not right', cause)
    })
    if (payload['nonce'] !== this.#derived('nonce', state)) throw refused('the id token is of another sign-in')
    if (payload['azp'] !== undefined && payload['azp'] !== clientId)
      throw refused('the id token is for another program')
    const claims = person.parse(payload)
    const told =
      claims.email === undefined ? await this.#userinfo(metadata, tokens.data.access_token, claims.sub) : claims
    return {
      issuer: metadata.issuer,
      subject: claims.sub,
      email: told.email_verified === true ? told.email?.trim().toLowerCase() : undefined,
      name: told.name ?? claims.name,
    }
  }

  async #userinfo({ userinfo_endpoint: url }: Metadata, token: string, sub: string): Promise<z.output<typeof person>> {
    if (url === undefined) return { sub }
    const response = await reach(url, { headers: { authorization: `Bearer ${token}` } })
    const told = person.safeParse(await response.json().catch(() => ({})))
    if (!told.success || told.data.sub !== sub) throw refused('the provider tells of another person')
    return told.data
  }

  #derived = (what: string, state: string) => this.#core.vault.derive(`oidc|${what}|${state}`)

  #discover(): Promise<Discovered> {
    const now = performance.now()
    if (this.#known && now - this.#known.at < DISCOVERED_MS) return this.#known.found
    const found = discover(this.#settings.issuer)
    this.#known = { at: now, found }
    found.catch(() => (this.#known = undefined))
    return found
  }
}

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
}
type Metadata = z.output<typeof discovery>
interface Discovered {
  readonly metadata: Metadata
  readonly keys: ReturnType<typeof createRemoteJWKSet>
}

async function discover(issuer: string): Promise<Discovered> {
  const response = await reach(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {})
  const metadata = discovery.safeParse(await response.json().catch(() => ({})))
  if (!metadata.success || metadata.data.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, ''))
    throw new TraeError(
      'UNAVAILABLE',
      `${issuer} does not describe itself as an OpenID provider. See TRAE_OIDC_ISSUER.`,
    )
  return { metadata: metadata.data, keys: createRemoteJWKSet(new URL(metadata.data.jwks_uri)) }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (cause) {
    throw new TraeError('UNAVAILABLE', `The identity provider at ${new URL(url).host} does not answer.`, { cause })
  }
}

const refused = (why: string, cause?: unknown) =>
  new TraeError('UNAUTHENTICATED', `This sign-in cannot be completed: ${why}.`, { cause })
