import { recordMetrics } from '../../core/brain/metric-history.ts'
import { recordDueOutcomes } from '../../core/decisions/record-outcome.ts'
import type { Arrival } from '../../core/rehearsal/pass-time.ts'
import { chance, type PlayedLead } from './leads-of-data.ts'
import { playCustomer } from './play-customers.ts'
import { playMessage } from './play-messages.ts'
import { playApproval, playDeal, playMeeting } from './play-sales.ts'
import { MONDAY, type SalesWorld } from './sales-world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** People act on the full hour: what comes together is worked off together, as on a busy day, and 500 leads take a third of the moments. */
const atFullHour = (at: number) => new Date(Math.ceil(at / HOUR_MS) * HOUR_MS)

/** Days begin at midnight in São Paulo. */
const dayOf = (at: number) => Math.floor((at - 3 * HOUR_MS) / DAY_MS)

/** Somebody outside: how willing they are, 0 to 1, their own dice, and the address that they write from when they write by themselves. */
export interface Person {
  readonly will: number
  readonly next: () => number
  readonly address: string | undefined
}

/** Something new in the records that somebody outside or of the team reacts to. */
export interface News {
  readonly kind: keyof typeof PLAYED
  readonly id: string
  readonly leadId: string
  readonly at: Date
  readonly channel: string | null
  readonly subject: string | null
  readonly body: string | null
}

/** What somebody does about it, in so many hours from now. */
export type After = (hours: number, bring: () => Promise<unknown>) => Arrival

export interface Played {
  readonly world: SalesWorld
  readonly person: Person
  readonly news: News
  readonly after: After
  /** The next of so many ways that things go, one after the other: what is rare happens in a short play too. */
  turn<Way>(of: string, ways: readonly Way[]): Way
}

const PLAYED = {
  message: playMessage,
  meeting: playMeeting,
  deal: playDeal,
  approval: playApproval,
  customer: playCustomer,
} satisfies Record<string, (played: Played) => Arrival[]>

/**
 * Plays everybody outside, and the team: people who fill in a form (some twice, some again with another address), answer letters or do not, move meetings, do
 * not come to them, speak in calls, open proposals and accept, decline or forget them, pay or do not, use what they bought, ask for help, leave; and the closers
 * and managers. The same for the same seed.
 */
export function playLeads(world: SalesWorld, played: readonly PlayedLead[], days: number) {
  const people = new Map<string, Person>()
  const seen = new Set<string>()
  const turns = new Map<string, number>()
  const turn: Played['turn'] = (of, ways) => {
    const number = turns.get(of) ?? 0
    turns.set(of, number + 1)
    return ways[number % ways.length]!
  }
  let looked = MONDAY

  const arrivals = played.flatMap(({ fields, will }, index): Arrival[] => {
    const next = chance(1000 + index)
    const first = MONDAY.getTime() + Math.floor((index / played.length) * (days - 20)) * DAY_MS + index * 60_000
    const address = typeof fields['email'] === 'string' ? fields['email'] : undefined
    const capture =
      (key: string, more: object = {}) =>
      async () => {
        const { leadId } = await world.capture({ ...fields, ...more }, key)
        if (!people.has(leadId)) people.set(leadId, { will, next: chance(5000 + index), address })
      }
    const draw = next()
    return [
      { at: atFullHour(first), bring: capture(`form-${index}`) },
      ...(draw < 0.1 ? [{ at: atFullHour(first), bring: capture(`form-${index}`) }] : []), // a double click
      ...(draw > 0.95 ? [{ at: atFullHour(first + 9 * DAY_MS), bring: capture(`again-${index}`, { email: `outro${index}@gmail.com` }) }] : []), // prettier-ignore
    ]
  })

  /** What follows from what has happened since the last look. */
  const look = async (): Promise<Arrival[]> => {
    await recordDueOutcomes(world.core) // as the leader does, once a second
    const since = looked
    const now = (looked = world.clock.now()).getTime()
    if (dayOf(now) > dayOf(since.getTime())) await recordMetrics(world.core) // and this once a day is over
    const after: After = (hours, bring) => ({ at: atFullHour(now + hours * HOUR_MS), bring })
    const found = await world.rows<News>(NEWS, [since])
    return found.flatMap((news): Arrival[] => {
      const key = `${news.kind} ${news.id}`
      const person = people.get(news.leadId)
      if (seen.has(key) || !person) return []
      seen.add(key)
      return PLAYED[news.kind]({ world, person, news, after, turn })
    })
  }
  return { arrivals, look }
}

/** Of the moment of the last look some may have come after it: the clock stands still while the engine works. */
const NEWS = `select kind, id, lead_id as "leadId", at, channel, subject, body from (
    select 'message' as kind, id, lead_id, created_at as at, channel, subject, body, created_at from messages where direction = 'out' and lead_id is not null
    union all select 'meeting', id, lead_id, starts_at, null, null, null, created_at from meetings
    union all select 'deal', id, lead_id, created_at, null, title, null, created_at from deals
    union all select 'approval', a.id, r.subject_id, a.created_at, null, a.title, null, a.created_at from approvals a join runs r on r.id = a.run_id
    union all select 'customer', id, lead_id, started_at, null, null, null, started_at from customers) n
  where created_at >= $1 and lead_id is not null order by lead_id, kind, created_at, id`
