/** Two instants, ISO 8601; `to` is no part of it. */
export interface FigurePeriod {
  readonly from: string
  readonly to: string
}

/** Amounts by currency, as text so that no cent is lost: `{ BRL: "1234.50" }`. */
export type Amounts = Readonly<Record<string, string>>

/** Leads that came in the period, and what has become of them by now. Each counts once in each column. */
export interface LeadGroup {
  /** What these leads have in common; null: they have no such value. */
  readonly value: string | null
  readonly leads: number
  readonly qualified: number
  /** With at least one meeting that was held: somebody said so or its call ended, or it has ended and nobody has said yet how it went. */
  readonly met: number
  readonly won: number
  readonly lost: number
  readonly revenue: Amounts
}

/** What became of deals in a period. */
export interface DealFigures {
  /** Closed in the period. */
  readonly won: number
  readonly lost: number
  /** The median. */
  readonly daysToWin: number | null
  readonly revenue: Amounts
  /** The most frequent 30; null: nobody said why. */
  readonly lostReasons: readonly { readonly reason: string | null; readonly deals: number }[]
  /** The last 1,000 that had a value. */
  readonly closed: readonly { readonly won: boolean; readonly amount: string; readonly currency: string }[]
  /** Open now. `probability` in percent; `month` as 2030-03; `unpriced` of them have no value. */
  readonly open: readonly {
    readonly stage: string
    readonly currency: string
    readonly month: string | null
    readonly probability: number
    readonly deals: number
    readonly amount: string
    readonly unpriced: number
  }[]
}

/** Who is a customer, who came and who left in a period. */
export interface CustomerFigures {
  readonly onboarding: number
  readonly active: number
  readonly started: number
  readonly churned: number
  /** Who was a customer when the period began. */
  readonly atStart: number
  /** A month, of those who stay. */
  readonly mrr: Amounts
  readonly healthUnknown: number
  readonly bands: readonly { readonly from: number; readonly to: number; readonly customers: number }[]
  /** Mean points of each factor of health. */
  readonly factors: readonly { readonly name: string; readonly customers: number; readonly points: number }[]
}

/** Messages of a period over one channel, and how many leads they reached. `sent` have left: not those that wait for a person or for the mail server. */
export interface MessageFigures {
  readonly channel: string
  readonly sent: number
  readonly received: number
  readonly leadsWritten: number
  readonly leadsAnswered: number
}

/** Counts and sums over the records, with nobody's name in them. All need `figures:read`. */
export interface Figures {
  /** `by`: source, status, locale, jobTitle, campaign, medium, or a path in the data: `data.companySize`. The 50 largest groups. */
  leads(argument: FigurePeriod & { readonly by?: string }): Promise<readonly LeadGroup[]>
  deals(argument: FigurePeriod): Promise<DealFigures>
  customers(argument: FigurePeriod): Promise<CustomerFigures>
  messages(argument: FigurePeriod): Promise<readonly MessageFigures[]>
  /**
   * The figures of management by name: leads qualified met answered won lost winRate customers started churned atRisk, and revenueBrl,
   * mrrBrl … by currency. Shares 0–1, null where there is nothing to divide by.
   */
  values(argument: FigurePeriod): Promise<Readonly<Record<string, number | null>>>
  /** What the open deals are likely to bring within `within` days (1–365, 90 unless told); what was seen of deals in the period says how much to believe them. */
  forecast(argument: FigurePeriod & { readonly within?: number }): Promise<DealForecast>
  /** The open objectives of the workspace with their key results, the first due first. */
  objectives(): Promise<readonly FollowedObjective[]>
  /** Decisions that the figures of the period suggest, beside the period before it. `looked`: how many rules did. */
  suggestions(argument: FigurePeriod): Promise<{ readonly looked: number; readonly suggestions: readonly Suggested[] }>
}

/** Amounts in units of the currency. In nine of ten cases more than `p10` comes in, in one of ten more than `p90`. */
export interface ForecastAmounts {
  readonly currency: string
  readonly deals: number
  /** Were all of them won. */
  readonly pipeline: number
  readonly expected: number
  readonly p10: number
  readonly p50: number
  readonly p90: number
}

/** What the open deals are likely to bring, with the limits of that knowledge. */
export interface DealForecast {
  /** Days that it looks ahead. */
  readonly within: number
  /** `month` in which they are expected to be closed, as 2030-03; null: nobody said when. */
  readonly months: readonly (ForecastAmounts & { readonly month: string | null })[]
  readonly totals: readonly ForecastAmounts[]
  /**
   * What it rests on, by the age of the open deals in days (from `from` to below `to`; null: no limit): how many were seen open at `from`, and the
   * share that was won within the days of the forecast, 0–1; null: too few.
   */
  readonly ages: readonly {
    readonly from: number
    readonly to: number | null
    readonly open: number
    readonly seen: number
    readonly won: number | null
  }[]
  /**
   * Why the chances are not those of every deal of that age. `kind`: QUARTER the month of the quarter, LEVEL the months so far beside what was
   * foretold, OWNER who leads it, SIZE the amounts from `of` up to ten times that, STAGE the stages it has been in. `of`: the id of the owner, the
   * amount, the stage; null: of all deals. `won` deals where `expected` would be usual; `times`: what chances or odds are multiplied by.
   */
  readonly factors: readonly {
    readonly kind: 'QUARTER' | 'LEVEL' | 'OWNER' | 'SIZE' | 'STAGE'
    readonly of: string | null
    readonly won: number
    readonly expected: number
    readonly times: number
  }[]
  /** Closed in the period. */
  readonly won: number
  readonly lost: number
  readonly open: number
  /** Open, without a value. */
  readonly unpriced: number
  /** Open, without a day. */
  readonly undated: number
  /** What the odds of the open deals were multiplied by, taken together. */
  readonly correction: number
  /** Enough was closed to say anything. */
  readonly enough: boolean
}

/** Days as 2030-03-01; `value` null: nobody knows; `confidence` 0–100. */
export interface FollowedObjective {
  readonly title: string
  readonly startsOn: string
  readonly dueOn: string
  readonly keyResults: readonly {
    readonly title: string
    readonly metric: string | null
    readonly start: number
    readonly target: number
    readonly value: number | null
    readonly confidence: number | null
  }[]
}

/** A decision that the figures suggest, with those figures. */
export interface Suggested {
  readonly name: string
  readonly module: string
  /** The task that would tell more: plugin/action. */
  readonly action: string
  readonly because: readonly { readonly metric: string; readonly now: number | null; readonly before: number | null }[]
}
