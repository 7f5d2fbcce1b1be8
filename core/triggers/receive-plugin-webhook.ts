import { createHash } from 'node:crypto'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { type SentRequest, proveWebhook } from '../credentials/webhook-proof.ts'
import { findCredential } from '../credentials/store.ts'
import { TraeError } from '../errors.ts'
import { callTrigger, type TriggerCore } from '../plugins/call-trigger.ts'
import { proofOf } from '../plugins/described-trigger.ts'
import { findTriggerByToken, type PluginTrigger } from '../plugins/plugin-triggers.ts'
import type { Installation } from '../plugins/registry.ts'
import { statement } from '../sql.ts'
import { answerOf, answerVisit, challengeOf, type WebhookAnswer } from './webhook-handshake.ts'
import { storeHeard } from './store-heard.ts'

export type PluginWebhookCore = TriggerCore & Pick<Core, 'plugins'>

/**
 * A vendor's request to the address of a trigger: proven over its raw bytes, read by the plugin behind the wall, and answered
 * when its events are stored. One that only asks whether the address is ours is answered by the host. One that rings lets a
 * poll be asked at once. Where anything fails, nothing is stored and the vendor sends it again. Throws `NOT_FOUND`, `UNAUTHENTICATED`, `UNAVAILABLE` (disabled, or its account is not connected), and what
 * the plugin says.
 */
export async function receivePluginWebhook(
  core: PluginWebhookCore,
  token: string,
  request: SentRequest,
): Promise<WebhookAnswer> {
  const found = await findTriggerByToken(core, token)
  if (!found) throw unknown()
  const { trigger: row } = found
  const installation = installationOf(core, row)
  const trigger = installation.manifest.triggers[row.trigger]
  const proof = trigger && proofOf(trigger)
  if (!trigger || !proof) throw unknown()
  if (request.method !== 'POST') return answerVisit(proof.verify, request, found.secret)
  const secret = proof.secret === 'own' ? found.secret : await secretOf(core, installation, row.account, proof.secret)
  if (secret === undefined)
    throw new TraeError('UNAVAILABLE', 'The account that proves who sends to this address is not connected.')
  proveWebhook(proof.verify, request, secret, core.clock.now())
  const challenge = challengeOf(proof.verify, request)
  if (challenge !== undefined) return { json: { challenge } }
  if (trigger.kind === 'poll') {
    await core.sql.query(RING, [row.id, core.clock.now()])
    return { json: { stored: 0 } }
  }

  const key = `${row.id}:${createHash('sha256').update(request.body).digest('hex')}`
  const { events } = await callTrigger(core, installation, {
    name: row.trigger,
    account: row.account,
    call: 'handle',
    input: inputOf(request),
    key,
  })
  const stored = await core.sql.transaction(tx => storeHeard(tx, row, installation, events, core.clock.now()))
  crashPoint('event.stored')
  if (stored > 0) core.queue.ring('events')
  return answerOf(proof.verify, stored)
}

const unknown = () => new TraeError('NOT_FOUND', 'There is no webhook at this address.')

function installationOf(core: PluginWebhookCore, { workspaceId, installationId }: PluginTrigger): Installation {
  const installation = core.plugins.list(workspaceId).find(({ id }) => id === installationId)
  if (!installation) throw unknown()
  if (installation.status === 'ENABLED') return installation
  throw new TraeError('UNAVAILABLE', 'The plugin behind this address is disabled and takes nothing now.')
}

async function secretOf(
  core: PluginWebhookCore,
  { id }: Installation,
  account: string,
  { credential, field }: { credential: string; field: string },
): Promise<string | undefined> {
  const found = await findCredential(core, id, credential, account)
  return found?.secrets.fields[field] ?? found?.publicFields[field]
}

const SECRET_HEADERS = /^(authorization|cookie|proxy-authorization|x-api-key|.*signature.*|.*token.*)$/

/** What the plugin gets to see: nothing that could be a secret. */
export function inputOf({ method, url, headers, body }: SentRequest) {
  const text = body.toString('utf8')
  const type = headers['content-type'] ?? ''
  return {
    method,
    url: url.replace(/\/hooks\/t\/[\w-]+/, '/hooks/t/…'),
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name, value]) => value !== undefined && !SECRET_HEADERS.test(name)),
    ),
    body: text,
    ...jsonOf(text),
    ...(type.startsWith('application/x-www-form-urlencoded')
      ? { form: Object.fromEntries(new URLSearchParams(text)) }
      : {}),
  }
}

function jsonOf(text: string): { json?: unknown } {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch {
    return {}
  }
}

const RING = statement(
  'ring-for-poll',
  'update plugin_triggers set due_at = least(due_at, $2), rung_at = $2 where id = $1',
)
