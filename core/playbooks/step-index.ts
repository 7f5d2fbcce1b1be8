import type { JsonSchema } from './catalog.ts'
import type { YamlSpan } from './yaml-tree.ts'

/** Position in the tree of steps: indexes, and between them the branch that was taken: `[3, 'ask', 1]`. */
export type Address = readonly (number | string)[]

/** Every id and variable of a playbook and where it comes to be: read before anything is compiled. */
export interface StepIndex {
  readonly steps: ReadonlyMap<string, IndexedStep>
  /** Name → the places that set it. */
  readonly vars: ReadonlyMap<string, readonly Address[]>
  /** Name → the lists of steps in which it is there: loop variables, caught errors. */
  readonly lent: ReadonlyMap<string, readonly Address[]>
  readonly count: number
  /** The first step beyond `MAX_STEPS`. */
  readonly excess?: { readonly path: string; readonly span: YamlSpan } | undefined
}

export interface IndexedStep {
  readonly id: string
  readonly address: Address
  readonly output: JsonSchema | undefined
  readonly line: number
}

/** The branch of an address that is a loop's body: its steps are there once an iteration, and nowhere outside of it. */
export const LOOP = '[]'

/** The steps of `finally` come after all others. */
export const FINALLY: Address = [Number.MAX_SAFE_INTEGER, 'finally']

/** How a step stands to the place where it is read. */
export type Standing = 'before' | 'later' | 'sibling' | 'itself' | 'around' | 'iteration'

export function standingOf(step: Address, from: Address | undefined): Standing {
  if (from === undefined) return step.includes(LOOP) ? 'iteration' : 'before'
  const length = Math.min(step.length, from.length)
  for (let i = 0; i < length; i++) {
    const [theirs, ours] = [step[i]!, from[i]!]
    if (theirs === ours) continue
    if (step.includes(LOOP, i)) return 'iteration'
    if (theirs === 'try' && ours === 'catch') return 'before' // they ran, up to the one that failed
    if (typeof theirs === 'string' || typeof ours === 'string') return 'sibling'
    return theirs < ours ? 'before' : 'later'
  }
  if (step.length === from.length) return 'itself'
  if (step.length < from.length) return 'around'
  return step.includes(LOOP, from.length) ? 'iteration' : 'later'
}

/** Does the place stand inside? */
export function isInside(place: Address | undefined, list: Address): boolean {
  return place !== undefined && list.every((part, index) => part === place[index])
}

/** The address as if loops were plain lists: what a body sets is there after it. */
export function outOfLoops(address: Address): Address {
  return address.filter(part => part !== LOOP)
}
