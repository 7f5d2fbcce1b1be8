import { compileEventAccount } from '../check/check-account.ts'
import { checkCorrelate } from '../check/check-event-field.ts'
import { checkEventType } from '../check/check-event-type.ts'
import { z } from 'zod'
import type { JsonSchema } from '../catalog.ts'
import { type CompileContext, placeIn, type StepPlace } from '../compile-context.ts'
import { compileCondition } from '../compile-scalar.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { compileTime } from '../compile-time.ts'
import { eventData } from '../event-schemas.ts'
import { filledRecord, VALUE_MARK, WANTED, words } from '../playbook-file.ts'
import type { Awaited } from '../playbook.ts'
import { entryOf, isText, valueOf, type YamlMap, type YamlNode } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Events of one `all`: each is a row. */
const MOST = 20
const FORMS = ['one', 'any', 'all'] as const

const awaitedSchema = z.strictObject({
  event: words.eventType,
  account: words.account,
  correlate: filledRecord(
    z.string(),
    z.unknown(),
    'Keys of the event, and the values that they must have: whom it must be about.',
  ),
  if: words.expression.optional().meta({ description: 'Here event is the event that arrived.' }),
})

/** Waits until one of some events has come, or each of them, or time is up. */
export const waitFor: StepKind<'waitFor'> = {
  kind: 'waitFor',
  key: 'waitFor',
  shape: () => ({
    waitFor: z
      .strictObject({
        one: awaitedSchema.optional().meta({ description: 'This ends the wait.' }),
        any: z.array(awaitedSchema).min(1).optional().meta({ description: 'The first of these ends the wait.' }),
        all: z
          .array(awaitedSchema)
          .min(1)
          .max(MOST)
          .optional()
          .meta({ description: 'The wait ends when each of these has come.' }),
        timeout: z
          .string({ error: WANTED.duration })
          .optional()
          .meta({
            description: 'When it has passed, the wait ends and the output says timedOut: true.',
            examples: ['5d'],
            [VALUE_MARK]: 'a duration or a moment',
          }),
      })
      .meta({ description: 'Waits for something to happen: one, any or all.' }),
  }),
  title: entry =>
    `wait for ${awaited(entry)
      .map(({ node }) => eventOf(node) ?? '?')
      .join(formOf(entry) === 'all' ? ' and ' : ' or ')}`,
  output(entry, reader): JsonSchema {
    const shown = (nodes: readonly YamlNode[]) => ({
      type: { type: 'string' },
      data: reader.eventData(nodes.map(node => eventOf(node) ?? '')) ?? {},
      at: { type: 'string' },
    })
    const nodes = awaited(entry).map(({ node }) => node)
    const timedOut = { type: 'boolean' }
    if (formOf(entry) !== 'all') return { type: 'object', properties: { ...shown(nodes), timedOut } }
    return {
      type: 'object',
      properties: { events: { type: 'array', items: { type: 'object', properties: shown(nodes) } }, timedOut },
    }
  },
  compile(entry, place, context) {
    const node = valueOf(entry, 'waitFor')
    checkForms(entry, place, context)
    const timeout = valueOf(node, 'timeout')
    if (!timeout)
      context.findings.add({
        code: 'WAIT_WITHOUT_TIMEOUT',
        message: 'Without a timeout this wait may never end; say how long, for example timeout: 10d.',
        path: `${place.path}.waitFor`,
        span: entryOf(entry, 'waitFor')!.key,
      })
    return {
      kind: 'waitFor',
      mode: formOf(entry) === 'all' ? 'all' : 'any',
      events: awaited(entry).map(({ node, below }) => compileAwaited(node, below, place, context)),
      timeout: timeout && compileTime(timeout, placeIn(place, 'waitFor.timeout', context), context),
    }
  },
  docs: {
    example: `
- id: answer
  waitFor:
    any:
      - event: message.received
        correlate: { leadId: '\${{ lead.id }}' }
      - event: meeting.scheduled
        correlate: { leadId: '\${{ lead.id }}' }
    timeout: 5d
- if: \${{ steps.answer.output.timedOut }}
  then:
    - return: { outcome: no-answer }
- id: papers
  waitFor:
    all:
      - { event: contract.signed, correlate: { leadId: '\${{ lead.id }}' } }
      - { event: invoice.paid, correlate: { leadId: '\${{ lead.id }}' }, if: '\${{ event.value > 0 }}' }
    timeout: 30d
- set: { paidAt: '\${{ steps.papers.output.timedOut ? "" : steps.papers.output.events[1].at }}' }
- waitFor:
    one: { event: customer.welcomed, correlate: { leadId: '\${{ lead.id }}' } }
    timeout: 1d
`,
    text: `An event fits when its data has every key of \`correlate\` with the same value, and its \`if\`, where there is one, is true.
Of a plugin with several accounts, \`account\` says which of them is listened to, by its name; without it the default one is, as in a trigger.
Events count from the start of the run on, so an answer that came a moment before this step is not missed; an event
that ended a wait does not end a later one of the same run. Two branches that wait at the same time both hear it, and so do two entries of
\`all\`. Exactly one of events and timeout wins. A \`waitFor\` has \`one\` event, a list of which \`any\` ends it, or a list of up to ${MOST} that
must \`all\` come, in whatever order.`,
    output:
      '`one` and `any`: `{ type, data, at, timedOut: false }` of the event that came, or `{ timedOut: true }`. Ask `timedOut` before you read `data`. `all`: `{ events, timedOut }`, the events in the order in which they are written, each `{ type, data, at }`; after a timeout `null` for one that has not come.',
  },
}

type Form = (typeof FORMS)[number]

/** The first that is written; a second one is a finding. */
function formOf(entry: YamlMap): Form | undefined {
  const node = valueOf(entry, 'waitFor')
  return FORMS.find(form => valueOf(node, form) !== undefined)
}

/** What is waited for, with its path below the step. */
function awaited(entry: YamlMap): readonly { readonly node: YamlNode; readonly below: string }[] {
  const form = formOf(entry)
  const node = form && valueOf(valueOf(entry, 'waitFor'), form)
  if (form === 'one') return node ? [{ node, below: 'waitFor.one' }] : []
  return node?.kind === 'list' ? node.items.map((node, index) => ({ node, below: `waitFor.${form}.${index}` })) : []
}

function checkForms(entry: YamlMap, place: StepPlace, { findings }: CompileContext): void {
  const { key, value: node } = entryOf(entry, 'waitFor')!
  if (node.kind !== 'map') return // the schema has said so
  const [first, second] = FORMS.flatMap(form => entryOf(node, form) ?? [])
  const path = `${place.path}.waitFor`
  if (!first)
    findings.add({
      code: 'MISSING_KEY',
      message: 'A waitFor needs one, any or all: the events that it waits for.',
      path,
      span: key,
    })
  else if (second)
    findings.add({
      code: 'CONFLICTING_KEYS',
      message: `A waitFor has one of one, any and all; this has ${first.name} and ${second.name}. Take one out, or make two steps of it.`,
      path: `${path}.${second.name}`,
      span: second.key,
    })
}

function eventOf(node: YamlNode): string | undefined {
  const event = valueOf(node, 'event')
  return isText(event) ? event.value : undefined
}

function compileAwaited(node: YamlNode, below: string, place: StepPlace, context: CompileContext): Awaited {
  const correlate = valueOf(node, 'correlate')
  const condition = valueOf(node, 'if')
  const type = eventOf(node) ?? ''
  checkEventType(valueOf(node, 'event'), `${place.path}.${below}.event`, context)
  const account =
    node.kind === 'map' ? compileEventAccount(node, type, `${place.path}.${below}.account`, context) : undefined
  const arriving = eventData([type], context.catalog)
  checkCorrelate(correlate, arriving, `${place.path}.${below}.correlate`, context.findings)
  return {
    event: type,
    ...(account === undefined ? {} : { account }),
    correlate: correlate
      ? compileTemplate(correlate, placeIn(place, `${below}.correlate`, context), context)
      : EMPTY_TEMPLATE,
    if:
      condition && compileCondition(condition, { ...placeIn(place, `${below}.if`, context), event: arriving }, context),
  }
}
