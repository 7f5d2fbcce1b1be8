import { createHmac } from 'node:crypto'
import type { Core } from '../../context.ts'
import { egress } from '../../credentials/egress.ts'
import { hostOf, portOf } from '../../credentials/egress-request.ts'
import { TraeError } from '../../errors.ts'
import { openChannel, type ChannelKind } from './alert-channels.ts'
import type { Delivery } from './delivery.ts'

type PostCore = Pick<Core, 'sql' | 'vault' | 'clock' | 'egress'>
interface Said {
  readonly title: string
  readonly body: string
  readonly url: string
}

/**
 * Posts to a place outside of the host, through the same wall as plugins: https, and only to the open internet. Throws
 * `NOT_FOUND` where the channel was disconnected, `UNAVAILABLE` for what may go another time, `CONFLICT` for what will not.
 */
export async function postToChannel(
  core: PostCore,
  delivery: Delivery & { readonly channel: ChannelKind },
  said: Said,
): Promise<void> {
  const { channel, workspaceId } = delivery
  const { url, secret } = await openChannel(core, workspaceId, channel)
  const { headers, body } = MESSAGES[channel](delivery, said, secret, core.clock.now())
  const place = new URL(url)
  const answer = await egress(
    { url, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body },
    { ...core.egress, allows: (host, port) => host === hostOf(place) && port === portOf(place) },
  )
  if (answer.status >= 200 && answer.status < 300) return
  const later = answer.status === 408 || answer.status === 425 || answer.status === 429 || answer.status >= 500
  throw new TraeError(
    later ? 'UNAVAILABLE' : 'CONFLICT',
    `${place.host} answered ${answer.status}${later ? '' : '; connect the channel again with the right address'}.`,
    { retryable: later },
  )
}

type Message = (
  delivery: Delivery,
  said: Said,
  secret: string,
  now: Date,
) => { readonly headers: Readonly<Record<string, string>>; readonly body: string }

const MESSAGES: Readonly<Record<ChannelKind, Message>> = {
  /** Standard Webhooks 1.0 (standardwebhooks.com): signed over id, time and body; the id is the same through every attempt. */
  WEBHOOK(delivery, { title, body: text, url }, secret, now) {
    const { id, kind, alertId, rule, subject, severity, value, threshold, startedAt, resolvedAt } = delivery
    const timestamp = String(Math.floor(now.getTime() / 1000))
    const body = JSON.stringify({
      type: `alert.${kind.toLowerCase()}`,
      timestamp: now.toISOString(),
      data: { alertId, rule, subject, severity, value, threshold, title, text, url, startedAt, resolvedAt },
    })
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    return {
      headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
      body,
    }
  },
  /** An incoming webhook of Slack: its address is the secret. It knows no key, so a repeat after a crash may be seen twice. */
  SLACK(_delivery, { title, body }) {
    return { headers: {}, body: JSON.stringify({ text: `*${escapeSlack(title)}*\n${escapeSlack(body)}` }) }
  },
  /** Events API v2: `dedup_key` is the alert, so that a reminder and a resolve find their incident. */
  PAGERDUTY({ alertId, kind, severity, subject, rule, value, threshold, startedAt }, { title, body, url }, secret) {
    const base = { routing_key: secret, dedup_key: `trae/${alertId}` }
    if (kind === 'RESOLVED' || kind === 'ACKNOWLEDGED')
      return {
        headers: {},
        body: JSON.stringify({ ...base, event_action: kind === 'RESOLVED' ? 'resolve' : 'acknowledge' }),
      }
    const payload = {
      summary: title,
      source: 'trae-os',
      severity: severity.toLowerCase(),
      timestamp: startedAt.toISOString(),
      component: subject || 'workspace',
      class: rule,
      custom_details: { text: body, value, threshold },
    }
    return {
      headers: {},
      body: JSON.stringify({ ...base, event_action: 'trigger', payload, links: [{ href: url, text: 'TRAE OS' }] }),
    }
  },
}

/** What Slack's markup means something by: https://docs.slack.dev/messaging/formatting-message-text */
const escapeSlack = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
