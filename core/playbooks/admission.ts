import { TraeError } from '../errors.ts'
import type { Expression, Scope } from './expressions/expression.ts'

/** What decides whether, when and how often runs of a playbook start. */
export interface Admission {
  readonly concurrency?: Concurrency | undefined
  readonly rateLimit?: RateLimit | undefined
  readonly debounce?: Debounce | undefined
  /** Events with the same key start one run. */
  readonly idempotencyKey?: Expression | undefined
  readonly sla?: Sla | undefined
}

export const CONCURRENCY_BEHAVIORS = ['queue', 'cancelNew', 'cancelRunning', 'fail'] as const
export const RATE_BEHAVIORS = ['delay', 'drop'] as const
export const SLA_BEHAVIORS = ['none', 'cancel', 'fail'] as const

/** At most `limit` runs of one key execute at once. Runs that wait hold no place. Without a key, of the whole playbook. */
export interface Concurrency {
  readonly key?: Expression | undefined
  readonly limit: number
  readonly behavior: (typeof CONCURRENCY_BEHAVIORS)[number]
}

/** At most `limit` runs of one key start within any `perMs`. */
export interface RateLimit {
  readonly key?: Expression | undefined
  readonly limit: number
  readonly perMs: number
  readonly behavior: (typeof RATE_BEHAVIORS)[number]
}

/** Events of one key with less than `quietMs` between them start one run, for the last; `maxMs` after the first at the latest. */
export interface Debounce {
  readonly key: Expression
  readonly quietMs: number
  readonly maxMs?: number | undefined
}

/** A run that is not over `maxDurationMs` after it was let in has broken its promise. */
export interface Sla {
  readonly maxDurationMs: number
  readonly behavior: (typeof SLA_BEHAVIORS)[number]
}

const MAX_KEY_LENGTH = 500

/**
 * What a key comes out as, as text; empty where there is none, which makes everything one. Throws `EXPRESSION` for a
 * value that can be no key: null, a list, a map, a text of more than 500 characters.
 */
export function keyOf(key: Expression | undefined, name: string, scope: Scope): string {
  if (!key) return ''
  const value = key.evaluate(scope)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && value !== '' && value.length <= MAX_KEY_LENGTH)
    return value.replaceAll('\0', '\uFFFD')
  const found =
    typeof value === 'string' && value !== ''
      ? `${value.length} characters`
      : (JSON.stringify(value)?.slice(0, 80) ?? 'nothing')
  throw new TraeError(
    'EXPRESSION',
    `${name}, \${{ ${key.source} }}: expected a text of 1 to ${MAX_KEY_LENGTH} characters or a number, found ${found}.`,
  )
}
