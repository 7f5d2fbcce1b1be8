import { type Arm, PRIOR_STRENGTH } from './arms.ts'
import { LEAST_SIMILARITY, likeness, MOST_COMPARED, MOST_SIMILAR, type Words } from './similar.ts'

interface Kept {
  readonly option: string
  readonly words: Words
  readonly success: boolean
}

/** As JSON; words in base 64. Oldest first. */
export type NeighboursState = readonly (readonly [option: string, words: string, success: boolean])[]

/** What became of the decisions that were most like one. */
export interface Local extends Arm {
  /** What they are worth as evidence, in outcomes: one that is the same counts 1, one that has half in common a quarter. */
  readonly weight: number
  /** Of success, 0 to 1, each as it is worth. */
  readonly probability: number
}

/** The last outcomes, to be found again by what their contexts have in common. Pure. */
export class Neighbours {
  readonly #kept: Kept[]

  constructor(state: NeighboursState = []) {
    this.#kept = state.map(([option, words, success]) => ({ option, words: unfold(words), success }))
  }

  add(one: Kept): void {
    this.#kept.push(one)
    if (this.#kept.length > MOST_COMPARED) this.#kept.shift()
  }

  /**
   * The most similar of them, of one option where one is given; of equals the newest. Undefined where none is like it, or nothing is known
   * of this one.
   */
  near(words: Words, option?: string): Local | undefined {
    if (words.length === 0) return undefined
    const alikeTo = likeness(words)
    const found: { readonly alike: number; readonly success: boolean }[] = []
    for (let at = this.#kept.length - 1; at >= 0; at--) {
      const kept = this.#kept[at]!
      if (option !== undefined && kept.option !== option) continue
      const alike = alikeTo(kept.words)
      if (alike < LEAST_SIMILARITY || (found.length === MOST_SIMILAR && alike <= found.at(-1)!.alike)) continue
      if (found.length === MOST_SIMILAR) found.pop()
      found.splice(found.findLastIndex(other => other.alike >= alike) + 1, 0, { alike, success: kept.success })
    }
    if (found.length === 0) return undefined
    const weight = found.reduce((sum, { alike }) => sum + alike ** 2, 0)
    const well = found.reduce((sum, { alike, success }) => sum + (success ? alike ** 2 : 0), 0)
    const successes = found.filter(({ success }) => success).length
    return { tried: found.length, successes, weight, probability: well / weight }
  }

  state(): NeighboursState {
    return this.#kept.map(({ option, words, success }) => [option, fold(words), success] as const)
  }
}

/**
 * A chance (0 to 1) with the word of its neighbours, and their share of it: an estimate of them that is shrunk to the chance, which counts as many
 * outcomes as it rests on (`evidence`) and those that rules are worth. So neighbours help while little is known and are soon outvoted:
 * Efron & Morris, "Data Analysis Using Stein's Estimator and Its Generalizations", 1975.
 */
export function withNeighbours(
  chance: number,
  local: Local | undefined,
  evidence: number,
): { readonly chance: number; readonly share: number } {
  if (!local) return { chance, share: 0 }
  const share = local.weight / (local.weight + PRIOR_STRENGTH + evidence)
  return { chance: chance + share * (local.probability - chance), share }
}

const fold = (words: Words): string => Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString('base64')
const unfold = (text: string): Words => new Uint32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer)
