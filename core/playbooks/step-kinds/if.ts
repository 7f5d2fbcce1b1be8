/* oxlint-disable unicorn/no-thenable -- `then` is a word of the language; it is never a function, so nothing takes it for a promise */
import type { YamlMap } from '../yaml-tree.ts'
import { valueOf } from '../yaml-tree.ts'
import type { NestedSteps, StepKind } from './step-kind.ts'

/** Chooses between two lists of steps; its condition is the step's own `if`. */
export const ifThenElse: StepKind<'if'> = {
  kind: 'if',
  key: 'then',
  shape: steps => ({
    then: steps.meta({ description: 'Runs when the condition is true.' }),
    else: steps.optional().meta({ description: 'Runs when the condition is false.' }),
  }),
  title: entry => {
    const condition = valueOf(entry, 'if')
    return condition?.kind === 'scalar' ? `if ${String(condition.value).replace(/^\$\{\{\s*|\s*\}\}$/g, '')}` : 'if'
  },
  nested: branches,
  output: () => undefined,
  compile(entry, place, _context, compileSteps) {
    const [yes, no] = ['then', 'else'].map(branch => {
      const nested = branches(entry).find(nested => nested.branch === branch)
      return nested ? compileSteps(nested, place) : []
    })
    return { kind: 'if', then: yes!, else: no! }
  },
  ends: (step, endsList) => endsList(step.then) && endsList(step.else),
  docs: {
    example: `
- if: \${{ lead.email == null }}
  then:
    - return: { outcome: unreachable }
  else:
    - wait: 1h
`,
    text: `The condition is decided once; the run does not look again when it resumes in a branch days later. \`onError\` of this step
is about the condition. What fails inside a branch follows the \`onError\` of the step that failed.

Any other step may have an \`if\` too: when it is false, the step is skipped, its status is \`skipped\` and its output null.`,
    output: 'None: give the steps inside an `id`, or let both branches `set` the same name.',
  },
}

function branches(entry: YamlMap): NestedSteps[] {
  return ['then', 'else'].flatMap(branch => {
    const list = valueOf(entry, branch)
    return list ? [{ branch, list, path: branch }] : []
  })
}
