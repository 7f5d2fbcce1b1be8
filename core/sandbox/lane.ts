// A lane is a queue of calls in front of one runner process. A call *waits*, then *runs* (it has a slot), and is *sent*
// once the runner is up and has the bundle. Its slot is free when the runner has said how it ended, or is dead.
//
// When a runner dies, who was it? The call that the runner (or we, who killed it) named is guilty. Without a name, or beside
// the guilty in its isolate, a call is a suspect and is tried again alone, in quarantine; who is alone and dies is guilty.
// All others are innocent and start again here, ahead of the queue. Nobody does an effect twice (see invocation.ts).
import { createHash } from 'node:crypto'
import { TraeError } from '../errors.ts'
import type { Log } from '../log.ts'
import { WaitedTooLong } from './breaker.ts'
import { FairQueue } from './fair-queue.ts'
import { plainText } from './check-json.ts'
import type { Invocation } from './invocation.ts'
import type { HostLimits } from './limits.ts'
import { type Frame, type InvokeHeader, KIND, type Verdict } from './messages.js'
import type { Blame, RunnerProcess } from './runner-process.ts'
import type { PluginCode } from './call.ts'

export interface LaneHost {
  readonly limits: HostLimits
  readonly log: Log
  startRunner(): Promise<RunnerProcess>
  nextCallId(): number
  /** Try this call alone. */
  quarantine(invocation: Invocation): void
  /** A call of this isolate killed a runner. */
  convicted(isolate: string): void
}

const MOST_ATTEMPTS = 3
const MOST_BUNDLES = 64

export class Lane {
  readonly #host: LaneHost
  readonly #alone: boolean
  readonly #queue: FairQueue<Invocation>
  /** By isolate: calls that have a slot. */
  readonly #slots = new Map<string, number>()
  readonly #running = new Set<Invocation>()
  readonly #sent = new Map<number, Invocation>()
  #runner: RunnerProcess | undefined
  #starting: Promise<RunnerProcess> | undefined
  /** Bundles the runner has, or is about to have. */
  #bundles = new Map<string, true | Promise<void>>()
  #idle: NodeJS.Timeout | undefined
  #closed = false

  /** A lane of one call at a time (`alone`) knows whom to blame, and ends its runner when idle. */
  constructor(host: LaneHost, alone: boolean) {
    this.#host = host
    this.#alone = alone
    this.#queue = new FairQueue({ perKey: host.limits.queuePerPlugin, total: host.limits.queuePerRunner })
  }

  get load(): number {
    return this.#running.size + this.#queue.size
  }

  add(invocation: Invocation): void {
    invocation.stop = error => this.#stop(invocation, error)
    if (!this.#queue.add(invocation.isolate, invocation))
      return invocation.fail(
        new TraeError('BUSY', `The plugin sandbox has ${this.#queue.size} calls waiting; try again.`, {
          retryAfter: 1,
        }),
      )
    this.#waitAtMost(invocation)
    this.#pump()
  }

  #waitAtMost(invocation: Invocation): void {
    const { queueMs } = this.#host.limits
    const error = () =>
      invocation.attempts === 0
        ? new TraeError('BUSY', `The call waited ${queueMs} ms for the plugin sandbox; try again.`, { retryAfter: 5 })
        : new TraeError('CRASHED', `The sandbox ended under this call, and had no place for it again in ${queueMs} ms.`)
    clearTimeout(invocation.timer)
    invocation.timer = setTimeout(() => invocation.stop(error()), queueMs)
  }

  #stop(invocation: Invocation, error: TraeError): void {
    const { id, isolate } = invocation
    const waiting = this.#queue.remove(isolate, invocation)
    invocation.fail(error)
    if (waiting || !invocation.sent) return
    this.#runner?.send(KIND.CANCEL, id, '')
    const runner = this.#runner
    setTimeout(() => {
      if (this.#sent.has(id)) runner?.kill({ verdict: 'TIMEOUT', call: id, isolate })
    }, this.#host.limits.killAfterMs)
  }

  /** The runner forgets the bundle. */
  evict(digest: string): void {
    if (this.#bundles.delete(digest)) this.#runner?.send(KIND.EVICT, 0, digest)
  }

  /** The same, unless a call of it is under way: that one is not harmed. */
  evictIdle(digest: string): void {
    if (!Array.from(this.#running, ({ call }) => call.code.digest).includes(digest)) this.evict(digest)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    const error = new TraeError('UNAVAILABLE', 'The plugin sandbox is shutting down.')
    for (const invocation of [...this.#queue.drain(), ...this.#running]) invocation.fail(error)
    const runner = this.#runner ?? (await this.#starting?.catch(() => undefined))
    await runner?.close()
  }

  #pump(): void {
    const { callsPerPlugin, callsPerRunner } = this.#host.limits
    const [perRunner, perIsolate] = this.#alone ? [1, 1] : [callsPerRunner, callsPerPlugin]
    while (this.#running.size < perRunner && this.#queue.size > 0 && !this.#closed) {
      const invocation = this.#queue.take(
        (isolate, { call }) =>
          (this.#slots.get(isolate) ?? 0) < Math.min(perIsolate, call.limits.concurrency ?? perIsolate),
      )
      if (invocation === undefined) break
      if (invocation.settled) continue
      this.#running.add(invocation)
      this.#slots.set(invocation.isolate, (this.#slots.get(invocation.isolate) ?? 0) + 1)
      this.#runner?.watch(true)
      if (this.#runner?.alive && this.#bundles.get(invocation.call.code.digest) === true)
        this.#send(this.#runner, invocation)
      else void this.#prepare(invocation)
    }
    if (this.#running.size > 0 || this.#closed) return
    this.#runner?.watch(false)
    if (!this.#alone) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.load === 0 && this.#runner?.kill(), this.#host.limits.idleMs).unref()
  }

  async #prepare(invocation: Invocation): Promise<void> {
    try {
      const runner = await this.#startedRunner()
      await this.#bundle(runner, invocation.call.code)
      if (runner.alive && !invocation.settled) return this.#send(runner, invocation)
      this.#free(invocation)
      if (!invocation.settled) this.#again(invocation)
    } catch (error) {
      this.#free(invocation)
      invocation.fail(
        error instanceof TraeError
          ? error
          : new TraeError('UNAVAILABLE', `The bundle could not be read: ${String(error)}`, { cause: error }),
      )
    }
    this.#pump()
  }

  #startedRunner(): Promise<RunnerProcess> {
    if (this.#runner?.alive) return Promise.resolve(this.#runner)
    this.#starting ??= this.#host
      .startRunner()
      .then(runner => {
        if (this.#closed) runner.kill()
        this.#runner = runner
        this.#bundles = new Map()
        runner.onFrame = frame => this.#receive(runner, frame)
        runner.onExit = () => this.#runnerDied(runner)
        runner.watch(true)
        return runner
      })
      .finally(() => (this.#starting = undefined))
    return this.#starting
  }

  async #bundle(runner: RunnerProcess, code: PluginCode): Promise<void> {
    const known = this.#bundles.get(code.digest)
    if (known !== undefined) return known === true ? undefined : known
    const bundles = this.#bundles
    const loading = readBundle(code, this.#host.limits.bundleBytes).then(
      source => {
        runner.send(KIND.LOAD, 0, `${code.digest}\n${source}`)
        bundles.set(code.digest, true)
        if (bundles.size <= MOST_BUNDLES) return
        const inUse = new Set(Array.from(this.#running, ({ call }) => call.code.digest))
        const oldest = [...bundles.keys()].find(digest => !inUse.has(digest))
        if (oldest !== undefined) this.evict(oldest)
      },
      (error: unknown) => {
        bundles.delete(code.digest)
        throw error
      },
    )
    bundles.set(code.digest, loading)
    await loading
  }

  #send(runner: RunnerProcess, invocation: Invocation): void {
    const { call, isolate } = invocation
    const { memoryMb, cpuMs, wallMs } = call.limits
    invocation.id = this.#host.nextCallId()
    invocation.attempts++
    invocation.sent = true
    this.#sent.set(invocation.id, invocation)
    clearTimeout(invocation.timer)
    invocation.timer = setTimeout(() => invocation.stop(new WaitedTooLong(wallMs)), wallMs)
    const calls = call.fresh ? 1 : this.#host.limits.callsPerIsolate
    const header: InvokeHeader = { isolate, digest: call.code.digest, entry: call.entry, memoryMb, cpuMs, calls }
    runner.send(KIND.INVOKE, invocation.id, `${JSON.stringify(header)}\n${JSON.stringify(call.context)}\n${call.input}`)
  }

  #receive(runner: RunnerProcess, { kind, call, text }: Frame): void {
    const invocation = this.#sent.get(call)
    if (invocation === undefined) return
    if (kind === KIND.CALL) return invocation.answer(text, reply => runner.send(KIND.REPLY, call, reply))
    if (kind === KIND.NOTE) return invocation.note(text)
    if (kind !== KIND.RESULT && kind !== KIND.FAIL && kind !== KIND.VERDICT)
      throw new Error(`A runner sent a frame of kind ${kind}.`)
    const verdict = kind === KIND.VERDICT ? readVerdict(text) : undefined // throws while the call is still here to be tried again
    this.#free(invocation)
    if (verdict !== undefined) this.#judged(invocation, verdict)
    else if (kind === KIND.RESULT) invocation.succeed(text)
    else invocation.failAsPlugin(text)
    this.#pump()
  }

  #judged(invocation: Invocation, { verdict, message }: Verdict): void {
    if (verdict === 'RETRY') this.#again(invocation)
    else if (verdict === 'LOAD') invocation.fail(new TraeError('PLUGIN', String(message)))
    else invocation.fail(new TraeError(verdict === 'MEMORY' ? 'MEMORY' : 'TIMEOUT', String(message)))
  }

  #runnerDied(runner: RunnerProcess): void {
    if (this.#runner !== runner) return
    this.#runner = undefined
    const sent = [...this.#sent.values()]
    const blame = runner.blame ?? (this.#alone ? { ...blameFrom(runner), call: sent[0]?.id ?? 0 } : undefined)
    if (this.#running.size > 0 && !this.#closed)
      this.#host.log.warn(
        { blame, stderr: runner.stderr.trim().slice(-500), calls: sent.length },
        'a sandbox runner died',
      )
    const guilty = sent.find(({ id, isolate }) => id === blame?.call || isolate === blame?.isolate)?.isolate
    if (guilty !== undefined) this.#host.convicted(guilty)
    for (const invocation of sent) {
      this.#free(invocation)
      if (invocation.settled) continue
      if (blame !== undefined && invocation.id === blame.call) this.#convict(invocation, blame.verdict)
      else if (blame === undefined || blame.isolate === '' || blame.isolate === invocation.isolate)
        this.#host.quarantine(invocation)
      else this.#again(invocation)
    }
    this.#pump()
  }

  #convict(invocation: Invocation, verdict: Blame['verdict'] | 'CRASHED'): void {
    const messages = {
      TIMEOUT: 'The call could not be stopped, so its process was ended.',
      MEMORY: 'The call used more memory than its process may hold, so the process was ended.',
      CRASHED: 'The call ended its process.',
    }
    // A crash that comes back every time is no passing trouble.
    invocation.fail(new TraeError(verdict, messages[verdict], { retryable: false }))
  }

  /** An innocent call starts again. */
  #again(invocation: Invocation): void {
    if (invocation.settled) return
    if (invocation.attempts >= MOST_ATTEMPTS)
      return invocation.fail(
        new TraeError('CRASHED', `The sandbox ended ${MOST_ATTEMPTS} times under this call because of others.`),
      )
    this.#queue.addFirst(invocation.isolate, invocation)
    this.#waitAtMost(invocation)
  }

  #free(invocation: Invocation): void {
    if (!this.#running.delete(invocation)) return
    this.#sent.delete(invocation.id)
    invocation.sent = false
    const left = (this.#slots.get(invocation.isolate) ?? 1) - 1
    if (left === 0) this.#slots.delete(invocation.isolate)
    else this.#slots.set(invocation.isolate, left)
  }
}

/** Throws `MANIFEST` unless the text is what the digest says: what runs is byte for byte what was approved. */
async function readBundle(code: PluginCode, limit: number): Promise<string> {
  const source = await code.source()
  if (source.length > limit)
    throw new TraeError('MANIFEST', `The bundle has ${source.length} characters; ${limit} are allowed.`)
  const digest = createHash('sha256').update(source).digest('hex')
  if (digest === code.digest) return source
  throw new TraeError(
    'MANIFEST',
    `The bundle was changed: expected sha256 ${code.digest}, found ${digest}. Install the plugin again.`,
  )
}

/** Throws for a text that is none: whoever sends it is no runner of ours any more. */
function readVerdict(text: string): Verdict {
  const { verdict, message } = JSON.parse(text) as Partial<Verdict>
  if (verdict !== 'TIMEOUT' && verdict !== 'MEMORY' && verdict !== 'LOAD' && verdict !== 'RETRY')
    throw new Error('A runner sent a verdict that is none.')
  return { verdict, message: plainText(String(message).slice(0, 2_000)), cpuMs: 0 }
}

/** For a runner that held one call: what its last words on stderr say. */
function blameFrom(runner: RunnerProcess): { verdict: 'MEMORY' | 'CRASHED'; isolate: string } {
  const memory = /out of memory|allocation failed|heap limit|bad_alloc/i.test(runner.stderr)
  return { verdict: memory ? 'MEMORY' : 'CRASHED', isolate: '' }
}
