import { defineTrigger, z } from 'trae-os/sdk'

/** Object types that are named by a number in notifications of the kind `object.…`. */
const TYPES: Readonly<Record<string, string>> = { '0-1': 'contact', '0-2': 'company', '0-3': 'deal', '0-5': 'ticket' }

/** One notification as HubSpot posts it, many at once. */
interface Notification {
  readonly eventId: number
  readonly subscriptionId: number
  readonly portalId: number
  readonly occurredAt: number
  readonly subscriptionType: string
  readonly objectId: number
  readonly objectTypeId?: string
  readonly propertyName?: string
  readonly propertyValue?: string
  readonly changeSource?: string
}

export const notified = defineTrigger({
  kind: 'webhook',
  title: 'HubSpot notified of a change',
  description:
    'Something that the app subscribed to has happened: `event.kind` says what, as contact.creation or deal.propertyChange. Notifications may come late and out of order.',
  verify: { scheme: 'hubspot-v3' },
  secret: { credential: 'hubspot', field: 'clientSecret' },
  output: z.object({
    kind: z.string().describe('contact.creation, deal.propertyChange …'),
    object: z.string().describe('contact, company, deal, ticket …'),
    change: z.string().describe('creation, deletion, propertyChange, merge …'),
    objectId: z.string(),
    property: z.string().nullable(),
    value: z.string().nullable(),
    source: z.string().nullable().describe('Where the change came from: CRM_UI, INTEGRATION, IMPORT …'),
    occurredAt: z.string(),
    portalId: z.string().describe('The account of HubSpot.'),
  }),
  sample: {
    kind: 'contact.creation',
    object: 'contact',
    change: 'creation',
    objectId: '101',
    property: null,
    value: null,
    source: 'CRM_UI',
    occurredAt: '2026-11-03T12:00:00.000Z',
    portalId: '62515',
  },
  handle: ({ json }) => {
    if (!Array.isArray(json)) throw new Error('HubSpot posts a list of notifications; this is none.')
    return { events: json.map(one => ({ data: dataOf(one as Notification), dedupe: identityOf(one as Notification) })) }
  },
})

function dataOf(notification: Notification) {
  const { subscriptionType, objectTypeId, objectId, portalId, occurredAt } = notification
  const { propertyName, propertyValue, changeSource } = notification
  const [named = '', change = ''] = subscriptionType.split('.')
  const object = named === 'object' && objectTypeId !== undefined ? (TYPES[objectTypeId] ?? objectTypeId) : named
  return {
    kind: `${object}.${change}`,
    object,
    change,
    objectId: `${objectId}`,
    property: propertyName ?? null,
    value: propertyValue ?? null,
    source: changeSource ?? null,
    occurredAt: new Date(occurredAt).toISOString(),
    portalId: `${portalId}`,
  }
}

/** The same for every attempt to deliver it. HubSpot does not promise that an eventId alone is unique. */
const identityOf = ({ portalId, subscriptionId, eventId, objectId, occurredAt }: Notification) =>
  [portalId, subscriptionId, eventId, objectId, occurredAt].join(':')
