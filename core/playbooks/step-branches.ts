import type { Step } from './playbook.ts'

/** A list of steps inside a step. */
export interface StepBranch {
  /** Its part of the path, between the step's and the position: `then`, a branch's name, `case0`; empty for a loop. */
  readonly name: string
  /** For people: `then`, what a case is for, `do` of a loop. */
  readonly label: string
  readonly steps: readonly Step[]
}

/** The lists inside a step, in the order of the file; an `else` that was not written is empty. */
export function branchesOf(step: Step): readonly StepBranch[] {
  switch (step.kind) {
    case 'if':
      return [branch('then', step.then), branch('else', step.else)]
    case 'switch':
      return [
        ...step.cases.map(one => ({ name: one.branch, label: one.is, steps: one.steps })),
        branch('default', step.default),
      ]
    case 'parallel':
      return step.branches.map(({ name, steps }) => branch(name, steps))
    case 'try':
      return [branch('try', step.try), branch('catch', step.catch)]
    case 'forEach':
    case 'while':
      return [{ name: '', label: 'do', steps: step.do }]
    default:
      return []
  }
}

const branch = (name: string, steps: readonly Step[]): StepBranch => ({ name, label: name, steps })

/** The steps and all that stand inside them, in the order of the file. */
function everyStep(steps: readonly Step[]): Step[] {
  return steps.flatMap(step => [step, ...everyStep(branchesOf(step).flatMap(branch => branch.steps))])
}

/** All steps of a playbook, those of `finally` last. */
export function stepsOf(playbook: { readonly steps: readonly Step[]; readonly finally: readonly Step[] }): Step[] {
  return everyStep([...playbook.steps, ...playbook.finally])
}

/** A path without the numbers of iterations: `each[3].send` and `each[].send` are `each.send`. */
export function plainPath(path: string): string {
  return path.replaceAll(/\[\d*\]/g, '')
}
