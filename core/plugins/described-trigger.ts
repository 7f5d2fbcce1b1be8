import { parseDuration } from '../playbooks/duration.ts'
import type { ManifestTrigger } from './manifest.ts'

const SHORTEST_POLL_MS = 10_000

/** How often a poll asks, in milliseconds. */
export const pollEveryMs = (trigger: Extract<ManifestTrigger, { kind: 'poll' }>) =>
  Math.max(SHORTEST_POLL_MS, parseDuration(trigger.every) ?? SHORTEST_POLL_MS)

/** How whoever posts to its address proves who it is; undefined for one that has no address. */
export function proofOf(trigger: ManifestTrigger) {
  if (trigger.kind === 'event') return undefined
  return trigger.kind === 'webhook' ? trigger : trigger.push
}

/** Has its address a secret of its own? Meta's has one beside the app's: the token of its check. */
export function hasOwnSecret(trigger: ManifestTrigger): boolean {
  const proof = proofOf(trigger)
  return proof !== undefined && (proof.secret === 'own' || proof.verify.scheme === 'meta')
}
