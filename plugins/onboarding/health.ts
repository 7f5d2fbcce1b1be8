import { z } from 'trae-os/sdk'

/** What a workspace may tell about a customer; other facts are let through and do not count. */
export const customerFacts = z.looseObject({
  activeUsers: z.number().min(0).nullish().describe('Who worked with it in the last 30 days.'),
  seats: z.number().min(1).nullish().describe('How many could.'),
  lastContactAt: z.iso.datetime({ offset: true }).nullish().describe('When they last wrote or met us.'),
  openTickets: z.number().min(0).nullish(),
  overdueDays: z.number().min(0).nullish().describe('How long the oldest unpaid bill is overdue; 0: all is paid.'),
  nps: z.number().min(0).max(10).nullish().describe('Would they recommend us?'),
})
export type CustomerFacts = z.output<typeof customerFacts>

type Translate = (key: string, values?: Record<string, string | number>) => string

interface Measure {
  readonly name: string
  /** Its part of the whole, where all measures are known. */
  readonly weight: number
  /** The facts that it is made of. */
  readonly of: readonly (keyof CustomerFacts & string)[]
  /** 0 to 100, and what it was made of; undefined where it is not known. */
  readonly read: (facts: CustomerFacts, at: Date) => { readonly level: number; readonly value: string } | undefined
}

const DAY = 86_400_000
const clamp = (level: number) => Math.max(0, Math.min(100, level))

const MEASURES: readonly Measure[] = [
  {
    name: 'use',
    of: ['activeUsers', 'seats'],
    weight: 35,
    // Four of five seats in use is as good as all
    read: ({ activeUsers, seats }) =>
      activeUsers == null || seats == null
        ? undefined
        : { level: clamp((activeUsers / seats / 0.8) * 100), value: `${activeUsers}/${seats}` },
  },
  {
    name: 'payment',
    of: ['overdueDays'],
    weight: 20,
    read: ({ overdueDays }) =>
      overdueDays == null ? undefined : { level: clamp(100 - 4 * overdueDays), value: String(overdueDays) },
  },
  {
    name: 'contact',
    of: ['lastContactAt'],
    weight: 20,
    // A week of silence says nothing, six and a half say all
    read({ lastContactAt }, at) {
      if (lastContactAt == null) return undefined
      const days = Math.max(0, Math.floor((at.getTime() - Date.parse(lastContactAt)) / DAY))
      return { level: clamp(100 - ((days - 7) / 38) * 100), value: String(days) }
    },
  },
  {
    name: 'tickets',
    of: ['openTickets'],
    weight: 15,
    read: ({ openTickets }) =>
      openTickets == null ? undefined : { level: clamp(100 - 20 * openTickets), value: String(openTickets) },
  },
  {
    name: 'nps',
    of: ['nps'],
    weight: 10,
    read: ({ nps }) => (nps == null ? undefined : { level: nps * 10, value: String(nps) }),
  },
]

/** Where a fact is known from: `{ source: 'given', from: 'input.facts.seats' }`. */
export type SourceOf = (fact: string) => { readonly source: 'given' | 'records'; readonly from: string }

/** Every measure that can be read, with its level, its reason and where that is known from; and the names of the others. */
export function measuresOf(facts: CustomerFacts, at: Date, t: Translate, sourceOf: SourceOf) {
  const known = MEASURES.flatMap(({ name, weight, of, read }) => {
    const found = read(facts, at)
    if (!found) return []
    const grade = found.level >= 75 ? 'good' : found.level >= 50 ? 'fair' : 'bad'
    const from = of.map(fact => sourceOf(fact).from).join(', ')
    const reason = t(`health.${name}.${grade}`, { value: found.value })
    return [{ name, weight, ...found, grade, reason, source: sourceOf(of[0]!).source, from }]
  })
  return {
    known,
    missing: MEASURES.filter(({ name }) => !known.some(one => one.name === name)).map(({ name }) => name),
  }
}

/**
 * The weighted mean of what is known, 0 to 100. Each factor's points are its part of the score, so that they add up to it; what is
 * not known neither helps nor hurts.
 */
export function healthOf(facts: CustomerFacts, at: Date, t: Translate, sourceOf: SourceOf = ofInput) {
  const { known, missing } = measuresOf(facts, at, t, sourceOf)
  if (known.length === 0) return { known: false, health: null, missing }
  const whole = known.reduce((sum, { weight }) => sum + weight, 0)
  const factors = known.map(({ name, weight, level, value, reason, source, from }) => ({
    name,
    points: Math.round((level * weight) / whole),
    value,
    reason,
    source,
    from,
  }))
  const score = clamp(factors.reduce((sum, { points }) => sum + points, 0))
  return { known: true, health: { score, factors }, missing }
}

const ofInput: SourceOf = fact => ({ source: 'given', from: `input.facts.${fact}` })

/** The facts with the later of the last contact that was told and the last message that came. */
export function withContact(facts: CustomerFacts, lastHeardAt: string | null | undefined): CustomerFacts {
  const later = [facts.lastContactAt, lastHeardAt]
    .filter(at => at != null)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1)
  return later === undefined ? facts : { ...facts, lastContactAt: later }
}
