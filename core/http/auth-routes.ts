import { type CookieOptions, type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import type { TokenPair } from '../access/open-session.ts'
import { refresh, revokeSession } from '../access/refresh.ts'
import { signIn } from '../access/sign-in.ts'
import { signOut } from '../access/sign-out.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { accountEndpoints, originOf } from './account-endpoints.ts'
import { oidcRoutes } from './oidc-routes.ts'
import { type PublicEndpoint, publicEndpoint, publicRouter } from './public-endpoint.ts'
import { cookieOf, hasCsrfHeader, nobody, REFRESH_COOKIE, SESSION_COOKIE, viewerOfRequest } from './request-viewer.ts'
import { route } from './route.ts'
import { tokenPair } from './token-pair.ts'

const loginBody = z.strictObject({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(200),
  code: z.string().max(40).optional().describe('Of the second factor, where the account has one.'),
})
const refreshBody = z
  .strictObject({ refresh_token: z.string().min(1).max(200).optional() })
  .default({})
  .describe('Without a token the cookie is taken; it counts only with the header `x-trae-csrf: 1`.')

/** Signing in, renewing and ending a session. Tokens go out in the body, and as httpOnly cookies for the admin UI. */
export function authEndpoints(core: Core, access: Access): PublicEndpoint[] {
  const send = (response: Response, tokens: TokenPair) => {
    setCookies(core, response, tokens)
    return tokens
  }
  return [
    publicEndpoint({
      method: 'POST',
      path: '/auth/login',
      summary: 'Sign in',
      description:
        'With e-mail and password. Where the account has a second factor and `code` is missing, the problem has the code SECOND_FACTOR.',
      body: loginBody,
      status: 200,
      answer: tokenPair,
      handle: async ({ email, password, code }, request, response) =>
        send(response, await signIn(core, access, { email, password, code, ...originOf(core, request) })),
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/refresh',
      summary: 'Renew the access token',
      description: 'A refresh token that was used before ends its session: two hold it, and one of them stole it.',
      body: refreshBody,
      status: 200,
      answer: tokenPair,
      async handle(body, request, response) {
        const token = refreshTokenOf(body, request)
        if (token === undefined)
          throw new TraeError('UNAUTHENTICATED', 'Send refresh_token, or its cookie with the header x-trae-csrf: 1.')
        return send(response, await refresh(core, access, token))
      },
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/logout',
      summary: 'End the session',
      body: refreshBody,
      status: 204,
      async handle(body, request, response) {
        const token = refreshTokenOf(body, request)
        const viewer = await viewerOfRequest(core, access, request).catch(() => undefined) // an expired session may be left, too
        if (token === undefined && !viewer) throw nobody(request)
        if (token !== undefined) await signOut(core, access, token)
        if (viewer?.sessionId) await revokeSession(core, access, viewer.sessionId)
        response.clearCookie(SESSION_COOKIE, { ...cookieOptions(core), path: '/' })
        response.clearCookie(REFRESH_COOKIE, { ...cookieOptions(core), path: '/auth' })
      },
    }),
    publicEndpoint({
      method: 'GET',
      path: '/auth/methods',
      summary: 'How one signs in here',
      status: 200,
      answer: z.object({
        oidc: z
          .object({ name: z.string() })
          .nullable()
          .describe('The identity provider; sign in by opening /auth/oidc in a browser.'),
      }),
      async handle() {
        const { oidc } = core.config
        return { oidc: oidc ? { name: oidc.name } : null }
      },
    }),
    ...accountEndpoints(core, access, send),
  ]
}

/** The endpoints, the way over an identity provider, and the keys by which others check our access tokens. */
export function authRoutes(core: Core, access: Access, endpoints: readonly PublicEndpoint[]): Router {
  const router = Router()
  router.use(publicRouter(endpoints))
  route(router, '/.well-known/jwks.json', {
    GET: [
      (_request, response) => void response.setHeader('cache-control', 'public, max-age=300').json(access.keys.jwks),
    ],
  })
  router.use(oidcRoutes(core, access, (response, tokens) => setCookies(core, response, tokens)))
  return router
}

const refreshTokenOf = (body: z.output<typeof refreshBody>, request: Request) =>
  body.refresh_token ?? (hasCsrfHeader(request) ? cookieOf(request, REFRESH_COOKIE) : undefined)

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
