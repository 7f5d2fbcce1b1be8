import { defineAction, z } from 'trae-os/sdk'
import { readable } from '../choices.ts'
import { DEAL_PROPERTIES } from '../deal-fields.ts'
import { getObject, names, record, shown } from '../objects.ts'

export const getDeal = defineAction({
  title: 'Read a deal',
  description: 'Reads one deal by its HubSpot id. A deal that is not there is the error NOT_FOUND.',
  input: z.object({ id: z.string().min(1).max(100), properties: names.default([]) }),
  output: record,
  effect: 'read',
  idempotency: 'none',
  sample: { id: '501' },
  options: { 'properties[]': readable('deals') },
  run: async ({ id, properties }, ctx) =>
    shown(await getObject(ctx, 'deals', id, { properties: [...new Set([...DEAL_PROPERTIES, ...properties])] })),
})
