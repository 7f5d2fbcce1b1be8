import { gunzipSync, gzipSync } from 'node:zlib'
import { Spread } from './spread.ts'

/** A learner as it is stored: what is small as JSON, what is large as the bytes of its numbers, so that not a bit is lost. */
export interface LearnerState {
  readonly version: 1
  readonly names: readonly string[]
  readonly spreads: readonly (readonly [string, number, number, number])[]
  readonly weights: Readonly<Record<'steady' | 'recent' | 'rules' | 'bend', { readonly z: string; readonly n: string }>>
  /** Of each example: how many slots, slots, values, prior and what happened. */
  readonly memory: {
    readonly sizes: string
    readonly slots: string
    readonly values: string
    readonly priors: string
    readonly happened: string
  }
  readonly losses: readonly number[]
  readonly curve: readonly CurvePoint[]
  readonly outcomes: number
  readonly successes: number
  readonly chance: number
  readonly rate: { readonly hits: number; readonly of: number }
}

interface Weights {
  z: Float64Array
  n: Float64Array
}

interface Parts {
  readonly names: readonly string[]
  readonly spreads: Map<string, Spread>
  readonly steady: Weights
  readonly recent: Weights
  readonly rules: Weights
  readonly bend: Weights
  readonly memory: Remembered[]
  readonly losses: number[]
  readonly curve: { count: number; said: number; happened: number }[]
  readonly outcomes: number
  readonly successes: number
  readonly chance: number
  readonly rate: { hits: number; of: number }
}

type Numbers = Uint16Array | Float32Array | Float64Array | Uint8Array

const fold = (numbers: Numbers): string =>
  gzipSync(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength), { level: 4 }).toString('base64')

function unfold(text: string): ArrayBuffer {
  const bytes = gunzipSync(Buffer.from(text, 'base64'))
  return new Uint8Array(bytes).buffer // a copy, which begins where every kind of number may begin
}

const foldWeights = ({ z, n }: Weights) => ({ z: fold(z), n: fold(n) })
const unfoldWeights = ({ z, n }: { z: string; n: string }): Weights => ({
  z: new Float64Array(unfold(z)),
  n: new Float64Array(unfold(n)),
})

export function pack(parts: Parts): LearnerState {
  const { memory, steady, recent, rules, bend, spreads, ...small } = parts
  const total = memory.reduce((sum, { slots }) => sum + slots.length, 0)
  const [slots, values] = [new Uint16Array(total), new Float32Array(total)]
  let at = 0
  for (const example of memory) {
    slots.set(example.slots, at)
    values.set(example.values, at)
    at += example.slots.length
  }
  return structuredClone({
    version: 1 as const,
    ...small,
    spreads: [...spreads].map(([name, { n, mean, squares }]) => [name, n, mean, squares] as const),
    weights: {
      steady: foldWeights(steady),
      recent: foldWeights(recent),
      rules: foldWeights(rules),
      bend: foldWeights(bend),
    },
    memory: {
      sizes: fold(Uint16Array.from(memory, example => example.slots.length)),
      slots: fold(slots),
      values: fold(values),
      priors: fold(Float64Array.from(memory, ({ prior }) => prior)),
      happened: fold(Uint8Array.from(memory, ({ happened }) => Number(happened))),
    },
  })
}

export function unpack(state: LearnerState): Parts {
  const { version: _version, spreads, weights, memory, ...small } = structuredClone(state)
  return {
    ...small,
    losses: [...small.losses],
    curve: small.curve.map(point => ({ ...point })),
    spreads: new Map(
      spreads.map(([name, n, mean, squares]) => [name, Object.assign(new Spread(), { n, mean, squares })]),
    ),
    steady: unfoldWeights(weights.steady),
    recent: unfoldWeights(weights.recent),
    rules: unfoldWeights(weights.rules),
    bend: unfoldWeights(weights.bend),
    memory: unfoldMemory(memory),
  }
}

function unfoldMemory(memory: LearnerState['memory']): Remembered[] {
  const slots = new Uint16Array(unfold(memory.slots))
  const values = new Float32Array(unfold(memory.values))
  const priors = new Float64Array(unfold(memory.priors))
  const happened = new Uint8Array(unfold(memory.happened))
  let at = 0
  return [...new Uint16Array(unfold(memory.sizes))].map((size, index) => {
    const [from, to] = [at, at + size]
    at = to
    return {
      slots: slots.slice(from, to),
      values: values.slice(from, to),
      prior: priors[index]!,
      happened: happened[index] === 1,
    }
  })
}

/** One outcome, as it is remembered. */
export interface Remembered {
  readonly slots: Uint16Array
  readonly values: Float32Array
  readonly prior: number
  readonly happened: boolean
}

/** Ten equal parts of 0 to 1: how many were said to be there, what was said, what happened. */
export interface CurvePoint {
  readonly count: number
  readonly said: number
  readonly happened: number
}
