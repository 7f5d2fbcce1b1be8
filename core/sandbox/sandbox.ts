import { availableParallelism } from 'node:os'
import { TraeError } from '../errors.ts'
import type { Log } from '../log.ts'
import { Breaker } from './breaker.ts'
import { Invocation, isolateOf } from './invocation.ts'
import { Lane, type LaneHost } from './lane.ts'
import { HOST_LIMITS, type HostLimits } from './limits.ts'
import { OS_LEVELS } from './os-level.ts'
import { type RunnerProcess, startRunner } from './runner-process.ts'
import type { CallLimits, PluginCode, SandboxCall, SandboxResult } from './call.ts'

/**
 * Where plugin code runs: isolated-vm isolates in child processes, one isolate per bundle and workspace. The whole design
 * is docs/SANDBOX.md; lane.ts says who is blamed for a dead process, messages.js lists all that crosses.
 */
export class Sandbox {
  readonly #limits: HostLimits
  readonly #log: Log
  readonly #lanes: readonly Lane[]
  readonly #quarantine: readonly Lane[]
  readonly #inspection: Lane
  /** Isolates whose calls are made alone, until when. */
  readonly #suspects = new Map<string, number>()
  readonly #breaker: Breaker
  #level: number | undefined
  #standby: Promise<RunnerProcess> | undefined
  #calls = 0
  #closed = false

  /** `convicted` hears of each call that killed a runner: `<SHA-256 of the bundle> <workspace id>`. `now`: the clock of who waits to call again. */
  constructor(options: {
    log: Log
    limits?: Partial<HostLimits> | undefined
    now?: () => number
    convicted?: (isolate: string) => void
  }) {
    this.#limits = { ...HOST_LIMITS, ...options.limits }
    this.#log = options.log
    this.#breaker = new Breaker(this.#limits, options.log, options.now)
    const host: LaneHost = {
      limits: this.#limits,
      log: this.#log,
      startRunner: () => this.#takeRunner(),
      nextCallId: () => (this.#calls = (this.#calls % 0xffff_ffff) + 1),
      quarantine: invocation => quietest(this.#quarantine).add(invocation),
      convicted: isolate => {
        this.#suspects.set(isolate, Date.now() + this.#limits.quarantineMs)
        options.convicted?.(isolate)
      },
    }
    const lanes = Math.max(1, Math.min(this.#limits.runners, availableParallelism()))
    this.#lanes = Array.from({ length: lanes }, () => new Lane(host, false))
    this.#quarantine = [new Lane(host, true), new Lane(host, true)]
    this.#inspection = new Lane(host, true)
  }

  /** The operating-system level of SANDBOX.md 5.10 that is active. */
  get level(): string {
    return this.#level === undefined ? 'not started: the first plugin call starts it' : OS_LEVELS[this.#level]!.name
  }

  /**
   * Runs an action or a lookup. Rejects TraeError: TIMEOUT, MEMORY, CRASHED (verdicts of the sandbox), PLUGIN or a code of
   * the plugin's own (VALIDATION, UNAVAILABLE, …), BUSY (queue full, or held back after calls that were ended by force: retry later), CANCELLED, UNKNOWN_OUTCOME (lane.ts).
   */
  call(call: SandboxCall): Promise<SandboxResult> {
    if (!/^(actions\.[\w-]+|lookups\.[\w-]+|triggers\.[\w-]+\.(handle|poll|register|unregister))$/.test(call.entry))
      return Promise.reject(
        new TraeError(
          'NOT_FOUND',
          `'${call.entry}' is no entry of a plugin: use actions.<name>, lookups.<name> or triggers.<name>.<function>.`,
        ),
      )
    return this.#breaker.guard(isolateOf(call), () => this.#start(call, this.#laneOf(call)))
  }

  /** Loads a bundle with no capability, apart from all others, and says what its default export really has; triggers as `name.handle`. */
  async inspect(code: PluginCode, limits: CallLimits): Promise<{ actions: string[]; triggers: string[] }> {
    const host = () =>
      Promise.reject(new TraeError('PERMISSION', 'A plugin has no capabilities while it is inspected.'))
    const call = { code, workspaceId: '', entry: 'inspect', input: 'null', context: {}, limits, host }
    try {
      const { output } = await this.#start(call, this.#inspection)
      const { actions, triggers } = JSON.parse(output) as Record<string, unknown>
      return { actions: strings(actions), triggers: strings(triggers) }
    } finally {
      this.#inspection.evict(code.digest)
    }
  }

  /** The next call of these bundles begins in a new isolate, with nothing left of earlier ones; suspicion of them is forgotten. */
  restart(digests: readonly string[]): void {
    for (const digest of digests) {
      for (const lane of [...this.#lanes, ...this.#quarantine]) lane.evictIdle(digest)
      for (const isolate of this.#suspects.keys()) if (isolate.startsWith(digest)) this.#suspects.delete(isolate)
      this.#breaker.forget(digest)
    }
  }

  /** Ends every runner; calls in flight reject with UNAVAILABLE. */
  async close(): Promise<void> {
    this.#closed = true
    const lanes = [...this.#lanes, ...this.#quarantine, this.#inspection]
    const standby = this.#standby?.then(runner => runner.close()).catch(() => {})
    await Promise.all([...lanes.map(lane => lane.close()), standby])
  }

  #start(call: SandboxCall, lane: Lane): Promise<SandboxResult> {
    const { limits, signal, input } = call
    if (this.#closed) return Promise.reject(new TraeError('UNAVAILABLE', 'The plugin sandbox is closed.'))
    if (signal?.aborted) return Promise.reject(cancelled())
    if (input.length > this.#limits.inputBytes) {
      const message = `The input has ${input.length} characters of JSON; ${this.#limits.inputBytes} may cross.`
      return Promise.reject(new TraeError('VALIDATION', message))
    }
    const capped = {
      ...limits,
      memoryMb: Math.max(8, Math.min(limits.memoryMb, this.#limits.memoryMb)), // isolated-vm takes no less than 8
      cpuMs: Math.min(limits.cpuMs, this.#limits.cpuMs),
      wallMs: Math.min(limits.wallMs, this.#limits.wallMs),
    }
    const invocation = new Invocation({ ...call, limits: capped }, this.#limits, this.#log)
    if (signal !== undefined) {
      const abort = () => invocation.stop(cancelled())
      signal.addEventListener('abort', abort, { once: true })
      invocation.onSettled(() => signal.removeEventListener('abort', abort))
    }
    lane.add(invocation)
    return invocation.promise
  }

  #laneOf(call: SandboxCall): Lane {
    if (this.#suspects.size > 0) {
      const isolate = isolateOf(call)
      const until = this.#suspects.get(isolate)
      if (until !== undefined && until > Date.now()) return this.#quarantine[hash(isolate) % this.#quarantine.length]!
      if (until !== undefined) this.#suspects.delete(isolate)
    }
    return this.#lanes.length === 1 ? this.#lanes[0]! : this.#lanes[hash(call.workspaceId) % this.#lanes.length]!
  }

  async #takeRunner(): Promise<RunnerProcess> {
    const waiting = await this.#standby?.catch(() => undefined)
    const runner = waiting?.alive ? waiting : await this.#newRunner()
    this.#standby = this.#limits.standby && !this.#closed ? this.#newRunner() : undefined
    this.#standby?.catch(() => {})
    return runner
  }

  async #newRunner(): Promise<RunnerProcess> {
    const levels = this.#level === undefined ? OS_LEVELS : [OS_LEVELS[this.#level]!]
    const runner = await startRunner(levels, this.#limits, this.#log)
    if (this.#level === undefined) this.#log.info({ level: runner.level.name }, 'the plugin sandbox has started')
    this.#level = OS_LEVELS.indexOf(runner.level)
    return runner
  }
}

function cancelled(): TraeError {
  return new TraeError('CANCELLED', 'The call was cancelled.')
}

function quietest(lanes: readonly Lane[]): Lane {
  return lanes.reduce((best, lane) => (lane.load < best.load ? lane : best))
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** FNV-1a: spreads names over lanes, no more. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
