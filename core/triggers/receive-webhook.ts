import { createHash } from 'node:crypto'
import type { PlaybookWebhook } from '../access/playbook-webhooks.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { type EventId, newId, type RunId } from '../ids.ts'
import { eventScope } from '../playbooks/match-playbooks.ts'
import type { TriggerOf } from '../playbooks/playbook.ts'
import { statement } from '../sql.ts'

/** What was posted, as expressions see it in `event`. */
export interface Post {
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

export interface Received {
  readonly eventId: EventId
  readonly runId: RunId
  /** True where this very post had been stored before: nothing was changed. */
  readonly repeated: boolean
}

/**
 * Stores a post to a webhook of a playbook as an event addressed to its trigger, and answers once it is durable. A post with
 * a known dedupe value answers what is there. Throws `EXPRESSION` where that value cannot be computed; nothing is stored then.
 */
export async function receiveWebhook(
  core: Pick<Core, 'sql' | 'clock' | 'queue'>,
  webhook: Pick<PlaybookWebhook, 'id' | 'workspaceId' | 'playbookId'>,
  trigger: TriggerOf<'webhook'>,
  post: Post,
): Promise<Received> {
  const { workspaceId, playbookId } = webhook
  const data = postData(trigger, post)
  const value = dedupeValue(trigger, post, data)
  const dedupeKey = value === undefined ? undefined : `webhook:${webhook.id}:${value}`
  const runId = newId<RunId>()
  const eventId = await appendEvent(
    core.sql,
    workspaceId,
    {
      type: 'webhook.received',
      subjectId: null,
      data,
      source: `webhook:${trigger.id}`,
      dedupeKey,
      target: { playbookId, trigger: trigger.key, runId },
    },
    core.clock.now(),
  )
  crashPoint('event.stored')
  core.queue.ring('events')
  if (eventId) return { eventId, runId, repeated: false }
  const [row] = await core.sql.query<Omit<Received, 'repeated'>>(EARLIER_POST, [workspaceId, dedupeKey])
  return { ...row!, repeated: true }
}

export const postData = (trigger: { readonly id: string }, { body, headers, query }: Post) => ({
  webhook: trigger.id,
  body,
  headers,
  query,
})

/** The trigger that the published version has for a webhook. Throws `CONFLICT` where the playbook rests, `NOT_FOUND` where it is gone. */
export async function webhookTrigger(
  core: Pick<Core, 'playbooks'>,
  webhook: PlaybookWebhook,
): Promise<TriggerOf<'webhook'>> {
  const version = (await core.playbooks.current(webhook.workspaceId)).find(
    ({ playbookId }) => playbookId === webhook.playbookId,
  )
  if (!version) throw new TraeError('CONFLICT', 'The playbook behind this address rests and takes nothing now.')
  const trigger = version.playbook.triggers.find(({ key }) => key === webhook.trigger)
  if (trigger?.kind === 'webhook') return trigger
  throw new TraeError('NOT_FOUND', 'The playbook behind this address has no such webhook any more.')
}

/** What is the same for two posts of one thing; undefined where nothing says so. */
function dedupeValue(
  trigger: TriggerOf<'webhook'>,
  { headers }: Post,
  data: Readonly<Record<string, unknown>>,
): string | undefined {
  if (!trigger.dedupe) {
    const given = headers['idempotency-key'] ?? headers['webhook-id']
    return given === undefined ? undefined : `header:${digest(given)}`
  }
  const value = trigger.dedupe.evaluate({ event: eventScope({ type: 'webhook.received', data }) })
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') return `value:${digest(String(value))}`
  const found = JSON.stringify(value)?.slice(0, 80)
  throw new TraeError('EXPRESSION', `dedupe of the webhook ${trigger.id}: expected a text or a number, found ${found}.`)
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

const EARLIER_POST = statement(
  'earlier-post',
  `select id as "eventId", target->>'runId' as "runId" from events where workspace_id = $1 and dedupe_key = $2`,
)
