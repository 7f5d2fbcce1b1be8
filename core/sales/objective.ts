import { z } from 'zod'
import { type Metric, METRIC_NAMES } from './metric.ts'

export const OBJECTIVE_STATUSES = ['OPEN', 'CLOSED'] as const
export type ObjectiveStatus = (typeof OBJECTIVE_STATUSES)[number]

/** How a key result stands beside the time that is over. */
export const KEY_RESULT_STATES = ['notBegun', 'unknown', 'behind', 'onTrack', 'done'] as const
export type KeyResultState = (typeof KEY_RESULT_STATES)[number]

const title = z.string().trim().min(1).max(300)
const amount = z.number().min(-1e12).max(1e12)

export const keyResultInput = z
  .strictObject({
    title,
    metric: z.enum(METRIC_NAMES as [Metric, ...Metric[]]).nullish(),
    start: amount.default(0),
    target: amount,
  })
  .superRefine(({ title, start, target }, context) => {
    if (start === target)
      context.addIssue({
        code: 'custom',
        path: ['target'],
        message: `${title}: the target, ${target}, is where it starts; progress is counted from one to the other, so give another of the two.`,
      })
  })

export const objectiveInput = z
  .strictObject({
    title,
    description: z.string().trim().max(5000).nullish(),
    ownerId: z.uuid().nullish(),
    startsOn: z.iso.date(),
    dueOn: z.iso.date(),
    keyResults: z.array(keyResultInput).min(1).max(10),
  })
  .superRefine(({ startsOn, dueOn }, context) => {
    if (dueOn < startsOn)
      context.addIssue({
        code: 'custom',
        path: ['dueOn'],
        message: `dueOn is ${dueOn}, before startsOn, ${startsOn}: give a day on which it has begun.`,
      })
  })
export type ObjectiveInput = z.input<typeof objectiveInput>

export const objectivePatch = z.strictObject({
  title: title.optional(),
  description: z.string().trim().max(5000).nullish(),
  ownerId: z.uuid().nullish(),
  dueOn: z.iso.date().optional(),
})
export type ObjectivePatch = z.input<typeof objectivePatch>

/** What somebody enters of a key result; of one that is computed only how sure they are. */
export const valueInput = z.strictObject({
  value: amount.nullish(),
  confidence: z.int().min(0).max(100).nullish(),
  note: z.string().trim().max(2000).nullish(),
})

/** What is to be reached until a day. Days are those of the workspace. */
export interface Objective {
  readonly id: string
  readonly title: string
  readonly description: string | null
  readonly ownerId: string | null
  readonly startsOn: string
  readonly dueOn: string
  readonly status: ObjectiveStatus
  readonly closedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface KeyResult {
  readonly id: string
  readonly objectiveId: string
  readonly title: string
  readonly metric: Metric | null
  readonly start: number
  readonly target: number
  readonly value: number | null
  /** 0–100; null until somebody says. */
  readonly confidence: number | null
  readonly valuedAt: Date | null
}

export interface KeyResultValue {
  readonly id: string
  readonly keyResultId: string
  readonly value: number
  readonly confidence: number | null
  readonly note: string | null
  /** Null: computed. */
  readonly userId: string | null
  readonly at: Date
}

/** Share of the way from start to target; below 0 and above 1 as it is, null without a value. Works downwards as well. */
export const progressOf = ({ start, target, value }: Pick<KeyResult, 'start' | 'target' | 'value'>): number | null =>
  value === null || target === start ? null : (value - start) / (target - start)

/** Share of the time of an objective that is over, 0–1. */
export function elapsedOf({ startsOn, dueOn }: Pick<Objective, 'startsOn' | 'dueOn'>, now: Date): number {
  const from = Date.parse(startsOn)
  const to = Date.parse(dueOn) + 86_400_000
  return Math.max(0, Math.min(1, (now.getTime() - from) / (to - from)))
}

export function stateOf(progress: number | null, elapsed: number): KeyResultState {
  if (elapsed === 0) return 'notBegun'
  if (progress === null) return 'unknown'
  if (progress >= 1) return 'done'
  return progress >= elapsed * 0.9 ? 'onTrack' : 'behind'
}

/** The mean of the key results that are known, each from 0 to 1; null where none is. */
export function meanProgress(results: readonly KeyResult[]): number | null {
  const known = results.flatMap(result => progressOf(result) ?? []).map(one => Math.max(0, Math.min(1, one)))
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length
}

export const OBJECTIVE_COLUMNS = `objectives.id, objectives.title, objectives.description, objectives.owner_id as "ownerId",
  to_char(objectives.starts_on, 'YYYY-MM-DD') as "startsOn", to_char(objectives.due_on, 'YYYY-MM-DD') as "dueOn", objectives.status,
  objectives.closed_at as "closedAt", objectives.created_at as "createdAt", objectives.updated_at as "updatedAt"`
export const KEY_RESULT_COLUMNS = `k.id, k.objective_id as "objectiveId", k.title, k.metric, k.start_value::float8 as start,
  k.target::float8 as target, k.value::float8 as value, k.confidence, k.valued_at as "valuedAt"`
