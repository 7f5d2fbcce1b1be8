import { Router } from 'express'
import { findWebhookSecrets } from '../access/webhook-secrets.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { captureLead } from '../sales/capture-lead.ts'
import { checked, rawBody } from './json-body.ts'
import { leadBody } from './lead-body.ts'
import { route } from './route.ts'
import { snakeCase } from './snake-case.ts'
import { bodyOf, parseBody, verifySignature } from './webhook-message.ts'

/**
 * `POST /hooks/:slug`, signed as Standard Webhooks (standardwebhooks.com) has it: `webhook-signature` holds
 * `v1,<base64 of HMAC-SHA256>` over `webhook-id.webhook-timestamp.body`, the body byte for byte. The same webhook-id is
 * taken once, however often it is sent. Answers 202 when the lead is stored.
 */
export function webhookRoutes(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'vault'>): Router {
  const router = Router()
  route(router, '/hooks/:slug', {
    POST: [
      rawBody,
      async (request, response) => {
        const slug = String(request.params['slug'])
        const candidates = /^[\w-]{1,100}$/.test(slug) ? await findWebhookSecrets(core, slug) : []
        if (candidates.length === 0) throw new TraeError('NOT_FOUND', 'There is no webhook at this address.')
        const { id, index } = verifySignature(
          core,
          request,
          candidates.map(({ secret }) => secret),
        )
        const { webhook } = candidates[index]!
        const captured = await captureLead(core, webhook.workspaceId, checked(leadBody, parseBody(bodyOf(request))), {
          source: `webhook:${webhook.slug}`,
          dedupeKey: `webhook:${webhook.id}:${id}`,
        })
        response.status(202).json(snakeCase({ id: captured.leadId, ...captured }))
      },
    ],
  })
  return router
}
