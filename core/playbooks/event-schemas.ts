import type { Catalog, JsonSchema } from './catalog.ts'
import { LEAD_SCHEMA, SCORE_FACTORS } from './record-schemas.ts'

const text: JsonSchema = { type: 'string' }
const number: JsonSchema = { type: 'number' }
const nullableText: JsonSchema = { type: ['string', 'null'] }
const instant: JsonSchema = { type: 'string', format: 'date-time' }
const open: JsonSchema = { type: 'object', additionalProperties: true }

/** Marks the data of an event: it may carry more than is known, so an unknown field is worth a warning, not an error. */
export const EVENT_MARK = 'x-trae-event'

const event = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  [EVENT_MARK]: true,
  type: 'object',
  additionalProperties: true,
  properties: { type: text, ...properties },
})

/** The schema of an event whose data is described by a plugin. */
export const eventOf = (data: JsonSchema): JsonSchema => ({ ...data, ...event(data.properties ?? {}) })

const DEAL_EVENT = event({
  leadId: text,
  dealId: text,
  title: text,
  stage: text,
  amount: nullableText,
  currency: nullableText,
  from: text,
  to: text,
  lostReason: text,
})

/** The events of the product and what they carry. Others are fine too, and their data is not checked. */
export const EVENT_SCHEMAS: ReadonlyMap<string, JsonSchema> = new Map([
  ['lead.captured', event({ lead: LEAD_SCHEMA, leadId: text })],
  ['lead.qualified', event({ leadId: text, score: number })],
  ['lead.nurtured', event({ leadId: text, score: number })],
  ['lead.merged', event({ leadId: text, mergedLeadId: text })],
  [
    'message.received',
    event({ leadId: text, messageId: text, inReplyTo: { type: ['string', 'null'] }, subject: text, text }),
  ],
  ['message.bounced', event({ leadId: text, messageId: text, to: text, reason: text })],
  [
    'message.failed',
    event({ leadId: text, messageId: text, channel: text, to: text, reason: text, runId: nullableText }),
  ],
  ['contact.missed', event({ leadId: text, channel: text })],
  ['suggestion.accepted', event({ taskId: text, module: text, action: text, leadId: nullableText, step: text })],
  ['suggestion.dismissed', event({ taskId: text, module: text, action: text, leadId: nullableText, step: text })],
  ['proposal.answered', event({ leadId: text, proposalId: text })],
  ['focus.grew', event({ month: text, channel: text })],
  ['focus.stalled', event({ month: text, channel: text })],
  ['deal.opened', DEAL_EVENT],
  ['deal.updated', DEAL_EVENT],
  ['deal.moved', DEAL_EVENT],
  ['deal.won', DEAL_EVENT],
  ['deal.lost', DEAL_EVENT],
  ['deal.reopened', DEAL_EVENT],
  [
    'customer.started',
    event({ leadId: text, customerId: text, dealId: nullableText, plan: nullableText, status: text }),
  ],
  [
    'customer.health-changed',
    event({
      leadId: text,
      customerId: text,
      dealId: nullableText,
      plan: nullableText,
      status: text,
      score: number,
      before: { type: ['number', 'null'] },
      factors: SCORE_FACTORS,
    }),
  ],
  [
    'customer.status-changed',
    event({ leadId: text, customerId: text, dealId: nullableText, plan: nullableText, status: text, before: text }),
  ],
  [
    'meeting.scheduled',
    event({
      leadId: text,
      meetingId: text,
      startsAt: text,
      endsAt: { ...instant, type: ['string', 'null'] },
      changeLink: { type: ['string', 'null'], format: 'uri' },
    }),
  ],
  [
    'meeting.answered',
    event({ leadId: nullableText, meetingId: text, startsAt: text, answer: text, note: nullableText }),
  ],
  ['meeting.moved', event({ leadId: nullableText, meetingId: text, startsAt: text, endsAt: instant, by: text })],
  [
    'meeting.cancelled',
    event({ leadId: nullableText, meetingId: text, startsAt: text, endsAt: instant, reason: nullableText, by: text }),
  ],
  [
    'meeting.held',
    event({ leadId: nullableText, meetingId: text, startsAt: text, endsAt: instant, note: nullableText }),
  ],
  [
    'meeting.missed',
    event({
      leadId: nullableText,
      meetingId: text,
      startsAt: text,
      endsAt: instant,
      note: nullableText,
      /** How many meetings the lead has missed by now, this one among them. */
      noShows: number,
    }),
  ],
  [
    'call.ended',
    event({
      leadId: text,
      callId: text,
      meetingId: nullableText,
      dealId: nullableText,
      lines: number,
      minutes: number,
      talkShare: { type: ['number', 'null'] },
      objections: { type: 'array', items: { type: 'object', properties: { kind: text, ask: text } } },
      unanswered: { type: 'array', items: text },
      open: { type: 'array', items: text },
    }),
  ],
  [
    'payment.received',
    event({ leadId: nullableText, chargeId: text, amount: number, currency: text, description: text }),
  ],
  ...['sent', 'accepted', 'declined'].map(
    status =>
      [
        `proposal.${status}`,
        event({ leadId: text, proposalId: text, number: text, total: number, currency: text }),
      ] as const,
  ),
  ['schedule.fired', event({ schedule: text, scheduledAt: text, missed: { type: 'boolean' } })],
  ['webhook.received', event({ webhook: text, body: {}, headers: open, query: open })],
  ['manual.started', event({ leadId: nullableText, lead: LEAD_SCHEMA, startedBy: nullableText })],
  ['run.sla-breached', event({ leadId: nullableText, runId: text, playbook: text, dueAt: text })],
  ['lead.handed-off', event({ leadId: text, meetingId: text })],
  ['credential.broken', event({ pluginId: text, credential: text, account: text, reason: text })],
  [
    'scaling.recommended',
    event({
      from: number,
      to: number,
      reason: text,
      figure: number,
      reasons: {
        type: 'array',
        items: { type: 'object', additionalProperties: false, properties: { code: text, figure: number } },
      },
    }),
  ],
  ['trigger.gap', event({ pluginId: text, trigger: text, account: text, from: text, to: text })],
  ['plugin.disabled', event({ pluginId: text, reason: nullableText, by: text })],
  ['plugin.enabled', event({ pluginId: text, reason: nullableText, by: text })],
  ['plugin.call-taken-back', event({ pluginId: text, action: text, dueAt: text, by: text })],
  ['plugin.removed', event({ pluginId: text, version: text, by: text })],
])

/** What `event` holds when it may be any of these types; undefined where one of them is not known. */
export function eventData(types: readonly string[], catalog: Pick<Catalog, 'events'>): JsonSchema | undefined {
  const schemas = [...new Set(types)].map(type => catalog.events?.get(type) ?? EVENT_SCHEMAS.get(type))
  if (schemas.length === 0 || schemas.includes(undefined)) return undefined
  return schemas.length === 1 ? schemas[0] : { anyOf: schemas as JsonSchema[] }
}
