import { z } from 'zod'
import { amountOf, centsOf, CURRENCIES, moneyInput } from './money.ts'

export const PROPOSAL_STATUSES = ['DRAFT', 'SENT', 'ACCEPTED', 'DECLINED'] as const
export type StoredProposalStatus = (typeof PROPOSAL_STATUSES)[number]
export type ProposalStatus = StoredProposalStatus | 'EXPIRED'

export interface ProposalItem {
  readonly description: string
  readonly quantity: number
  readonly unitAmount: number
}

/** A proposal that is kept here. Amounts in the smallest unit of the currency; EXPIRED: not answered by its last day. */
export interface Proposal {
  readonly id: string
  readonly leadId: string
  readonly number: string
  readonly status: ProposalStatus
  readonly title: string
  readonly introduction: string | null
  readonly items: readonly ProposalItem[]
  readonly currency: string
  readonly total: number
  /** The last day on which it can be accepted, in the time zone of the workspace. */
  readonly validUntil: string | null
  readonly terms: string | null
  readonly revision: number
  readonly sentAt: string | null
  /** When its link was opened first. */
  readonly seenAt: string | null
  readonly decidedAt: string | null
  /** The name that was typed with the answer; null where somebody of the workspace entered it. */
  readonly decidedBy: string | null
  readonly decisionNote: string | null
  readonly runId: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

const text = (max: number) => z.string().trim().min(1).max(max)
const longText = z
  .string()
  .max(20_000)
  .nullish()
  .transform(given => given?.trim() || null)

/** As a person writes it. Prices with decimals, as "1990.00". */
export const proposalText = z.strictObject({
  title: text(255),
  introduction: longText,
  items: z
    .array(
      z.strictObject({
        description: text(500),
        quantity: z.int().min(1).max(100_000),
        unitPrice: moneyInput.shape.amount.transform(centsOf),
      }),
    )
    .min(1)
    .max(100),
  currency: z.enum(CURRENCIES),
  validUntil: z.iso
    .date()
    .nullish()
    .transform(day => day ?? null),
  terms: longText,
})
export type ProposalTextInput = z.input<typeof proposalText>

export interface ProposalRow {
  id: string
  lead_id: string
  number: number
  status: StoredProposalStatus
  late: boolean
  title: string
  introduction: string | null
  items: Proposal['items']
  currency: string
  total: number
  valid_until: string | null
  terms: string | null
  revision: number
  sent_at: Date | null
  seen_at: Date | null
  decided_at: Date | null
  decided_by: string | null
  decision_note: string | null
  run_id: string | null
  created_at: Date
  updated_at: Date
}

/**
 * Of `proposals p`. What is late is told by the calendar of the workspace; `now` is the number of the parameter that says
 * what time it is, or SQL that does.
 */
export const proposalColumns = (
  now: number | string,
) => `p.id, p.lead_id, p.number, p.status, p.title, p.introduction, p.items,
  p.currency, p.total::float8 as total, p.valid_until::text as valid_until, p.terms, p.revision, p.sent_at, p.seen_at,
  p.decided_at, p.decided_by, p.decision_note, p.run_id, p.created_at, p.updated_at, ${isLate(now)} as late`

/** SQL: can `proposals p` be accepted no more? */
export const isLate = (now: number | string) =>
  `coalesce(p.status in ('DRAFT', 'SENT') and p.valid_until <
    (${typeof now === 'number' ? `$${now}::timestamptz` : now} at time zone (select w.time_zone from workspaces w where w.id = p.workspace_id))::date, false)`

export function proposalOf(row: ProposalRow): Proposal {
  const time = (at: Date | null) => at?.toISOString() ?? null
  return {
    id: row.id,
    leadId: row.lead_id,
    number: String(row.number).padStart(4, '0'),
    status: row.late ? 'EXPIRED' : row.status,
    title: row.title,
    introduction: row.introduction,
    items: row.items,
    currency: row.currency,
    total: row.total,
    validUntil: row.valid_until,
    terms: row.terms,
    revision: row.revision,
    sentAt: time(row.sent_at),
    seenAt: time(row.seen_at),
    decidedAt: time(row.decided_at),
    decidedBy: row.decided_by,
    decisionNote: row.decision_note,
    runId: row.run_id,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** An amount in cents as people of the language write it. */
export const shownAmount = (cents: number, currency: string, locale: string) =>
  new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amountOf(cents) as Intl.StringNumericLiteral)
