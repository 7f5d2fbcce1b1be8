import { createHash } from 'node:crypto'

export const CLIENT = { clientId: 'client-of-the-app', clientSecret: 'secret-of-the-app' }
/** Of a private app. */
export const APP_TOKEN = 'pat-na1-of-the-private-app'

/** HubSpot's side of OAuth: a code once, for the verifier of its challenge; tokens of half an hour, refreshed with one that stays. */
export class SignIns {
  readonly #codes = new Map<string, { challenge: string; redirectUri: string }>()
  readonly #refreshTokens = new Set<string>()
  #accessToken: string | undefined
  #count = 0
  /** The grants that were asked for. */
  readonly grants: Record<string, string>[] = []

  /** A person says yes at this address. */
  consent(address: string): { state: string; code: string } {
    const { searchParams: asked } = new URL(address)
    const code = `code-${++this.#count}`
    this.#codes.set(code, { challenge: asked.get('code_challenge')!, redirectUri: asked.get('redirect_uri')! })
    return { state: asked.get('state')!, code }
  }

  allows(authorization: string | undefined): boolean {
    const token = authorization?.replace('Bearer ', '')
    return token !== undefined && (token === this.#accessToken || token === APP_TOKEN)
  }

  /** The access token that is out is good for nothing from now on. */
  expire(): void {
    this.#accessToken = undefined
  }

  /** Nobody is signed in any more: a refresh is refused as well. */
  forget(): void {
    this.#refreshTokens.clear()
    this.expire()
  }

  token(form: Record<string, string>): [status: number, body: unknown] {
    this.grants.push(form)
    const refuse = (message: string): [number, unknown] => [
      400,
      {
        status: 'BAD_REQUEST',
        message,
        correlationId: 'c-token',
        category: 'VALIDATION_ERROR',
        error: 'invalid_grant',
      },
    ]
    if (form['client_id'] !== CLIENT.clientId || form['client_secret'] !== CLIENT.clientSecret)
      return refuse('missing or invalid client id or secret')
    if (form['grant_type'] === 'authorization_code') {
      const asked = this.#codes.get(form['code'] ?? '')
      this.#codes.delete(form['code'] ?? '')
      const challenge = createHash('sha256')
        .update(form['code_verifier'] ?? '')
        .digest('base64url')
      if (asked?.challenge !== challenge || asked.redirectUri !== form['redirect_uri'])
        return refuse('missing or unknown auth code')
    } else if (!this.#refreshTokens.has(form['refresh_token'] ?? '')) return refuse('missing or invalid refresh token')
    const refreshToken = form['refresh_token'] ?? `refresh-token-${++this.#count}`
    this.#refreshTokens.add(refreshToken)
    this.#accessToken = `access-token-${++this.#count}`
    const body = {
      token_type: 'bearer',
      refresh_token: refreshToken,
      access_token: this.#accessToken,
      expires_in: 1800,
    }
    return [200, body]
  }
}
