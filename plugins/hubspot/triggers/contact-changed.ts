import { type Context, defineTrigger, hasCode } from 'trae-os/sdk'
import { CONTACT_PROPERTIES } from '../contact-properties.ts'
import { type HubSpotObject, record, shown } from '../objects.ts'
import { searchPage } from '../search.ts'

const PAGE = 100
/** HubSpot's index may be this far behind, as may be our clock or its. What is found twice is told once. */
const OVERLAP_MS = 60_000

interface Cursor {
  /** All that was changed before has been told, as far as the index showed it; milliseconds of HubSpot's clock. */
  readonly since: number
  /** When the last list was begun, by our clock. */
  readonly askedAt: number
  /** In the middle of a list: go on at `since`, or `after` so many of one and the same instant. */
  readonly more?: boolean
  readonly after?: string
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
    if (kept === null) return { events: [], cursor: { since: Date.now(), askedAt: Date.now() } satisfies Cursor } // from now on
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
  const { since, askedAt, more } = cursor
  const begun = more ? askedAt : Date.now()
  // What was changed more than the overlap before we asked was in the index by then, and is not read again
  const from = more ? since : Math.max(since - OVERLAP_MS, Math.min(since + 1, askedAt - OVERLAP_MS))
  const { results, after } = await searchPage(ctx, 'contacts', {
    filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: `${from}` }],
    sort: { propertyName: 'lastmodifieddate', direction: 'ASCENDING' },
    properties: CONTACT_PROPERTIES,
    limit: PAGE,
    ...(cursor.after === undefined ? {} : { after: cursor.after }),
  })
  const events = results.map(contact => ({ data: shown(contact), dedupe: `${contact.id}@${changedAt(contact)}` }))
  const last = results.length > 0 ? changedAt(results.at(-1)!) : from
  if (after === undefined) return { events, cursor: { since: Math.max(since, last), askedAt: begun } satisfies Cursor }
  // Pages are asked for by time, so that no list gets longer than HubSpot goes (10,000); by `after` only where a whole
  // page has one and the same time.
  const next: Cursor = { since: Math.max(from, last), askedAt: begun, more: true, ...(last > from ? {} : { after }) }
  return { events, cursor: next, more: true }
}

const changedAt = ({ properties, updatedAt }: HubSpotObject) => Date.parse(properties['lastmodifieddate'] ?? updatedAt)
