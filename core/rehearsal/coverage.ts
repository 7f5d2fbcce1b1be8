import type { Playbook, Step } from '../playbooks/playbook.ts'
import { branchesOf, stepsOf, plainPath } from '../playbooks/step-branches.ts'
import type { JournalEntry } from '../runs/journal.ts'
import type { RehearsedRun } from './read-rehearsed-runs.ts'

/** A way that a playbook can take. */
export interface CoveredBranch {
  /** Static path of the step that decides. */
  readonly path: string
  readonly title: string
  /** `then`, `else`, the name of a branch; `done` and `skipped` of a step with a condition. */
  readonly branch: string
  /** Of the step in the playbook. */
  readonly line: number
  /** Tests that took it. */
  readonly taken: number
}

export interface Coverage {
  readonly branches: readonly CoveredBranch[]
  /** 0 to 100, whole; 100 where there is nothing to decide. */
  readonly percent: number
}

/** Which ways the runs of a playbook's tests took, each test counted once. */
export function coverageOf(
  playbook: Pick<Playbook, 'steps' | 'finally'>,
  tests: readonly (readonly RehearsedRun[])[],
): Coverage {
  const journals = tests.map(runs => runs.flatMap(run => run.journal))
  const branches = stepsOf(playbook).flatMap(step =>
    waysOf(step).map(({ name, label }) => ({
      path: step.path,
      title: step.title,
      branch: label,
      line: step.line,
      taken: journals.filter(journal => journal.some(entry => tookBranch(step, name, entry))).length,
    })),
  )
  const taken = branches.filter(branch => branch.taken > 0).length
  return { branches, percent: branches.length === 0 ? 100 : Math.floor((taken / branches.length) * 100) }
}

interface Way {
  readonly name: string
  readonly label: string
}

/** What a `try` tries is no choice; what it catches is. */
function waysOf(step: Step): readonly Way[] {
  const lists = branchesOf(step).filter(branch => !(step.kind === 'try' && branch.name === 'try'))
  if (step.kind === 'if' || !step.if) return lists
  return [{ name: DONE, label: 'done' }, { name: SKIPPED, label: 'skipped' }, ...lists]
}

/** Names that no branch can have. */
const DONE = '!done'
const SKIPPED = '!skipped'

/** A branch is taken when it was decided for, or when something inside it happened. */
function tookBranch(step: Step, name: string, { kind, path, data }: JournalEntry): boolean {
  if (path === null) return false
  const at = plainPath(path)
  const own = plainPath(step.path)
  if (name === SKIPPED) return at === own && kind === 'step.skipped'
  if (name === DONE) return at === own ? kind !== 'step.skipped' : at.startsWith(`${own}.`)
  if (at.startsWith(name === '' ? `${own}.` : `${own}.${name}.`)) return true
  return at === own && kind === 'step.branch' && data?.['branch'] === name
}
