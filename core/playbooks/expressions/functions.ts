import type { Environment } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { normalizePhone } from '../../phone.ts'
import { likelyDuration, parseDuration } from '../duration.ts'
import { likelyZone } from '../local-time.ts'
import { momentOf, noSuchDay } from '../moment.ts'
import { plainValue } from './plain-value.ts'
import { matchesPattern } from './regular-expression.ts'

const TIME = 'google.protobuf.Timestamp'
const SPAN = 'google.protobuf.Duration'
const FORMAT_DATE = 'A moment as text in a time zone; yyyy MM dd HH mm ss stand for its parts.'
const TIMESTAMP =
  'A time from ISO 8601, or from seconds since 1970. Times are compared, subtracted, and moved by durations.'
const TIMESTAMP_EXAMPLE = 'timestamp(lead.createdAt) < date("2026-04-01")'
const FORMAT_DATE_EXAMPLE = 'formatDate(lead.createdAt, "dd/MM/yyyy HH:mm", "America/Sao_Paulo")'

/** Numbers arrive as `double` from JSON and as `int` (BigInt) from literals: most functions take both. */
type Numeric = number | bigint

export interface FunctionEntry {
  readonly signature: string
  readonly description: string
  /** For docs/playbooks.md, which shows what it comes to for the lead of the page. */
  readonly example: string
  readonly handler: (...args: never[]) => unknown
}

/** The functions that expressions have beyond CEL's own, with what an editor shows for them. */
export const FUNCTIONS: readonly FunctionEntry[] = [
  ...both('lower', 'string', 'Lower case.', 'lower(lead.email)', (text: string) => text.toLowerCase()),
  ...both('upper', 'string', 'Upper case.', 'lead.status.upper()', (text: string) => text.toUpperCase()),
  {
    signature: 'trim(string): string',
    description: 'Without white space at both ends.',
    example: 'trim("  Ana ")',
    handler: (text: string) => text.trim(),
  },
  ...both(
    'emailDomain',
    'string',
    'What follows the @ of an e-mail address, in lower case; empty when there is none.',
    'emailDomain(lead.email)',
    (email: string) =>
      email.includes('@')
        ? email
            .slice(email.lastIndexOf('@') + 1)
            .trim()
            .toLowerCase()
        : '',
  ),
  ...both(
    'normalizePhone',
    'dyn',
    'The number as +5511987654321, Brazilian without a country code; null when it is none.',
    'normalizePhone(lead.phone)',
    (text: string) => normalizePhone(text) ?? null,
  ),
  {
    signature: 'json(dyn): string',
    description: 'JSON text of any value.',
    example: 'json(lead.data)',
    handler: (value: unknown) => JSON.stringify(plainValue(value)),
  },
  ...numeric('round', 'Nearest whole number.', 'round(lead.score / 3)', Math.round),
  ...numeric('floor', 'Next whole number below.', 'floor(2.9)', Math.floor),
  ...numeric('ceil', 'Next whole number above.', 'ceil(2.1)', Math.ceil),
  ...numeric('abs', 'Without its sign.', 'abs(-3)', Math.abs),
  ...span('days', 86_400_000),
  ...span('hours', 3_600_000),
  ...span('minutes', 60_000),
  {
    signature: `_duration(string): ${SPAN}`,
    description: 'A duration: 15m, 3d, 1h30m, PT30M.',
    example: 'duration("1h30m")',
    handler: durationOf,
  },
  {
    signature: `date(string): ${TIME}`,
    description: 'A moment from 2026-03-02 (midnight UTC) or 2026-03-02T12:00:00Z.',
    example: 'date("2026-03-02") + days(1)',
    handler: (text: string) => dateOf(text, 'date'),
  },
  {
    signature: `_timestamp(string): ${TIME}`,
    description: TIMESTAMP,
    example: TIMESTAMP_EXAMPLE,
    handler: (text: string) => dateOf(text, 'timestamp'),
  },
  {
    signature: `_timestamp(int): ${TIME}`,
    description: TIMESTAMP,
    example: TIMESTAMP_EXAMPLE,
    handler: (seconds: bigint) => momentAt(Number(seconds) * 1000),
  },
  {
    signature: `string(${TIME}): string`,
    description: 'A time in ISO 8601.',
    example: 'string(date("2026-03-02"))',
    handler: (time: Date) => time.toISOString(),
  },
  {
    signature: `formatDate(${TIME}, string, string): string`,
    description: FORMAT_DATE,
    example: FORMAT_DATE_EXAMPLE,
    handler: formatDate,
  },
  {
    signature: 'formatDate(string, string, string): string',
    description: FORMAT_DATE,
    example: FORMAT_DATE_EXAMPLE,
    handler: (text: string, pattern: string, zone: string) => formatDate(dateOf(text, 'formatDate'), pattern, zone),
  },
  {
    signature: `weekday(${TIME}, string): string`,
    description: 'Day of the week in a time zone: mon tue wed thu fri sat sun.',
    example: 'weekday(timestamp(lead.createdAt), "America/Sao_Paulo")',
    handler: (time: Date, zone: string) => zoned(time, zone)['weekday']!.toLowerCase(),
  },
  {
    signature: 'string._matches(string): bool',
    description: 'Does the regular expression occur in the text? Patterns that could take forever are refused.',
    example: '"Sim, podemos".matches("(?i:sim|claro)")',
    handler: matchesPattern,
  },
]

/**
 * Built-ins of CEL that are replaced by ours of another name (an overload cannot be registered twice): `duration` so that a
 * duration is written the same everywhere, `timestamp` so that 30 February is no day in March, `matches` because JavaScript's regular
 * expressions can run forever.
 */
export const REPLACED: ReadonlyMap<string, string> = new Map([
  ['duration', '_duration'],
  ['timestamp', '_timestamp'],
  ['matches', '_matches'],
])

export function registerFunctions(environment: Environment): void {
  for (const { signature, description, handler } of FUNCTIONS)
    environment.registerFunction(signature, handler as (...args: unknown[]) => unknown, { description, async: false })
}

/** Arguments that say a moment, a duration or a time zone: by function, and their position after the receiver. */
type Meant = 'moment' | 'duration' | 'zone' | undefined
const MEANT = new Map<string, readonly Meant[]>([
  ['date', ['moment']],
  ['_timestamp', ['moment']],
  ['_duration', ['duration']],
  ['formatDate', ['moment', undefined, 'zone']],
  ['weekday', [undefined, 'zone']],
  ...['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'DayOfYear', 'Hours', 'Minutes', 'Seconds'].map(
    part => [`get${part}`, ['zone']] as const,
  ),
])

/** What is wrong with a text that is written out as an argument: it would fail in every run. */
export function argumentFault(
  name: string,
  position: number,
  text: string,
): { readonly message: string; readonly suggestion?: string | undefined } | undefined {
  const written = JSON.stringify(text.slice(0, 40))
  switch (MEANT.get(name)?.[position]) {
    case 'moment':
      return momentOf(text)
        ? undefined
        : { message: `${written} is no moment${noSuchDay(text)}; write it as 2026-03-02 or 2026-03-02T12:00:00Z.` }
    case 'duration':
      return parseDuration(text) === undefined
        ? {
            message: `${written} is no duration; write it as 15m, 3d, 1h30m or PT30M.`,
            suggestion: likelyDuration(text),
          }
        : undefined
    case 'zone':
      return isZone(text)
        ? undefined
        : { message: `There is no time zone ${written}; write it as America/Sao_Paulo.`, suggestion: likelyZone(text) }
    default:
      return undefined
  }
}

/** `name(text)` and `text.name()`. */
function both(
  name: string,
  returns: string,
  description: string,
  example: string,
  handler: (text: string) => unknown,
): FunctionEntry[] {
  return [`${name}(string)`, `string.${name}()`].map(call => ({
    signature: `${call}: ${returns}`,
    description,
    example,
    handler,
  }))
}

function numeric(
  name: string,
  description: string,
  example: string,
  compute: (value: number) => number,
): FunctionEntry[] {
  const handler = (value: Numeric): number => compute(Number(value))
  return ['double', 'int'].map(type => ({ signature: `${name}(${type}): double`, description, example, handler }))
}

function span(name: string, milliseconds: number): FunctionEntry[] {
  const handler = (amount: Numeric): Duration => Duration.fromMilliseconds(Number(amount) * milliseconds)
  return ['double', 'int'].map(type => ({
    signature: `${name}(${type}): ${SPAN}`,
    description: `A duration of so many ${name}.`,
    example: `date("2026-03-02") + ${name}(2)`,
    handler,
  }))
}

function durationOf(text: string): Duration {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined)
    throw new Error(`duration(${JSON.stringify(text)}): write it as 15m, 3d, 1h30m or PT30M`)
  return Duration.fromMilliseconds(milliseconds)
}

function dateOf(text: string, name: string): Date {
  const date = momentOf(text)
  if (!date)
    throw new Error(
      `${name}(${JSON.stringify(text)})${noSuchDay(text)}: write it as 2026-03-02 or 2026-03-02T12:00:00Z`,
    )
  return date
}

function momentAt(milliseconds: number): Date {
  const date = new Date(milliseconds)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999)
    throw new Error(`timestamp(${milliseconds / 1000}): these are too many seconds since 1970`)
  return date
}

function formatDate(time: Date, pattern: string, zone: string): string {
  const parts = zoned(time, zone)
  const values: Record<string, string | undefined> = {
    yyyy: parts['year'],
    MM: parts['month'],
    dd: parts['day'],
    HH: parts['hour'],
    mm: parts['minute'],
    ss: parts['second'],
  }
  return pattern.replace(/yyyy|MM|dd|HH|mm|ss/g, token => values[token] ?? token)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function isZone(zone: string): boolean {
  try {
    zoned(new Date(0), zone)
    return true
  } catch {
    return false
  }
}

function zoned(time: Date, zone: string): Record<string, string> {
  let format = formats.get(zone)
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        weekday: 'short',
        hourCycle: 'h23',
      })
    } catch {
      throw new Error(`${JSON.stringify(zone)} is not a time zone; write it as America/Sao_Paulo`)
    }
    if (formats.size >= 500) formats.clear() // names come from data: start over rather than grow
    formats.set(zone, format)
  }
  return Object.fromEntries(format.formatToParts(time).map(part => [part.type, part.value]))
}
