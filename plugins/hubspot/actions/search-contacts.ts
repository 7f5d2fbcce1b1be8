import { defineAction, z } from 'trae-os/sdk'
import { readable } from '../choices.ts'
import { CONTACT_PROPERTIES } from '../contact-properties.ts'
import { type HubSpotObject, names, record, shown } from '../objects.ts'
import { type Page, searchPage } from '../search.ts'

/** What HubSpot gives at once. */
const PAGE = 100

const filter = z.object({
  property: z.string().min(1).max(100),
  operator: z.enum([
    'EQ',
    'NEQ',
    'LT',
    'LTE',
    'GT',
    'GTE',
    'BETWEEN',
    'IN',
    'NOT_IN',
    'HAS_PROPERTY',
    'NOT_HAS_PROPERTY',
    'CONTAINS_TOKEN',
    'NOT_CONTAINS_TOKEN',
  ]),
  value: z.string().max(3000).optional().describe('Times in milliseconds since 1970.'),
  highValue: z.string().max(3000).optional().describe('The upper end of BETWEEN.'),
  values: z.array(z.string().max(3000)).max(100).optional().describe('Of IN and NOT_IN.'),
})

export const searchContacts = defineAction({
  title: 'Search contacts',
  description:
    'Finds contacts by words or filters, all of which must hold. A contact that was written a few seconds ago may be missing.',
  input: z.object({
    query: z.string().min(1).max(3000).optional().describe('Words in name, e-mail, phone or company.'),
    filters: z.array(filter).max(6).default([]),
    properties: names.default([]),
    sort: z.object({ property: z.string().min(1).max(100), direction: z.enum(['ASCENDING', 'DESCENDING']) }).optional(),
    limit: z.int().min(1).max(500).default(100),
    after: z.string().max(100).optional().describe('Go on from here: `after` of an earlier answer.'),
  }),
  output: z.object({
    contacts: z.array(record),
    total: z.int().describe('How many fit in all.'),
    after: z.string().nullable().describe('Where more begins; null when that is all.'),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { filters: [{ property: 'hs_lead_status', operator: 'EQ', value: 'NEW' }], limit: 20 },
  options: {
    'properties[]': readable('contacts'),
    'filters[].property': readable('contacts'),
    'sort.property': readable('contacts'),
  },
  run: async ({ query, filters, properties, sort, limit, after }, ctx) => {
    const search = {
      ...(query === undefined ? {} : { query }),
      filters: filters.map(({ property, ...rest }) => ({ propertyName: property, ...rest })),
      ...(sort === undefined ? {} : { sort: { propertyName: sort.property, direction: sort.direction } }),
      properties: [...new Set([...CONTACT_PROPERTIES, ...properties])],
    }
    const contacts: HubSpotObject[] = []
    let page: Page
    let next = after
    do {
      page = await searchPage(ctx, 'contacts', {
        ...search,
        limit: Math.min(PAGE, limit - contacts.length),
        ...(next === undefined ? {} : { after: next }),
      })
      contacts.push(...page.results.map(shown))
      next = page.after
    } while (next !== undefined && page.results.length > 0 && contacts.length < limit)
    return { contacts, total: page.total, after: next ?? null }
  },
})
