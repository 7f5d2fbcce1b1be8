import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import { acceptInvitation, readInvitation } from '../access/invitations.ts'
import type { SignInOrigin, TokenPair } from '../access/open-session.ts'
import { resetPassword } from '../access/password-change.ts'
import { switchWorkspace } from '../access/sessions.ts'
import type { Core } from '../context.ts'
import { isId } from '../ids.ts'
import { sendReset } from '../plugins/invite-person.ts'
import { addressOf, countedAddress } from './client-address.ts'
import { checked, jsonBody } from './json-body.ts'
import { nobody, viewerOfRequest } from './request-viewer.ts'
import { route } from './route.ts'

const token = z.string().regex(/^[\w-]{43}$/, 'is not what a link of ours carries')
const password = z.string().min(1).max(200)
const code = z.string().max(40).optional()
const acceptBody = z.strictObject({
  token,
  name: z.string().trim().max(100).optional(),
  password,
  code,
  locale: z.enum(['pt-BR', 'en']).default('pt-BR'),
})

/**
 * What somebody does about their account before they are signed in: follow an invitation, ask for a new password and set it;
 * and going over to another workspace, since a session is of one.
 */
export function accountRoutes(
  core: Core,
  access: Access,
  sendTokens: (response: Response, tokens: TokenPair) => void,
): Router {
  const router = Router()

  route(router, '/auth/invitation', {
    POST: [
      jsonBody,
      async (request, response) => {
        const shown = await readInvitation(core, checked(z.strictObject({ token }), request.body).token)
        const { email, role, workspaceName, known } = shown
        response.json({ email, role, workspace_name: workspaceName, known })
      },
    ],
  })
  route(router, '/auth/invitation/accept', {
    POST: [
      jsonBody,
      async (request, response) => {
        const acceptance = checked(acceptBody, request.body)
        sendTokens(response, await acceptInvitation(core, access, acceptance, originOf(core, request)))
      },
    ],
  })
  route(router, '/auth/forgot', {
    POST: [
      jsonBody,
      async (request, response) => {
        const { email } = checked(z.strictObject({ email: z.string().min(3).max(320) }), request.body)
        await sendReset(core, email)
        response.status(202).json({})
      },
    ],
  })
  route(router, '/auth/reset', {
    POST: [
      jsonBody,
      async (request, response) => {
        const asked = checked(z.strictObject({ token, password }), request.body)
        await resetPassword(core, access, asked.token, asked.password)
        response.status(204).end()
      },
    ],
  })
  route(router, '/auth/switch', {
    POST: [
      jsonBody,
      async (request, response) => {
        const viewer = await viewerOfRequest(core, access, request)
        if (!viewer) throw nobody(request)
        const workspace = z.string().refine(isId, 'is not the id of a workspace')
        const { workspace_id: id } = checked(z.strictObject({ workspace_id: workspace }), request.body)
        sendTokens(response, await switchWorkspace(core, access, viewer, id, originOf(core, request)))
      },
    ],
  })
  return router
}

export const originOf = (core: Pick<Core, 'config'>, request: Request): SignInOrigin => ({
  address: countedAddress(addressOf(core, request)),
  userAgent: request.headers['user-agent'],
})
