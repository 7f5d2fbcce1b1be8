import type { PastChoice, SimulatedDecision } from './history.ts'
import type { TakenDecision } from './simulated-decisions.ts'

/**
 * Puts decisions that would have been beside those that were: for each lead and policy those of the same step first, then what is
 * left in its order. What differs comes first, then what a person would have been asked, then by time.
 */
export function compareDecisions(
  simulated: readonly TakenDecision[],
  actual: readonly PastChoice[],
  nameOf: (leadId: string) => string | null,
): SimulatedDecision[] {
  const key = ({ leadId, policy }: TakenDecision | PastChoice) => `${leadId} ${policy}`
  const left = Map.groupBy(actual, key)
  const pairs = new Map<TakenDecision, PastChoice>()
  const pair = (fits: (then: TakenDecision, before: PastChoice) => boolean) => {
    for (const then of simulated) {
      const candidates = left.get(key(then)) ?? []
      const at = pairs.has(then) ? -1 : candidates.findIndex(before => fits(then, before))
      if (at >= 0) pairs.set(then, candidates.splice(at, 1)[0]!)
    }
  }
  pair((then, before) => then.path === before.path)
  pair(() => true)
  const compared = [
    ...simulated.map(then => besides(then, pairs.get(then), nameOf)),
    ...[...left.values()].flat().map(before => besides(undefined, before, nameOf)),
  ]
  return compared.toSorted((a, b) => rank(a) - rank(b) || (a.at ?? a.wasAt!).localeCompare(b.at ?? b.wasAt!))
}

function besides(
  then: TakenDecision | undefined,
  before: PastChoice | undefined,
  nameOf: (leadId: string) => string | null,
): SimulatedDecision {
  const { policy, path, leadId } = (then ?? before)!
  return {
    difference: differenceOf(then, before),
    policy,
    path,
    leadId,
    lead: leadId === null ? null : nameOf(leadId),
    choice: then?.choice ?? null,
    confidence: then?.confidence ?? null,
    asksPerson: then?.asksPerson ?? false,
    at: then?.at ?? null,
    was: before?.choice ?? null,
    wasBy: before?.by ?? null,
    wasAt: before?.at ?? null,
  }
}

function differenceOf(
  then: TakenDecision | undefined,
  before: PastChoice | undefined,
): SimulatedDecision['difference'] {
  if (!before) return 'added'
  if (!then) return 'missing'
  return then.choice === before.choice ? 'same' : 'changed'
}

const rank = ({ difference, asksPerson }: SimulatedDecision) => (difference !== 'same' ? 0 : asksPerson ? 1 : 2)
