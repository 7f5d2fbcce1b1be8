/**
 * Semantic versions and the ranges of npm that people write: `^1`, `^1.2.3`, `~1.2`, `1`, `1.2`, `1.2.x`, `1.2.3`, `*`,
 * and comparators joined by spaces (`>=1.2 <2`). A pre-release fits a range only where the range names it exactly.
 */
const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9a-z.-]+))?$/i
const PART = /^(\^|~|>=|<=|>|<|=)?(\*|x|\d{1,9})(?:\.(\*|x|\d{1,9}))?(?:\.(\*|x|\d{1,9}))?$/i

type Numbers = readonly [number, number, number]
interface Bounds {
  readonly from: Numbers
  /** Excluded. */
  readonly to: Numbers
}

export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

export function isVersionRange(text: string): boolean {
  return boundsOf(text) !== undefined || isVersion(text)
}

/** Does the version fit? False for anything that is no version or no range. */
export function versionFits(version: string, range: string): boolean {
  if (version === range.trim()) return isVersion(version)
  const match = VERSION.exec(version)
  const bounds = boundsOf(range)
  if (!match || match[4] !== undefined || !bounds) return false
  const numbers = numbersOf(match)
  return bounds.every(({ from, to }) => compare(numbers, from) >= 0 && compare(numbers, to) < 0)
}

/** Below 0 where the first version is older. A pre-release is older than its release; text that is no version is oldest. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [VERSION.exec(one), VERSION.exec(other)]
  if (!a || !b) return Number(a !== null) - Number(b !== null)
  const order = compare(numbersOf(a), numbersOf(b))
  if (order !== 0 || a[4] === b[4]) return order
  if (a[4] === undefined || b[4] === undefined) return a[4] === undefined ? 1 : -1
  return a[4].localeCompare(b[4], 'en', { numeric: true })
}

const numbersOf = (match: RegExpExecArray): Numbers => [Number(match[1]), Number(match[2]), Number(match[3])]

function boundsOf(range: string): Bounds[] | undefined {
  const parts = range.trim().split(/\s+/)
  const bounds = parts.map(partBounds)
  return bounds.every(bound => bound !== undefined) ? bounds : undefined
}

const ZERO: Numbers = [0, 0, 0]
const END: Numbers = [Infinity, 0, 0]

function partBounds(part: string): Bounds | undefined {
  const match = PART.exec(part)
  if (!match) return undefined
  const [, operator = '', ...texts] = match
  const wild = texts.findIndex(text => text === undefined || /^[x*]$/i.test(text))
  const given = wild === -1 ? 3 : wild
  const from = [0, 1, 2].map(i => (i < given ? Number(texts[i]) : 0)) as unknown as Numbers
  const next = (place: number): Numbers =>
    place < 0
      ? END
      : ([0, 1, 2].map(i => (i < place ? from[i]! : i === place ? from[i]! + 1 : 0)) as unknown as Numbers)
  switch (operator) {
    case '^': {
      const significant = from.findIndex((number, i) => number > 0 && i < given)
      return { from, to: next(significant === -1 ? given - 1 : significant) }
    }
    case '~':
      return { from, to: next(Math.min(given - 1, 1)) }
    case '>=':
      return { from, to: END }
    case '>':
      return { from: given < 3 ? next(given - 1) : [from[0], from[1], from[2] + 1], to: END }
    case '<':
      return { from: ZERO, to: from }
    case '<=':
      return { from: ZERO, to: next(given - 1) }
    default:
      return { from, to: next(given - 1) }
  }
}

function compare(a: Numbers, b: Numbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
