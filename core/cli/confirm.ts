import { createInterface } from 'node:readline/promises'
import { UsageError } from './command.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks a person yes or no; no is what Enter, Ctrl-C and a closed terminal say. Throws `UsageError` where nobody can be
 * asked: with `--json`, or without a terminal.
 */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  if (terminal.json || !process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError(`${question} Nobody can be asked here: say --yes if so. Nothing was done.`)
  const prompt = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  const gone = new AbortController()
  prompt.once('SIGINT', () => gone.abort()).once('close', () => gone.abort())
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal: gone.signal })
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    if (!gone.signal.aborted) throw error
    process.stderr.write('\n')
    return false
  } finally {
    prompt.close()
  }
}
