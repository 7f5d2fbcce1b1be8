import type { Retry } from './playbook.ts'

/**
 * Milliseconds before attempt `attempt + 1`, where `attempt` (from 1) has just failed: promise 5 of the language.
 * Exponential `min(delay·factorⁿ⁻¹, maxDelay)`, linear `min(delay·n, maxDelay)`, constant; then jitter either way.
 * `random` answers a number in [0, 1).
 */
export function retryDelay(retry: Retry, attempt: number, random: () => number): number {
  const jitter = 1 + retry.jitter * (2 * random() - 1)
  return Math.round(Math.min(growth(retry, attempt), retry.maxDelayMs) * jitter)
}

function growth(retry: Retry, attempt: number): number {
  switch (retry.backoff) {
    case 'exponential':
      return retry.delayMs * retry.factor ** (attempt - 1)
    case 'linear':
      return retry.delayMs * attempt
    case 'constant':
      return retry.delayMs
    default:
      return retry.backoff satisfies never
  }
}

/**
 * Milliseconds until the next attempt, or undefined when there is none: `attempt` (from 1) failed `elapsedMs` after the
 * first one began. `retryAfterMs`, where the far side said so, is the least that is waited.
 */
export function nextRetry(
  retry: Retry,
  failed: { readonly attempt: number; readonly elapsedMs: number; readonly retryAfterMs?: number | undefined },
  random: () => number,
): number | undefined {
  if (failed.attempt >= retry.maxAttempts) return undefined
  const delay = Math.max(retryDelay(retry, failed.attempt, random), failed.retryAfterMs ?? 0)
  if (retry.maxDurationMs !== undefined && failed.elapsedMs + delay > retry.maxDurationMs) return undefined
  return delay
}

/** What holds where a retry says nothing, and for a step without one. */
export const RETRY_DEFAULTS: Retry = Object.freeze({
  maxAttempts: 3,
  backoff: 'exponential',
  delayMs: 1000,
  factor: 2,
  maxDelayMs: 300_000,
  jitter: 0.2,
})

/** The retry of a step that states none: reads may be repeated; what sends or writes only where a repeat is harmless. */
export function defaultRetry(action: {
  readonly effect: 'none' | 'read' | 'write' | 'send'
  readonly idempotency: 'key' | 'lookup' | 'none'
}): Retry | undefined {
  const harmless = action.effect === 'none' || action.effect === 'read' || action.idempotency !== 'none'
  return harmless ? RETRY_DEFAULTS : undefined
}
