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

/** What may have been meant by text that is no duration: `30` → 30s, `2 days` and `2 dias` → 2d. */
export function likelyDuration(written: unknown): string | undefined {
  const match = /^(\d+)\s*([smhdw])?\p{L}*$/iu.exec(String(written).trim())
  return match ? `${match[1]}${(match[2] ?? 's').toLowerCase()}` : undefined
}
