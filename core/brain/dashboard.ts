import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { ModuleKey } from '../playbooks/playbook.ts'
import type { FigurePeriod } from '../sales/figures.ts'
import { type Metric, METRIC_NAMES, metricKind } from '../sales/metric.ts'
import { type Suggestion, suggestionsOf } from '../sales/suggestions.ts'
import { statement } from '../sql.ts'
import { keptMetrics, lastDays } from './kept-figures.ts'
import { addTask, storeTasks, type TaskDoorCore } from './tasks/add-task.ts'
import { acceptTask, cancelTask } from './tasks/operate-task.ts'
import { getTask } from './tasks/read-tasks.ts'
import type { Task } from './tasks/task.ts'

type CancelCore = Parameters<typeof cancelTask>[0]

/** A figure of a period beside the one before it, as long; standing ones have no `before`. */
export interface Measured {
  readonly metric: Metric
  readonly now: number | null
  readonly before: number | null
}

/** Every figure of management of the last `days` days; money only in currencies that there is any of. */
export async function measured(
  core: Pick<Core, 'sql' | 'clock' | 'cache'>,
  workspaceId: WorkspaceId,
  days: number,
): Promise<Measured[]> {
  const [now, before] = await keptMetrics(core, workspaceId, days)
  return METRIC_NAMES.flatMap(metric => {
    const { unit, standing } = metricKind(metric)
    const earlier = standing ? null : before[metric]
    return unit === 'money' && !now[metric] && !earlier ? [] : [{ metric, now: now[metric], before: earlier }]
  })
}

/** A week is too short to tell a change from chance. */
const SUGGESTED_FROM_DAYS = 28

/** A decision that the figures suggest; answered ones stay for four weeks, then they are asked again. */
export interface Suggested extends Suggestion {
  readonly period: FigurePeriod
  /** The task that was made of the answer: cancelled where it was declined. */
  readonly taskId: string | null
  readonly declined: boolean
}

/** What the figures of the last four weeks suggest to decide. */
export async function suggestedDecisions(
  core: Pick<Core, 'sql' | 'clock' | 'cache'>,
  workspaceId: WorkspaceId,
): Promise<Suggested[]> {
  const period = lastDays(core, SUGGESTED_FROM_DAYS)
  const [[now, before], answers] = await Promise.all([
    keptMetrics(core, workspaceId, SUGGESTED_FROM_DAYS),
    core.sql.query<{ source: string; id: string; status: string }>(ANSWERS, [workspaceId, period.from]),
  ])
  return suggestionsOf(now, before).map(suggestion => {
    const answer = answers.find(({ source }) => source === sourceOf(suggestion.name))
    return { ...suggestion, period, taskId: answer?.id ?? null, declined: answer?.status === 'cancelled' }
  })
}

/**
 * Answers a suggestion: accepted, the module looks into it by a task; declined, the task is cancelled before it begins. The first answer
 * counts. Throws `NOT_FOUND` for what is not suggested (any more).
 */
export async function answerSuggestion(
  core: TaskDoorCore & CancelCore & Pick<Core, 'cache'>,
  workspaceId: WorkspaceId,
  { name, accept, by }: { readonly name: string; readonly accept: boolean; readonly by: string },
): Promise<Task> {
  const suggested = (await suggestedDecisions(core, workspaceId)).find(one => one.name === name)
  if (!suggested || suggested.taskId !== null)
    throw new TraeError(
      'NOT_FOUND',
      suggested
        ? `The suggestion ${name} was answered already.`
        : `The figures do not suggest ${name} now; look at the dashboard again.`,
    )
  const day = suggested.period.to.slice(0, 10)
  const { module, action } = suggested
  const [open] = await core.sql.query<{ id: string }>(OPEN_SUGGESTION, [workspaceId, sourceOf(name)])
  if (open)
    // the brain has suggested it too
    return accept ? acceptTask(core, workspaceId, open.id) : cancelTask(core, workspaceId, open.id, by)
  const task = { module: module as ModuleKey, action, data: {} }
  const origin = { source: sourceOf(name), idempotencyKey: `${sourceOf(name)}:${day}`, suggested: true }
  // Who dies before the second step leaves it as a suggestion of the module: it can be taken up or cancelled there, or answered here again
  if (accept) return acceptTask(core, workspaceId, (await addTask(core, workspaceId, task, origin)).id)
  await storeTasks(core.sql, workspaceId, [{ ...task, ...origin }], core.clock.now())
  const { id } = await getTask(core, workspaceId, { dedupeKey: origin.idempotencyKey })
  return cancelTask(core, workspaceId, id, by)
}

const sourceOf = (name: string) => `figures:${name}`

const OPEN_SUGGESTION = statement(
  'open-suggestion',
  `select id from tasks where workspace_id = $1 and source = $2 and status = 'suggested' order by created_at desc limit 1`,
)
const ANSWERS = statement(
  'suggestion-answers',
  `select source, id, status from tasks where workspace_id = $1 and source like 'figures:%' and status <> 'suggested'
     and reason ->> 'gone' is null and created_at >= $2::timestamptz order by created_at desc limit 50`,
)
