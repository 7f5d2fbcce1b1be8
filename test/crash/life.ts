import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A life begins in half the time when its code need not be compiled again. */
const COMPILE_CACHE = join(tmpdir(), 'trae-crash-compile-cache')

/** One life of an engine's process, which speaks JSON over the channel of `fork`: `{ ready }` once it works, then answers. */
export class Life {
  readonly #child: ChildProcess
  readonly #dead: Promise<'dead'>
  /** What ended it; null for an exit of its own. */
  signal: string | null = null

  constructor(script: string, environment: Readonly<Record<string, string>>) {
    this.#child = fork(join(import.meta.dirname, script), {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#dead = once(this.#child, 'exit').then(([, signal]) => {
      this.signal = signal as string | null
      return 'dead' as const
    })
  }

  /** False when it died before it was ready. */
  async ready(): Promise<boolean> {
    return (await Promise.race([this.#heard('ready'), this.#dead])) !== 'dead'
  }

  /** Sends a request and resolves with what comes back under `key`; `dead` when the process dies first. */
  ask<Answer>(request: object, key: string): Promise<Answer | 'dead'> {
    const answer = this.#heard(key) as Promise<Answer>
    this.#child.send(request, () => {})
    return Promise.race([answer, this.#dead])
  }

  /** `dead`, or undefined after so many milliseconds of life. */
  pause(milliseconds: number): Promise<'dead' | undefined> {
    return Promise.race([
      this.#dead,
      new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), milliseconds)),
    ])
  }

  /** It stands still, as on a machine that is put to sleep; `resume` lets it go on. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#dead
  }

  /** Lets it end by itself: its parent's going away is all it is told. */
  async end(): Promise<void> {
    this.#child.disconnect()
    await this.#dead
  }

  #heard(key: string): Promise<unknown> {
    return new Promise(resolve => {
      const hear = (message: Record<string, unknown>) => {
        if (!(key in message)) return
        this.#child.off('message', hear)
        resolve(message[key])
      }
      this.#child.on('message', hear)
    })
  }
}
