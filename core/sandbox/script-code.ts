import { createHash } from 'node:crypto'
import type { PluginCode } from './call.ts'

/** The entry of a script's bundle. */
export const SCRIPT_ENTRY = 'actions.run'
/** As what the sandbox names the bundle in stacks, and its lines before the script's first. */
const FRAME = /\bplugin\.js:(\d+):(\d+)/
const LINES_BEFORE = 7

/**
 * The body of a function `(input) => output` as the bundle of an isolate of its own. Whoever gives it has checked that it is
 * the body of a function by itself: text that closes the function around it would stand beside it. What the guest leaves
 * writable for the sake of libraries is closed, so that no call leaves anything to the next; `ctx` is not handed on.
 */
export function scriptCode(body: string): PluginCode {
  const source = `const { defineProperty, freeze } = Object
defineProperty(Error, 'stackTraceLimit', { writable: false })
for (const name of ['console', 'fetch', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'performance']) delete globalThis[name]
freeze(globalThis)
export default freeze({ actions: freeze({ run: freeze({ run: input =>
// one function a call, so that nothing hangs on it
(function (input) {
${body}
}).call(undefined, input) }) }) })
`
  return { digest: createHash('sha256').update(source).digest('hex'), source: () => Promise.resolve(source) }
}

/** The line (from 1) of the script that a stack of its bundle begins in; undefined where it does not say. */
export function lineOfScript(stack: string, lines: number): number | undefined {
  for (const match of stack.matchAll(new RegExp(FRAME, 'g'))) {
    const line = Number(match[1]) - LINES_BEFORE
    if (line >= 1 && line <= lines) return line
  }
  return undefined
}
