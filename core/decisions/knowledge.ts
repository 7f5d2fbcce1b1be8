import { type Arm, chancesOf, sharesOfBest, viewOfArm } from './learner/arms.ts'
import { Learner } from './learner/learner.ts'
import type { LearnerState } from './learner/state.ts'
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
  readonly arms: Readonly<Record<string, Arm>>
}

/** All that the model of a policy has learnt: of a score a learner, of a choice how each option went. Pure. */
export class Knowledge {
  readonly #learner: Learner
  readonly #arms: Record<string, { tried: number; successes: number }>

  constructor(pace: Policy['pace'], state?: KnowledgeState) {
    this.#learner = new Learner(pace, state?.learner ?? undefined)
    this.#arms = structuredClone(state?.arms ?? {})
  }

  get learner(): Pick<Learner, 'estimate' | 'probability' | 'outcomes' | 'successes' | 'curve' | 'shares' | 'weights'> {
    return this.#learner
  }

  /** How an option went so far. */
  arm(option: string): Arm {
    return this.#arms[option] ?? { tried: 0, successes: 0 }
  }

  learn({ option, context, prior, success }: Example): void {
    this.#learner.learn(context, success, prior)
    const arm = (this.#arms[option] ??= { tried: 0, successes: 0 })
    arm.tried++
    if (success) arm.successes++
  }

  state(): KnowledgeState {
    return { learner: this.#learner.state(), arms: structuredClone(this.#arms) }
  }
}

export interface OptionView {
  readonly key: string
  /** What the rules say of its chance, 0 to 1. */
  readonly prior: number
  readonly chance: number
  readonly tried: number
  readonly successes: number
  /** How probable it is the best one. */
  readonly best: number
  /** With which chance it is taken. */
  readonly taken: number
}

/** The options that are left, as the arms know them. */
export function viewOptions(
  knowledge: Pick<Knowledge, 'arm'>,
  options: readonly { readonly key: string; readonly prior: number }[],
  explore: number,
): OptionView[] {
  const views = options.map(({ key, prior }) => viewOfArm(knowledge.arm(key), prior))
  const shares = sharesOfBest(views)
  const chances = chancesOf(views, explore)
  return options.map(({ key, prior }, index) => ({
    key,
    prior,
    chance: views[index]!.mean,
    ...knowledge.arm(key),
    best: shares[index]!,
    taken: chances[index]!,
  }))
}
