import { type Request, type RequestHandler, Router } from 'express'
import { type PluginWebhookCore, receivePluginWebhook } from '../triggers/receive-plugin-webhook.ts'
import { anyBody } from './json-body.ts'
import { route } from './route.ts'
import { sentRequest } from './webhook-message.ts'

/**
 * The addresses that vendors post to, one for each trigger of each plugin. 200 says that the events are stored; anything
 * else asks the vendor to send again. A GET is a vendor's question whether the address is ours.
 */
export function pluginWebhookRoutes(core: PluginWebhookCore): Router {
  const router = Router()
  const answer: RequestHandler = async (request, response) => {
    const token = String(request.params['token'])
    const said = await receivePluginWebhook(core, token, sentRequest(request, baseOf(core, request)))
    if ('json' in said) response.json(said.json)
    else response.type(said.type).send(said.text)
  }
  route(router, '/hooks/t/:token', { GET: [answer], POST: [anyBody, answer] })
  return router
}

/** Vendors sign the address that they were given: the public one, not what a proxy made of it. */
const baseOf = (core: PluginWebhookCore, request: Request) =>
  core.config.publicUrl ?? `${request.protocol}://${request.headers.host ?? ''}`
