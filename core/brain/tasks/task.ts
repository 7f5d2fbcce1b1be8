import { z } from 'zod'
import type { ErrorRecord } from '../../errors.ts'
import { MODULE_KEYS, type ModuleKey } from '../../playbooks/playbook.ts'

export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

/**
 * State machine: `suggested` → queued | cancelled. `queued` → running (its run begins) | manual (its module is) | cancelled |
 * failed (it cannot begin). `running` → completed | failed | cancelled, as its run ends. `manual` → completed (a person did it) |
 * queued (handed back) | cancelled. `failed` → running or queued (tried again) | manual.
 */
export const TASK_STATUSES = ['suggested', 'queued', 'running', 'manual', 'completed', 'failed', 'cancelled'] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export interface Task {
  readonly id: string
  readonly module: ModuleKey
  /** `plugin/action`, the `id` of a playbook, or `hand:…`: only a person can do it. */
  readonly action: string
  readonly priority: Priority
  readonly status: TaskStatus
  readonly data: Readonly<Record<string, unknown>>
  /** The lead it is about. */
  readonly subjectId: string | null
  readonly result: unknown
  readonly error: ErrorRecord | null
  readonly attempts: number
  readonly runId: string | null
  /** Of the step of that run which a person does in its stead. */
  readonly path: string | null
  /** Who wanted it: `user:<id>`, `next-steps:<id of a task or run>`, `step:<why>:<whom>`, `figures:<why>`, `incident:<id>`. */
  readonly source: string
  /** Why the brain suggested it; null where it did not. */
  readonly reason: TaskReason | null
  /** By which decision it was given its place among the suggestions, and the chance that somebody takes it up, 0 to 100. */
  readonly decisionId: string | null
  readonly rank: number | null
  readonly cancelRequested: boolean
  /** Who did it by hand. */
  readonly finishedBy: string | null
  readonly note: string | null
  readonly scheduledFor: Date
  readonly createdAt: Date
  readonly executedAt: Date | null
  readonly finishedAt: Date | null
  readonly updatedAt: Date
}

/** What begins so has no run: it waits in the inbox until a person says that it is done. */
export const BY_HAND = 'hand:'

/** Why something is suggested: which rule, and the figures that it saw. Nothing about a person. */
export interface TaskReason {
  readonly code: string
  readonly values: Readonly<Record<string, number | string>>
  /** It held no longer, and the suggestion was taken back. */
  readonly gone?: true
}

/** What a task is made of; the same at every door. */
export const taskInput = z.strictObject({
  module: z.enum(MODULE_KEYS),
  action: z.string().trim().min(1).max(200),
  priority: z.enum(PRIORITIES).optional(),
  data: z.record(z.string(), z.unknown()).default({}),
  /** The lead it is about. */
  leadId: z.uuid().optional(),
  scheduledFor: z.coerce.date().optional(),
})
export type TaskInput = z.output<typeof taskInput>

/**
 * How much later a task of this priority comes than a critical one of the same age. A low one that has waited an hour comes
 * before a critical one of this moment, so nothing waits for ever.
 */
export const TURN_AFTER_MS: Readonly<Record<Priority, number>> = {
  critical: 0,
  high: 10 * 60_000,
  medium: 30 * 60_000,
  low: 60 * 60_000,
}

/** Columns of a task, named as in `Task`. */
export const TASK_COLUMNS = `t.id, t.module, t.action, t.priority, t.status, t.data, t.subject_id as "subjectId", t.result, t.error, t.attempts,
  t.run_id as "runId", t.path, t.source, t.reason, t.decision_id as "decisionId", t.rank, t.cancel_requested as "cancelRequested", t.finished_by as "finishedBy", t.note,
  t.scheduled_for as "scheduledFor", t.created_at as "createdAt", t.executed_at as "executedAt", t.finished_at as "finishedAt", t.updated_at as "updatedAt"`
