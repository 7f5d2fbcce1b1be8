import { z } from 'zod'
import { placeIn } from '../compile-context.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { words } from '../playbook-file.ts'
import { isText, plainOf, valueOf } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Fails with an error of the playbook's own. */
export const raise: StepKind<'raise'> = {
  kind: 'raise',
  key: 'raise',
  shape: () => ({
    raise: z
      .strictObject({
        code: words.errorCode,
        message: z.string().min(1).max(1000).meta({ description: 'For people; may hold expressions.' }),
        retryable: z
          .boolean()
          .optional()
          .meta({ description: 'May a retry of a step around this one help?', default: false }),
      })
      .meta({ description: 'Fails with an error of your own.' }),
  }),
  title: entry => {
    const code = valueOf(valueOf(entry, 'raise'), 'code')
    return isText(code) ? `raise ${code.value}` : 'raise'
  },
  output: () => undefined,
  compile(entry, place, context) {
    const node = valueOf(entry, 'raise')
    const code = valueOf(node, 'code')
    const message = valueOf(node, 'message')
    const retryable = valueOf(node, 'retryable')
    return {
      kind: 'raise',
      code: isText(code) ? code.value : '',
      message: message ? compileTemplate(message, placeIn(place, 'raise.message', context), context) : EMPTY_TEMPLATE,
      retryable: retryable !== undefined && plainOf(retryable) === true,
    }
  },
  ends: () => true,
  docs: {
    example: `
- if: \${{ lead.phone == null && lead.email == null }}
  then:
    - raise: { code: UNREACHABLE, message: 'Não há como falar com \${{ lead.name }}.' }
`,
    text: 'The step fails with this code; a `try` around it can catch it by the code. Nothing that comes after it runs, unless it says `onError: continue`.',
    output: 'None.',
  },
}
