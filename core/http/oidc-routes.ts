import { timingSafeEqual } from 'node:crypto'
import { Router } from 'express'
import type { Access } from '../access/access.ts'
import { Oidc } from '../access/oidc.ts'
import { oidcSignIn } from '../access/oidc-sign-in.ts'
import type { Core } from '../context.ts'
import { errorRecord, TraeError } from '../errors.ts'
import { originOf } from './account-endpoints.ts'
import { route } from './route.ts'
import { clearCookie, readCookie, setCookie, setSessionCookies } from './session-cookies.ts'

const TEN_MINUTES = 600_000

/**
 * `/auth/oidc` sends the browser to the identity provider, and `/auth/oidc/return`
 * takes it back and goes on to the admin UI, with `?sso=failed` where it does not let them in.
 */
export function oidcRoutes(core: Core, access: Access): Router {
  const router = Router()
  const settings = core.config.oidc
  if (!settings) return router
  const oidc = new Oidc(core, { ...settings, redirectUri: `${core.config.publicUrl}/auth/oidc/return` })

  route(router, '/auth/oidc', {
    GET: [
      async (_request, response) => {
        const { url, state } = await oidc.begin()
        setCookie(core, response, 'oidc', state, TEN_MINUTES)
        response.redirect(303, url)
      },
    ],
  })
  route(router, '/auth/oidc/return', {
    GET: [
      async (request, response) => {
        const { code, state } = request.query
        const begun = readCookie(core, request, 'oidc')
        clearCookie(core, response, 'oidc')
        try {
          if (typeof code !== 'string' || typeof state !== 'string' || !begun || !isSame(state, begun))
            throw new TraeError('UNAUTHENTICATED', 'This sign-in was not begun in this browser, or was refused.')
          setSessionCookies(
            core,
            response,
            await oidcSignIn(core, access, await oidc.end(code, begun), originOf(core, request)),
          )
          response.redirect(303, '/admin/')
        } catch (error) {
          core.metrics.authFailed('oidc')
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
