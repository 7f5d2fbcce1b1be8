import type { Request, Response } from 'express'
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
import { type PublicEndpoint, publicEndpoint } from './public-endpoint.ts'
import { nobody, viewerOfRequest } from './request-viewer.ts'
import { tokenPair } from './token-pair.ts'

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
export function accountEndpoints(
  core: Core,
  access: Access,
  send: (response: Response, tokens: TokenPair) => TokenPair,
): PublicEndpoint[] {
  return [
    publicEndpoint({
      method: 'POST',
      path: '/auth/invitation',
      summary: 'What an invitation is for',
      body: z.strictObject({ token }),
      status: 200,
      answer: z.object({
        email: z.string(),
        role: z.string(),
        workspace_name: z.string(),
        known: z.boolean().describe('There is an account of this e-mail: it is accepted with its password.'),
      }),
      async handle(body) {
        const { email, role, workspaceName, known } = await readInvitation(core, body.token)
        return { email, role, workspace_name: workspaceName, known }
      },
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/invitation/accept',
      summary: 'Accept an invitation',
      description: 'Makes the account where there is none, and signs in.',
      body: acceptBody,
      status: 200,
      answer: tokenPair,
      handle: async (acceptance, request, response) =>
        send(response, await acceptInvitation(core, access, acceptance, originOf(core, request))),
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/forgot',
      summary: 'Ask for a link to set a new password',
      description: 'Answered the same whether there is such an account or not.',
      body: z.strictObject({ email: z.string().min(3).max(320) }),
      status: 202,
      answer: z.object({}),
      async handle({ email }) {
        await sendReset(core, email)
        return {}
      },
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/reset',
      summary: 'Set a new password',
      description: 'With the token of the link. All sessions of the account end.',
      body: z.strictObject({ token, password }),
      status: 204,
      handle: body => resetPassword(core, access, body.token, body.password),
    }),
    publicEndpoint({
      method: 'POST',
      path: '/auth/switch',
      summary: 'Go over to another workspace',
      description: 'Of those one is a member of: a session is of one workspace. Needs to be signed in.',
      body: z.strictObject({ workspace_id: z.string().refine(isId, 'is not the id of a workspace') }),
      status: 200,
      answer: tokenPair,
      async handle({ workspace_id: id }, request, response) {
        const viewer = await viewerOfRequest(core, access, request)
        if (!viewer) throw nobody(core, request)
        return send(response, await switchWorkspace(core, access, viewer, id, originOf(core, request)))
      },
    }),
  ]
}

export const originOf = (core: Pick<Core, 'config'>, request: Request): SignInOrigin => ({
  address: countedAddress(addressOf(core, request)),
  userAgent: request.headers['user-agent'],
})
