import type { Admission, Concurrency, Debounce, RateLimit, Sla } from './admission.ts'
import type { CompileContext, ExpressionPlace } from './compile-context.ts'
import { compileExpressionNode } from './compile-scalar.ts'
import { parseDuration, shortDuration } from './duration.ts'
import { typeName } from './expressions/explain.ts'
import { parseTimeOfDay, WEEKDAYS, type Weekday } from './local-time.ts'
import type { Expression } from './expressions/expression.ts'
import type { SendWindow } from './send-window.ts'
import { entryOf, plainOf, valueOf, type YamlNode } from './yaml-tree.ts'

type PlaceOf = (path: string) => ExpressionPlace

/** `concurrency`, `rateLimit`, `debounce`, `idempotencyKey` and `sla` from the top of the file. */
export function compileAdmission(root: YamlNode, context: CompileContext): Admission {
  const placeOf: PlaceOf = path => ({ path, roots: ['event', 'inputs'], event: context.event })
  checkTogether(root, context)
  return {
    concurrency: compileConcurrency(valueOf(root, 'concurrency'), placeOf, context),
    rateLimit: compileRateLimit(valueOf(root, 'rateLimit'), placeOf, context),
    debounce: compileDebounce(valueOf(root, 'debounce'), placeOf, context),
    idempotencyKey: compileKey(valueOf(root, 'idempotencyKey'), placeOf('idempotencyKey'), context),
    sla: compileSla(valueOf(root, 'sla')),
  }
}

/** `sendWindow`, from the top of the file. */
export function compileSendWindow(root: YamlNode, context: CompileContext): SendWindow | undefined {
  const node = valueOf(root, 'sendWindow')
  const { days, from, to, timezone, holidays, spread } = plain(node)
  const [opens, closes] = [from, to].map(text => (typeof text === 'string' ? parseTimeOfDay(text) : undefined))
  if (!node || !opens || !closes) return undefined
  const [fromMinute, toMinute] = [opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute]
  if (fromMinute >= toMinute)
    context.findings.add({
      code: 'OUT_OF_RANGE',
      message: `"to" must be later than "from" (${String(from)}) on the same day, found ${String(to)}. Two windows, one before midnight and one after, are two playbooks.`,
      path: 'sendWindow.to',
      span: entryOf(node, 'to')!.value,
    })
  return {
    days: Array.isArray(days) ? WEEKDAYS.filter(day => days.includes(day)) : WORKDAYS,
    fromMinute,
    toMinute,
    timeZone: typeof timezone === 'string' ? timezone : 'subject',
    holidays: holidays as SendWindow['holidays'],
    spreadMs: milliseconds(spread) ?? 0,
  }
}

const WORKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri']

/** A debounced run is one of many events: which of them would have the key, and when would it count? */
function checkTogether(root: YamlNode, context: CompileContext): void {
  if (root.kind !== 'map' || !root.entries.has('debounce')) return
  for (const other of ['rateLimit', 'idempotencyKey']) {
    const entry = root.entries.get(other)
    if (entry)
      context.findings.add({
        code: 'CONFLICTING_KEYS',
        message: `"${other}" and "debounce" do not go together: with debounce, many events are one run. Take one out.`,
        path: other,
        span: entry.key,
      })
  }
}

function compileConcurrency(
  node: YamlNode | undefined,
  placeOf: PlaceOf,
  context: CompileContext,
): Concurrency | undefined {
  const { limit, behavior } = plain(node)
  if (!node || typeof limit !== 'number') return undefined
  return {
    key: compileKey(valueOf(node, 'key'), placeOf('concurrency.key'), context),
    limit,
    behavior: (behavior as Concurrency['behavior'] | undefined) ?? 'queue',
  }
}

function compileRateLimit(
  node: YamlNode | undefined,
  placeOf: PlaceOf,
  context: CompileContext,
): RateLimit | undefined {
  const { limit, per, behavior } = plain(node)
  const perMs = milliseconds(per)
  const key = compileKey(valueOf(node, 'key'), placeOf('rateLimit.key'), context)
  if (typeof limit !== 'number' || perMs === undefined) return undefined
  return { key, limit, perMs, behavior: (behavior as RateLimit['behavior'] | undefined) ?? 'delay' }
}

function compileDebounce(node: YamlNode | undefined, placeOf: PlaceOf, context: CompileContext): Debounce | undefined {
  const { quiet, max } = plain(node)
  const key = compileKey(valueOf(node, 'key'), placeOf('debounce.key'), context)
  const [quietMs, maxMs] = [milliseconds(quiet), milliseconds(max)]
  if (node?.kind === 'map' && quietMs !== undefined && maxMs !== undefined && maxMs < quietMs)
    context.findings.add({
      code: 'OUT_OF_RANGE',
      message: `"max" must be at least as long as "quiet" (${shortDuration(quietMs)}), found ${shortDuration(maxMs)}.`,
      path: 'debounce.max',
      span: entryOf(node, 'max')!.value,
    })
  return key && quietMs !== undefined ? { key, quietMs, maxMs } : undefined
}

function compileSla(node: YamlNode | undefined): Sla | undefined {
  const { maxDuration, behavior } = plain(node)
  const maxDurationMs = milliseconds(maxDuration)
  return maxDurationMs === undefined
    ? undefined
    : { maxDurationMs, behavior: (behavior as Sla['behavior'] | undefined) ?? 'none' }
}

/** CEL types that can be a key: what comes out as a text, or what is not known before the run. */
const KEYS: ReadonlySet<string> = new Set(['dyn', 'string', 'int', 'double', 'bool'])

function compileKey(
  node: YamlNode | undefined,
  place: ExpressionPlace,
  context: CompileContext,
): Expression | undefined {
  const expression = node && compileExpressionNode(node, place, context)
  const type = node && context.types.get(node)
  if (expression && type !== undefined && !KEYS.has(type))
    context.findings.add({
      code: 'EXPRESSION_TYPE',
      message: `A key must come out as a text or a number; this is ${typeName(type)}.`,
      path: place.path,
      span: node,
    })
  return expression
}

/** The values of a map, for those that are no expressions; what is wrong with them the schema has said. */
function plain(node: YamlNode | undefined): Readonly<Record<string, unknown>> {
  return node?.kind === 'map' ? (plainOf(node) as Record<string, unknown>) : {}
}

const milliseconds = (text: unknown) => (typeof text === 'string' ? parseDuration(text) : undefined)
