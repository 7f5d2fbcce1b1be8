import { z } from 'zod'
import { scoreFactor } from './lead.ts'
import { type Currency, money, type Money, moneyInput } from './money.ts'

export const CUSTOMER_STATUSES = ['ONBOARDING', 'ACTIVE', 'CHURNED'] as const
export type CustomerStatus = (typeof CUSTOMER_STATUSES)[number]

/** Below it somebody has to step in. */
export const HEALTH_AT_RISK = 70
/** Above it there is something to sell. */
export const HEALTH_THRIVING = 75

/** Facts that health is made of; more may be there, and is kept. */
const facts = z
  .record(z.string().max(100), z.json())
  .refine(value => JSON.stringify(value).length <= 32_768, 'must be at most 32 KiB of JSON')

/** What a customer begins with. */
export const customerInput = z.strictObject({
  leadId: z.uuid(),
  dealId: z.uuid().optional(),
  name: z.string().trim().min(1).max(255).optional(),
  plan: z.string().trim().min(1).max(100).optional(),
  mrr: moneyInput.nullish(),
  facts: facts.default({}),
})
export type CustomerInput = z.input<typeof customerInput>

/** `facts` are merged; a health replaces the last one. */
export const customerPatch = z.strictObject({
  status: z.enum(CUSTOMER_STATUSES).optional(),
  plan: z.string().trim().min(1).max(100).optional(),
  mrr: moneyInput.optional(),
  facts: facts.optional(),
  health: z.strictObject({ score: z.int().min(0).max(100), factors: z.array(scoreFactor).max(50) }).optional(),
})
export type CustomerPatch = z.input<typeof customerPatch>

/** A lead who bought. Times are ISO 8601 in UTC. */
export interface Customer {
  readonly id: string
  readonly leadId: string
  readonly dealId: string | null
  readonly name: string
  readonly status: CustomerStatus
  readonly plan: string | null
  /** What they pay a month. */
  readonly mrr: Money | null
  readonly facts: Readonly<Record<string, unknown>>
  readonly health: {
    readonly score: number
    readonly factors: readonly z.infer<typeof scoreFactor>[]
    readonly computedAt: string
  } | null
  /** When they last wrote to us. */
  readonly lastHeardAt: string | null
  readonly startedAt: string
  readonly churnedAt: string | null
  readonly updatedAt: string
}

export interface CustomerRow {
  id: string
  lead_id: string
  deal_id: string | null
  name: string
  status: CustomerStatus
  plan: string | null
  mrr: string | null
  currency: Currency
  facts: Record<string, unknown>
  health: number | null
  health_factors: readonly z.infer<typeof scoreFactor>[]
  health_at: Date | null
  last_heard_at: Date | null
  started_at: Date
  churned_at: Date | null
  updated_at: Date
}

export const customerOf = (row: CustomerRow): Customer => ({
  id: row.id,
  leadId: row.lead_id,
  dealId: row.deal_id,
  name: row.name,
  status: row.status,
  plan: row.plan,
  mrr: money(row.mrr, row.currency),
  facts: row.facts,
  health:
    row.health === null || row.health_at === null
      ? null
      : { score: row.health, factors: row.health_factors, computedAt: row.health_at.toISOString() },
  lastHeardAt: row.last_heard_at?.toISOString() ?? null,
  startedAt: row.started_at.toISOString(),
  churnedAt: row.churned_at?.toISOString() ?? null,
  updatedAt: row.updated_at.toISOString(),
})

/** Columns as `CustomerRow` has them: an amount comes as text on both databases. */
export const CUSTOMER_COLUMNS = `id, lead_id, deal_id, name, status, plan, mrr::text as mrr, currency, facts, health, health_factors,
  health_at, started_at, churned_at, updated_at,
  (select max(m.created_at) from messages m
    where m.workspace_id = customers.workspace_id and m.lead_id = customers.lead_id and m.direction = 'in') as last_heard_at`
