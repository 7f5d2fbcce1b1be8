import { defineAction, z } from 'trae-os/sdk'
import { customer, factors, moneyInput } from '../deal-schema.ts'

export const updateCustomer = defineAction({
  title: 'Update a customer',
  description: 'Changes status, plan, facts or health of a customer. Facts are merged, all else is replaced.',
  input: z.object({
    customerId: z.uuid(),
    status: z.enum(['ONBOARDING', 'ACTIVE', 'CHURNED']).optional(),
    plan: z.string().min(1).max(100).optional(),
    mrr: moneyInput.optional(),
    facts: z.record(z.string(), z.unknown()).optional(),
    health: z
      .object({
        score: z.int().min(0).max(100),
        factors,
      })
      .optional()
      .describe('From onboarding/health-score.'),
  }),
  output: customer,
  effect: 'write',
  idempotency: 'key',
  sample: { customerId: '01957d3a-0000-7000-8000-000000000000', facts: { nps: 9 } },
  run: ({ customerId, ...patch }, ctx) => ctx.records.customers.update({ id: customerId, patch }),
})
