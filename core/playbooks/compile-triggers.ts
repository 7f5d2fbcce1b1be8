import { didYouMean } from '../did-you-mean.ts'
import { checkShape, headOf, spanOf } from './check/shape.ts'
import type { CompileContext } from './compile-context.ts'
import type { Trigger } from './playbook.ts'
import { TRIGGER_SCHEMAS, triggerKinds, triggerKindsOf } from './trigger-kinds.ts'
import type { TriggerKind } from './trigger-kinds/trigger-kind.ts'
import { describeNode, valueOf, type YamlMap, type YamlNode } from './yaml-tree.ts'

/** What starts runs of the playbook. */
export function compileTriggers(root: YamlNode, context: CompileContext): Trigger[] {
  if (root.kind === 'map' && saysNothingOfTriggers(root))
    context.findings.add({
      code: 'NO_TRIGGER',
      message:
        'Nothing starts this playbook; give it triggers, for example - event: lead.captured. If only people or other playbooks are to start it, say triggers: [].',
      path: 'triggers',
      span: headOf(root, context.findings),
    })
  const triggers: Trigger[] = []
  const keys = new Set<string>()
  for (const [index, entry] of triggerNodes(root).entries()) {
    const trigger = compileTrigger(entry, `triggers.${index}`, context)
    if (!trigger) continue
    // two of one key differ in their condition or their inputs; those that follow are counted
    let { key } = trigger
    if (keys.has(key)) reportTwins(entry, `triggers.${index}`, key, context)
    for (let count = 2; keys.has(key); count++) key = `${trigger.key}#${count}`
    keys.add(key)
    triggers.push({ ...trigger, key })
  }
  return triggers
}

/** A name is given once: an address, or a next tick, belongs to it. */
function reportTwins(entry: YamlNode, path: string, key: string, { findings }: CompileContext): void {
  for (const kind of ['webhook', 'schedule']) {
    const id = valueOf(valueOf(entry, kind), 'id')
    const message = `Two triggers are called "${key.slice(kind.length + 1)}"; give one of them another id.`
    if (id) findings.add({ code: 'DUPLICATE_ID', message, path: `${path}.${kind}.id`, span: id })
  }
}

/** The types of the events that runs start with. */
export function eventTypes(root: YamlNode): readonly string[] {
  return triggerNodes(root).flatMap(node =>
    node.kind === 'map' ? triggerKindsOf(node).flatMap(kind => kind.event(node) ?? []) : [],
  )
}

function triggerNodes(root: YamlNode): readonly YamlNode[] {
  const node = valueOf(root, 'triggers')
  return node?.kind === 'list' ? node.items : []
}

/** Not when they are there under a wrong name or in a wrong form: that is a finding of its own. */
function saysNothingOfTriggers(root: YamlMap): boolean {
  if (root.entries.has('triggers')) return false
  return !Array.from(root.entries.keys()).some(key => didYouMean(key, ['triggers']) !== undefined)
}

function compileTrigger(entry: YamlNode, path: string, context: CompileContext): Trigger | undefined {
  if (entry.kind !== 'map') {
    const message = `A trigger must be a map, found ${describeNode(entry)}.`
    context.findings.add({ code: 'WRONG_TYPE', message, path, span: spanOf(entry, context.findings) })
    return undefined
  }
  const kinds = triggerKindsOf(entry)
  const [kind] = kinds
  if (!kind || kinds.length > 1) {
    reportKind(entry, kinds, path, context)
    return undefined
  }
  checkShape(entry, TRIGGER_SCHEMAS.get(kind)!, { path }, context.findings)
  return kind.compile(entry, path, context)
}

/** Words of other languages, and how it is said in ours. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['poll', 'a plugin polls, and tells what it finds: begin with its event, as event: hubspot.contact-changed'],
])

function reportKind(entry: YamlMap, kinds: readonly TriggerKind[], path: string, { findings }: CompileContext): void {
  const keys = [...entry.entries.values()]
  const [first, second] = kinds
  if (first && second) {
    const message = `A trigger is one thing; this has ${kinds.map(kind => kind.kind).join(' and ')}. Make two triggers of it.`
    findings.add({ code: 'BAD_STEP', message, path, span: entry.entries.get(second.kind)!.key })
    return
  }
  const known = triggerKinds.map(kind => kind.kind)
  const common = new Set(triggerKinds.flatMap(kind => Object.keys(kind.shape)))
  const unknown = keys.find(({ name }) => !common.has(name))
  const inSchedule = unknown !== undefined && ['cron', 'every', 'timezone'].includes(unknown.name)
  const suggestion = inSchedule ? 'schedule' : unknown && didYouMean(unknown.name, known)
  findings.add({
    code: unknown ? 'UNKNOWN_KEY' : 'MISSING_KEY',
    message: unknown
      ? `"${unknown.name}" is no trigger; ${inSchedule ? `write it as schedule: { ${unknown.name}: … }` : (MEANT.get(unknown.name) ?? `there are ${known.join(', ')}`)}.`
      : `This trigger names nothing that starts a run; it needs ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}.`,
    path: unknown ? `${path}.${unknown.name}` : path,
    span: unknown?.key ?? keys[0]?.key ?? entry,
    suggestion,
  })
}
