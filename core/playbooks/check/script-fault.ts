import { compileFunction } from 'node:vm'

export interface ScriptFault {
  readonly message: string
  /** From 0, in the script. */
  readonly line: number
  readonly column: number
  readonly length: number
}

const NAME = 'run.js'
const STRICT = "'use strict';"

/**
 * Why a text is not the body of a function `(input) => output` in strict mode; undefined where it is one. It is parsed by
 * itself, so it cannot close the function that it will stand in. Nothing is executed.
 */
export function scriptFault(body: string): ScriptFault | undefined {
  try {
    compileFunction(STRICT + body, ['input'], { filename: NAME, columnOffset: -STRICT.length })
    return undefined
  } catch (error) {
    const { message, stack = '' } = error as Error
    const [head = '', , carets = ''] = stack.split('\n')
    const line = head.startsWith(`${NAME}:`) ? Number(head.slice(NAME.length + 1)) - 1 : 0
    const shift = line === 0 ? STRICT.length : 0
    return {
      message,
      line: Number.isInteger(line) && line >= 0 ? line : 0,
      column: Math.max(0, carets.indexOf('^') - shift),
      length: Math.max(1, carets.trim().length),
    }
  }
}
