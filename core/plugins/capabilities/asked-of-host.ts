import { errorRecord } from '../../errors.ts'
import type { CALL_OPS } from '../../sandbox/messages.js'

type Op = (typeof CALL_OPS)[number]

/** What one call of a plugin asked of its host, counted: `records.leads.get`, `fetch`, `storage.set` … and what was refused, by op and code. */
export class AskedOfHost {
  readonly #answered = new Map<string, number>()
  readonly #failed = new Map<string, number>()

  async count<Answer>(op: Op, argument: unknown, answer: () => Answer | Promise<Answer>): Promise<Answer> {
    try {
      const answered = await answer()
      add(this.#answered, nameOf(op, argument)) // the argument is known to fit by now: its names are ours, and few
      return answered
    } catch (error) {
      add(this.#failed, `${op} ${errorRecord(error).code}`)
      throw error
    }
  }

  /** One line, where anything was asked. */
  tell(onLog: ((line: AskedLine) => void) | undefined): void {
    if (this.#answered.size === 0 && this.#failed.size === 0) return
    const failed = this.#failed.size === 0 ? '' : `; failed: ${inWords(this.#failed)}`
    onLog?.({
      level: 'debug',
      message: `asked of the host: ${inWords(this.#answered) || 'nothing that was answered'}${failed}`,
      fields: { answered: Object.fromEntries(this.#answered), failed: Object.fromEntries(this.#failed) },
    })
  }
}

interface AskedLine {
  readonly level: 'debug'
  readonly message: string
  readonly fields: Readonly<Record<'answered' | 'failed', Readonly<Record<string, number>>>>
}

const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
const inWords = (counts: ReadonlyMap<string, number>) =>
  Array.from(counts, ([name, times]) => (times === 1 ? name : `${name} ×${times}`)).join(', ')

function nameOf(op: Op, argument: unknown): string {
  const { noun, verb } = argument as { readonly noun?: string; readonly verb?: string }
  if (op === 'records') return `records.${noun}.${verb}`
  if (op === 'storage' || op === 'memory' || op === 'schedule') return `${op}.${verb}`
  if (op === 'events') return 'events.emit'
  return op === 'llm' ? 'llm.generate' : op
}
