import { type Request, Router } from 'express'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import type { Permission } from '../access/permissions.ts'
import { analyticsOverview } from '../brain/analytics.ts'
import { brainStatus } from '../brain/brain-status.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { captureLead } from '../sales/capture-lead.ts'
import { checked, jsonBody } from './json-body.ts'
import { leadBody } from './lead-body.ts'
import { demandViewer } from './request-viewer.ts'
import { route } from './route.ts'
import { snakeCase } from './snake-case.ts'

const nothing = z.strictObject({}).optional()
const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .optional()

/** The REST endpoints of the seed that this slice has: thin doors to the functions that GraphQL calls too. */
export function restRoutes(core: Core, access: Access): Router {
  const router = Router()
  const ask = (request: Request, permission: Permission) => demandViewer(core, access, request, permission)

  route(router, '/brain/start', {
    POST: [
      jsonBody,
      async (request, response) => {
        const { workspaceId } = await ask(request, 'brain:control')
        checked(nothing, request.body)
        await core.brain.start()
        response.status(202).json(snakeCase(await brainStatus(core, workspaceId)))
      },
    ],
  })
  route(router, '/brain/stop', {
    POST: [
      jsonBody,
      async (request, response) => {
        const { workspaceId } = await ask(request, 'brain:control')
        checked(nothing, request.body)
        await core.brain.stop()
        response.status(202).json(snakeCase(await brainStatus(core, workspaceId)))
      },
    ],
  })
  route(router, '/brain/status', {
    GET: [
      async (request, response) => {
        const { workspaceId } = await ask(request, 'brain:read')
        response.json(snakeCase(await brainStatus(core, workspaceId)))
      },
    ],
  })
  route(router, '/modules/:module/status', {
    GET: [
      async (request, response) => {
        const { workspaceId } = await ask(request, 'brain:read')
        const { modules } = await brainStatus(core, workspaceId)
        const module = modules.find(({ key }) => key === request.params['module'])
        if (!module)
          throw new TraeError(
            'NOT_FOUND',
            `There is no such module. There are: ${modules.map(({ key }) => key).join(', ')}.`,
          )
        response.json(snakeCase(module))
      },
    ],
  })
  route(router, '/analytics/overview', {
    GET: [
      async (request, response) => {
        const { workspaceId } = await ask(request, 'analytics:read')
        const { days } = checked(
          z.strictObject({ days: z.coerce.number().int().min(1).max(366).default(30) }),
          request.query,
        )
        response.json(snakeCase(await analyticsOverview(core, workspaceId, days)))
      },
    ],
  })
  route(router, '/leads/process', {
    POST: [
      async (request, _response, next) => {
        request.res!.locals['viewer'] = await ask(request, 'leads:write')
        next()
      },
      jsonBody,
      async (request, response) => {
        const { workspaceId } = response.locals['viewer']
        const key = checked(z.object({ 'idempotency-key': idempotencyKey }), request.headers)['idempotency-key']
        const captured = await captureLead(core, workspaceId, checked(leadBody, request.body), {
          source: 'rest',
          dedupeKey: key === undefined ? undefined : `rest:${key}`,
        })
        response.status(202).json(snakeCase({ id: captured.leadId, ...captured }))
      },
    ],
  })
  return router
}
