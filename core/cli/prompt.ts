import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Asks a person at the terminal, on stderr: stdout belongs to what was asked for. */
export interface Prompt {
  question(text: string): Promise<string>
  /** What is typed is not shown. */
  secret(text: string): Promise<string>
  close(): void
}

/** Can anybody be asked? */
export const someoneThere = () => process.stdin.isTTY && process.stderr.isTTY

export function openPrompt(): Prompt {
  let silent = false
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!silent) process.stderr.write(chunk)
      done()
    },
  })
  const prompt = createInterface({ input: process.stdin, output, terminal: true })
  return {
    question: text => prompt.question(text),
    async secret(text) {
      const answer = prompt.question(text)
      silent = true
      try {
        return await answer
      } finally {
        silent = false
        process.stderr.write('\n')
      }
    },
    close: () => prompt.close(),
  }
}
