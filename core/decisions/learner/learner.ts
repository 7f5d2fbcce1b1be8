import { nextChance } from './chance.ts'
import { readFields, roundedWord } from './features.ts'
import { Ftrl, type Rates } from './ftrl.ts'
import { refuseLeaks } from './leaks.ts'
import { logLoss, logOdds, sigmoid } from './log-odds.ts'
import { Spread } from './spread.ts'
import { type CurvePoint, type LearnerState, pack, type Remembered, unpack } from './state.ts'
import { Vocabulary } from './vocabulary.ts'

/** Goes through what it remembers again and again: sure of what always holds. */
const STEADY: Rates = { alpha: 0.07, beta: 1, l2: 10 }
/** Sees every outcome once, as it comes, and moves faster: sure of what holds now. */
const RECENT: Rates = { alpha: 0.15, beta: 1, l2: 1, forget: 0.0003 }
/** Two weights that bend what was said towards what then happened: Platt, "Probabilistic outputs for SVMs", 1999. */
const BEND: Rates = { alpha: 0.02, beta: 1, l2: 1 }

/** Examples that are gone through again at every outcome, and more of them while there are few. */
const REPLAYS = 2
const EARLY_REPLAYS = 400
/** A uniform sample of everything that was learnt: Vitter, "Random sampling with a reservoir", 1985. */
const MOST_REMEMBERED = 8000
/** Outcomes over which the share of successes is followed. */
const RATE_WINDOW = 200
/** Outcomes over which the voices are compared, and how much a nat counts: Herbster & Warmuth, "Tracking the best expert", 1998. */
const TRUST_WINDOW = 500
const TRUST_RATE = 0.5

/**
 * Who speaks: the rules, bent by what happened; and two models that begin as the rules say and learn where they are wrong.
 * Who has predicted better lately counts more, so rules carry the start and fade.
 */
export const VOICES = ['rules', 'steady', 'recent'] as const
export type Voice = (typeof VOICES)[number]

/** `steady`: the world is as it was, all outcomes count the same. `moving`: what holds changes, later outcomes count more. */
export type Pace = 'steady' | 'moving'

export interface Estimate {
  /** Of success, 0 to 1. */
  readonly probability: number
  readonly voices: Readonly<Record<Voice, { readonly probability: number; readonly share: number }>>
  /** What the fields did, in log-odds, most first; a field that was never seen did nothing. */
  readonly factors: readonly Factor[]
}

export interface Factor {
  /** `rules` for the rules, `recentRate` for how things have been going, else a field of the context. */
  readonly field: string
  readonly value: number | string
  readonly effect: number
}

interface Reading {
  readonly slots: number[]
  readonly values: number[]
  /** The index of the field that a slot came from; -1 the start, -2 the rules, -3 the recent rate. */
  readonly fields: number[]
  /** What the rules say, in log-odds. */
  readonly prior: number
}

/**
 * Learns from one outcome at a time how probable success is in a context. Pure: the same outcomes in the same order give
 * the same estimates to the last bit, also after `state()` and `new Learner(pace, state)` in between.
 */
export class Learner {
  readonly pace: Pace
  readonly #vocabulary: Vocabulary
  readonly #spreads: Map<string, Spread>
  readonly #steady: Ftrl
  readonly #recent: Ftrl
  readonly #rules: Ftrl
  readonly #bend: Ftrl
  readonly #memory: Remembered[]
  readonly #losses: number[]
  readonly #curve: { count: number; said: number; happened: number }[]
  #outcomes: number
  #successes: number
  #chance: number
  #rate: { hits: number; of: number }

  constructor(pace: Pace = 'moving', state?: LearnerState) {
    this.pace = pace
    const known = state && unpack(state)
    this.#vocabulary = new Vocabulary(known?.names ?? ['start', 'recentRate', 'rules'])
    this.#spreads = known?.spreads ?? new Map()
    this.#steady = new Ftrl(STEADY, known?.steady)
    this.#recent = new Ftrl(RECENT, known?.recent)
    this.#rules = new Ftrl(BEND, known?.rules)
    this.#bend = new Ftrl(BEND, known?.bend)
    this.#memory = known?.memory ?? []
    this.#losses = known?.losses ?? VOICES.map(() => 0)
    this.#curve = known?.curve ?? Array.from({ length: 10 }, () => ({ count: 0, said: 0, happened: 0 }))
    this.#outcomes = known?.outcomes ?? 0
    this.#successes = known?.successes ?? 0
    this.#chance = known?.chance ?? 1
    this.#rate = known?.rate ?? { hits: 1, of: 2 }
  }

  /** How many outcomes were learnt. */
  get outcomes(): number {
    return this.#outcomes
  }

  get successes(): number {
    return this.#successes
  }

  /** What was said before each outcome was known, and what then happened. */
  get curve(): readonly CurvePoint[] {
    return this.#curve
  }

  /** The chance of success; `prior` is what rules say of it, 0 to 1. Throws `VALIDATION` for a field that leaks the outcome. */
  probability(context: Readonly<Record<string, unknown>>, prior?: number): number {
    return this.#say(this.#read(context, prior, false)).probability
  }

  /** The chance of success and what it rests on. */
  estimate(context: Readonly<Record<string, unknown>>, prior?: number): Estimate {
    const reading = this.#read(context, prior, false)
    const { probability, logits, shares } = this.#say(reading)
    return {
      probability,
      voices: Object.fromEntries(
        VOICES.map((voice, index) => [voice, { probability: sigmoid(logits[index]!), share: shares[index]! }]),
      ) as Estimate['voices'],
      factors: this.#factors(reading, context, shares),
    }
  }

  /** Takes one outcome in. Throws `VALIDATION` for a field that leaks the outcome; nothing has changed then. */
  learn(context: Readonly<Record<string, unknown>>, happened: boolean, prior?: number): void {
    const reading = this.#read(context, prior, true)
    const said = this.#say(reading)
    const truth = Number(happened)
    const point = this.#curve[Math.min(9, Math.floor(said.probability * 10))]!
    point.count++
    point.said += said.probability
    point.happened += truth
    const each = said.logits.map(sigmoid)
    each.forEach((probability, index) => {
      this.#losses[index] = this.#losses[index]! * (1 - 1 / TRUST_WINDOW) + logLoss(probability, happened)
    })
    this.#bend.update([0, 1], [1, said.mixed], said.probability - truth)
    this.#rules.update([0, 1], [1, reading.prior], each[0]! - truth)
    this.#steady.update(reading.slots, reading.values, each[1]! - truth)
    this.#recent.update([...reading.slots, 1], [...reading.values, this.#recentRate()], each[2]! - truth)
    this.#replay()
    this.#remember({
      slots: Uint16Array.from(reading.slots),
      values: Float32Array.from(reading.values),
      prior: reading.prior,
      happened,
    })
    this.#rate.hits = this.#rate.hits * (1 - 1 / RATE_WINDOW) + truth
    this.#rate.of = this.#rate.of * (1 - 1 / RATE_WINDOW) + 1
    this.#successes += truth
  }

  /** Everything that is known, as JSON. */
  state(): LearnerState {
    return pack({
      names: this.#vocabulary.names,
      spreads: this.#spreads,
      steady: this.#steady,
      recent: this.#recent,
      rules: this.#rules,
      bend: this.#bend,
      memory: this.#memory,
      losses: this.#losses,
      curve: this.#curve,
      outcomes: this.#outcomes,
      successes: this.#successes,
      chance: this.#chance,
      rate: this.#rate,
    })
  }

  /** What counts most, in log-odds, and how often it was seen with effect: `name` is `field=value`, `field~1.3e+3` or `field#`. */
  weights(most: number): { readonly name: string; readonly weight: number }[] {
    const shares = this.#shares()
    return this.#vocabulary.names
      .map((name, slot) => ({ name, weight: this.#weight(slot, shares) }))
      .filter(({ weight }) => weight !== 0)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || (a.name < b.name ? -1 : 1))
      .slice(0, most)
  }

  /** How much each voice counts now; together 1. */
  get shares(): Readonly<Record<Voice, number>> {
    const shares = this.#shares()
    return { rules: shares[0]!, steady: shares[1]!, recent: shares[2]! }
  }

  #read(context: Readonly<Record<string, unknown>>, prior: number | undefined, add: boolean): Reading {
    const fields = readFields(context)
    refuseLeaks(fields.map(({ name }) => name))
    const reading: Reading = {
      slots: [0],
      values: [1],
      fields: [-1],
      prior: prior === undefined ? 0 : logOdds(prior),
    }
    if (prior !== undefined) push(reading, 2, reading.prior, -2)
    const take = (name: string, value: number, field: number) => {
      const slot = add ? this.#vocabulary.add(name) : this.#vocabulary.find(name)
      if (slot !== undefined) push(reading, slot, value, field)
    }
    fields.forEach(({ name, value }, index) => {
      if (typeof value === 'string') return take(`${name}=${value}`, 1, index)
      take(`${name}~${roundedWord(value)}`, 1, index)
      const spread = this.#spreads.get(name) ?? new Spread()
      if (add) {
        spread.add(value)
        this.#spreads.set(name, spread)
      }
      take(`${name}#`, spread.of(value), index)
    })
    return reading
  }

  #say({ slots, values, prior }: Reading) {
    const logits = [
      prior + this.#rules.weight(0) + this.#rules.weight(1) * prior,
      prior + this.#steady.dot(slots, values),
      prior + this.#recent.dot(slots, values) + this.#recent.weight(1) * this.#recentRate(),
    ]
    const shares = this.#shares()
    const mixed = logits.reduce((sum, logit, index) => sum + logit * shares[index]!, 0)
    return { logits, shares, mixed, probability: sigmoid(mixed + this.#bend.weight(0) + this.#bend.weight(1) * mixed) }
  }

  #shares(): number[] {
    const best = Math.min(...this.#losses)
    const trust = this.#losses.map((loss, index) =>
      this.pace === 'steady' && index === 2 ? 0 : Math.exp(-TRUST_RATE * (loss - best)),
    )
    const sum = trust.reduce((total, share) => total + share, 0)
    return sum === 0 ? [0, 1, 0] : trust.map(share => share / sum)
  }

  #recentRate(): number {
    return logOdds(Math.min(0.98, Math.max(0.02, this.#rate.hits / this.#rate.of)))
  }

  #replay(): void {
    if (this.#memory.length === 0) return
    const times = Math.max(REPLAYS, Math.min(8, Math.floor(EARLY_REPLAYS / (this.#outcomes + 1))))
    for (let time = 0; time < times; time++) {
      const { slots, values, prior, happened } = this.#memory[Math.floor(this.#next() * this.#memory.length)]!
      this.#steady.update(slots, values, sigmoid(prior + this.#steady.dot(slots, values)) - Number(happened))
    }
  }

  #remember(example: Remembered): void {
    this.#outcomes++
    if (this.#memory.length < MOST_REMEMBERED) return void this.#memory.push(example)
    const place = Math.floor(this.#next() * this.#outcomes)
    if (place < MOST_REMEMBERED) this.#memory[place] = example
  }

  #next(): number {
    const { value, state } = nextChance(this.#chance)
    this.#chance = state
    return value
  }

  #weight(slot: number, shares: readonly number[]): number {
    return shares[1]! * this.#steady.weight(slot) + shares[2]! * this.#recent.weight(slot)
  }

  #factors(reading: Reading, context: Readonly<Record<string, unknown>>, shares: readonly number[]): Factor[] {
    const fields = readFields(context)
    const effects = new Map<number, number>()
    reading.slots.forEach((slot, index) => {
      const field = reading.fields[index]!
      const effect = this.#weight(slot, shares) * reading.values[index]!
      effects.set(field, (effects.get(field) ?? 0) + effect)
    })
    const rulesAlone = shares[0]! * (this.#rules.weight(0) + this.#rules.weight(1) * reading.prior)
    if (effects.has(-2)) effects.set(-2, effects.get(-2)! + reading.prior + rulesAlone)
    effects.set(-3, shares[2]! * this.#recent.weight(1) * this.#recentRate())
    effects.delete(-1)
    return [...effects]
      .map(([field, effect]) => ({ ...named(field, fields, reading, this.#rate), effect }))
      .filter(({ effect }) => effect !== 0)
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect) || (a.field < b.field ? -1 : 1))
  }
}

function named(
  field: number,
  fields: readonly { readonly name: string; readonly value: number | string }[],
  reading: Reading,
  rate: { readonly hits: number; readonly of: number },
): { field: string; value: number | string } {
  if (field === -2) return { field: 'rules', value: Math.round(sigmoid(reading.prior) * 100) }
  if (field === -3) return { field: 'recentRate', value: Math.round((rate.hits / rate.of) * 100) }
  return { field: fields[field]!.name, value: fields[field]!.value }
}

function push(reading: Reading, slot: number, value: number, field: number): void {
  reading.slots.push(slot)
  reading.values.push(value)
  reading.fields.push(field)
}
