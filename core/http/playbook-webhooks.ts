import { timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { findWebhookByToken, type PlaybookWebhook, pollKey } from '../access/playbook-webhooks.ts'
import { recordPost } from '../access/webhook-posts.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type EventId, isId } from '../ids.ts'
import { type Post, postData, receiveWebhook, webhookTrigger } from '../triggers/receive-webhook.ts'
import { awaitRunOfEvent, runOfEvent, type Standing } from '../triggers/run-of-event.ts'
import { rawBody, unstorable } from './json-body.ts'
import { route } from './route.ts'
import { bodyOf, parseBody, verifySignature } from './webhook-message.ts'

type WebhookCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'vault' | 'playbooks' | 'config'>
type Found = NonNullable<Awaited<ReturnType<typeof findWebhookByToken>>>

/**
 * The webhooks of playbooks, at addresses that nobody can guess. A POST answers 202 once the post is stored, with an address
 * to ask for the run; where the trigger says `wait`, it answers how the run ended if that is in time. At the test address a
 * post starts nothing and is kept to be looked at. A GET echoes the challenge of whoever wants to know that it is ours.
 */
export function playbookWebhookRoutes(core: WebhookCore): Router {
  const router = Router()
  route(router, '/hooks/p/:token', {
    GET: [
      async (request, response) => {
        await webhookAt(core, request)
        const challenge = challengeOf(request)
        if (challenge === undefined)
          throw new TraeError('BAD_USER_INPUT', 'This is the address of a webhook: POST a JSON body to it.')
        response.type('text/plain').send(challenge)
      },
    ],
    POST: [
      rawBody,
      async (request, response) => {
        const found = await webhookAt(core, request)
        const challenge = challengeOf(request)
        if (challenge !== undefined) return void response.type('text/plain').send(challenge)
        await (found.test ? tryOut(core, found, request, response) : take(core, found, request, response))
      },
    ],
  })
  route(router, '/hooks/p/:token/runs/:event', {
    GET: [
      async (request, response) => {
        const { webhook, secret } = await webhookAt(core, request)
        const eventId = String(request.params['event'])
        const key = String(request.query['key'] ?? '')
        const standing =
          isId(eventId) && fits(key, pollKey(secret, eventId))
            ? await runOfEvent(core, webhook, eventId as EventId)
            : undefined
        if (!standing) throw new TraeError('NOT_FOUND', 'There is no run at this address.')
        answer(response, standing)
      },
    ],
  })
  return router
}

async function take(core: WebhookCore, { webhook, secret }: Found, request: Request, response: Response) {
  const trigger = await webhookTrigger(core, webhook)
  if (trigger.signed) verifySignature(core, request, [secret])
  const post = postOf(request)
  const handshake = slackChallenge(post.body)
  if (handshake !== undefined) return void response.json({ challenge: handshake })
  const received = await receiveWebhook(core, webhook, trigger, post)
  const path = `${request.path}/runs/${received.eventId}?key=${pollKey(secret, received.eventId)}`
  const poll = `${core.config.publicUrl ?? ''}${path}`
  response.setHeader('location', poll)
  const standing =
    trigger.waitMs === undefined ? undefined : await waitFor(core, webhook, received.eventId, trigger.waitMs, response)
  if (response.destroyed) return
  answer(response, standing ?? { state: 'open', runId: received.runId, status: 'accepted' }, {
    repeated: received.repeated,
    poll_url: poll,
  })
}

/** Starts nothing, and tells what an expression would see. */
async function tryOut(core: WebhookCore, { webhook }: Found, request: Request, response: Response) {
  const post = postOf(request)
  await recordPost(core, webhook, { ...post })
  response.json({ recorded: true, event: postData({ id: webhook.trigger.replace(/^webhook\//, '') }, post) })
}

async function waitFor(core: WebhookCore, webhook: PlaybookWebhook, eventId: EventId, ms: number, response: Response) {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return awaitRunOfEvent(core, webhook, eventId, ms, gone.signal)
}

function answer(response: Response, standing: Standing, more: Readonly<Record<string, unknown>> = {}): void {
  switch (standing.state) {
    case 'open':
      response.setHeader('retry-after', '2')
      response.status(202).json({ status: standing.status, ...more })
      break
    case 'completed':
      response.json({ status: 'completed', output: standing.output, ...more })
      break
    case 'ended':
      response.json({ status: standing.status, error: standing.error, ...more })
      break
    case 'not started':
      response.json({ status: 'not_started', ...more })
      break
    default:
      standing satisfies never
  }
}

async function webhookAt(core: Pick<Core, 'sql' | 'vault'>, request: Request): Promise<Found> {
  const found = await findWebhookByToken(core, String(request.params['token']))
  if (!found) throw new TraeError('NOT_FOUND', 'There is no webhook at this address.')
  return found
}

/** Meta asks with `hub.challenge`, Microsoft with `validationToken`, others with `challenge`. */
function challengeOf({ query }: Request): string | undefined {
  const value = query['hub.challenge'] ?? query['validationToken'] ?? query['challenge']
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[\x20-\x7e]{1,1000}$/.test(value)) return value
  throw new TraeError('BAD_USER_INPUT', 'The challenge must be 1 to 1000 visible characters.')
}

/** Slack posts its challenge. */
function slackChallenge(body: unknown): string | undefined {
  const { type, challenge } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  return type === 'url_verification' && typeof challenge === 'string' ? challenge.slice(0, 1000) : undefined
}

const SECRET_HEADERS = /^(authorization|cookie|proxy-authorization|x-api-key|webhook-signature)$/

function postOf(request: Request): Post {
  const body = parseBody(bodyOf(request))
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined || SECRET_HEADERS.test(name) ? [] : [[name, String(value).slice(0, 1000)]],
    ),
  )
  const query = Object.fromEntries(Object.entries(request.query).map(([name, value]) => [name, String(value)]))
  const fault = unstorable({ headers, query })
  if (fault) throw new TraeError('BAD_USER_INPUT', fault)
  return { body, headers, query }
}

/** In constant time. */
function fits(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
