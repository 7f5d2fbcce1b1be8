import { defineAction, z } from 'trae-os/sdk'
import { customer, moneyInput } from '../deal-schema.ts'

export const startCustomer = defineAction({
  title: 'Make a lead a customer',
  description:
    'A lead who bought becomes a customer in onboarding. Playbooks hear customer.started, once for each lead.',
  input: z.object({
    leadId: z.uuid(),
    dealId: z.uuid().optional(),
    plan: z.string().min(1).max(100).optional(),
    mrr: moneyInput.optional().describe('What they pay a month.'),
  }),
  output: customer,
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', plan: 'Pro' },
  run: (input, ctx) => ctx.records.customers.start(input),
})
