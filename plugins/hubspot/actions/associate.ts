import { defineAction, z } from 'trae-os/sdk'
import { pathOf } from '../objects.ts'
import { request } from '../request.ts'

const end = z.object({
  type: z
    .string()
    .regex(/^[a-z0-9_-]{1,100}$/)
    .describe('contacts, deals, companies, tickets, or the name of an own object type.'),
  id: z.string().min(1).max(100),
})

export const associate = defineAction({
  title: 'Associate two records',
  description: 'Connects two records of HubSpot, as a deal with a contact, without a label.',
  input: z.object({ from: end, to: end }),
  output: z.object({ from: end, to: end }),
  effect: 'write',
  idempotency: 'key', // two records are connected or they are not
  sample: { from: { type: 'deals', id: '501' }, to: { type: 'contacts', id: '101' } },
  run: async ({ from, to }, ctx) => {
    const path = pathOf(from.type, from.id, 'associations', 'default', to.type, to.id)
    await request(ctx, { method: 'PUT', path })
    return { from, to }
  },
})
