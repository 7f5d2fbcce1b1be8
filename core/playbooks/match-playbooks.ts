import { errorRecord, type ErrorRecord } from '../errors.ts'
import type { Playbook, Trigger } from './playbook.ts'

/** An event as far as triggers are concerned. */
export interface MatchableEvent {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  /** Where the event is the firing of one trigger: nobody else's triggers hear it. */
  readonly target?: { readonly playbookId: string; readonly trigger: string } | null | undefined
  /** The account of a plugin that heard of it; undefined where none did, or nobody says which. */
  readonly account?: { readonly name: string; readonly isDefault: boolean } | undefined
}

export interface Match<Entry> {
  readonly entry: Entry
  /** The first of its triggers that fits; undefined where the run is started by hand or by another playbook. */
  readonly trigger: Trigger | undefined
}

/** Key of a firing that needs no trigger: a person or another playbook starts the run. */
export const BY_HAND = 'manual'

/**
 * Those whose trigger fits the event, in the order given. A trigger whose `if` cannot be evaluated for this event does
 * not fit; `onError` hears of it, so that one careless condition keeps no other playbook from starting.
 */
export function matchPlaybooks<Entry extends { readonly playbook: Playbook; readonly playbookId?: string }>(
  playbooks: readonly Entry[],
  event: MatchableEvent,
  onError?: (entry: Entry, error: ErrorRecord) => void,
): Match<Entry>[] {
  const scope = { event: eventScope(event) }
  const { target } = event
  return playbooks.flatMap(entry => {
    if (target && target.playbookId !== entry.playbookId) return []
    const trigger = entry.playbook.triggers.find(trigger => {
      if (target ? trigger.key !== target.trigger : trigger.kind !== 'event' || !hears(trigger, event)) return false
      try {
        return trigger.if === undefined || trigger.if.evaluate(scope) === true
      } catch (error) {
        onError?.(entry, errorRecord(error))
        return false
      }
    })
    return trigger || target?.trigger === BY_HAND ? [{ entry, trigger }] : []
  })
}

/** Without a name a trigger hears what the default account of its plugin did. */
export function hears(
  trigger: { readonly event: string; readonly account?: string | undefined },
  { type, account }: Pick<MatchableEvent, 'type' | 'account'>,
): boolean {
  if (trigger.event !== type) return false
  return !account || (trigger.account === undefined ? account.isDefault : trigger.account === account.name)
}

/** `event` as expressions see it: the data, and the `type` that chose the playbook. */
export function eventScope(event: MatchableEvent): Record<string, unknown> {
  return { ...event.data, type: event.type }
}
