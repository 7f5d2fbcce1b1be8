import { z } from 'zod'
import { placeIn } from '../compile-context.ts'
import { compileCondition } from '../compile-scalar.ts'
import { words } from '../playbook-file.ts'
import { isText, valueOf, type YamlMap } from '../yaml-tree.ts'
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
