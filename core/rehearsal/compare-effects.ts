import type { PastEffect, SimulatedEffect } from './history.ts'

/** Nobody calls it another time when it is a minute's difference. */
const SAME_MS = 60_000

/**
 * Puts what would have been beside what was: for each lead, action and account the first beside the first, the second beside the
 * second, and so on. What differs comes first, then by time.
 */
export function compareEffects(
  simulated: readonly PastEffect[],
  actual: readonly PastEffect[],
  nameOf: (leadId: string) => string | null,
): SimulatedEffect[] {
  const key = ({ leadId, action, account }: PastEffect) => `${leadId} ${action} ${account}`
  const [would, was] = [Map.groupBy(byTime(simulated), key), Map.groupBy(byTime(actual), key)]
  const pairs = [...new Set([...would.keys(), ...was.keys()])].flatMap(one => {
    const [left, right] = [would.get(one) ?? [], was.get(one) ?? []]
    return Array.from(
      { length: Math.max(left.length, right.length) },
      (_, index) => [left[index], right[index]] as const,
    )
  })
  return pairs
    .map(([then, before]): SimulatedEffect => {
      const { action, account, path, leadId } = (then ?? before)!
      return {
        difference: differenceOf(then, before),
        action,
        account,
        path,
        leadId,
        lead: leadId === null ? null : nameOf(leadId),
        at: then?.at ?? null,
        was: before?.at ?? null,
      }
    })
    .toSorted((a, b) => rank(a) - rank(b) || (a.at ?? a.was!).localeCompare(b.at ?? b.was!))
}

function differenceOf(then: PastEffect | undefined, before: PastEffect | undefined): SimulatedEffect['difference'] {
  if (!before) return 'added'
  if (!then) return 'missing'
  return Math.abs(Date.parse(then.at) - Date.parse(before.at)) <= SAME_MS ? 'same' : 'moved'
}

const rank = ({ difference }: SimulatedEffect) => (difference === 'same' ? 1 : 0)

const byTime = (effects: readonly PastEffect[]) => effects.toSorted((a, b) => a.at.localeCompare(b.at))
