import { z } from 'zod'

export const CALL_STATUSES = ['OPEN', 'ENDED'] as const
export type CallStatus = (typeof CALL_STATUSES)[number]
export const SPEAKERS = ['us', 'them'] as const
export type Speaker = (typeof SPEAKERS)[number]

/** One thing that was said. */
export const callLine = z.strictObject({
  /** Its place in the call, from 1; the next one where it is left out. The same number again changes nothing. */
  seq: z.int().min(1).max(1_000_000).nullish(),
  who: z.enum(SPEAKERS),
  text: z.string().trim().min(1).max(2000),
  /** Now, without it. */
  saidAt: z.coerce.date().nullish(),
})
export const callLines = z.array(callLine).min(1).max(200)
export type CallLineInput = z.input<typeof callLine>

export interface CallLine {
  readonly seq: number
  readonly who: Speaker
  readonly text: string
  readonly saidAt: string
}

/** What an action of the closer's assistant said after a line. */
export interface CallAdvice {
  readonly afterSeq: number
  readonly action: string
  readonly output: Readonly<Record<string, unknown>> | null
  readonly error: { readonly code: string; readonly message: string } | null
  readonly madeAt: string
}

/** Counted from the lines; `advice` is the last one that was given. */
export interface CallSummary {
  readonly lines: number
  readonly minutes: number
  /** Share of the words that are ours, 0 to 1; null where nothing was said. */
  readonly talkShare: number | null
  readonly objections: readonly { readonly kind: string; readonly ask: string }[]
  /** Their questions that nobody answered. */
  readonly unanswered: readonly string[]
  /** What was not talked about. */
  readonly open: readonly string[]
}

export interface Call {
  readonly id: string
  readonly leadId: string
  readonly meetingId: string | null
  readonly dealId: string | null
  readonly status: CallStatus
  readonly summary: CallSummary | null
  readonly startedAt: string
  readonly endedAt: string | null
}

export interface CallRow {
  id: string
  lead_id: string
  meeting_id: string | null
  deal_id: string | null
  status: CallStatus
  summary: CallSummary | null
  started_at: Date
  ended_at: Date | null
}
export const CALL_COLUMNS = 'k.id, k.lead_id, k.meeting_id, k.deal_id, k.status, k.summary, k.started_at, k.ended_at'

export const callOf = (row: CallRow): Call => ({
  id: row.id,
  leadId: row.lead_id,
  meetingId: row.meeting_id,
  dealId: row.deal_id,
  status: row.status,
  summary: row.summary,
  startedAt: row.started_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
})

/** What can be said of a call from its lines and the last advice. */
export function summaryOf(
  lines: readonly CallLine[],
  advice: CallAdvice | undefined,
  { startedAt, endedAt }: { readonly startedAt: Date; readonly endedAt: Date },
): CallSummary {
  const words = (who: Speaker) =>
    lines.filter(line => line.who === who).reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0)
  const [ours, theirs] = [words('us'), words('them')]
  const list = <T>(name: string, fits: (item: unknown) => item is T): T[] => {
    const value = advice?.output?.[name]
    return Array.isArray(value) ? value.filter(fits) : []
  }
  const isText = (item: unknown): item is string => typeof item === 'string'
  const isObjection = (item: unknown): item is { kind: string; ask: string } =>
    typeof item === 'object' && item !== null && 'kind' in item && 'ask' in item
  return {
    lines: lines.length,
    minutes: Math.round((endedAt.getTime() - startedAt.getTime()) / 60_000),
    talkShare: ours + theirs === 0 ? null : ours / (ours + theirs),
    objections: list('objections', isObjection).map(({ kind, ask }) => ({ kind, ask })),
    unanswered: list('unanswered', isText),
    open: list('open', isText),
  }
}
