import { createContext, Script } from 'node:vm'
import { TraeError } from '../errors.ts'

/** The computing time that a pattern of a plugin may take over one text. */
const BUDGET_MS = 25
const script = new Script('pattern.test(text)')
let context: Record<string, unknown> | undefined

/**
 * A plugin's `pattern`, for ajv, that cannot stop the engine: `(a+)+$` over forty letters takes longer than a working day.
 * Patterns that can hardly backtrack run as they are; the others, and long texts, run under a timer, which costs a
 * quarter of a millisecond. `node:vm` is a clock here and no wall: nothing of the plugin's is evaluated in it.
 */
export function boundedRegExp(pattern: string, flags: string): { test(text: string): boolean } {
  const regExp = new RegExp(pattern, flags)
  const plain = isPlain(pattern)
  return {
    test(text) {
      if (plain && text.length <= 2048) return regExp.test(text)
      context ??= createContext(Object.create(null) as Record<string, unknown>)
      Object.assign(context, { pattern: regExp, text })
      const began = process.threadCpuUsage()
      for (;;) {
        try {
          return script.runInContext(context, { timeout: BUDGET_MS }) as boolean
        } catch (cause) {
          if (computedMs(began) < BUDGET_MS) continue // the machine was busy elsewhere: that is nobody's fault
          throw new TraeError(
            'VALIDATION',
            `The pattern ${pattern} needed more than ${BUDGET_MS} ms for a text of ${text.length} characters. The plugin's author should write it without nested repetition.`,
            { cause },
          )
        }
      }
    },
  }
}

/** node:vm's timer measures by the clock on the wall, which goes on while this thread does not get a processor. */
function computedMs(began: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1000
}

/** At most one repetition of variable length, of a single character, and then no alternatives: time is at most the square. */
function isPlain(pattern: string): boolean {
  const atoms = pattern
    .replace(/\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|k<[^>]*>|.)/g, escape => (/^\\(?:k|[1-9])/.test(escape) ? '*)*' : 'a')) // a backreference is not plain
    .replace(/\[[^\]]*\]/g, 'a')
    .replace(/\(\?(?:[:=!]|<[=!]|<[^>]*>)/g, '(')
    .replace(/([^)])\{\d+\}/g, '$1')
  const repeated = atoms.match(/[*+?{]/g)?.length ?? 0
  return repeated === 0 || (repeated === 1 && !/\)[*+?{]/.test(atoms) && !atoms.includes('|'))
}
