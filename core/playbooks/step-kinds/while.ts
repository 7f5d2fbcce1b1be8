import { z } from 'zod'
import { placeIn } from '../compile-context.ts'
import { compileCondition } from '../compile-scalar.ts'
import { words } from '../playbook-file.ts'
import { LOOP } from '../step-index.ts'
import { plainOf, valueOf, type YamlMap } from '../yaml-tree.ts'
import { NO_EXPRESSION } from './no-expression.ts'
import type { NestedSteps, StepKind } from './step-kind.ts'

export const MAX_ITERATIONS = 10_000

/** Runs a list of steps again and again, as long as a condition holds. */
export const whileLoop: StepKind<'while'> = {
  kind: 'while',
  key: 'while',
  shape: steps => ({
    while: words.expression.meta({ description: 'Asked before every time; the loop ends when it is false.' }),
    max: z
      .int()
      .min(1)
      .max(MAX_ITERATIONS)
      .meta({ description: 'How many times at most; the step fails with LIMIT when one more is wanted.' }),
    do: steps.meta({ description: 'The steps.' }),
  }),
  title: entry => {
    const condition = valueOf(entry, 'while')
    return condition?.kind === 'scalar'
      ? `while ${String(condition.value).replace(/^\$\{\{\s*|\s*\}\}$/g, '')}`
      : 'while'
  },
  nested: body,
  output: (entry, reader) => {
    const [inner] = body(entry)
    const last = (inner && reader.ofLast(inner.list)) ?? {}
    return { type: 'object', properties: { iterations: { type: 'integer' }, output: last } }
  },
  compile(entry, place, context, compileSteps) {
    const condition = valueOf(entry, 'while')
    const max = valueOf(entry, 'max')
    const times = max && plainOf(max)
    const [inner] = body(entry)
    return {
      kind: 'while',
      condition: (condition && compileCondition(condition, placeIn(place, 'while', context), context)) ?? NO_EXPRESSION,
      max: typeof times === 'number' ? times : 1,
      do: inner ? compileSteps(inner, place) : [],
    }
  },
  docs: {
    example: `
- set: { tries: 0 }
- id: chase
  while: \${{ vars.tries < 3 && lead.score == null }}
  max: 3
  do:
    - set: { tries: '\${{ vars.tries + 1 }}' }
    - wait: 1d
`,
    text: `Each decision is remembered, so a restart does not ask again. What one iteration leaves for the next it says with \`set\`;
steps inside are read only within the same iteration. The condition cannot read them either.`,
    output: '`{ iterations, output }`: how many, and the output of the last step of the last one.',
  },
}

function body(entry: YamlMap): NestedSteps[] {
  const list = valueOf(entry, 'do')
  return list ? [{ branch: LOOP, list, path: 'do' }] : []
}
