import { z } from 'zod'
import { APPROVER_ROLES, EMAIL } from '../approvers.ts'
import { type CompileContext, placeIn, type StepPlace } from '../compile-context.ts'
import { compileFields } from '../compile-inputs.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { compileTime } from '../compile-time.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { parseDuration } from '../duration.ts'
import { hasExpression } from '../expressions/split-template.ts'
import { inputs, VALUE_MARK, WANTED } from '../playbook-file.ts'
import { describeNode, entryOf, isText, plainOf, valueOf, type YamlMap, type YamlNode } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Asks people, and waits for their decision. */
export const approval: StepKind<'approval'> = {
  kind: 'approval',
  key: 'approval',
  shape: () => ({
    approval: z
      .strictObject({
        title: z.string().min(1).max(300).meta({ description: 'What they decide on; may hold expressions.' }),
        message: z
          .string()
          .max(10_000)
          .optional()
          .meta({ description: 'What they should know; may hold expressions.' }),
        of: z.unknown().meta({
          description:
            'Whom to ask: e-mail addresses, also of people without an account, and roles such as role:ADMIN.',
          [VALUE_MARK]: 'a list, or an expression',
        }),
        required: z.int().min(1).max(100).optional().meta({ description: 'Approvals that it takes.', default: 1 }),
        form: inputs.optional().meta({ description: 'What whoever approves fills in, written as inputs are.' }),
        timeout: z
          .string({ error: WANTED.duration })
          .optional()
          .meta({
            description: 'When it has passed, onTimeout says what happens.',
            examples: ['2d'],
            [VALUE_MARK]: 'a duration or a moment',
          }),
        onTimeout: z
          .enum(['approve', 'reject', 'fail'])
          .optional()
          .meta({ description: 'What it means when time is up; fail is an error TIMEOUT.', default: 'fail' }),
        selfApproval: z
          .boolean()
          .optional()
          .meta({ description: 'May whoever started the run by hand decide?', default: false }),
        veto: z.boolean().optional().meta({ description: 'Does the first rejection decide?', default: false }),
      })
      .meta({ description: 'Asks people to decide.' }),
  }),
  title: entry => {
    const title = valueOf(valueOf(entry, 'approval'), 'title')
    return isText(title) && !hasExpression(title.value) ? title.value : 'approval'
  },
  output: entry => {
    const form = valueOf(valueOf(entry, 'approval'), 'form')
    const names = form?.kind === 'map' ? [...form.entries.keys()] : []
    return {
      type: 'object',
      properties: {
        approved: { type: 'boolean' },
        decision: { type: 'string', enum: ['approved', 'rejected', 'timedOut'] },
        by: { type: 'array' },
        comment: { type: ['string', 'null'] },
        form: { type: 'object', properties: Object.fromEntries(names.map(name => [name, {}])) },
        at: { type: 'string' },
      },
    }
  },
  compile(entry, place, context) {
    const node = valueOf(entry, 'approval')
    const [title, message, of, timeout] = ['title', 'message', 'of', 'timeout'].map(key => valueOf(node, key))
    const template = (value: YamlNode | undefined, key: string) =>
      value ? compileTemplate(value, placeIn(place, `approval.${key}`, context), context) : EMPTY_TEMPLATE
    const required = plainAt(node, 'required')
    const atLeast = typeof required === 'number' ? required : 1
    if (node?.kind === 'map') checkPeople(node, atLeast, place, context)
    if (node?.kind === 'map') checkTimeout(node, entry, place, context)
    const onTimeout = plainAt(node, 'onTimeout')
    return {
      kind: 'approval',
      asks: template(title, 'title'),
      message: message && template(message, 'message'),
      of: template(of, 'of'),
      required: atLeast,
      form: compileFields(valueOf(node, 'form'), `${place.path}.approval.form`, context),
      timeout: timeout && compileTime(timeout, placeIn(place, 'approval.timeout', context), context),
      onTimeout: onTimeout === 'approve' || onTimeout === 'reject' ? onTimeout : 'fail',
      selfApproval: plainAt(node, 'selfApproval') === true,
      veto: plainAt(node, 'veto') === true,
    }
  },
  docs: {
    example: `
- id: discount
  approval:
    title: 'Desconto para \${{ lead.name }}'
    message: 'Score \${{ lead.score }}. Quanto podemos dar?'
    of: [role:ADMIN, carla@example.com]
    form:
      percent: { type: number, required: true }
    timeout: 2d
    onTimeout: reject
- if: \${{ steps.discount.output.approved }}
  then:
    - return: { percent: '\${{ steps.discount.output.form.percent }}' }
`,
    text: `What is asked, and of whom, is fixed when the step begins. Everybody who is asked finds it under Approvals and gets an e-mail through
the workspace's \`email/send\` with a link that is theirs alone; a role means everybody who has exactly that role. Looking decides
nothing; everybody decides once, and who comes later is told who decided and when. It is rejected as soon as \`required\` approvals can
not be reached any more, or with \`veto\` at the first rejection. Whoever started the run by hand is not asked, unless \`selfApproval\`
allows it. Exactly one of decision and timeout wins. A run that is cancelled withdraws what it asked.`,
    output:
      '`{ approved, decision, by, comment, form, at }`. `decision` is `approved`, `rejected` or `timedOut`; `by` lists `{ email, name, decision, comment, at }`; `form` is what was filled in.',
  },
}

/** What is written down can be held against what is meant; the rest is asked when the step begins. */
function checkPeople(node: YamlMap, required: number, place: StepPlace, { findings }: CompileContext): void {
  const path = `${place.path}.approval.of`
  const of = valueOf(node, 'of')
  if (!of) return // the schema has said so
  const listed = of.kind === 'list' ? of.items : [of]
  let people = 0
  let countable = true
  for (const [index, item] of listed.entries()) {
    const at = of.kind === 'list' ? `${path}.${index}` : path
    if (isText(item) && hasExpression(item.value)) countable = false
    else if (isText(item) && EMAIL.test(item.value.trim())) people++
    else if (isText(item) && APPROVER_ROLES.some(role => item.value.trim() === `role:${role}`)) countable = false
    else {
      const message = `An approval is asked of e-mail addresses and roles (${APPROVER_ROLES.map(role => `role:${role}`).join(', ')}), found ${describeNode(item)}.`
      const suggestion = isText(item)
        ? didYouMean(
            item.value
              .replace(/^(role:)?/i, 'role:')
              .toUpperCase()
              .replace('ROLE:', 'role:'),
            APPROVER_ROLES.map(role => `role:${role}`),
          )
        : undefined
      findings.add({ code: 'WRONG_VALUE', message, path: at, span: item, suggestion })
      countable = false
    }
  }
  if (!countable || people >= required) return
  const message = `"required" is ${required}, and ${people === 1 ? '1 person is' : `${people} people are`} asked.`
  findings.add({ code: 'OUT_OF_RANGE', message, path, span: of })
}

function checkTimeout(node: YamlMap, entry: YamlMap, place: StepPlace, { findings }: CompileContext): void {
  const timeout = valueOf(node, 'timeout')
  if (isText(timeout) && parseDuration(timeout.value) === 0)
    findings.add({
      code: 'OUT_OF_RANGE',
      message: `"timeout" must leave time for a decision; found ${describeNode(timeout)}.`,
      path: `${place.path}.approval.timeout`,
      span: timeout,
    })
  if (timeout) return
  const onTimeout = entryOf(node, 'onTimeout')
  if (onTimeout)
    return findings.add({
      code: 'MISSING_KEY',
      message: '"onTimeout" says what happens when time is up; "timeout" is missing.',
      path: `${place.path}.approval.timeout`,
      span: onTimeout.key,
    })
  findings.add({
    code: 'WAIT_WITHOUT_TIMEOUT',
    message: 'Without a timeout this wait may never end; say how long, for example timeout: 2d.',
    path: `${place.path}.approval`,
    span: entryOf(entry, 'approval')!.key,
  })
}

function plainAt(node: YamlNode | undefined, key: string): unknown {
  const value = valueOf(node, key)
  return value && plainOf(value)
}
