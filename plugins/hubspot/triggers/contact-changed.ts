import { type Context, defineTrigger, hasCode } from 'trae-os/sdk'
import { CONTACT_PROPERTIES } from '../contact-properties.ts'
import { type HubSpotObject, record, shown } from '../objects.ts'
import { searchPage } from '../search.ts'

const PAGE = 100
/** HubSpot's index, and its clock, may be this far behind ours. What is found twice is told once. */
const OVERLAP_MS = 60_000

/** `since`: everything that was changed before has been told. `after`: within one page-long instant, where it goes on. */
interface Cursor {
  readonly since: number
  readonly after?: string
  /** In the middle of a list: no overlap. */
  readonly more?: boolean
}

export const contactChanged = defineTrigger({
  kind: 'poll',
  title: 'A contact was created or changed',
  description:
    'A contact of HubSpot was created or changed since the plugin was installed. Needs no address that HubSpot can reach. What changes twice within a minute may be told once.',
  every: '1m',
  output: record,
  sample: {
    id: '101',
    properties: { email: 'ana@acme.com.br', firstname: 'Ana', hs_lead_status: 'NEW' },
    createdAt: '2026-11-03T12:00:00.000Z',
    updatedAt: '2026-11-03T12:05:00.000Z',
  },
  poll: async (kept, ctx) => {
    if (kept === null) return { events: [], cursor: { since: Date.now() } satisfies Cursor } // from now on
    const cursor = kept as Cursor
    try {
      return await look(cursor, ctx)
    } catch (error) {
      // As for a trigger that names its credential: who has connected neither account is asked nothing
      if (hasCode(error, 'CREDENTIAL')) return { events: [], cursor }
      throw error
    }
  },
})

async function look(cursor: Cursor, ctx: Context) {
  const from = cursor.more ? cursor.since : cursor.since - OVERLAP_MS
  const { results, after } = await searchPage(ctx, 'contacts', {
    filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: `${from}` }],
    sort: { propertyName: 'lastmodifieddate', direction: 'ASCENDING' },
    properties: CONTACT_PROPERTIES,
    limit: PAGE,
    ...(cursor.after === undefined ? {} : { after: cursor.after }),
  })
  const events = results.map(contact => ({ data: shown(contact), dedupe: `${contact.id}@${changedAt(contact)}` }))
  const last = results.length > 0 ? changedAt(results.at(-1)!) : cursor.since
  if (after === undefined) return { events, cursor: { since: Math.max(cursor.since, last) } }
  // Pages are asked for by time, so that no list gets longer than HubSpot goes (10,000); by `after` only where a whole
  // page has one and the same time.
  const next: Cursor = last > from ? { since: last, more: true } : { since: from, after, more: true }
  return { events, cursor: next, more: true }
}

const changedAt = ({ properties, updatedAt }: HubSpotObject) => Date.parse(properties['lastmodifieddate'] ?? updatedAt)
