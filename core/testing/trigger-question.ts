import { randomUUID } from 'node:crypto'
import { proveWebhook, type SentRequest } from '../credentials/webhook-proof.ts'
import { TraeError } from '../errors.ts'
import { proofOf } from '../plugins/described-trigger.ts'
import type { Manifest } from '../plugins/manifest.ts'
import { inputOf } from '../triggers/receive-plugin-webhook.ts'
import type { PlayedPost, TriggerTest } from './trigger-test.ts'

const ADDRESS = 'https://host.example.com/hooks/t/test'

/** What the plugin is asked in a test, as the host would ask it. Throws `BAD_USER_INPUT` for a test that does not fit the trigger, `UNAUTHENTICATED`. */
export function triggerQuestion(
  manifest: Manifest,
  name: string,
  test: TriggerTest,
  now: Date,
): { readonly call: 'handle' | 'poll'; readonly input: unknown } {
  const trigger = Object.hasOwn(manifest.triggers, name) ? manifest.triggers[name]! : undefined
  if (!trigger)
    throw new TraeError(
      'NOT_FOUND',
      `${manifest.id} has no trigger ${name}; it has ${Object.keys(manifest.triggers).join(', ') || 'none'}.`,
    )
  switch (trigger.kind) {
    case 'event': {
      const { leadId = null, data = {} } = (test.event ?? {}) as { leadId?: string | null; data?: object }
      return { call: 'handle', input: { id: randomUUID(), type: trigger.event, at: now.toISOString(), leadId, data } }
    }
    case 'poll':
      return { call: 'poll', input: test.cursor ?? null }
    case 'webhook': {
      if (!test.post)
        throw new TraeError('BAD_USER_INPUT', `The test of ${name} needs \`post\`: what the vendor sends.`)
      const proof = proofOf(trigger)!
      const secret = secretOf(proof.secret, test)
      const request = sent(test.post({ url: ADDRESS, secret, now: now.getTime() }))
      proveWebhook(proof.verify, request, secret, now)
      return { call: 'handle', input: inputOf(request) }
    }
    default:
      return trigger satisfies never
  }
}

function secretOf(of: 'own' | { readonly credential: string; readonly field: string }, { credentials }: TriggerTest) {
  if (of === 'own') return 'whsec_dGVzdC1zZWNyZXQtb2YtdGhpcy1hZGRyZXNz'
  const secret = credentials?.[of.credential]?.[of.field]
  if (secret !== undefined) return secret
  throw new TraeError('BAD_USER_INPUT', `The test needs credentials.${of.credential}.${of.field}: it proves who posts.`)
}

function sent({ headers = {}, body }: PlayedPost): SentRequest {
  const [type, bytes] =
    body instanceof URLSearchParams
      ? ['application/x-www-form-urlencoded', Buffer.from(body.toString())]
      : typeof body === 'string' || body instanceof Uint8Array
        ? ['application/json', Buffer.from(body)]
        : ['application/json', Buffer.from(JSON.stringify(body))]
  return { method: 'POST', url: ADDRESS, headers: { 'content-type': type, ...headers }, body: bytes }
}
