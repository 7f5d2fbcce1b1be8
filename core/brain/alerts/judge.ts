import type { AlertRule } from './rules.ts'

/** A figure of a workspace, or of one thing in it: a module, a plugin, a credential. */
export interface Figure {
  /** Empty: the workspace. */
  readonly subject: string
  /** For people; null where the subject speaks for itself. */
  readonly name: string | null
  readonly value: number
  /** What is known of the cause. */
  readonly detail?: string | null | undefined
}

/** What is remembered of a figure between two looks. */
export interface AlertWatch {
  readonly subject: string
  /** Out of bounds without a break. */
  readonly since: Date
  /** Well again without a break; null while it is not. */
  readonly clearSince: Date | null
  /** Its alert is open. */
  readonly open: boolean
}

export type Verdict =
  /** Nothing to store. */
  | { readonly kind: 'none' }
  | { readonly kind: 'watch'; readonly since: Date; readonly clearSince: Date | null }
  | { readonly kind: 'fire'; readonly since: Date }
  | { readonly kind: 'resolve' }
  /** It was out of bounds, and not for long enough. */
  | { readonly kind: 'forget' }

/**
 * What one look says of one figure. State machine: well → (out of bounds) watched → (for `forSeconds` without a break) firing →
 * (on the other side of `clears`, for `clearForSeconds` without a break) well. Between the threshold and `clears` a figure that fires goes on,
 * and one that does not fire is well: a figure that swings around its threshold fires once. Pure: whoever judges the same rows
 * at the same moment comes to the same, so a change of leader changes nothing.
 */
export function judge(
  rule: Pick<AlertRule, 'enabled' | 'bad' | 'threshold' | 'clears' | 'forSeconds' | 'clearForSeconds'>,
  figure: Figure | undefined,
  watch: AlertWatch | undefined,
  now: Date,
): Verdict {
  const side = rule.enabled ? sideOf(rule, figure) : 'well'
  if (side === 'bad') {
    const since = watch?.since ?? now
    if (!watch?.open && passed(since, rule.forSeconds, now)) return { kind: 'fire', since }
    if (!watch || watch.clearSince) return { kind: 'watch', since, clearSince: null }
    return { kind: 'none' }
  }
  if (!watch) return { kind: 'none' }
  if (!watch.open) return { kind: 'forget' }
  if (side === 'between')
    return watch.clearSince ? { kind: 'watch', since: watch.since, clearSince: null } : { kind: 'none' }
  const clearSince = watch.clearSince ?? now
  if (!rule.enabled || passed(clearSince, rule.clearForSeconds, now)) return { kind: 'resolve' }
  return watch.clearSince ? { kind: 'none' } : { kind: 'watch', since: watch.since, clearSince }
}

/** A figure that is not there (the module has no runs, the plugin is gone) is well. */
function sideOf(
  { bad, threshold, clears }: Pick<AlertRule, 'bad' | 'threshold' | 'clears'>,
  figure: Figure | undefined,
): 'bad' | 'between' | 'well' {
  if (!figure) return 'well'
  const sign = bad === 'above' ? 1 : -1
  if ((figure.value - threshold) * sign > 0) return 'bad'
  return (figure.value - clears(threshold)) * sign > 0 ? 'between' : 'well'
}

const passed = (since: Date, seconds: number, now: Date) => now.getTime() - since.getTime() >= seconds * 1000
