import { canonicalJson } from '../../canonical-json.ts'
import type { Core } from '../../context.ts'
import { errorRecord } from '../../errors.ts'
import { requestDecision } from '../../decisions/request-decision.ts'
import { dropDecisions } from '../../decisions/take-decision.ts'
import type { WorkspaceId } from '../../ids.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { checkTask, storeTasks } from '../tasks/add-task.ts'
import { BY_HAND, type TaskReason, type TaskStatus } from '../tasks/task.ts'
import { findSteps, type Step, STEP_RULES, type StepCode } from './find-steps.ts'
import { NEXT_STEP, priorityOf, type RankedStep, rankSteps } from './rank-steps.ts'

type StepsCore = Pick<Core, 'sql' | 'clock' | 'cache' | 'plugins' | 'playbooks' | 'pubsub' | 'log' | 'models'>

const EVERY_MS = 10 * 60_000
const DAY_MS = 24 * 60 * 60_000
/** What the figures of four weeks suggest is asked again after four weeks. */
const FIGURES = { open: 6, rest: 28 }

/**
 * Decides next steps from how things stand: what `findSteps` sees becomes suggested tasks, each with its reason in figures. A person takes
 * one up, and it is a task like any other, or dismisses it, and the same reason is not brought up again for the days that its rule rests.
 * Figures of a suggestion that still stands are kept fresh, and one whose reason is over is taken back. Which come first
 * the policy `next-step` decides: once for each suggestion, and again where what it was asked with has changed, never for a look
 * alone. Each workspace every ten minutes, where its brain may suggest at all; all that changes there is one commit under the fence of the
 * leader.
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
  const steps = await rankSteps(
    core,
    workspaceId,
    await Promise.all(found.map(step => startable(core, workspaceId, step))),
  )
  const now = core.clock.now()
  const since = new Date(now.getTime() - FIGURES.rest * DAY_MS)
  const known = await core.sql.query<Known>(KNOWN, [workspaceId, since])
  const { add, refresh, again, gone } = planSteps(steps, known, now)
  const keyOf = ({ source }: Step) => `${source}:${now.toISOString().slice(0, 10)}` // one that comes and goes is not brought up twice a day
  const added = await decideAll(core, workspaceId, add, keyOf)
  const changed = await decideAll(core, workspaceId, again, step => step.key)
  const ids = await core.sql.transaction(async tx => {
    const held = await tx.query(HOLD, [fence.owner, fence.token, workspaceId, now])
    if (held.length === 0) return [] // another process leads by now
    const tasks = added.map(step => ({ ...step, suggested: true, idempotencyKey: keyOf(step) }))
    const stored = tasks.length > 0 ? await storeTasks(tx, workspaceId, tasks, now) : []
    if (refresh.length > 0) await tx.query(REFRESH, [workspaceId, JSON.stringify(refresh), now])
    const over: (string | null)[] = []
    for (const { id, decisionId, priority, rank } of changed)
      if (decisionId !== undefined) {
        const [old] = await tx.query<Dropped>(DECIDED_AGAIN, [workspaceId, id, decisionId, priority, rank, now])
        if (old) over.push(old.id)
      }
    if (gone.length > 0)
      over.push(...(await tx.query<Dropped>(TAKE_BACK, [workspaceId, gone, now])).map(({ id }) => id))
    await dropDecisions(
      tx,
      workspaceId,
      over.filter(id => id !== null),
    )
    return [...stored, ...refresh.map(({ id }) => id), ...changed.map(({ id }) => id), ...gone]
  })
  for (const taskId of ids) core.pubsub.publish('task.updated', { workspaceId, taskId })
}

/** Has the policy decide on each, where there is one; asked with the same key again, the decision is the same. */
async function decideAll<One extends RankedStep>(
  core: StepsCore,
  workspaceId: WorkspaceId,
  steps: readonly One[],
  keyOf: (step: One) => string,
): Promise<(One & { readonly decisionId?: string })[]> {
  const decided = []
  for (const step of steps) {
    if (step.asked === undefined) {
      decided.push(step)
      continue
    }
    const { id, score, recommended } = await requestDecision(core, workspaceId, {
      policy: NEXT_STEP,
      inputs: { ...step.asked, step: keyOf(step) },
      subjectId: step.leadId,
      key: `step:${keyOf(step)}:${canonicalJson(step.asked)}`,
    })
    const priority = priorityOf(recommended, step.priority)
    decided.push({ ...step, priority, rank: score ?? step.rank, decisionId: id })
  }
  return decided
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

/** The decision that held; null where there was none. */
interface Dropped {
  readonly id: string | null
}

/** A task that was made of a step before. */
export interface Known {
  readonly id: string
  readonly source: string
  readonly status: TaskStatus
  readonly reason: TaskReason | null
  readonly finishedAt: Date | null
  /** Of the task: the policy knows the step by it. */
  readonly key: string
  /** What the decision on it was asked with; null where there was none. */
  readonly asked: Readonly<Record<string, unknown>> | null
}

/** Which steps are new, which suggestions have other figures by now, which are to be decided on again, and whose reason is over. Pure. */
export function planSteps(steps: readonly RankedStep[], known: readonly Known[], now: Date) {
  const bySource = Map.groupBy(known, task => task.source)
  const suggested = known.filter(({ status }) => status === 'suggested')
  const seen = new Map(steps.map(step => [step.source, step]))
  const refresh = suggested.flatMap(({ id, source, reason }) => {
    const step = seen.get(source)
    return step && canonicalJson(reason) !== canonicalJson(step.reason) ? [{ id, reason: step.reason }] : []
  })
  const again = suggested.flatMap(({ id, source, key, asked }) => {
    const step = seen.get(source)
    if (!step?.asked || (asked && canonicalJson(sameKeys(asked, step.asked)) === canonicalJson(step.asked))) return []
    return [{ ...step, id, key }]
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
  return { add, refresh, again, gone }
}

/** Of what a decision was given, what a step is asked with: defaults of the policy and the name of the step are no difference. */
function sameKeys(given: Readonly<Record<string, unknown>>, asked: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(given).filter(([key, value]) => Object.hasOwn(asked, key) || (key === 'score' && value !== null)),
  )
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
  `select t.id, t.source, t.status, t.reason, t.finished_at as "finishedAt", t.dedupe_key as key, d.context as asked
   from tasks t left join decisions d on d.id = t.decision_id
   where t.workspace_id = $1 and (t.source like 'step:%' or t.source like 'figures:%') and (t.finished_at is null or t.finished_at > $2)`,
)
const REFRESH = statement(
  'steps-refresh',
  `update tasks t set reason = x.reason, updated_at = $3 from jsonb_to_recordset($2::jsonb) as x(id uuid, reason jsonb)
   where t.workspace_id = $1 and t.id = x.id and t.status = 'suggested'`,
)
/** Answers the decision that held until now. */
const DECIDED_AGAIN = statement(
  'steps-decided-again',
  `update tasks t set decision_id = $3, priority = $4, rank = $5, updated_at = $6 from tasks o
   where o.id = t.id and t.workspace_id = $1 and t.id = $2 and t.status = 'suggested' and t.decision_id is distinct from $3::uuid
   returning o.decision_id as id`,
)
const TAKE_BACK = statement(
  'steps-take-back',
  `update tasks set status = 'cancelled', reason = coalesce(reason, '{}') || '{"gone": true}', finished_at = $3, updated_at = $3
   where workspace_id = $1 and id = any($2::uuid[]) and status = 'suggested' returning decision_id as id`,
)
