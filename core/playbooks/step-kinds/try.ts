import { z } from 'zod'
import { didYouMean } from '../../did-you-mean.ts'
import { ERROR_CODES } from '../../errors.ts'
import { type CompileContext, lentKey, placeIn } from '../compile-context.ts'
import { compileCondition } from '../compile-scalar.ts'
import { words } from '../playbook-file.ts'
import { CAUGHT_ERROR } from '../record-schemas.ts'
import { isText, valueOf, type YamlMap, type YamlNode } from '../yaml-tree.ts'
import type { NestedSteps, StepKind } from './step-kind.ts'

/** Runs steps, and others where one of them fails. */
export const tryCatch: StepKind<'try'> = {
  kind: 'try',
  key: 'try',
  shape: steps => ({
    try: steps.meta({ description: 'The steps that may fail.' }),
    catch: z
      .strictObject({
        errors: z
          .array(words.errorCode)
          .min(1)
          .optional()
          .meta({ description: 'Codes that are caught; every code without it.' }),
        when: words.expression.optional().meta({ description: 'Caught only when this is true; sees vars.<as>.' }),
        as: words.name.optional().meta({
          description: 'Names the error: vars.<as>, with code, message, retryable and path.',
          default: 'error',
        }),
        do: steps.meta({ description: 'What happens then.' }),
      })
      .meta({ description: 'What is caught, and what happens then.' }),
  }),
  title: () => 'try',
  nested: branches,
  output: () => undefined,
  lends: (entry, branch) => (branch === 'catch' ? [nameOf(entry)] : []),
  compile(entry, place, context, compileSteps) {
    const handler = valueOf(entry, 'catch')
    const errors = valueOf(handler, 'errors')
    const when = valueOf(handler, 'when')
    if (errors?.kind === 'list') checkCodes(errors.items, valueOf(entry, 'try'), place.path, context)
    context.lentSchemas.set(lentKey(nameOf(entry), [...place.address, 'catch']), {
      schema: CAUGHT_ERROR,
      root: CAUGHT_ERROR,
    })
    const [attempt, caught] = ['try', 'catch'].map(branch => {
      const nested = branches(entry).find(nested => nested.branch === branch)
      return nested ? compileSteps(nested, place) : []
    })
    const at = placeIn(place, 'catch.when', context)
    return {
      kind: 'try',
      try: attempt!,
      errors: errors?.kind === 'list' ? errors.items.filter(isText).map(node => node.value) : [],
      when: when && compileCondition(when, { ...at, address: [...place.address, 'catch', 0] }, context),
      as: nameOf(entry),
      catch: caught!,
    }
  },
  docs: {
    example: `
- id: person
  try:
    - uses: enrichment/person
      with: { email: '\${{ lead.email }}' }
  catch:
    errors: [TIMEOUT, UNAVAILABLE]
    as: problem
    do:
      - uses: crm/update-lead
        with: { leadId: '\${{ lead.id }}', summary: 'Sem enriquecimento: \${{ vars.problem.message }}' }
        onError: continue
`,
    text: `The first step inside that fails for good (after its retries, and unless it says \`onError: continue\`) ends the \`try\`. Where
its code is not among \`errors\`, or \`when\` is false, the step fails with it, and \`onError\` of the \`try\` says what that means. A
failure inside \`catch\` is a failure of the step. A \`return\` on either side ends the run; a run that is cancelled is not caught.`,
    output: 'The output of the last step of the side that ran last.',
  },
}

/**
 * A code that differs by a letter or two from one that the host has, and that nothing inside raises, is likely never caught. What a plugin or another playbook
 * raises has names of its own, so any other code is fine.
 */
function checkCodes(
  nodes: readonly YamlNode[],
  attempt: YamlNode | undefined,
  path: string,
  { findings }: CompileContext,
): void {
  const raised = new Set(attempt ? codesRaisedIn(attempt) : [])
  for (const [index, node] of nodes.entries()) {
    if (!isText(node) || !/^[A-Z]/.test(node.value) || raised.has(node.value)) continue
    if ((ERROR_CODES as readonly string[]).includes(node.value)) continue
    const suggestion = didYouMean(node.value, [...raised, ...ERROR_CODES], 2)
    if (suggestion !== undefined)
      findings.add({
        code: 'UNKNOWN_ERROR',
        message: `No error of the host has the code ${node.value}, and nothing in this try raises it.`,
        path: `${path}.catch.errors.${index}`,
        span: node,
        suggestion,
      })
  }
}

function codesRaisedIn(node: YamlNode): string[] {
  if (node.kind === 'list') return node.items.flatMap(codesRaisedIn)
  if (node.kind !== 'map') return []
  const code = valueOf(valueOf(node, 'raise'), 'code')
  const own = isText(code) ? [code.value] : []
  return [...own, ...Array.from(node.entries.values(), ({ value }) => codesRaisedIn(value)).flat()]
}

function branches(entry: YamlMap): NestedSteps[] {
  const attempt = valueOf(entry, 'try')
  const caught = valueOf(valueOf(entry, 'catch'), 'do')
  return [
    ...(attempt ? [{ branch: 'try', list: attempt, path: 'try' }] : []),
    ...(caught ? [{ branch: 'catch', list: caught, path: 'catch.do' }] : []),
  ]
}

function nameOf(entry: YamlMap): string {
  const node = valueOf(valueOf(entry, 'catch'), 'as')
  return isText(node) ? node.value : 'error'
}
