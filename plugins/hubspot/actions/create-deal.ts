import { defineAction, z } from 'trae-os/sdk'
import { writable } from '../choices.ts'
import { dealFields, dealProperties } from '../deal-fields.ts'
import { createObject, record, shown } from '../objects.ts'

/** HubSpot's own kinds of association of a deal. */
const DEAL_TO_CONTACT = 3
const DEAL_TO_COMPANY = 341

export const createDeal = defineAction({
  title: 'Create a deal',
  description:
    'Creates a deal, already connected with its contact and company. HubSpot takes no key: where the answer is lost, a person decides.',
  input: z.object({
    name: z.string().min(1).max(255),
    ...dealFields,
    contactId: z.string().min(1).max(100).optional(),
    companyId: z.string().min(1).max(100).optional(),
  }),
  output: record,
  effect: 'write',
  idempotency: 'none',
  sample: { name: 'Acme', stage: 'appointmentscheduled', amount: 12000, contactId: '101' },
  options: { 'properties.*': writable('deals') },
  run: async ({ contactId, companyId, ...deal }, ctx) => {
    const to = (id: string | undefined, associationTypeId: number) =>
      id === undefined ? [] : [{ to: { id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }] }]
    const associations = [...to(contactId, DEAL_TO_CONTACT), ...to(companyId, DEAL_TO_COMPANY)]
    return shown(await createObject(ctx, 'deals', { properties: dealProperties(deal), associations }))
  },
})
