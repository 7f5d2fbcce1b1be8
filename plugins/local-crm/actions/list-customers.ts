import { defineAction, z } from 'trae-os/sdk'
import { customer } from '../deal-schema.ts'

export const listCustomers = defineAction({
  title: 'List customers',
  description: 'A page of at most 100 customers, the newest first; `next` asks for the page after it.',
  input: z.object({
    statuses: z.array(z.enum(['ONBOARDING', 'ACTIVE', 'CHURNED'])).default(['ONBOARDING', 'ACTIVE']),
    after: z.string().max(100).nullish().describe('`next` of the page before.'),
  }),
  output: z.object({ customers: z.array(customer), next: z.string().nullable() }),
  effect: 'read',
  idempotency: 'none',
  sample: { statuses: ['ACTIVE'] },
  run: ({ statuses, after }, ctx) => ctx.records.customers.list({ statuses, ...(after ? { after } : {}) }),
})
