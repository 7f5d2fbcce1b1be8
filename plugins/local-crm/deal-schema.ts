import { crmService, z } from 'trae-os/sdk'

const money = z.object({ amount: z.string(), currency: z.string() })
/** Money as people write it in a playbook; BRL where nothing else is said. */
export const moneyInput = z.object({
  amount: z.string().max(16).describe('As "1234.50".'),
  currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
})
/** As the service `crm` promises it. */
export const deal = crmService.actions['open-deal'].output

const factor = z.object({ name: z.string(), points: z.number(), value: z.string(), reason: z.string() })
export const factors = z.array(factor).max(50)

export const customer = z.object({
  id: z.string(),
  leadId: z.string(),
  dealId: z.string().nullable(),
  name: z.string(),
  status: z.enum(['ONBOARDING', 'ACTIVE', 'CHURNED']),
  plan: z.string().nullable(),
  mrr: money.nullable(),
  facts: z.record(z.string(), z.unknown()),
  health: z.object({ score: z.number(), factors: z.array(factor), computedAt: z.string() }).nullable(),
  lastHeardAt: z.string().nullable().describe('When they last wrote to us.'),
  startedAt: z.string(),
  churnedAt: z.string().nullable(),
  updatedAt: z.string(),
})
