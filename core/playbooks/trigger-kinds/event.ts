import { compileEventAccount } from '../check/check-account.ts'
import { checkEventType } from '../check/check-event-type.ts'
import { words } from '../playbook-file.ts'
import { compileCondition } from '../compile-scalar.ts'
import { isText, valueOf, type YamlMap } from '../yaml-tree.ts'
import { beforeRun, compileTriggerInputs, inputsKey } from './before-run.ts'
import type { TriggerKind } from './trigger-kind.ts'

/** Something happened. */
export const event: TriggerKind<'event'> = {
  kind: 'event',
  shape: {
    event: words.eventType,
    account: words.account,
    if: words.expression.optional().meta({ description: 'Only when this is true. Sees event only.' }),
    inputs: inputsKey,
  },
  event: entry => eventOf(entry),
  compile(entry, path, context) {
    const type = eventOf(entry) ?? ''
    checkEventType(valueOf(entry, 'event'), `${path}.event`, context)
    const account = compileEventAccount(entry, type, `${path}.account`, context)
    const condition = valueOf(entry, 'if')
    return {
      kind: 'event',
      key: account === undefined ? `event/${type}` : `event/${type}@${account}`,
      event: type,
      ...(account === undefined ? {} : { account }),
      if: condition && compileCondition(condition, beforeRun(`${path}.if`, type, context), context),
      inputs: compileTriggerInputs(entry, path, type, context),
    }
  },
  docs: {
    example: `
inputs:
  urgent: { type: boolean, default: false }
triggers:
  - event: lead.captured
    if: \${{ event.lead.email != null }}
  - event: meeting.scheduled
    inputs: { urgent: true }
`,
    text: 'Every event of this type starts a run, whoever caused it: a door of the product, a plugin, or an `emit` of another playbook. A trigger of a plugin tells events of the type `<plugin>.<trigger>`; the page of the plugin names them. Where the plugin has several accounts, `account` says which of them is listened to, by its name; without it the default one is. See [Events](#events) for what they carry.',
  },
}

function eventOf(entry: YamlMap): string | undefined {
  const node = valueOf(entry, 'event')
  return isText(node) ? node.value : undefined
}
