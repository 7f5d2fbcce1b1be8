import type { Core } from '../../context.ts'
import { errorRecord, TraeError } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { previewDecisions } from '../../decisions/request-decision.ts'
import { BY_HAND, PRIORITIES, type Priority } from '../tasks/task.ts'
import type { Step } from './find-steps.ts'

/** The policy by which steps are put in order. */
export const NEXT_STEP = 'next-step'

export interface RankedStep extends Step {
  /** What the policy is asked with, apart from the name of the step; undefined where there is no such policy. */
  readonly asked?: Readonly<Record<string, unknown>>
  /** The chance that somebody takes it up, 0 to 100. */
  readonly rank?: number
}

/**
 * Steps in the order in which they are likely to be taken up, as what people accepted and dismissed has taught; those that are equally
 * likely stay in the order that they came in. Nothing is stored. A workspace without the policy, or whose own version takes other
 * inputs, gets them as the rules found them.
 */
export async function rankSteps(
  core: Pick<Core, 'sql' | 'models' | 'log'>,
  workspaceId: WorkspaceId,
  steps: readonly Step[],
): Promise<RankedStep[]> {
  if (steps.length === 0) return []
  const asked = steps.map(askedOf)
  try {
    // The name of a step is no part of what is learnt from
    const cases = asked.map((inputs, at) => ({ ...inputs, step: steps[at]!.source }))
    const weighed = await previewDecisions(core, workspaceId, NEXT_STEP, cases)
    return steps
      .map((step, at) => ({
        ...step,
        asked: asked[at]!,
        rank: Math.round(weighed[at]!.combination.probability * 100),
        priority: priorityOf(weighed[at]!.recommendation.option, step.priority),
      }))
      .toSorted((one, other) => other.rank - one.rank)
  } catch (error) {
    if (!(error instanceof TraeError) || errorRecord(error).code === 'DATABASE') throw error
    if (error.code !== 'NOT_FOUND') core.log.warn({ err: error, workspaceId }, 'next steps are ranked by rules alone')
    return [...steps]
  }
}

/** The options of the policy as it comes are priorities; those of a workspace's own version may be others. */
export const priorityOf = (option: string, otherwise: Priority): Priority =>
  PRIORITIES.find(priority => priority === option) ?? otherwise

/** What it is about and for whom; the days that something waits are no part of it, or every day would bring a new decision. */
function askedOf({ action, module, priority, reason }: Step): Record<string, unknown> {
  const { score } = reason.values
  return {
    rule: reason.code,
    module,
    priority,
    byHand: action.startsWith(BY_HAND),
    ...(typeof score === 'number' ? { score } : {}),
  }
}
