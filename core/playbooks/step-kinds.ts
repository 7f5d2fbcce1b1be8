import { z } from 'zod'
import { COMMON_KEYS } from './playbook-file.ts'
import type { StepKindName } from './playbook.ts'
import { approval } from './step-kinds/approval.ts'
import { decide } from './step-kinds/decide.ts'
import { emit } from './step-kinds/emit.ts'
import { forEach } from './step-kinds/for-each.ts'
import { ifThenElse } from './step-kinds/if.ts'
import { parallel } from './step-kinds/parallel.ts'
import { playbook } from './step-kinds/playbook.ts'
import { raise } from './step-kinds/raise.ts'
import { returnStep } from './step-kinds/return.ts'
import { run } from './step-kinds/run.ts'
import { set } from './step-kinds/set.ts'
import type { StepKind } from './step-kinds/step-kind.ts'
import { switchCases } from './step-kinds/switch.ts'
import { tryCatch } from './step-kinds/try.ts'
import { uses } from './step-kinds/uses.ts'
import { waitFor } from './step-kinds/wait-for.ts'
import { wait } from './step-kinds/wait.ts'
import { whileLoop } from './step-kinds/while.ts'
import type { YamlMap } from './yaml-tree.ts'

/** Every kind of step there is. */
export const STEP_KINDS = {
  uses,
  run,
  playbook,
  set,
  if: ifThenElse,
  switch: switchCases,
  forEach,
  while: whileLoop,
  parallel,
  try: tryCatch,
  raise,
  wait,
  waitFor,
  approval,
  decide,
  emit,
  return: returnStep,
} as const satisfies {
  readonly [Name in StepKindName]: StepKind<Name>
}

/** The kinds as one type: which one an entry is decides the table, at run time. */
export type AnyStepKind = StepKind
export const stepKinds: readonly AnyStepKind[] = Object.values(
  STEP_KINDS,
) as readonly unknown[] as readonly AnyStepKind[]

/** The kinds whose key an entry has: one in a sound playbook. */
export function kindsOf(entry: YamlMap): readonly AnyStepKind[] {
  return stepKinds.filter(kind => entry.entries.has(kind.key) && (kind.is?.(entry) ?? true))
}

/** The schema of one entry; `if … then` needs its condition. */
export function stepSchema(kind: AnyStepKind, steps: z.ZodType): z.ZodType {
  const condition = kind.kind === 'if' ? { if: COMMON_KEYS.if.unwrap() } : {}
  return z.strictObject({ ...COMMON_KEYS, ...condition, ...kind.shape(steps) })
}

/** Nested lists are checked entry by entry, so to an entry's own schema they are just lists. */
export const FLAT_SCHEMAS: ReadonlyMap<AnyStepKind, z.ZodType> = new Map(
  stepKinds.map(kind => [kind, stepSchema(kind, z.array(z.unknown()).min(1))]),
)
