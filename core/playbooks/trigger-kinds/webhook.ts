import { z } from 'zod'
import { compileCondition, compileExpressionNode } from '../compile-scalar.ts'
import { parseDuration, shortDuration } from '../duration.ts'
import { VALUE_MARK, words } from '../playbook-file.ts'
import { isText, plainOf, valueOf } from '../yaml-tree.ts'
import { beforeRun, compileTriggerInputs, inputsKey } from './before-run.ts'
import type { TriggerKind } from './trigger-kind.ts'

/** The longest that a sender is kept waiting for the output of the run. */
const MAX_WAIT_MS = 60_000
/** What `wait: true` is. */
const WAIT_MS = 30_000
const EVENT = 'webhook.received'

/** Something was posted to an address of the playbook's own. */
export const webhook: TriggerKind<'webhook'> = {
  kind: 'webhook',
  shape: {
    webhook: z
      .strictObject({
        id: z
          .string()
          .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
          .max(60)
          .meta({ description: 'Names it, in lower case with hyphens: its address stays as long as its name does.' }),
        if: words.expression.optional().meta({ description: 'Only when this is true. Sees event only.' }),
        dedupe: words.expression
          .optional()
          .meta({ description: 'What is the same for two posts of one thing, ${{ event.body.id }}. Sees event only.' }),
        wait: z
          .union([words.duration, z.literal(true)])
          .optional()
          .meta({
            description: `Answer with the output of the run if it ends within this, up to ${shortDuration(MAX_WAIT_MS)}; true is ${shortDuration(WAIT_MS)}.`,
            [VALUE_MARK]: 'a duration or `true`',
          }),
        signed: z
          .boolean()
          .optional()
          .meta({ description: 'Take only what is signed with the secret of the webhook.', default: false }),
        inputs: inputsKey,
      })
      .meta({ description: 'Something is posted.' }),
  },
  event: () => EVENT,
  compile(entry, path, context) {
    const node = valueOf(entry, 'webhook')
    if (node?.kind !== 'map') return undefined
    const at = `${path}.webhook`
    const id = valueOf(node, 'id')
    const [condition, dedupe, wait, signed] = ['if', 'dedupe', 'wait', 'signed'].map(key => valueOf(node, key))
    const waitMs = isText(wait) ? parseDuration(wait.value) : wait && plainOf(wait) === true ? WAIT_MS : undefined
    if (wait && waitMs !== undefined && (waitMs < 1000 || waitMs > MAX_WAIT_MS))
      context.findings.add({
        code: 'OUT_OF_RANGE',
        message: `"wait" must be from 1s to ${shortDuration(MAX_WAIT_MS)}, found ${shortDuration(waitMs)}; for more, whoever posts asks the address in the answer.`,
        path: `${at}.wait`,
        span: wait,
      })
    return {
      kind: 'webhook',
      key: `webhook/${isText(id) ? id.value : ''}`,
      id: isText(id) ? id.value : '',
      if: condition && compileCondition(condition, beforeRun(`${at}.if`, EVENT, context), context),
      dedupe: dedupe && compileExpressionNode(dedupe, beforeRun(`${at}.dedupe`, EVENT, context), context),
      waitMs,
      signed: signed ? plainOf(signed) === true : false,
      inputs: compileTriggerInputs(node, at, EVENT, context),
    }
  },
  docs: {
    example: `
inputs:
  email: { type: string, required: true }
triggers:
  - webhook:
      id: signup-form
      if: \${{ event.body.consent == true }}
      dedupe: \${{ event.body.id }}
      wait: 10s
      inputs: { email: '\${{ event.body.email }}' }
`,
    text: `Each webhook has an address that nobody can guess and that outlives every version; the page of the playbook shows it, with a second one for
trying out: what is posted there starts nothing and is shown. A post is JSON; \`event.body\` is what was posted, \`event.headers\` its headers (names in
lower case, without cookies and credentials) and \`event.query\` what stood after the \`?\`. The answer is 202 once the post is stored, with an
address where the run can be asked for; with \`wait\`, a duration or \`true\`, it is the output of the run if that ends in time. The same \`dedupe\` value, or without one
the same \`idempotency-key\` or \`webhook-id\` header, starts once. A GET with \`hub.challenge\`, \`challenge\` or \`validationToken\` is answered
with its value. \`signed: true\` asks for a signature as Standard Webhooks has it.`,
  },
}
