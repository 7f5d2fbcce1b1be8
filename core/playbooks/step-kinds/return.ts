import { z } from 'zod'
import { placeIn } from '../compile-context.ts'
import { compileTemplate } from '../compile-template.ts'
import { valueOf } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Ends the run as completed, with this value. */
export const returnStep: StepKind<'return'> = {
  kind: 'return',
  key: 'return',
  shape: () => ({ return: z.unknown().meta({ description: 'Ends the run here; the value is its result.' }) }),
  title: () => 'return',
  output: () => undefined,
  compile: (entry, place, context) => ({
    kind: 'return',
    value: compileTemplate(valueOf(entry, 'return')!, placeIn(place, 'return', context), context),
  }),
  ends: () => true,
  docs: {
    example: `
- if: \${{ lead.unsubscribed }}
  return: { outcome: disqualified }
- return: { outcome: nurtured, score: '\${{ lead.score }}' }
`,
    text: 'The run is then completed, not failed. `outputs` of the playbook are for runs that come to their last step; after a `return` its value stands instead.',
    output: 'The value, which is the result of the run.',
  },
}
