import type { Figures } from './figures.ts'

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
    /** Needs `leads:write`. Makes somebody of the team the owner of a lead and of its coming meetings. Throws `NOT_FOUND`. */
    assign(argument: { leadId: string; closer: string }): Promise<{ readonly leadId: string; readonly closer: string }>
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
      meetingId?: string
    }): Promise<SentMessage>
    /** Needs `messages:write`. Lays a message to a phone into the mailbox, for a person to send by hand; once per key. */
    queue(argument: { channel: 'sms' | 'whatsapp'; to: string; body: string; leadId?: string }): Promise<SentMessage>
    /**
     * Needs `messages:receive`. What somebody wrote by phone goes into the thread of the lead with that number (E.164), and playbooks that wait for
     * `message.received` hear it; once per `externalId`. Null where nobody has it.
     */
    receive(argument: {
      channel: 'sms' | 'whatsapp'
      externalId: string
      from: string
      to: string
      text: string
    }): Promise<{ readonly id: string; readonly leadId: string } | null>
    /**
     * Needs `messages:report`. A message to a phone that a vendor has taken goes into the thread of the lead: the one given, else the one with that
     * number (E.164); once per `externalId`. The `lookup` of an action may say so too.
     */
    sent(argument: {
      channel: 'sms' | 'whatsapp'
      externalId: string
      from: string
      to: string
      text: string
      leadId?: string
    }): Promise<{ readonly id: string; readonly leadId: string | null }>
    /**
     * Needs `messages:report`. The message of that `externalId` did not arrive, also where `sent` has yet to tell of it: the team is told, and
     * playbooks by `message.failed`. `reason` is for people: why, and what to do. `optedOut`: that number is written to no more. Once per message.
     */
    undelivered(argument: {
      channel: 'sms' | 'whatsapp'
      externalId: string
      from: string
      to: string
      reason: string
      optedOut?: boolean
    }): Promise<{ readonly id: string; readonly leadId: string | null }>
    /** Needs `messages:read`. The message that was sent under this key, or null. */
    find(argument: { key: string }): Promise<SentMessage | null>
    /** Needs `messages:read`. Oldest first, at most 50. */
    thread(argument: { leadId: string }): Promise<readonly Message[]>
  }
  /**
   * E-mails that a vendor sends. Each is begun before the vendor is asked, and is in the thread of the lead from then on; one without
   * `leadId` is not kept. The other calls answer false for a letter that this plugin has not begun, and told again they change nothing.
   */
  readonly letters: {
    /** Needs `letters:report`. Once per key. Throws `NOT_FOUND` for the lead, `CONFLICT` for an address that must not be written to. */
    begin(argument: LetterToSend): Promise<BegunLetter>
    /** Needs `letters:report`. The vendor has taken it, under that Message-ID where it tells. */
    sent(argument: { id: string; messageId?: string }): Promise<boolean>
    /**
     * Needs `letters:report`. The vendor gave no answer that it has taken it. Where nothing went out, as far as the host saw, it is in the thread
     * no more; else it stays there, until the vendor tells of it or a person decides.
     */
    unanswered(argument: { id: string }): Promise<boolean>
    /** Needs `letters:report`. It did not arrive, whatever its address: the team is told, and playbooks by `message.failed`. `reason` is for people. */
    failed(argument: { id: string; reason: string }): Promise<boolean>
    /** Needs `letters:report`. It came back for good: its address is written to no more, and playbooks hear `message.bounced`. */
    bounced(argument: { id: string; reason: string }): Promise<boolean>
    /** Needs `letters:report`. Its reader wants no more: nobody writes to that lead. */
    unsubscribed(argument: { id: string }): Promise<boolean>
  }
  readonly meetings: {
    /**
     * Needs `meetings:read`. Times of so many `minutes` (5 to 480) in which somebody of the team is free: in their working hours, in no meeting and
     * not away. At the full or half hour, earliest first, `limit` of them (1 to 250; 5 without it), at most 60 days after `from`.
     */
    free(argument: { from: string; to: string; minutes: number; limit?: number }): Promise<readonly TimeSpan[]>
    /** Needs `meetings:read`. When nobody can take a meeting, whatever their hours: holidays, and while everybody is in one or away. */
    busy(argument: { from: string; to: string }): Promise<readonly TimeSpan[]>
    /** Needs `meetings:write`. Schedules with somebody who is free, once per key; throws `CONFLICT` when nobody is any more. */
    schedule(argument: MeetingRequest): Promise<BookedMeeting>
    /** Needs `meetings:write`. Throws `NOT_FOUND`, and `CONFLICT` when nobody is free at that time. */
    move(argument: { id: string; startsAt: string }): Promise<BookedMeeting>
    /** Needs `meetings:write`. Throws `NOT_FOUND`. */
    cancel(argument: { id: string; reason?: string }): Promise<{ readonly id: string; readonly cancelled: true }>
    /** Needs `meetings:write`. Throws `NOT_FOUND`. */
    attachBriefing(argument: { id: string; briefing: unknown }): Promise<{ readonly id: string }>
    /**
     * Needs `meetings:report`. A meeting with a lead stands in the vendor's calendar at that time; say it with every booking and every new time. The lead moves and
     * cancels it at `changeLink`: that page calls the plugin's own `calendar/find-slots`, `move` and `cancel` with `externalId` as `id`. Another time than was said before is
     * `meeting.moved`, the same again changes nothing. Throws `NOT_FOUND` for a lead that is not there.
     */
    booked(argument: {
      externalId: string
      leadId: string
      title: string
      startsAt: string
      endsAt: string
      location?: string
    }): Promise<{ readonly changeLink: string }>
    /** Needs `meetings:report`. That meeting stands there no more, which is `meeting.cancelled`; one that was never told of changes nothing. */
    calledOff(argument: { externalId: string; reason?: string }): Promise<null>
  }
  readonly notices: {
    /** Needs `notices:write`. Tells whom `to` names, else whose lead it is, else everybody, once per key. Throws `NOT_FOUND` for who is not of it. */
    add(argument: {
      to?: string
      title: string
      body?: string
      urgent?: boolean
      leadId?: string
    }): Promise<SentMessage>
  }
  readonly charges: {
    /** Needs `charges:write`. Once per key. Amounts are in the smallest unit of the currency. */
    create(argument: ChargeRequest): Promise<Charge>
    /** Needs `charges:read`. Throws `NOT_FOUND`. */
    get(argument: { id: string }): Promise<Charge>
    /** Needs `charges:write`. Throws `NOT_FOUND`, and `CONFLICT` for one that is paid. */
    cancel(argument: { id: string; reason?: string }): Promise<Charge>
  }
  readonly proposals: {
    /** Needs `proposals:write`. Once per key. Amounts are in the smallest unit of the currency. */
    create(argument: ProposalRequest): Promise<Proposal>
    /** Needs `proposals:read`. Throws `NOT_FOUND`. */
    get(argument: { id: string }): Promise<Proposal>
    /** Needs `proposals:write`. A draft is with the customer now; one that is no draft stays as it is. Throws `NOT_FOUND`. */
    markSent(argument: { id: string }): Promise<Proposal>
  }
  readonly campaigns: {
    /** Needs `campaigns:read`. Newest first. */
    list(argument: { status?: Campaign['status'] }): Promise<readonly Campaign[]>
    /** Needs `campaigns:read`. Days as 2030-03-01, both included. */
    figures(argument: { from: string; to: string; campaignId?: string }): Promise<readonly CampaignDay[]>
  }
  readonly audiences: {
    /** Needs `audiences:write`. Who is in it stays. Throws `NOT_FOUND` for a lead that is not here. */
    add(argument: {
      audience: string
      leadId: string
    }): Promise<{ readonly audience: string; readonly member: boolean }>
    /** Needs `audiences:write`. Who is not in it stays out. */
    remove(argument: {
      audience: string
      leadId: string
    }): Promise<{ readonly audience: string; readonly member: boolean }>
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
  readonly deals: {
    /** Needs `deals:read`. Throws `NOT_FOUND`. */
    get(argument: { id: string }): Promise<Deal>
    /** Needs `deals:read`. Newest first, at most 100. */
    ofLead(argument: { leadId: string }): Promise<readonly Deal[]>
    /** Needs `deals:write`. Opens once per key. */
    open(argument: DealRequest): Promise<Deal>
    /** Needs `deals:write`. Moves once per key; a deal that is there already stays. Throws `NOT_FOUND`. */
    move(argument: { id: string; stage: DealStage; lostReason?: string }): Promise<Deal>
    /** Needs `deals:write`. What is left out stays, null empties. Throws `NOT_FOUND`. */
    update(argument: { id: string; patch: DealPatch }): Promise<Deal>
  }
  readonly customers: {
    /** Needs `customers:read`. Throws `NOT_FOUND`. */
    get(argument: { id: string }): Promise<Customer>
    /** Needs `customers:read`. A page of at most 100, the newest first, of these statuses; `next` goes on. */
    list(argument: {
      statuses?: readonly CustomerStatus[]
      after?: string
    }): Promise<{ readonly customers: readonly Customer[]; readonly next: string | null }>
    /** Needs `customers:write`. A lead is one customer: a second start answers with the first. */
    start(argument: CustomerRequest): Promise<Customer>
    /** Needs `customers:write`. `facts` are merged, all else replaced. Throws `NOT_FOUND`. */
    update(argument: { id: string; patch: CustomerPatch }): Promise<Customer>
  }
  readonly figures: Figures
  readonly team: {
    /** Needs `team:read`. Who takes the next handoff: who has this lead already, if they are not away at `at` (now without it). */
    closer(argument: { leadId?: string; at?: string }): Promise<{ readonly name: string; readonly email: string }>
  }
}

/** An e-mail of plain text. What `inReplyTo` and `meetingId` name is passed over where it is none of this workspace. */
export interface LetterToSend {
  readonly from: { readonly address: string; readonly name: string }
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly leadId?: string | undefined
  readonly inReplyTo?: string | undefined
  readonly meetingId?: string | undefined
}
/** What a vendor is to send with the text of a letter. */
export interface BegunLetter {
  /** Null for one that is not kept. */
  readonly id: string | null
  /** ISO 8601, of one that an earlier try of the step has sent: do not send it again. */
  readonly sentAt: string | null
  /** Message-ID, In-Reply-To, References, List-Unsubscribe, where they are to be. */
  readonly headers: Readonly<Record<string, string>>
  /** The text as a page. */
  readonly html: string
  /** Can its reader unsubscribe by what is in it? Not where vendors cannot reach this host, nor of one that is not kept. */
  readonly unsubscribes: boolean
  /** To the meeting, in iCalendar. */
  readonly invitation: { readonly method: 'REQUEST' | 'CANCEL'; readonly content: string } | null
}

/** What somebody is to pay. `amount` in the smallest unit of `currency` (ISO 4217); `dueOn` is a day, 2030-01-31. */
export interface ChargeRequest {
  readonly leadId?: string | undefined
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly dueOn?: string | undefined
  readonly customer: {
    readonly name: string
    readonly email?: string | undefined
    readonly phone?: string | undefined
    readonly document?: string | undefined
  }
  readonly method?: string | undefined
}
/** Money that is to come in, and whether it has. `amount` in the smallest unit of `currency`; moments in ISO 8601. */
export interface Charge {
  readonly id: string
  readonly status: 'PENDING' | 'OVERDUE' | 'PAID' | 'CANCELLED'
  readonly amount: number
  readonly currency: string
  readonly paidAt: string | null
}

/** What is offered to a lead. Amounts in the smallest unit of `currency` (ISO 4217); `validUntil` is a day. */
export interface ProposalRequest {
  readonly leadId: string
  readonly title: string
  readonly introduction?: string | undefined
  readonly items: readonly { readonly description: string; readonly quantity: number; readonly unitAmount: number }[]
  readonly currency: string
  readonly validUntil?: string | undefined
  readonly terms?: string | undefined
}
/** An offer as it stands. `total` in the smallest unit of `currency`; moments in ISO 8601. */
export interface Proposal {
  readonly id: string
  readonly number: string
  readonly status: 'DRAFT' | 'SENT' | 'ACCEPTED' | 'DECLINED' | 'EXPIRED'
  readonly total: number
  readonly currency: string
  readonly createdAt: string
  /** Where the customer reads and answers it; signed, and expires. */
  readonly url: string
  /** The file; signed, and expires sooner. */
  readonly pdfUrl: string
}

/** Advertising that money is spent on. */
export interface Campaign {
  readonly id: string
  readonly name: string
  readonly channel: string
  readonly status: 'ACTIVE' | 'PAUSED' | 'ENDED'
  readonly currency: string
}
/** `spend` in the smallest unit of the currency. */
export interface CampaignDay {
  readonly campaignId: string
  readonly day: string
  readonly currency: string
  readonly impressions: number
  readonly clicks: number
  readonly leads: number
  readonly spend: number
}

/** How far a lead has come. */
export type LeadStatus = 'NEW' | 'QUALIFYING' | 'QUALIFIED' | 'NURTURING' | 'DISQUALIFIED' | 'CONVERTED'
/** What happened to a lead, as its timeline names it. */
export type ActivityKind =
  | 'CAPTURED'
  | 'ENRICHED'
  | 'SCORED'
  | 'STATUS_CHANGED'
  | 'EMAIL_SENT'
  | 'EMAIL_RECEIVED'
  | 'EMAIL_BOUNCED'
  | 'MESSAGE_SENT'
  | 'MESSAGE_RECEIVED'
  | 'MEETING'
  | 'MEETING_ANSWERED'
  | 'MEETING_MOVED'
  | 'MEETING_CANCELLED'
  | 'MEETING_HELD'
  | 'MEETING_MISSED'
  | 'HANDOFF'
  | 'DEAL'
  | 'CUSTOMER'
  | 'MERGED'
  | 'NOTE'

/** One reason for a score: so many points for this value, and why, in the lead's language. */
export interface ScoreFactor {
  readonly name: string
  readonly points: number
  readonly value: string
  readonly reason: string
  /** Where the value is known from, as a fact of `Findings` says it. */
  readonly source?: 'records' | 'given' | 'memory' | 'computed' | undefined
  readonly from?: string | undefined
}

/** Somebody who may buy, with all that is known of them. */
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
  /** A letter to this address came back for good. */
  readonly emailBounced: boolean
  /** Their phone has answered STOP. */
  readonly phoneOptedOut: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

/** What is to change about a lead; what is left out stays. */
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

/** A message that the mailbox has taken. `sentAt` in ISO 8601. */
export interface SentMessage {
  readonly id: string
  readonly sentAt: string
}

/** A message of a conversation: `out` went to the lead, `in` came from them. */
export interface Message {
  readonly id: string
  readonly direction: 'out' | 'in'
  readonly subject: string
  readonly body: string
  readonly createdAt: string
}

/** From when until when, in ISO 8601. */
export interface TimeSpan {
  readonly startsAt: string
  readonly endsAt: string
}

/** A meeting that is to be booked. */
export interface MeetingRequest extends TimeSpan {
  readonly leadId: string
  readonly title: string
  readonly attendees: readonly { readonly name: string; readonly email: string }[]
  readonly location?: string
}

/** A meeting of the built-in calendar. */
export interface BookedMeeting extends TimeSpan {
  readonly id: string
  /** The page on which the lead moves or cancels it, for whoever has the address. */
  readonly changeLink: string
}

/** An entry in the timeline of a lead. `occurredAt` in ISO 8601. */
export interface Activity {
  readonly kind: string
  readonly summary: string
  readonly data: Readonly<Record<string, unknown>>
  readonly occurredAt: string
}

/** Where in the pipeline a deal stands; `WON` and `LOST` are its ends. */
export type DealStage = 'PROSPECTING' | 'QUALIFICATION' | 'PROPOSAL' | 'NEGOTIATION' | 'WON' | 'LOST'
/** ISO 4217. */
export type Currency = 'BRL' | 'USD' | 'EUR'
/** An amount as text, so that no cent is lost: `"1234.50"`. */
export interface Money {
  readonly amount: string
  readonly currency: Currency
}

/** Without a currency it is BRL. */
export interface MoneyRequest {
  amount: string
  currency?: Currency
}

/** What a lead may buy, for how much, and how likely that is. */
export interface Deal {
  readonly id: string
  readonly leadId: string
  readonly title: string
  readonly stage: DealStage
  readonly value: Money | null
  /** Percent. */
  readonly probability: number
  /** A day, `2026-12-31`. */
  readonly expectedCloseOn: string | null
  readonly closedAt: string | null
  readonly lostReason: string | null
  /** The run that opened it. */
  readonly runId: string | null
  readonly createdAt: string
  readonly updatedAt: string
}
/** A deal that is to be opened; `PROSPECTING` without a stage. */
export interface DealRequest {
  leadId: string
  title: string
  value?: MoneyRequest | null
  stage?: Exclude<DealStage, 'WON' | 'LOST'>
  expectedCloseOn?: string | null
}
/** What is to change about a deal; what is left out stays. */
export interface DealPatch {
  title?: string
  value?: MoneyRequest | null
  probability?: number
  expectedCloseOn?: string | null
}

/** How a customer stands to us. */
export type CustomerStatus = 'ONBOARDING' | 'ACTIVE' | 'CHURNED'
/** A lead who has bought. */
export interface Customer {
  readonly id: string
  readonly leadId: string
  readonly dealId: string | null
  readonly name: string
  readonly status: CustomerStatus
  readonly plan: string | null
  /** What they pay a month. */
  readonly mrr: Money | null
  /** What health is made of. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly health: {
    readonly score: number
    readonly factors: readonly ScoreFactor[]
    readonly computedAt: string
  } | null
  /** When they last wrote to us. */
  readonly lastHeardAt: string | null
  readonly startedAt: string
  readonly churnedAt: string | null
  readonly updatedAt: string
}
/** A customer that is to be taken in; `facts` are what is known of how they do. */
export interface CustomerRequest {
  leadId: string
  dealId?: string
  name?: string
  plan?: string
  mrr?: MoneyRequest
  facts?: Record<string, unknown>
}
/** What is to change about a customer; `facts` are merged, what is left out stays. */
export interface CustomerPatch {
  status?: CustomerStatus
  plan?: string
  mrr?: MoneyRequest
  facts?: Record<string, unknown>
  health?: { score: number; factors: readonly ScoreFactor[] }
}
