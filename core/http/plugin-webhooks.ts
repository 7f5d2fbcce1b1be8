import { type Request, Router } from 'express'
import { type PluginWebhookCore, receivePluginWebhook } from '../triggers/receive-plugin-webhook.ts'
import { anyBody } from './json-body.ts'
import { route } from './route.ts'
import { sentRequest } from './webhook-message.ts'

/**
 * The addresses that vendors post to, one for each trigger of each plugin. 200 says that the events are stored; anything
 * else asks the vendor to send again.
 */
export function pluginWebhookRoutes(core: PluginWebhookCore): Router {
  const router = Router()
  route(router, '/hooks/t/:token', {
    POST: [
      anyBody,
      async (request, response) => {
        const token = String(request.params['token'])
        response.json(await receivePluginWebhook(core, token, sentRequest(request, baseOf(core, request))))
      },
    ],
  })
  return router
}

/** Vendors sign the address that they were given: the public one, not what a proxy made of it. */
const baseOf = (core: PluginWebhookCore, request: Request) =>
  core.config.publicUrl ?? `${request.protocol}://${request.headers.host ?? ''}`
