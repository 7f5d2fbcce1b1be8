import { canonicalJson } from '../../canonical-json.ts'
import type { Core } from '../../context.ts'
import { errorRecord } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { checkTask, storeTasks } from '../tasks/add-task.ts'
import { BY_HAND, type TaskReason, type TaskStatus } from '../tasks/task.ts'
import { findSteps, type Step, STEP_RULES, type StepCode } from './find-steps.ts'

type StepsCore = Pick<Core, 'sql' | 'clock' | 'cache' | 'plugins' | 'playbooks' | 'pubsub' | 'log'>

const EVERY_MS = 10 * 60_000
const DAY_MS = 24 * 60 * 60_000
/** What the figures of four weeks suggest is asked again after four weeks. */
const FIGURES = { open: 6, rest: 28 }

/**
 * Decides next steps from how things stand: what `findSteps` sees becomes suggested tasks, each with its reason in figures. A person takes
 * one up, and it is a task like any other, or dismisses it, and the same reason is not brought up again for the days that its rule rests.
 * Figures of a suggestion that still stands are kept fresh, and one whose reason is over is taken back. Each workspace every ten
 * minutes, where its brain may suggest at all; all that changes there is one commit under the fence of the leader.
 */
export async function suggestSteps(core: StepsCore, fence: Fence | undefined): Promise<void> {
  if (!fence) return
  const before = new Date(core.clock.now().getTime() - EVERY_MS)
  for (const { id } of await core.sql.query<{ id: WorkspaceId }>(DUE, [before])) {
    try {
      await suggest(core, fence, id)
    } catch (error) {
      if (errorRecord(error).code === 'DATABASE') throw error
      core.log.warn({ err: error, workspaceId: id }, 'next steps of a workspace cannot be thought of')
    }
  }
}

async function suggest(core: StepsCore, fence: Fence, workspaceId: WorkspaceId): Promise<void> {
  const found = await findSteps(core, workspaceId)
  const steps = await Promise.all(found.map(step => startable(core, workspaceId, step)))
  const now = core.clock.now()
  const ids = await core.sql.transaction(async tx => {
    const held = await tx.query(HOLD, [fence.owner, fence.token, workspaceId, now])
    if (held.length === 0) return [] // another process leads by now
    const known = await tx.query<Known>(KNOWN, [workspaceId, new Date(now.getTime() - FIGURES.rest * DAY_MS)])
    const { add, refresh, gone } = planSteps(steps, known, now)
    const tasks = add.map(({ leadId, ...step }) => ({
      ...step,
      leadId,
      suggested: true,
      idempotencyKey: `${step.source}:${now.toISOString().slice(0, 10)}`, // one that comes and goes is not brought up twice a day
    }))
    const added = tasks.length > 0 ? await storeTasks(tx, workspaceId, tasks, now) : []
    if (refresh.length > 0) await tx.query(REFRESH, [workspaceId, JSON.stringify(refresh), now])
    if (gone.length > 0) await tx.query(TAKE_BACK, [workspaceId, gone, now])
    return [...added, ...refresh.map(({ id }) => id), ...gone]
  })
  for (const taskId of ids) core.pubsub.publish('task.updated', { workspaceId, taskId })
}

/** As it can begin here: where its agent or playbook is missing, or takes no such data, a person does it. */
async function startable(core: StepsCore, workspaceId: WorkspaceId, step: Step): Promise<Step> {
  if (step.action.startsWith(BY_HAND)) return step
  try {
    await checkTask(core, workspaceId, step)
    return step
  } catch (error) {
    if (errorRecord(error).code === 'DATABASE') throw error
    return { ...step, action: `${BY_HAND}${step.reason.code}`, data: {} }
  }
}

/** A task that was made of a step before. */
export interface Known {
  readonly id: string
  readonly source: string
  readonly status: TaskStatus
  readonly reason: TaskReason | null
  readonly finishedAt: Date | null
}

/** Which steps are new, which suggestions have other figures by now, and whose reason is over. Pure. */
export function planSteps(steps: readonly Step[], known: readonly Known[], now: Date) {
  const bySource = Map.groupBy(known, task => task.source)
  const suggested = known.filter(({ status }) => status === 'suggested')
  const seen = new Map(steps.map(step => [step.source, step]))
  const refresh = suggested.flatMap(({ id, source, reason }) => {
    const step = seen.get(source)
    return step && canonicalJson(reason) !== canonicalJson(step.reason) ? [{ id, reason: step.reason }] : []
  })
  const gone = suggested.filter(({ source }) => !seen.has(source)).map(({ id }) => id)
  const open = new Map<string, number>()
  for (const { source } of suggested)
    if (seen.has(source)) open.set(ruleOf(source), (open.get(ruleOf(source)) ?? 0) + 1)
  const add = steps.filter(({ source }) => {
    const { open: most, rest } = limitsOf(source)
    const rule = ruleOf(source)
    const restsUntil = now.getTime() - rest * DAY_MS
    const had = (bySource.get(source) ?? []).some(
      ({ status, reason, finishedAt }) =>
        finishedAt === null || (finishedAt.getTime() > restsUntil && !(status === 'cancelled' && reason?.gone)),
    )
    if (had || (open.get(rule) ?? 0) >= most) return false
    open.set(rule, (open.get(rule) ?? 0) + 1)
    return true
  })
  return { add, refresh, gone }
}

const ruleOf = (source: string) => (source.startsWith('figures:') ? 'figures' : source.split(':')[1]!)
const limitsOf = (source: string) => STEP_RULES[ruleOf(source) as StepCode] ?? FIGURES

const DUE = statement(
  'steps-due',
  `select id from workspaces where next_steps <> 'off' and (steps_at is null or steps_at <= $1) order by steps_at nulls first limit 50`,
)
const HOLD = statement(
  'steps-hold',
  `with ${fenced('$1', '$2')} update workspaces w set steps_at = $4 from fence where w.id = $3 and w.next_steps <> 'off' returning w.id`,
)
const KNOWN = statement(
  'steps-known',
  `select id, source, status, reason, finished_at as "finishedAt" from tasks
   where workspace_id = $1 and (source like 'step:%' or source like 'figures:%') and (finished_at is null or finished_at > $2)`,
)
const REFRESH = statement(
  'steps-refresh',
  `update tasks t set reason = x.reason, updated_at = $3 from jsonb_to_recordset($2::jsonb) as x(id uuid, reason jsonb)
   where t.workspace_id = $1 and t.id = x.id and t.status = 'suggested'`,
)
const TAKE_BACK = statement(
  'steps-take-back',
  `update tasks set status = 'cancelled', reason = coalesce(reason, '{}') || '{"gone": true}', finished_at = $3, updated_at = $3
   where workspace_id = $1 and id = any($2::uuid[]) and status = 'suggested'`,
)
