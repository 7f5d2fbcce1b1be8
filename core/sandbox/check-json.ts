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
 * With `stored`, throws `VALIDATION` for a text that no database takes: U+0000, half of a surrogate pair; `stored` begins the
 * message. Throws `SyntaxError`.
 */
export function parseJson(text: string, stored?: string): unknown {
  const value: unknown = JSON.parse(text)
  if (isSuspicious(text)) clean(value, stored)
  return value
}

/** The same text, or one without those keys. Throws `VALIDATION` as above. */
export function cleanJson(text: string, stored?: string): string {
  if (!isSuspicious(text)) return text
  const value: unknown = JSON.parse(text)
  return clean(value, stored) ? JSON.stringify(value) : text
}

/** The key as it is, or perhaps with letters of it escaped; or a text that cannot be stored, which is always escaped. */
function isSuspicious(text: string): boolean {
  return text.includes('__proto__') || /\\u(?:00|d[89a-f])/i.test(text)
}

/** In place; says whether anything was taken out. A reviver of `JSON.parse` would hold the event loop ten times as long. */
function clean(root: unknown, stored: string | undefined): boolean {
  let changed = false
  const check = (text: string) => {
    if (stored !== undefined && (text.includes('\0') || !text.isWellFormed()))
      throw tooMuch(
        `${stored} has a text with U+0000 or half of a surrogate pair, which cannot be stored. Take them out: text.replaceAll('\\0', '').toWellFormed().`,
      )
  }
  const left = [root]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string') check(value)
    else if (Array.isArray(value)) {
      for (const part of value as unknown[]) if (isWorthALook(part)) left.push(part)
    } else if (typeof value === 'object' && value !== null) {
      if (Object.hasOwn(value, '__proto__')) {
        delete (value as Record<string, unknown>)['__proto__']
        changed = true
      }
      // oxlint-disable-next-line guard-for-in -- what was parsed inherits nothing
      for (const key in value) {
        check(key)
        const part = (value as Record<string, unknown>)[key]
        if (isWorthALook(part)) left.push(part)
      }
    }
  }
  return changed
}

const isWorthALook = (value: unknown) => typeof value === 'string' || (typeof value === 'object' && value !== null)

/**
 * A text of a plugin that people will read, on a page or at a terminal: without control characters but line breaks and tabs, and well
 * formed, so that it can neither paint over what stands around it nor be refused by the database.
 */
export function plainText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd').toWellFormed()
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
