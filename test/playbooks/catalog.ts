import { eventOf } from '../../core/playbooks/event-schemas.ts'
import type { Catalog, CatalogAction, JsonSchema } from '../../core/playbooks/catalog.ts'

const text: JsonSchema = { type: 'string' }
const object = (properties: Record<string, JsonSchema>, required: string[] = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const action = (
  title: string,
  rest: Partial<CatalogAction> & Pick<CatalogAction, 'input' | 'output'>,
): CatalogAction => ({
  title,
  effect: 'none',
  idempotency: 'none',
  version: '1.2.0',
  ...rest,
})

/** A small workspace: services with a provider, actions of plugins, some of them disabled, two other playbooks. */
export const catalog: Catalog = {
  events: new Map([
    ['hubspot.contact-changed', eventOf(object({ id: text }))],
    ['hubspot.notified', eventOf(object({ kind: text }))],
  ]),
  emitted: new Set(['hubspot.synced']),
  accounts: new Map([
    ['sdr', ['main', 'sales-brazil']],
    ['hubspot', []],
    ['notes', null],
  ]),
  services: new Map([
    [
      'email/send',
      action('Send an e-mail', {
        effect: 'send',
        idempotency: 'lookup',
        input: object(
          {
            to: text,
            subject: { type: 'string', maxLength: 200 },
            body: text,
            template: { type: 'string', enum: ['first-contact', 'follow-up'] },
            priority: { type: 'integer', minimum: 1, maximum: 5 },
            copies: { type: 'array', items: text },
            tracking: { type: 'boolean', default: true },
            replyTo: { anyOf: [text, { type: 'null' }] },
          },
          ['to', 'tracking'],
        ),
        output: object({ id: text, sentAt: text }),
      }),
    ],
    [
      'calendar/schedule',
      action('Book a meeting', {
        effect: 'write',
        idempotency: 'lookup',
        input: object({ leadId: text, duration: text, window: object({ from: text, to: text }) }, ['leadId']),
        output: object({
          id: text,
          startsAt: text,
          attendees: { type: 'array', items: object({ name: text, email: text }) },
        }),
      }),
    ],
    [
      'enrichment/person',
      action('Find out about a person', {
        effect: 'read',
        input: object({ email: text }),
        output: object({
          company: { type: ['string', 'null'] },
          jobTitle: { anyOf: [text, { type: 'null' }] },
          employees: { type: 'integer' },
          raw: { type: 'object', additionalProperties: true },
        }),
      }),
    ],
  ]),
  actions: new Map([
    [
      'sdr/lead-scoring',
      action('Score a lead', {
        input: {
          ...object(
            { lead: { type: 'object' }, person: { type: ['object', 'null'] }, weights: { $ref: '#/$defs/weights' } },
            ['lead'],
          ),
          $defs: { weights: object({ company: { type: 'number' } }) },
        },
        output: object({
          score: { type: 'number' },
          grade: { type: 'string', enum: ['A', 'B', 'C'] },
          factors: { type: 'array', items: object({ name: text, points: { type: 'number' } }) },
        }),
      }),
    ],
    [
      'sdr/classify-reply',
      action('Classify a reply', {
        input: object({ text }),
        output: object({ intent: { type: 'string', enum: ['positive', 'negative', 'unclear'] } }),
      }),
    ],
    [
      'notes/write',
      action('Write a note', {
        effect: 'write',
        version: '0.3.1',
        input: { type: 'object' },
        output: { type: 'object' },
      }),
    ],
  ]),
  playbooks: new Map([
    [
      'nurture',
      {
        input: object({ leadId: text, days: { type: 'integer' } }, ['leadId']),
        output: object({ meeting: { type: ['string', 'null'] } }),
        starts: [],
      },
    ],
    ['handback', { input: object({}), output: undefined, starts: [{ id: 'other-playbooks', always: true }] }],
  ]),
  policies: new Map([
    ['first-contact', { input: object({ phone: { type: 'boolean' } }, ['phone']), options: ['email', 'whatsapp'] }],
  ]),
  disabled: new Map([
    [
      'sms/send',
      {
        ...action('Send a text message', {
          effect: 'send',
          version: '2.0.0',
          input: object({ to: text, text }),
          output: object({ id: text }),
        }),
        pluginId: 'torpedo',
        reason: 'it crashed three times',
      },
    ],
    [
      'news/latest',
      {
        ...action('Look for news', {
          effect: 'read',
          input: object({ company: text }),
          output: object({ title: text }),
        }),
        pluginId: 'news',
        reason: null,
      },
    ],
  ]),
}
