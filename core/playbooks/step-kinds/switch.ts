import { z } from 'zod'
import { unknownWord } from '../check/check-references.ts'
import { placeIn } from '../compile-context.ts'
import { compileExpressionNode } from '../compile-scalar.ts'
import { filledRecord, words } from '../playbook-file.ts'
import { valueOf, type YamlMap } from '../yaml-tree.ts'
import { NO_EXPRESSION } from './no-expression.ts'
import type { NestedSteps, StepKind } from './step-kind.ts'

/** Chooses one of several lists of steps by a value. */
export const switchCases: StepKind<'switch'> = {
  kind: 'switch',
  key: 'switch',
  shape: steps => ({
    switch: words.expression.meta({ description: 'The value that chooses.' }),
    cases: filledRecord(z.string(), steps, 'A value as text, and the steps for it.'),
    default: steps
      .optional()
      .meta({ description: 'Runs when no case is the value; without it the step does nothing.' }),
  }),
  title: entry => {
    const value = valueOf(entry, 'switch')
    return value?.kind === 'scalar' ? `switch ${String(value.value).replace(/^\$\{\{\s*|\s*\}\}$/g, '')}` : 'switch'
  },
  nested: branches,
  output: () => undefined,
  compile(entry, place, context, compileSteps) {
    const value = valueOf(entry, 'switch')
    const compiled = value && compileExpressionNode(value, placeIn(place, 'switch', context), context)
    const nested = branches(entry)
    const known = value && context.schemas.get(value)
    const cases = valueOf(entry, 'cases')
    for (const { name, key } of known && cases?.kind === 'map' ? cases.entries.values() : []) {
      const fault = unknownWord(name, known!)
      if (fault) context.findings.add({ code: 'WRONG_VALUE', ...fault, path: `${place.path}.cases.${name}`, span: key })
    }
    const standard = nested.find(branch => branch.branch === 'default')
    return {
      kind: 'switch',
      value: compiled ?? NO_EXPRESSION,
      cases: nested
        .filter(branch => branch.branch !== 'default')
        .map(branch => ({ is: branch.name, branch: branch.branch, steps: compileSteps(branch, place) })),
      default: standard ? compileSteps(standard, place) : [],
    }
  },
  ends: (step, endsList) => endsList(step.default) && step.cases.every(one => endsList(one.steps)),
  docs: {
    example: `
- switch: \${{ lead.source }}
  cases:
    REFERRAL:
      - set: { greeting: Nos indicaram você }
    EVENT:
      - set: { greeting: Foi bom conversar no evento }
  default:
    - set: { greeting: Obrigado pelo contato }
`,
    text: `The value is decided once, as text: \`true\`, \`3\` and \`REFERRAL\` are cases. What fails inside follows the \`onError\` of the
step that failed.`,
    output: 'None: give the steps inside an `id`, or let every case `set` the same name.',
  },
}

function branches(entry: YamlMap): (NestedSteps & { readonly name: string })[] {
  const cases = valueOf(entry, 'cases')
  const standard = valueOf(entry, 'default')
  const written = cases?.kind === 'map' ? [...cases.entries.values()] : []
  return [
    ...written.map(({ name, value }, index) => ({ branch: `case${index}`, name, list: value, path: `cases.${name}` })),
    ...(standard ? [{ branch: 'default', name: '', list: standard, path: 'default' }] : []),
  ]
}
