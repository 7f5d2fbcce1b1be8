import { type CookieOptions, type Response, Router } from 'express'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import { refresh, revokeSession } from '../access/refresh.ts'
import type { TokenPair } from '../access/open-session.ts'
import { signIn } from '../access/sign-in.ts'
import { signOut } from '../access/sign-out.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { accountRoutes, originOf } from './account-routes.ts'
import { checked, jsonBody } from './json-body.ts'
import { cookieOf, hasCsrfHeader, nobody, REFRESH_COOKIE, SESSION_COOKIE, viewerOfRequest } from './request-viewer.ts'
import { oidcRoutes } from './oidc-routes.ts'
import { route } from './route.ts'

const loginBody = z.strictObject({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(200),
  code: z.string().max(40).optional(),
})
const refreshBody = z.strictObject({ refresh_token: z.string().min(1).max(200).optional() }).default({})

/** Signing in, renewing and ending a session. Tokens go out in the body, and as httpOnly cookies for the admin UI. */
export function authRoutes(core: Core, access: Access): Router {
  const router = Router()

  route(router, '/auth/login', {
    POST: [
      jsonBody,
      async (request, response) => {
        const { email, password, code } = checked(loginBody, request.body)
        sendTokens(
          core,
          response,
          await signIn(core, access, {
            email,
            password,
            code,
            ...originOf(core, request),
          }),
        )
      },
    ],
  })

  route(router, '/auth/refresh', {
    POST: [
      jsonBody,
      async (request, response) => {
        const token =
          checked(refreshBody, request.body).refresh_token ??
          (hasCsrfHeader(request) ? cookieOf(request, REFRESH_COOKIE) : undefined)
        if (token === undefined)
          throw new TraeError('UNAUTHENTICATED', 'Send refresh_token, or its cookie with the header x-trae-csrf: 1.')
        sendTokens(core, response, await refresh(core, access, token))
      },
    ],
  })

  route(router, '/auth/logout', {
    POST: [
      jsonBody,
      async (request, response) => {
        const token =
          checked(refreshBody, request.body).refresh_token ??
          (hasCsrfHeader(request) ? cookieOf(request, REFRESH_COOKIE) : undefined)
        const viewer = await viewerOfRequest(core, access, request).catch(() => undefined) // an expired session may be left, too
        if (token === undefined && !viewer) throw nobody(request)
        if (token !== undefined) await signOut(core, access, token)
        if (viewer?.sessionId) await revokeSession(core, access, viewer.sessionId)
        response.clearCookie(SESSION_COOKIE, { ...cookieOptions(core), path: '/' })
        response.clearCookie(REFRESH_COOKIE, { ...cookieOptions(core), path: '/auth' })
        response.status(204).end()
      },
    ],
  })

  route(router, '/.well-known/jwks.json', {
    GET: [
      (_request, response) => void response.setHeader('cache-control', 'public, max-age=300').json(access.keys.jwks),
    ],
  })
  router.use(oidcRoutes(core, access, (response, tokens) => setCookies(core, response, tokens)))
  router.use(accountRoutes(core, access, (response, tokens) => sendTokens(core, response, tokens)))
  return router
}

function sendTokens(core: Pick<Core, 'config'>, response: Response, tokens: TokenPair): void {
  setCookies(core, response, tokens)
  response.json(tokens)
}

function setCookies(core: Pick<Core, 'config'>, response: Response, tokens: TokenPair): void {
  const options = cookieOptions(core)
  response.cookie(SESSION_COOKIE, tokens.access_token, { ...options, path: '/', maxAge: tokens.expires_in * 1000 })
  response.cookie(REFRESH_COOKIE, tokens.refresh_token, { ...options, path: '/auth', maxAge: 30 * 86_400_000 })
}

const cookieOptions = (core: Pick<Core, 'config'>): CookieOptions => ({
  httpOnly: true,
  sameSite: 'lax',
  secure: core.config.production || core.config.tls !== undefined,
})
