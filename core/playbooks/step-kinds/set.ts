import { z } from 'zod'
import { placeIn } from '../compile-context.ts'
import { compileTemplate } from '../compile-template.ts'
import { words } from '../playbook-file.ts'
import { valueOf } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Gives names to values: `vars.<name>` from then on. */
export const set: StepKind<'set'> = {
  kind: 'set',
  key: 'set',
  shape: () => ({
    set: z
      .record(words.name, z.unknown())
      .meta({ description: 'Names and values: vars.<name> in expressions after it.' }),
  }),
  title: entry => `set ${set.sets!(entry).join(', ')}`,
  sets: entry => {
    const values = valueOf(entry, 'set')
    return values?.kind === 'map' ? [...values.entries.keys()] : []
  },
  output: () => undefined,
  compile: (entry, place, context) => ({
    kind: 'set',
    values: compileTemplate(valueOf(entry, 'set')!, placeIn(place, 'set', context), context),
  }),
  docs: {
    example: `
- set:
    hot: \${{ default(lead.score, 0) >= 80 }}
    greeting: Olá, \${{ lead.name }}!
- if: \${{ vars.hot }}
  then:
    - return: \${{ vars.greeting }}
`,
    text: 'All values of one `set` are computed first and then named, so one of them cannot use another. Setting a name again replaces its value.',
    output: 'The names and values.',
  },
}
