import { spawn } from 'node:child_process'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ErrorCode, type ErrorRecord, TraeError } from '../errors.ts'

/**
 * Does a job in a process of its own that gets all it may know as JSON and can reach nothing of this one; yields what it
 * writes, a line of JSON each, up to the report. Who stops listening ends it. Throws the error that it tells, and
 * `UNAVAILABLE` with `broke` where it dies or takes longer than `maxMs`.
 */
export async function* messagesOf<Message extends object>(
  script: 'simulation-process.ts' | 'test-process.ts',
  job: object,
  { maxMs, broke }: { readonly maxMs: number; readonly broke: string },
): AsyncGenerator<Exclude<Message, { error: ErrorRecord }>> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', script.replace(/\.ts$/, extname(import.meta.filename)))],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] }, // none of our secrets
    },
  )
  const late = setTimeout(() => child.kill('SIGKILL'), maxMs)
  try {
    child.stdin.on('error', () => {}) // it died: its silence says so
    child.stdin.end(JSON.stringify(job))
    for await (const line of createInterface({ input: child.stdout })) {
      const message = JSON.parse(line) as Message
      if ('error' in message) {
        const { code, message: text } = message.error as ErrorRecord
        throw new TraeError(code as ErrorCode, text)
      }
      yield message as Exclude<Message, { error: ErrorRecord }>
      if ('report' in message) return
    }
    throw new TraeError('UNAVAILABLE', broke)
  } finally {
    clearTimeout(late)
    child.kill('SIGKILL')
  }
}

/** In such a process: ends it when the one that wanted it is gone, so that nobody works for nobody. */
export function endWithParent(): void {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.exit(1), 1000).unref()
}
