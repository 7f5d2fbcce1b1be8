const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const ISO =
  /^P(?!$)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const SHORT = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/
/** A hundred years: what is longer is a mistake, and JavaScript's dates stay in range. */
export const MAX_DURATION_MS = 36_525 * 86_400_000

/**
 * Milliseconds of a duration: ISO 8601 (`PT30M`, `P45D`, `P2W`; months and years have no fixed length and are refused)
 * or short (`15m`, `3d`, `1h30m`). A day is 24 hours. Undefined for any other text, and for more than 100 years.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 40) return undefined
  const milliseconds = SHORT.test(trimmed) ? sumOf(trimmed) : isoDuration(trimmed)
  return milliseconds === undefined || milliseconds > MAX_DURATION_MS ? undefined : Math.round(milliseconds)
}

function sumOf(text: string): number {
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) sum += Number(amount) * UNITS[unit!]!
  return sum
}

function isoDuration(text: string): number | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map(part => Number(part ?? 0))
  return weeks! * UNITS['w']! + days! * UNITS['d']! + hours! * UNITS['h']! + minutes! * UNITS['m']! + seconds! * 1000
}

/** ISO 8601 for milliseconds: what a duration becomes when it leaves an expression. `5400000` → `PT1H30M`. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : ''
  let rest = Math.abs(milliseconds)
  const take = (unit: number): number => {
    const whole = Math.floor(rest / unit)
    rest -= whole * unit
    return whole
  }
  const [days, hours, minutes] = [take(UNITS['d']!), take(UNITS['h']!), take(UNITS['m']!)]
  const seconds = rest / 1000
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`
  const date = days ? `${days}D` : ''
  return date || time ? `${sign}P${date}${time ? `T${time}` : ''}` : 'PT0S'
}

/** The short form, for people: `300000` → `5m`, `5400000` → `1h30m`. Whole milliseconds from 0. */
export function shortDuration(milliseconds: number): string {
  let rest = milliseconds
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const whole = Math.floor(rest / UNITS[unit]!)
    if (whole > 0) text += `${whole}${unit}`
    rest -= whole * UNITS[unit]!
  }
  return text || '0s'
}

/** Beginnings of words for units, in English and Portuguese, the longer ones first; what begins with none of them counts seconds. */
const UNIT_WORDS: readonly (readonly [word: RegExp, days: number, unit: string])[] = [
  [/^(mo|mes|mês)/, 30, 'd'],
  [/^(y|ano)/, 365, 'd'],
  [/^(ms|mil)/, 1, 'ms'],
  [/^m/, 1, 'm'],
  [/^h/, 1, 'h'],
  [/^d/, 1, 'd'],
  [/^(w|sem)/, 1, 'w'],
  [/^s?/, 1, 's'],
]

/** What may have been meant by text that is no duration: `30` → 30s, `2 days` and `2 dias` → 2d, `1mo` and `P1M` → 30d, `9h30` → 9h30m. */
export function likelyDuration(written: unknown): string | undefined {
  const text = String(written).trim().toLowerCase()
  if (/^\d+h\d+$/.test(text)) return `${text}m`
  const match = /^p(\d+)([ym])$/.exec(text) ?? /^(\d+)\s*(\p{L}*)$/u.exec(text)
  if (!match) return undefined
  const word = text.startsWith('p') && match[2] === 'm' ? 'mo' : match[2]!
  const [, times, unit] = UNIT_WORDS.find(([beginning]) => beginning.test(word))!
  const meant = `${Number(match[1]) * times}${unit}`
  return parseDuration(meant) === undefined ? undefined : meant
}

/** For messages: why a text is no duration although it says how long; a sentence with a space before it, or nothing. */
export function whyNoDuration(written: unknown): string {
  const text = String(written).trim().toLowerCase()
  const counted = /^(?:p(?=\d))?(\d+)\s*(\p{L}+)/u.exec(text)
  if (SHORT.test(text) || (counted && /^(y|ano)/.test(counted[2]!) && Number(counted[1]) > 100))
    return ' A duration is a hundred years at most.'
  return /^p(\d+y|\d+m)/.test(text) || (counted && /^(mo|mes|mês|y|ano)/.test(counted[2]!))
    ? ' Months and years have no fixed length: write days.'
    : ''
}
