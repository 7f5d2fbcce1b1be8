import { importPKCS8, SignJWT } from 'jose'
import { TraeError } from '../errors.ts'
import { basic } from './inject.ts'
import { egress, type EgressAnswer, type EgressSettings } from './egress.ts'
import { portOf } from './egress-request.ts'
import { fill, type SignedInTemplate } from './template.ts'

/** What a token endpoint gives (RFC 6749, 5.1). `lastsMs` is undefined where the vendor does not say. */
export interface GrantedToken {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly lastsMs: number | undefined
}

/**
 * Asks the token endpoint of a template for a token. Throws `CREDENTIAL` where the vendor refuses (details.refused is
 * its error code, `invalid_grant` for what was revoked), `UNAVAILABLE` where it cannot be reached or fails. No message
 * holds a secret.
 */
export async function requestToken(
  template: SignedInTemplate,
  fields: Readonly<Record<string, string>>,
  grant: Readonly<Record<string, string>>,
  settings: EgressSettings = {},
): Promise<GrantedToken> {
  const url = new URL(template.tokenUrl)
  const asForm = template.clientAuth === 'body' && template.auth !== 'jwt'
  const client: Record<string, string> = asForm
    ? { client_id: fields['clientId'] ?? '', client_secret: fields['clientSecret'] ?? '' }
    : {}
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  }
  if (!asForm && template.auth !== 'jwt') headers['authorization'] = basic(CLIENT, formEncoded(fields))
  const answer = await egress(
    { url: url.href, method: 'POST', headers, body: new URLSearchParams({ ...grant, ...client }).toString() },
    { ...settings, allows: (host, port) => host === url.hostname && port === portOf(url) },
  )
  return readToken(answer, url.host)
}

/** A signed assertion (RFC 7523) of a service account. Throws `CREDENTIAL` for a key that cannot be read. */
export async function assertionOf(
  template: Extract<SignedInTemplate, { auth: 'jwt' }>,
  fields: Readonly<Record<string, string>>,
  now: Date,
): Promise<string> {
  const pem = (fields['privateKey'] ?? '').replaceAll('\\n', '\n')
  const key = await importPKCS8(pem, template.algorithm).catch((cause: unknown) => {
    throw new TraeError(
      'CREDENTIAL',
      `The private key cannot be read: it must be a PKCS #8 key in PEM, which begins with -----BEGIN PRIVATE KEY-----, for ${template.algorithm}.`,
      { cause },
    )
  })
  const at = Math.floor(now.getTime() / 1000)
  const claims = Object.fromEntries(Object.entries(template.claims).map(([name, text]) => [name, fill(text, fields)]))
  const scope = template.scopes.length > 0 ? { scope: template.scopes.join(' ') } : {}
  return new SignJWT({ ...scope, ...claims })
    .setProtectedHeader({ alg: template.algorithm, typ: 'JWT' })
    .setIssuer(fields['issuer'] ?? '')
    .setAudience(template.tokenUrl)
    .setIssuedAt(at)
    .setExpirationTime(at + 3600)
    .sign(key)
}

const CLIENT = { username: '{clientId}', password: '{clientSecret}' }

/** RFC 6749, 2.3.1: the two are form-encoded before they become HTTP Basic. */
const formEncoded = ({ clientId = '', clientSecret = '' }: Readonly<Record<string, string>>) => ({
  clientId: encodeURIComponent(clientId),
  clientSecret: encodeURIComponent(clientSecret),
})

function readToken({ status, body }: EgressAnswer, host: string): GrantedToken {
  const answer = readObject(body)
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds, error } = answer
  if (status >= 200 && status < 300 && typeof accessToken === 'string' && accessToken !== '') {
    const lasts = Number(seconds)
    return {
      accessToken,
      refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
      lastsMs: Number.isFinite(lasts) && lasts > 0 ? lasts * 1000 : undefined,
    }
  }
  if (status === 429 || status >= 500)
    throw new TraeError('UNAVAILABLE', `${host} could not give a token now: it answered ${status}.`)
  const refused = typeof error === 'string' && /^[\w.-]{1,60}$/.test(error) ? error : undefined
  throw new TraeError('CREDENTIAL', `${host} gave no token: it answered ${status}${refused ? ` ${refused}` : ''}.`, {
    details: { refused: refused ?? String(status) },
  })
}

function readObject(body: string): Record<string, unknown> {
  try {
    const value = JSON.parse(body) as unknown
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
