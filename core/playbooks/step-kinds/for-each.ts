import { z } from 'zod'
import { lentKey, placeIn } from '../compile-context.ts'
import { compileExpressionNode } from '../compile-scalar.ts'
import { typeName } from '../expressions/explain.ts'
import { words } from '../playbook-file.ts'
import { SETTLED_STATUS, STEP_ERROR } from '../record-schemas.ts'
import { itemOf } from '../schema-fields.ts'
import { LOOP } from '../step-index.ts'
import { entryOf, isText, plainOf, valueOf, type YamlMap } from '../yaml-tree.ts'
import { NO_EXPRESSION } from './no-expression.ts'
import type { NestedSteps, StepKind } from './step-kind.ts'

export const MAX_AT_ONCE = 1000

/** Runs a list of steps once for each item of a list. */
export const forEach: StepKind<'forEach'> = {
  kind: 'forEach',
  key: 'forEach',
  shape: steps => ({
    forEach: z
      .strictObject({
        in: words.expression.meta({ description: 'The list.' }),
        as: words.name.optional().meta({ description: 'Names the item: vars.<as>.', default: 'item' }),
        index: words.name.optional().meta({ description: 'Names its position, from 0: vars.<index>.' }),
        limit: z.int().min(1).max(MAX_AT_ONCE).optional().meta({ description: 'Items at once.', default: 1 }),
        mode: z.enum(['all', 'settled']).optional().meta({
          description: 'all fails with the first failure; settled waits for every outcome.',
          default: 'all',
        }),
      })
      .meta({ description: 'Repeats steps for each item of a list.' }),
    do: steps.meta({ description: 'The steps, once an item.' }),
  }),
  title: entry => `for each ${nameOf(entry, 'as') ?? 'item'}`,
  lends: entry => [nameOf(entry, 'as') ?? 'item', nameOf(entry, 'index')].filter(name => name !== undefined),
  nested: body,
  output: (entry, reader) => {
    const [inner] = body(entry)
    const last = (inner && reader.ofLast(inner.list)) ?? {}
    if (plain(entry, 'mode') !== 'settled') return { type: 'array', items: last }
    return {
      type: 'array',
      items: { type: 'object', properties: { status: SETTLED_STATUS, output: last, error: STEP_ERROR } },
    }
  },
  compile(entry, place, context, compileSteps) {
    const list = valueOf(valueOf(entry, 'forEach'), 'in')
    const expression = list && compileExpressionNode(list, placeIn(place, 'forEach.in', context), context)
    const type = list && context.types.get(list)
    if (expression && type !== undefined && !type.startsWith('list') && !type.startsWith('dyn'))
      context.findings.add({
        code: 'EXPRESSION_TYPE',
        message: `forEach goes through a list; this is ${typeName(type)}.`,
        path: `${place.path}.forEach.in`,
        span: list,
      })
    const known = list && context.schemas.get(list)
    const item = known && itemOf(known)
    if (item) context.lentSchemas.set(lentKey(nameOf(entry, 'as') ?? 'item', [...place.address, LOOP]), item)
    const [inner] = body(entry)
    const limit = plain(entry, 'limit')
    return {
      kind: 'forEach',
      in: expression ?? NO_EXPRESSION,
      as: nameOf(entry, 'as') ?? 'item',
      index: nameOf(entry, 'index'),
      limit: typeof limit === 'number' ? limit : 1,
      mode: plain(entry, 'mode') === 'settled' ? 'settled' : 'all',
      do: inner ? compileSteps(inner, place) : [],
    }
  },
  docs: {
    example: `
- id: notes
  forEach: { in: '\${{ ["proposta", "contrato"] }}', as: topic, index: position, limit: 2 }
  do:
    - uses: crm/update-lead
      with: { leadId: '\${{ lead.id }}', summary: '\${{ vars.position }}: \${{ vars.topic }}' }
      onError: continue
`,
    text: `The list is read once, when the step begins, and stays that list whatever happens to the record it came from. Each item has
steps of its own in the run, \`notes[0].0\`, and keys of its own for what they send. Up to \`limit\` items are under way at once; a waiting
item counts. An empty list is done at once; null, or what is no list, is an error. A step in the loop can read the steps of its own
item and those before the loop, and nobody outside can read them: take the output of the loop.`,
    output:
      'A list in the order of the items: the output of the last step for each, or, with `mode: settled`, `{ status, output }` or `{ status, error }`.',
  },
}

function body(entry: YamlMap): NestedSteps[] {
  const list = entryOf(entry, 'do')?.value
  return list ? [{ branch: LOOP, list, path: 'do' }] : []
}

function nameOf(entry: YamlMap, key: string): string | undefined {
  const node = valueOf(valueOf(entry, 'forEach'), key)
  return isText(node) ? node.value : undefined
}

function plain(entry: YamlMap, key: string): unknown {
  const node = valueOf(valueOf(entry, 'forEach'), key)
  return node && plainOf(node)
}
