/**
 * The records of the trade as a plugin sees them, and what it may do with them. Each noun needs its own permission
 * (`leads:read`, `meetings:write` …); without it the call throws `PERMISSION`. Instants are ISO 8601 in UTC.
 *
 * Writes are made under the idempotency key of the step (`ctx.run.key`), added by the host: the same call by a second
 * attempt changes nothing and answers as the first did.
 */
export interface Records {
  readonly leads: {
    /** Needs `leads:read`. Throws `NOT_FOUND`. */
    get(argument: { id: string }): Promise<Lead>
    /** Needs `leads:write`. `patch.data` is merged, all else replaced; `summary` explains the change to people. */
    update(argument: { id: string; patch: LeadPatch; summary?: string }): Promise<Lead>
  }
  readonly messages: {
    /** Needs `messages:write`. Sends once per key. Without `leadId` it belongs to nobody's thread (mail to the team). */
    send(argument: {
      leadId?: string
      to: string
      subject: string
      body: string
      inReplyTo?: string
    }): Promise<SentMessage>
    /** Needs `messages:read`. The message that was sent under this key, or null. */
    find(argument: { key: string }): Promise<SentMessage | null>
    /** Needs `messages:read`. Oldest first, at most 50. */
    thread(argument: { leadId: string }): Promise<readonly Message[]>
  }
  readonly meetings: {
    /** Needs `meetings:read`. What is taken between two instants, of everyone in the workspace. */
    busy(argument: { from: string; to: string }): Promise<readonly TimeSpan[]>
    /** Needs `meetings:write`. Schedules once per key; throws `CONFLICT` when the time was taken meanwhile. */
    schedule(argument: MeetingRequest): Promise<TimeSpan & { readonly id: string }>
    /** Needs `meetings:write`. Throws `NOT_FOUND`. */
    attachBriefing(argument: { id: string; briefing: unknown }): Promise<{ readonly id: string }>
  }
  readonly activities: {
    /** Needs `activities:read`. The last 100, oldest first. */
    list(argument: { leadId: string }): Promise<readonly Activity[]>
    /** Needs `activities:write`. Adds once per key and kind. */
    add(argument: {
      leadId: string
      kind: ActivityKind
      summary: string
      data: Record<string, unknown>
    }): Promise<{ readonly id: string }>
  }
  readonly team: {
    /** Needs `team:read`. Who takes the next handoff. */
    closer(argument: Record<string, never>): Promise<{ readonly name: string; readonly email: string }>
  }
}

export type LeadStatus = 'NEW' | 'QUALIFYING' | 'QUALIFIED' | 'NURTURING' | 'DISQUALIFIED' | 'CONVERTED'
export type ActivityKind =
  | 'CAPTURED'
  | 'ENRICHED'
  | 'SCORED'
  | 'STATUS_CHANGED'
  | 'EMAIL_SENT'
  | 'EMAIL_RECEIVED'
  | 'MEETING'
  | 'HANDOFF'
  | 'NOTE'

/** One reason for a score: so many points for this value, and why, in the lead's language. */
export interface ScoreFactor {
  readonly name: string
  readonly points: number
  readonly value: string
  readonly reason: string
}

export interface Lead {
  readonly id: string
  readonly name: string
  readonly email: string | null
  /** E.164: `+5511987654321`. */
  readonly phone: string | null
  readonly company: string | null
  readonly jobTitle: string | null
  /** WEBSITE EMAIL REFERRAL EVENT IMPORT API */
  readonly source: string
  /** BCP 47: `pt-BR`, `en`. */
  readonly locale: string
  readonly status: LeadStatus
  /** 0–100, or null before the first scoring. */
  readonly score: number | null
  readonly scoreFactors: readonly ScoreFactor[]
  /** What else is known: form answers, enrichment. */
  readonly data: Readonly<Record<string, unknown>>
  readonly utm: Readonly<Record<string, unknown>>
  readonly consent: Readonly<Record<string, unknown>>
  readonly unsubscribed: boolean
  readonly unsubscribedAt: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface LeadPatch {
  status?: LeadStatus
  score?: number
  scoreFactors?: readonly ScoreFactor[]
  company?: string
  jobTitle?: string
  phone?: string
  unsubscribed?: boolean
  data?: Record<string, unknown>
}

export interface SentMessage {
  readonly id: string
  readonly sentAt: string
}

export interface Message {
  readonly id: string
  readonly direction: 'out' | 'in'
  readonly subject: string
  readonly body: string
  readonly createdAt: string
}

export interface TimeSpan {
  readonly startsAt: string
  readonly endsAt: string
}

export interface MeetingRequest extends TimeSpan {
  readonly leadId: string
  readonly title: string
  readonly attendees: readonly { readonly name: string; readonly email: string }[]
  readonly location?: string
}

export interface Activity {
  readonly kind: string
  readonly summary: string
  readonly data: Readonly<Record<string, unknown>>
  readonly occurredAt: string
}
