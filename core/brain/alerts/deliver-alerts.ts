import { getWorkspace } from '../../access/workspace.ts'
import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import { errorRecord } from '../../errors.ts'
import { newId } from '../../ids.ts'
import { callAction, type CallCore } from '../../plugins/call-action.ts'
import { resolveAction } from '../../plugins/resolve-action.ts'
import { addNotice } from '../../sales/notices.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { figureText, languageOf, summaryOf, TEXTS } from './alert-texts.ts'
import { postToChannel } from './post-to-channel.ts'
import { RULES } from './rules.ts'
import type { Delivery } from './delivery.ts'

export type DeliverCore = CallCore & Pick<Core, 'log' | 'pubsub' | 'metrics' | 'vault' | 'egress' | 'config'>

/** Deliveries under way at once; who answers slowly holds up nobody else's. */
const AT_ONCE = 20
/** Attempts, 30 s after each other and then twice as long each time, an hour at most: half a day. */
const MOST_ATTEMPTS = 16
const FIRST_WAIT_S = 30
const LONGEST_WAIT_S = 3600

/**
 * Tells people of alerts, once a look of the leader. A delivery was stored with the change that it tells of; it is claimed by
 * counting its attempt, made, and then marked. Who dies in between leaves it to the next attempt, under the same key:
 * at least once, and once where the far side knows the key again. What one alert says to one recipient comes in order.
 */
export async function deliverAlerts(core: DeliverCore, fence: Fence | undefined): Promise<void> {
  if (!fence) return
  const now = core.clock.now()
  const due = await core.sql.query<Delivery>(CLAIM, [fence.owner, fence.token, now, AT_ONCE])
  if (due.length > 0) crashPoint('alert.delivering')
  await Promise.all(due.map(delivery => deliver(core, delivery)))
}

async function deliver(core: DeliverCore, delivery: Delivery): Promise<void> {
  const { id, workspaceId, alertId, channel, attempts } = delivery
  try {
    await send(core, delivery)
    crashPoint('alert.delivered')
    await core.sql.query(DELIVERED, [id, core.clock.now()])
    core.metrics.delivery(channel.toLowerCase(), 'delivered')
  } catch (error) {
    const { code, message, retryable } = errorRecord(error)
    if (code === 'DATABASE') throw error
    const over = !retryable || attempts >= MOST_ATTEMPTS
    const wait = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempts - 1))
    const next = over ? null : new Date(core.clock.now().getTime() + wait * 1000)
    await core.sql.query(NOT_DELIVERED, [id, `${code}: ${message}`.slice(0, 500), next])
    core.metrics.delivery(channel.toLowerCase(), over ? 'failed' : 'retried')
    core.log.warn({ event: 'alert.untold', alertId, channel, attempts, code }, 'nobody could be told of an alert')
  }
  core.pubsub.publish('alert.updated', { workspaceId, alertId })
}

/** Throws what went wrong; `retryable` says whether it may go another time. */
async function send(core: DeliverCore, delivery: Delivery): Promise<void> {
  const { workspaceId, channel, id } = delivery
  const workspace = await getWorkspace(core, workspaceId)
  const { title, body } = textsOf(core, delivery, delivery.locale ?? workspace.locale)
  switch (channel) {
    case 'NOTICE': {
      const urgent = delivery.severity === 'CRITICAL' && delivery.kind !== 'RESOLVED'
      await addNotice(core, workspaceId, { title, body, urgent }, { key: `alert:${id}`, runId: null })
      return
    }
    case 'EMAIL':
      if (delivery.email === null) return // has left the team meanwhile
      await callAction(core, {
        workspaceId,
        action: resolveAction(core, workspaceId, 'email/send'),
        input: { to: delivery.email, subject: title, body },
        run: { id: newId(), path: 'alert', attempt: delivery.attempts, key: `alert:${id}`, playbookId: '' },
        locale: delivery.locale ?? workspace.locale,
        timeZone: workspace.timeZone,
        workspaceLocale: workspace.locale,
        workspaceName: workspace.name,
      })
      return
    case 'WEBHOOK':
    case 'SLACK':
    case 'PAGERDUTY':
      return postToChannel(core, { ...delivery, channel }, { title, body, url: pageOf(core) })
    default:
      return channel satisfies never
  }
}

/** In the words of whoever reads it: what, since when, and what to do. */
function textsOf(
  core: Pick<Core, 'config'>,
  { rule, kind, name, subject, detail, value, threshold }: Delivery,
  locale: string,
): { title: string; body: string } {
  const language = languageOf(locale)
  const { unit } = RULES[rule]
  const told = {
    name: name ?? subject,
    value: figureText(language, unit, value),
    threshold: figureText(language, unit, threshold),
  }
  const summary = summaryOf(language, rule, told)
  const texts = TEXTS[language][rule]
  const url = pageOf(core)
  const pt = language === 'pt-BR'
  const [over, again] = pt ? ['Resolvido', 'Ainda ativo'] : ['Resolved', 'Still firing']
  const before = kind === 'RESOLVED' ? `${over}: ` : kind === 'REMINDED' ? `${again}: ` : ''
  const more = kind === 'RESOLVED' ? [] : [...(detail === null ? [] : [detail]), texts.advice]
  return {
    title: `${before}${texts.title}${name === null ? '' : ` (${name})`}`,
    body: [summary, ...more, url].join('\n\n'),
  }
}

/** Where alerts are shown. */
export function pageOf({ config: { publicUrl, host, port } }: Pick<Core, 'config'>): string {
  return `${publicUrl ?? `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`}/admin/alerts`
}

// The next attempt stands in the row before this one is made: who dies in it leaves it due again.
const CLAIM = statement(
  'claim-alert-deliveries',
  `with ${fenced('$1', '$2')}, due as (
     select d.id from alert_deliveries d, fence
     where d.next_attempt_at <= $3 and not exists (
       select from alert_deliveries e where e.alert_id = d.alert_id and e.seq < d.seq and e.channel = d.channel
         and e.user_id is not distinct from d.user_id and e.next_attempt_at is not null)
     order by d.next_attempt_at limit $4 for update of d skip locked
   ), claimed as (
     update alert_deliveries d set attempts = attempts + 1, attempted_at = $3,
       next_attempt_at = $3::timestamptz + least(${LONGEST_WAIT_S}, ${FIRST_WAIT_S} * 2 ^ least(attempts, 20)) * interval '1 second'
     from due where d.id = due.id returning d.*
   )
   select c.id, c.workspace_id as "workspaceId", c.alert_id as "alertId", c.kind, c.channel, c.attempts, u.email, u.locale,
     a.rule, a.subject, a.subject_name as name, a.detail, a.severity, a.value, a.threshold, a.started_at as "startedAt", a.resolved_at as "resolvedAt"
   from claimed c join alerts a on a.id = c.alert_id left join users u on u.id = c.user_id`,
)
const DELIVERED = statement(
  'alert-delivered',
  `update alert_deliveries set status = 'DELIVERED', delivered_at = $2, next_attempt_at = null, last_error = null where id = $1`,
)
const NOT_DELIVERED = statement(
  'alert-not-delivered',
  `update alert_deliveries set last_error = $2, next_attempt_at = $3, status = case when $3::timestamptz is null then 'FAILED' else status end
   where id = $1 and status = 'PENDING'`,
)
