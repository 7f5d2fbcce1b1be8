import { z } from 'zod'
import { type Currency, money, type Money, moneyInput } from './money.ts'

export const DEAL_STAGES = ['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION', 'WON', 'LOST'] as const
export type DealStage = (typeof DEAL_STAGES)[number]

export const isClosed = (stage: DealStage) => stage === 'WON' || stage === 'LOST'

/** How likely a deal of this stage is won, in percent, until somebody knows better. */
export const STAGE_PROBABILITY: Readonly<Record<DealStage, number>> = {
  PROSPECTING: 10,
  QUALIFICATION: 25,
  PROPOSAL: 50,
  NEGOTIATION: 75,
  WON: 100,
  LOST: 0,
}

const title = z.string().trim().min(1).max(255)
const day = z.iso.date()
const probability = z.int().min(0).max(100)

/** What a deal is opened with. */
export const dealInput = z.strictObject({
  leadId: z.uuid(),
  title,
  value: moneyInput.nullish(),
  stage: z.enum(DEAL_STAGES).exclude(['WON', 'LOST']).default('PROSPECTING'),
  expectedCloseOn: day.nullish(),
})
export type DealInput = z.input<typeof dealInput>

export const dealPatch = z.strictObject({
  title: title.optional(),
  value: moneyInput.nullish(),
  probability: probability.optional(),
  expectedCloseOn: day.nullish(),
})
export type DealPatch = z.input<typeof dealPatch>

/** A sale that may come about. Times are ISO 8601 in UTC, `expectedCloseOn` a day of the calendar. */
export interface Deal {
  readonly id: string
  readonly leadId: string
  readonly title: string
  readonly stage: DealStage
  readonly value: Money | null
  /** Percent. */
  readonly probability: number
  readonly expectedCloseOn: string | null
  readonly closedAt: string | null
  readonly lostReason: string | null
  readonly runId: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface DealRow {
  id: string
  lead_id: string
  title: string
  stage: DealStage
  amount: string | null
  currency: Currency
  probability: number
  expected_close_on: string | null
  closed_at: Date | null
  lost_reason: string | null
  run_id: string | null
  created_at: Date
  updated_at: Date
}

export const dealOf = (row: DealRow): Deal => ({
  id: row.id,
  leadId: row.lead_id,
  title: row.title,
  stage: row.stage,
  value: money(row.amount, row.currency),
  probability: row.probability,
  expectedCloseOn: row.expected_close_on,
  closedAt: row.closed_at?.toISOString() ?? null,
  lostReason: row.lost_reason,
  runId: row.run_id,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

/** Columns as `DealRow` has them: a day and an amount come as text on both databases. */
export const DEAL_COLUMNS = `id, lead_id, title, stage, amount::text as amount, currency, probability,
  to_char(expected_close_on, 'YYYY-MM-DD') as expected_close_on, closed_at, lost_reason, run_id, created_at, updated_at`
