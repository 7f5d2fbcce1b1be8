import { timingSafeEqual } from 'node:crypto'
import { type CookieOptions, type Response, Router } from 'express'
import type { Access } from '../access/access.ts'
import { Oidc } from '../access/oidc.ts'
import { oidcSignIn } from '../access/oidc-sign-in.ts'
import type { TokenPair } from '../access/open-session.ts'
import type { Core } from '../context.ts'
import { errorRecord, TraeError } from '../errors.ts'
import { originOf } from './account-endpoints.ts'
import { cookieOf } from './request-viewer.ts'
import { route } from './route.ts'

const STATE_COOKIE = 'trae_oidc'
const TEN_MINUTES = 600_000

/**
 * `/auth/oidc` sends the browser to the identity provider, and `/auth/oidc/return`
 * takes it back and goes on to the admin UI, with `?sso=failed` where it does not let them in.
 */
export function oidcRoutes(
  core: Core,
  access: Access,
  setCookies: (response: Response, tokens: TokenPair) => void,
): Router {
  const router = Router()
  const settings = core.config.oidc
  if (!settings) return router
  const oidc = new Oidc(core, { ...settings, redirectUri: `${core.config.publicUrl}/auth/oidc/return` })
  const cookie: CookieOptions = { httpOnly: true, sameSite: 'lax', secure: core.config.production, path: '/auth/oidc' }

  route(router, '/auth/oidc', {
    GET: [
      async (_request, response) => {
        const { url, state } = await oidc.begin()
        response.cookie(STATE_COOKIE, state, { ...cookie, maxAge: TEN_MINUTES })
        response.redirect(303, url)
      },
    ],
  })
  route(router, '/auth/oidc/return', {
    GET: [
      async (request, response) => {
        const { code, state } = request.query
        const begun = cookieOf(request, STATE_COOKIE)
        response.clearCookie(STATE_COOKIE, cookie)
        try {
          if (typeof code !== 'string' || typeof state !== 'string' || !begun || !isSame(state, begun))
            throw new TraeError('UNAUTHENTICATED', 'This sign-in was not begun in this browser, or was refused.')
          setCookies(response, await oidcSignIn(core, access, await oidc.end(code, begun), originOf(core, request)))
          response.redirect(303, '/admin/')
        } catch (error) {
          core.log.warn({ error: errorRecord(error) }, 'a sign-in by the identity provider failed')
          response.redirect(303, '/admin/?sso=failed')
        }
      },
    ],
  })
  return router
}

const isSame = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
