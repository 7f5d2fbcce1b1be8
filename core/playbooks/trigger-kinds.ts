import { z } from 'zod'
import type { TriggerKindName } from './playbook.ts'
import { event } from './trigger-kinds/event.ts'
import { manual } from './trigger-kinds/manual.ts'
import { schedule } from './trigger-kinds/schedule.ts'
import type { TriggerKind } from './trigger-kinds/trigger-kind.ts'
import { webhook } from './trigger-kinds/webhook.ts'
import type { YamlMap } from './yaml-tree.ts'

/** Every kind of trigger there is. */
export const TRIGGER_KINDS = { event, schedule, webhook, manual } as const satisfies {
  readonly [Name in TriggerKindName]: TriggerKind<Name>
}

/** The kinds as one type: which one an entry is decides the table, at run time. */
export const triggerKinds: readonly TriggerKind[] = Object.values(
  TRIGGER_KINDS,
) as readonly unknown[] as readonly TriggerKind[]

/** The kinds whose key an entry has: one in a sound playbook. */
export function triggerKindsOf(entry: YamlMap): readonly TriggerKind[] {
  return triggerKinds.filter(kind => entry.entries.has(kind.kind))
}

export const TRIGGER_SCHEMAS: ReadonlyMap<TriggerKind, z.ZodType> = new Map(
  triggerKinds.map(kind => [kind, z.strictObject(kind.shape)]),
)
