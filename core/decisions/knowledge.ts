import { type Arm, chancesOf, sharesOfBest, viewOfArm } from './learner/arms.ts'
import { Learner } from './learner/learner.ts'
import { type Local, Neighbours, type NeighboursState, withNeighbours } from './learner/neighbours.ts'
import { wordsOf } from './learner/similar.ts'
import type { LearnerState } from './learner/state.ts'
import { aged, extended, sumOf, type Window } from './learner/window.ts'
import type { Policy } from './policy.ts'

/** One outcome as the model takes it in. */
export interface Example {
  readonly option: string
  /** What the model may learn from. */
  readonly context: Readonly<Record<string, unknown>>
  /** What the rules said, 0 to 1. */
  readonly prior: number
  readonly success: boolean
}

export interface KnowledgeState {
  readonly learner: LearnerState | null
  readonly arms: Readonly<Record<string, ArmState>>
  readonly neighbours: NeighboursState
}

/** All outcomes of an option, and those that still hold. */
interface ArmState extends Arm {
  readonly window: Window
}

/** All that the model of a policy has learnt: of a score a learner, of a choice how each option went. Pure. */
export class Knowledge {
  readonly #pace: Policy['pace']
  readonly #learner: Learner
  readonly #arms: Record<string, ArmState>
  readonly #neighbours: Neighbours

  constructor(pace: Policy['pace'], state?: KnowledgeState) {
    this.#pace = pace
    this.#learner = new Learner(pace, state?.learner ?? undefined)
    this.#arms = structuredClone(state?.arms ?? {})
    this.#neighbours = new Neighbours(state?.neighbours)
  }

  get learner(): Pick<Learner, 'estimate' | 'probability' | 'outcomes' | 'successes' | 'curve' | 'shares' | 'weights'> {
    return this.#learner
  }

  /** How an option went so far, all outcomes the same. */
  arm(option: string): Arm {
    const { tried, successes } = this.#arms[option] ?? NEW_ARM
    return { tried, successes }
  }

  /** What of that still counts: where the world moves, only what holds no longer is left out. */
  counting(option: string): Arm {
    return this.#pace === 'moving' ? sumOf(this.#arms[option]?.window ?? []) : this.arm(option)
  }

  /** What became of decisions that were like this one, of all options or of one; `context` is what may be learnt from. */
  near(context: Readonly<Record<string, unknown>>, option?: string): Local | undefined {
    return this.#neighbours.near(wordsOf(context), option)
  }

  learn({ option, context, prior, success }: Example): void {
    this.#learner.learn(context, success, prior)
    this.#neighbours.add({ option, words: wordsOf(context), success })
    const at = this.#learner.outcomes
    const { tried, successes, window } = this.#arms[option] ?? NEW_ARM
    // Kept whatever the pace is, so that a version with another pace needs nothing folded again
    this.#arms[option] = {
      tried: tried + 1,
      successes: successes + Number(success),
      window: extended(window, success, at),
    }
    for (const [key, arm] of Object.entries(this.#arms)) this.#arms[key] = { ...arm, window: aged(arm.window, at) }
  }

  state(): KnowledgeState {
    return {
      learner: this.#learner.state(),
      arms: structuredClone(this.#arms),
      neighbours: this.#neighbours.state(),
    }
  }
}

const NEW_ARM: ArmState = { tried: 0, successes: 0, window: [] }

export interface OptionView {
  readonly key: string
  /** What the rules say of its chance, 0 to 1. */
  readonly prior: number
  readonly chance: number
  readonly tried: number
  readonly successes: number
  /** What of these still counts. */
  readonly counted: Arm
  /** Outcomes of decisions that were like this one, and how much they count in the chance, 0 to 1. */
  readonly near: (Arm & { readonly share: number }) | null
  /** How probable it is the best one. */
  readonly best: number
  /** With which chance it is taken. */
  readonly taken: number
}

/** The options that are left, as the arms know them, and what is like `context` where there is one. */
export function viewOptions(
  knowledge: Pick<Knowledge, 'arm' | 'counting' | 'near'>,
  options: readonly { readonly key: string; readonly prior: number }[],
  { explore, context }: { readonly explore: number; readonly context?: Readonly<Record<string, unknown>> },
): OptionView[] {
  const seen = options.map(({ key, prior }) => {
    const counted = knowledge.counting(key)
    const { mean, deviation } = viewOfArm(counted, prior)
    const local = context && knowledge.near(context, key)
    const { chance, share } = withNeighbours(mean, local, counted.tried)
    const near = local ? { tried: local.tried, successes: local.successes, share } : null
    return { view: { mean: chance, deviation }, counted, near }
  })
  const views = seen.map(({ view }) => view)
  const shares = sharesOfBest(views)
  const chances = chancesOf(views, explore)
  return options.map(({ key, prior }, index) => ({
    key,
    prior,
    chance: views[index]!.mean,
    ...knowledge.arm(key),
    counted: seen[index]!.counted,
    near: seen[index]!.near,
    best: shares[index]!,
    taken: chances[index]!,
  }))
}
