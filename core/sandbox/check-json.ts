import { TraeError } from '../errors.ts'

/**
 * Checks JSON text that comes out of a sandbox before anybody parses it: size, depth and number of nodes, in one linear
 * scan. Whether it is JSON at all, `JSON.parse` says. Throws `VALIDATION`; `what` begins the message.
 */
export function checkJson(text: string, limits: { bytes: number; depth: number; nodes: number }, what: string): void {
  if (text.length > limits.bytes)
    throw tooMuch(`${what} has ${text.length} characters of JSON; ${limits.bytes} may cross.`)
  let depth = 0
  let nodes = 1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfString(text, i)
    else if (code === COMMA) nodes++
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      nodes++
      if (++depth > limits.depth) throw tooMuch(`${what} is nested more than ${limits.depth} levels deep.`)
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  if (nodes > limits.nodes) throw tooMuch(`${what} has ${nodes} values; ${limits.nodes} may cross.`)
}

/**
 * `JSON.parse` without keys named `__proto__`: harmless where they stand, a trap for whoever merges the object into another.
 * Throws `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  return isSuspicious(text)
    ? JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value))
    : JSON.parse(text)
}

/** The same text, or one without those keys. */
export function cleanJson(text: string): string {
  return isSuspicious(text) ? JSON.stringify(parseJson(text)) : text
}

/** The key as it is, or perhaps with letters of it escaped. */
function isSuspicious(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u00')
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const BACKSLASH = 0x5c

/** From an opening quote to the closing one; to the end of the text when there is none. */
function endOfString(text: string, open: number): number {
  let at = open
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return at
  }
}

function tooMuch(message: string): TraeError {
  return new TraeError('VALIDATION', message)
}
