import { type Request, type Response, Router } from 'express'
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
import { failuresCounted, hasCsrfHeader, nobody, viewerOfRequest } from './request-viewer.ts'
import { route } from './route.ts'
import { clearSessionCookies, readCookie, setSessionCookies } from './session-cookies.ts'
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
    setSessionCookies(core, response, tokens)
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
        const token = refreshTokenOf(core, body, request)
        if (token === undefined)
          throw new TraeError('UNAUTHENTICATED', 'Send refresh_token, or its cookie with the header x-trae-csrf: 1.')
        return send(
          response,
          await failuresCounted(core, 'refresh', refresh(core, access, token, originOf(core, request))),
        )
      },
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/logout',
      summary: 'End the session',
      body: refreshBody,
      status: 204,
      async handle(body, request, response) {
        const token = refreshTokenOf(core, body, request)
        const viewer = await viewerOfRequest(core, access, request).catch(() => undefined) // an expired session may be left, too
        if (token === undefined && !viewer) throw nobody(core, request)
        if (token !== undefined) await signOut(core, access, token)
        if (viewer?.sessionId) await revokeSession(core, access, viewer.sessionId)
        clearSessionCookies(core, response)
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
      async (_request, response) =>
        void response.setHeader('cache-control', 'public, max-age=300').json((await access.keys.now()).jwks),
    ],
  })
  router.use(oidcRoutes(core, access))
  return router
}

const refreshTokenOf = (core: Pick<Core, 'config'>, body: z.output<typeof refreshBody>, request: Request) =>
  body.refresh_token ?? (hasCsrfHeader(request) ? readCookie(core, request, 'refresh') : undefined)
