import type { IncomingMessage } from 'node:http'
import type { CookieOptions, Response } from 'express'
import type { TokenPair } from '../access/open-session.ts'
import type { Core } from '../context.ts'

type CookieCore = Pick<Core, 'config'>
type Asking = Pick<IncomingMessage, 'headers'>

/** The cookies of the admin UI by what they hold, and how far they go where they need no prefix. */
const COOKIES = {
  session: { name: 'trae_session', path: '/' },
  refresh: { name: 'trae_refresh', path: '/auth' },
  oidc: { name: 'trae_oidc', path: '/auth/oidc' },
} as const
export type Cookie = keyof typeof COOKIES

const REFRESH_DAYS_MS = 30 * 86_400_000

/**
 * Do browsers come over TLS, ours or that of a proxy in front? Then names begin with `__Host-`, which no other host of the domain can set
 * in our stead. Without, a browser would refuse such a cookie, at http://localhost in production as well.
 */
const comeOverTls = ({ config }: CookieCore) =>
  config.tls !== undefined || config.publicUrl?.startsWith('https:') === true

const placeOf = (core: CookieCore, cookie: Cookie) => {
  const { name, path } = COOKIES[cookie]
  return comeOverTls(core) ? { name: `__Host-${name}`, path: '/' } : { name, path } // the prefix wants `/`
}

/** What a cookie of ours holds; undefined where it did not come. */
export function readCookie(core: CookieCore, request: Asking, cookie: Cookie): string | undefined {
  const found = valueOf(request, placeOf(core, cookie).name)
  // Who signed in before there was a prefix is renewed under the new name, and the old one is taken away
  return found === undefined && cookie === 'refresh' ? valueOf(request, COOKIES.refresh.name) : found
}

export function setCookie(core: CookieCore, response: Response, cookie: Cookie, value: string, maxAge: number): void {
  const { name, path } = placeOf(core, cookie)
  response.cookie(name, value, { ...optionsOf(core), path, maxAge })
}

export function clearCookie(core: CookieCore, response: Response, cookie: Cookie): void {
  const { name, path } = placeOf(core, cookie)
  response.clearCookie(name, { ...optionsOf(core), path })
  clearUnprefixed(core, response, cookie)
}

/** What was set before there was a prefix. */
function clearUnprefixed(core: CookieCore, response: Response, cookie: Cookie): void {
  const { name, path } = COOKIES[cookie]
  if (comeOverTls(core) && valueOf(response.req, name) !== undefined)
    response.clearCookie(name, { ...optionsOf(core), path })
}

export function setSessionCookies(core: CookieCore, response: Response, tokens: TokenPair): void {
  clearUnprefixed(core, response, 'session')
  clearUnprefixed(core, response, 'refresh')
  setCookie(core, response, 'session', tokens.access_token, tokens.expires_in * 1000)
  setCookie(core, response, 'refresh', tokens.refresh_token, REFRESH_DAYS_MS)
}

export function clearSessionCookies(core: CookieCore, response: Response): void {
  clearCookie(core, response, 'session')
  clearCookie(core, response, 'refresh')
}

const optionsOf = (core: CookieCore): CookieOptions => ({
  httpOnly: true,
  sameSite: 'lax',
  secure: core.config.production || comeOverTls(core),
})

function valueOf(request: Asking, name: string): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [key, value] = part.split('=', 2)
    if (key?.trim() === name && value) return value.trim()
  }
  return undefined
}
