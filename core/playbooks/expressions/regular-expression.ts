/**
 * JavaScript's regular expressions backtrack: `(a+)+$` on forty letters takes years. What can explode is refused, and what
 * can only be slow is bounded by the length of the text it is tried on.
 */
const LONGEST_TEXT: readonly number[] = [100_000, 10_000, 1000, 300] // by the number of open-ended repetitions
const MAX_PATTERN = 200

/** Why a pattern is refused; undefined when it is fine. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return `a pattern may have ${MAX_PATTERN} characters`
  if (!isPattern(pattern)) return 'it is not a regular expression'
  if (/\\[1-9k]/.test(pattern)) return 'it refers back to a group'
  if (/\(\?[=!<]/.test(pattern)) return 'it looks ahead or behind'
  const { repetitions, nested } = repetitionsOf(pattern)
  if (nested) return 'it repeats something that repeats or has alternatives'
  if (repetitions >= LONGEST_TEXT.length) return `it repeats without end more than ${LONGEST_TEXT.length - 1} times`
  return undefined
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

const compiled = new Map<string, { test: RegExp; longest: number }>()

/** Does the pattern occur in the text? Throws `Error` for a pattern that is refused or a text that is too long for it. */
export function matchesPattern(text: string, pattern: string): boolean {
  let entry = compiled.get(pattern)
  if (!entry) {
    const fault = patternFault(pattern)
    if (fault) throw new Error(`matches(${JSON.stringify(pattern)}): ${fault}`)
    entry = { test: new RegExp(pattern, 'u'), longest: LONGEST_TEXT[repetitionsOf(pattern).repetitions]! }
    if (compiled.size >= 500) compiled.clear() // patterns from data, not from playbooks: start over rather than grow
    compiled.set(pattern, entry)
  }
  if (text.length > entry.longest)
    throw new Error(`matches(${JSON.stringify(pattern)}): the text is longer than ${entry.longest} characters`)
  return entry.test.test(text)
}

/** Counts open-ended repetitions, and sees whether a repeated group holds one or holds alternatives. */
function repetitionsOf(pattern: string): { repetitions: number; nested: boolean } {
  const groups: { risky: boolean }[] = [{ risky: false }]
  let repetitions = 0
  let nested = false
  let closed: { risky: boolean } | undefined
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!
    const counted = char === '{' ? /^\{(\d+)(,(\d*))?\}/.exec(pattern.slice(i)) : null
    const repeats =
      char === '*' ||
      char === '+' ||
      (counted !== null && (counted[2] === ',' || Number(counted[3] ?? counted[1]) > 20))
    if (repeats) {
      repetitions++
      if (closed?.risky) nested = true
      for (const group of groups) group.risky = true
    }
    if (counted) i += counted[0].length - 1
    closed = undefined
    if (char === '\\') i++
    else if (char === '[') i = endOfClass(pattern, i)
    else if (char === '|') groups.at(-1)!.risky = true
    else if (char === '(') groups.push({ risky: false })
    else if (char === ')' && groups.length > 1) {
      closed = groups.pop()!
      if (closed.risky) groups.at(-1)!.risky = true
    }
  }
  return { repetitions, nested }
}

function endOfClass(pattern: string, start: number): number {
  for (let i = start + 1; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++
    else if (pattern[i] === ']') return i
  }
  return pattern.length
}
