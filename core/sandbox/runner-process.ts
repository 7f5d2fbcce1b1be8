import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { TraeError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { HostLimits } from './limits.ts'
import { type Frame, FrameReader, FrameWriter, KIND, type RunnerOptions } from './messages.js'
import type { OsLevel } from './os-level.ts'

/** Why a runner was ended, or what it said before it ended itself. */
export interface Blame {
  readonly verdict: 'TIMEOUT' | 'MEMORY'
  /** The call, if known. */
  readonly call: number
  /** The isolate, if known. */
  readonly isolate: string
}

const WATCH_MS = 25
const START_MS = 15_000
const PAGE_BYTES = 4096

/**
 * One runner: a child process that holds isolates. It lives until it is killed, dies, breaks the protocol or grows over
 * `rssMb`; then `onExit` is called once. Only SIGKILL ends it (see runner.js).
 */
export class RunnerProcess {
  /** Resolves when the runner's self-test passed, rejects `CRASHED` when it cannot be started. */
  readonly ready: Promise<void>
  readonly level: OsLevel
  alive = true
  blame: Blame | undefined
  /** Its last words on stderr: V8 writes there why it aborts. */
  stderr = ''
  onFrame: (frame: Frame) => void = () => {}
  onExit: () => void = () => {}
  readonly #child: ChildProcess
  readonly #socket: Socket
  readonly #writer = new FrameWriter()
  readonly #log: Log
  readonly #rssBytes: number
  #flushing = false
  #started: { resolve(): void; reject(error: Error): void } | undefined
  #watch: NodeJS.Timeout | undefined

  constructor(level: OsLevel, limits: HostLimits, log: Log) {
    this.level = level
    this.#log = log
    this.#rssBytes = limits.rssMb * 1024 * 1024
    const [file, ...args] = level.command(JSON.stringify(runnerOptions(limits)), limits.dataMb)
    this.#child = spawn(file, args, {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    this.#socket = this.#child.stdio[3] as Socket
    this.ready = new Promise((resolve, reject) => {
      this.#started = { resolve, reject }
    })
    this.ready.catch(() => {}) // who needs it awaits it; nobody may be there any more
    const reader = new FrameReader()
    this.#socket.on('data', chunk => {
      try {
        reader.push(chunk, frame => this.#receive(frame))
      } catch (error) {
        this.#log.error({ err: error }, 'a sandbox runner broke the protocol')
        this.kill()
      }
    })
    this.#socket.on('error', () => this.kill())
    this.#socket.on('close', () => this.#ended())
    this.#child.on('error', error => {
      this.stderr = error.message
      this.#ended()
    })
    // The socket closes when all that the runner said is read; `exit` alone may come before its last words.
    this.#child.on('exit', () => setTimeout(() => this.#ended(), 100))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-4000)))
    const timer = setTimeout(() => this.kill(), START_MS)
    this.ready.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    )
  }

  /** Frames of one turn of the event loop leave in one write. */
  send(kind: number, call: number, text: string): void {
    if (!this.alive) return
    this.#writer.add(kind, call, text)
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      if (this.alive) for (const part of this.#writer.take()) this.#socket.write(part)
    })
  }

  /** Keeps an eye on the runner's memory while it works. */
  watch(busy: boolean): void {
    if (busy && this.#watch === undefined && this.alive) this.#watch = setInterval(() => this.#measure(), WATCH_MS)
    else if (!busy) this.#stopWatching()
  }

  kill(blame?: Blame): void {
    this.blame ??= blame
    this.#child.kill('SIGKILL')
    this.#ended()
  }

  /** Resolves when the process is gone. */
  async close(): Promise<void> {
    this.#child.ref()
    const gone =
      this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
        ? undefined
        : new Promise(resolve => this.#child.once('exit', resolve))
    this.kill()
    await gone
  }

  #receive(frame: Frame): void {
    if (frame.kind === KIND.HELLO) {
      this.#started?.resolve()
      this.#child.unref() // an idle runner keeps nobody from exiting; a call in flight does, by its wall timer
      this.#socket.unref()
      ;(this.#child.stderr as Socket).unref()
    } else if (frame.kind === KIND.STUCK) this.blame ??= readBlame(frame.text)
    else if (this.alive) this.onFrame(frame)
  }

  #ended(): void {
    if (!this.alive) return
    this.alive = false
    this.#stopWatching()
    this.#child.kill('SIGKILL')
    this.#socket.destroy()
    const why = this.stderr.trim().slice(0, 500)
    this.#started?.reject(
      new TraeError('CRASHED', `The plugin sandbox could not start a runner process${why && `: ${why}`}`),
    )
    this.onExit()
  }

  #measure(): void {
    try {
      const pages = Number(readFileSync(`/proc/${this.#child.pid}/statm`, 'latin1').split(' ')[1]) // 20 µs
      if (pages * PAGE_BYTES > this.#rssBytes * 1.1) this.kill() // the runner itself looks for the culprit at 1.0
    } catch {
      // No /proc on this system: the runner's own watch has to do.
    }
  }

  #stopWatching(): void {
    clearInterval(this.#watch)
    this.#watch = undefined
  }
}

/** Starts a runner at the first of these levels that works here. Rejects `CRASHED` when none does. */
export async function startRunner(levels: readonly OsLevel[], limits: HostLimits, log: Log): Promise<RunnerProcess> {
  for (const [i, level] of levels.entries()) {
    const runner = new RunnerProcess(level, limits, log)
    try {
      await runner.ready
      return runner
    } catch (error) {
      if (i + 1 === levels.length) throw error
      log.warn(
        { level: runner.level.name, reason: runner.stderr.trim() },
        'this sandbox level does not work here; trying the next',
      )
    }
  }
  throw new TraeError('CRASHED', 'There is no level to start a sandbox runner at.')
}

function runnerOptions(limits: HostLimits): RunnerOptions {
  return {
    rssMb: limits.rssMb,
    watchMs: WATCH_MS,
    killAfterMs: limits.killAfterMs,
    isolates: limits.isolates,
    idleMs: limits.isolateIdleMs,
    loadCpuMs: limits.loadCpuMs,
    guest: {
      textLength: limits.outputBytes,
      calls: limits.hostCalls,
      callsAtOnce: limits.hostCallsAtOnce,
      askedLength: limits.askedBytes,
      logLines: limits.logLines,
      logLength: 8 * 1024,
      logTotal: 256 * 1024,
      timers: 2_000,
      timersAtOnce: 100,
    },
  }
}

function readBlame(text: string): Blame | undefined {
  try {
    const { isolate, call, verdict } = JSON.parse(text) as Record<string, unknown>
    return { isolate: String(isolate), call: Number(call), verdict: verdict === 'TIMEOUT' ? 'TIMEOUT' : 'MEMORY' }
  } catch {
    return undefined
  }
}
