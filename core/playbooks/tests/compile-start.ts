import { didYouMean } from '../../did-you-mean.ts'
import { ACCOUNT_NAME, ACCOUNT_NAME_WANTED } from '../account-name.ts'
import { compileEventAccount } from '../check/check-account.ts'
import { eventData } from '../event-schemas.ts'
import { join } from '../parse-yaml.ts'
import type { TriggerKindName, TriggerOf } from '../playbook.ts'
import { entryOf, isText, plainOf, valueOf, type YamlNode } from '../yaml-tree.ts'
import { compileGiven } from './compile-given.ts'
import type { TestContext, TestedPlaybook } from './test-context.ts'
import type { ComingStart, TestEvent, TestStart } from './playbook-test.ts'

/** The events of triggers that are addressed to one playbook. */
const FIRING = { schedule: 'schedule.fired', webhook: 'webhook.received', manual: 'manual.started' } as const

/** What begins a test: what it says, else the first trigger. `startsNothing`: the test expects that no run begins. */
export function compileStart(node: YamlNode, path: string, startsNothing: boolean, context: TestContext): TestStart {
  const event = valueOf(node, 'event')
  const inputs = entryOf(node, 'inputs')
  if (event && inputs)
    context.findings.add({
      code: 'CONFLICTING_KEYS',
      message:
        'A test begins with an event, whose trigger gives the inputs, or by hand with inputs. Take one of the two out.',
      path: join(path, 'inputs'),
      span: inputs.key,
    })
  const [first] = context.playbook.triggers
  const isByHand = !event && (inputs !== undefined || !first || first.kind === 'manual')
  const starter = entryOf(node, 'startedBy')
  if (starter && !isByHand)
    context.findings.add({
      code: 'CONFLICTING_KEYS',
      message:
        '"startedBy" says who starts a run by hand, and this test begins otherwise. Write inputs, or take it out.',
      path: join(path, 'startedBy'),
      span: starter.key,
    })
  if (event) return compileEvent(event, join(path, 'event'), startsNothing, context)
  if (isByHand || !first || first.kind === 'manual') return byHand(node, path, context)
  switch (first.kind) {
    case 'event':
      return { kind: 'event', event: { type: first.event, data: {} } }
    case 'schedule':
      return { kind: 'schedule', trigger: first.key }
    case 'webhook':
      return { kind: 'webhook', trigger: first.key, data: {} }
    default:
      return first satisfies never
  }
}

/** A start by hand; `node` is what has the `inputs`. */
export function byHand(node: YamlNode, path: string, context: TestContext): ComingStart {
  const words = { owner: 'The playbook', under: 'the inputs of this test' }
  const { inputs } = context.playbook
  const by = valueOf(node, 'startedBy')
  return {
    kind: 'hand',
    by: isText(by) ? by.value : undefined,
    inputs: compileGiven(valueOf(node, 'inputs'), inputs, join(path, 'inputs'), node, context, words),
  }
}

function compileEvent(node: YamlNode, path: string, startsNothing: boolean, context: TestContext): TestStart {
  const event = eventOf(node, path, context)
  const type = valueOf(node, 'type')
  const types = startingTypes(context.playbook)
  if (type && !types.includes(event.type) && !startsNothing)
    context.findings.add({
      code: 'TEST_EVENT',
      message:
        event.type === FIRING.manual
          ? 'A test starts a run by hand with inputs in the place of the event; write inputs: {} where it needs none.'
          : `${JSON.stringify(event.type)} starts nothing: this playbook starts with ${types.join(', ') || 'inputs only'}.`,
      path: join(path, 'type'),
      span: type,
      suggestion: didYouMean(event.type, types),
    })
  const { playbook } = context
  if (event.type === FIRING.schedule && triggersOf(playbook, 'schedule').length > 0)
    return compileTick(node, path, context)
  return comingStart(node, path, event, context)
}

/** An event, or a post to a webhook where the playbook has one. */
export function comingStart(node: YamlNode, path: string, event: TestEvent, context: TestContext): ComingStart {
  const webhooks = triggersOf(context.playbook, 'webhook')
  if (event.type !== FIRING.webhook || webhooks.length === 0) return { kind: 'event', event }
  const trigger = named(node, path, 'webhook', webhooks, context) ?? webhooks[0]!.key
  if (webhooks.length > 1 && !valueOf(node, 'webhook'))
    context.findings.add({
      code: 'TEST_EVENT',
      message: `This playbook has ${webhooks.length} webhooks; say to which it is posted: webhook: ${webhooks[0]!.id}.`,
      path: join(path, 'webhook'),
      span: valueOf(node, 'type') ?? node,
    })
  const { webhook: _webhook, ...data } = event.data
  return { kind: 'webhook', trigger, data }
}

/** A tick is the clock's: of its event only the schedule can be chosen. */
function compileTick(node: YamlNode, path: string, context: TestContext): TestStart {
  const other =
    node.kind === 'map' && [...node.entries.values()].find(({ name }) => !['type', 'schedule'].includes(name))
  if (other)
    context.findings.add({
      code: 'TEST_EVENT',
      message: `The clock fires a schedule at its time, and "${other.name}" comes from there; take it out, or set now.`,
      path: join(path, other.name),
      span: other.key,
    })
  return { kind: 'schedule', trigger: named(node, path, 'schedule', triggersOf(context.playbook, 'schedule'), context) }
}

/** The key of the trigger that an event names. */
function named(
  node: YamlNode,
  path: string,
  kind: 'schedule' | 'webhook',
  triggers: readonly { readonly key: string }[],
  { findings }: TestContext,
): string | undefined {
  const written = valueOf(node, kind)
  if (!written) return undefined
  const known = triggers.map(({ key }) => key.slice(kind.length + 1))
  const name = plainOf(written)
  if (isText(written) && known.includes(written.value)) return `${kind}/${written.value}`
  findings.add({
    code: 'TEST_EVENT',
    message: `This playbook has no ${kind} ${JSON.stringify(name)}; it has ${known.join(', ')}.`,
    path: join(path, kind),
    span: written,
    suggestion: didYouMean(String(name), known),
  })
  return undefined
}

function triggersOf<Kind extends TriggerKindName>(playbook: TestedPlaybook, kind: Kind): TriggerOf<Kind>[] {
  return playbook.triggers.filter(trigger => trigger.kind === kind) as TriggerOf<Kind>[]
}

/** Types of the events that a playbook begins with. */
export function startingTypes({ triggers }: TestedPlaybook): string[] {
  const types = triggers.flatMap(trigger => {
    if (trigger.kind === 'event') return [trigger.event]
    return trigger.kind === 'manual' ? [] : [FIRING[trigger.kind]]
  })
  return [...new Set(types)]
}

/** What is written of an event. `account` says which of the plugin's accounts heard of it, unless the event has a field of that name. */
export function eventOf(node: YamlNode, path: string, context: TestContext): TestEvent {
  if (node.kind !== 'map') return { type: '', data: {} }
  const { type: written, ...data } = plainOf(node) as Record<string, unknown>
  const type = typeof written === 'string' ? written : ''
  if (eventData([type], context.catalog)?.properties?.['account'] !== undefined) return { type, data }
  const account = compileEventAccount(node, type, join(path, 'account'), context)
  if (account === undefined) return { type, data }
  if (!ACCOUNT_NAME.test(account))
    context.findings.add({
      code: 'TEST_EVENT',
      message: `"account" must be the name of an account, ${ACCOUNT_NAME_WANTED}; found ${JSON.stringify(account)}.`,
      path: join(path, 'account'),
      span: valueOf(node, 'account')!,
    })
  const { account: _account, ...rest } = data
  return { type, data: rest, account }
}
