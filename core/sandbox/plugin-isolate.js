// One isolate and its context: one bundle, for one workspace. Everything the plugin does happens in *turns*: the engine
// calls a door of the guest (invoke, reply, fire), the guest runs until its microtasks are done, the turn ends. No promise
// of ours enters the isolate and none of its promises is waited for, so nothing of it ever runs outside a turn, and the
// CPU clock of the isolate between two turns' ends is what the turn has cost.
//
// A call is *open* until its RESULT or FAIL. It ends by the guest's word (a text sent through the one callback), or by our
// verdict: TIMEOUT, MEMORY. A verdict disposes the isolate; other calls open in it get RETRY. An isolate that does not stop
// within `killAfterMs` of being disposed takes the process with it.
//
// isolated-vm's own `timeout` is not used. It counts wall time, it does not reach continuations, and each one that is due
// earlier than those before it costs a thread that sleeps until its time: a plugin whose budget shrinks from turn to turn
// made so many that the process died. The watch (CPU), the host's clock (wall) and SIGKILL need no help from it.
import ivm from 'isolated-vm'
import { KIND } from './messages.js'
import { furnish } from './prelude.js'

/**
 * @typedef {object} Wall
 * @property {(kind: number, call: number, text: string) => void} send
 * @property {(stuck: import('./messages.js').Stuck) => void} die
 * @property {() => void} busy
 * @property {(isolate: PluginIsolate) => void} gone
 */

/**
 * @typedef {object} OpenCall
 * @property {number} id
 * @property {number} cpuMs          spent so far
 * @property {number} cpuLimit
 * @property {string | undefined} ending   what the guest said, held until its turn is over
 * @property {number} endingKind
 * @property {Map<number, NodeJS.Timeout>} timers
 */

/**
 * @typedef {object} GuestInvocation   one call, as the guest's bootstrap sees it
 * @property {number} id
 * @property {boolean} done
 * @property {number} calls
 * @property {number} asked       length of its questions
 * @property {number} notes
 * @property {number} noteLength
 * @property {number} timers
 * @property {Map<number, { resolve(value: unknown): void, reject(error: unknown): void }>} waiting
 * @property {Map<number, () => void>} firing
 */

/** @typedef {import('./prelude.js').Prelude} Prelude */
/** @typedef {{ call: OpenCall }} Turn */

/** Kinds of the guest's one callback, beside those of messages.js. */
const SET_TIMER = 100
const CLEAR_TIMER = 101
/** What a text may have beside its JSON: the name of a capability. */
const SHORT = 100
const LONGEST_TIMER_MS = 15 * 60_000
/** Calls between two looks at the heap, and the part of its limit at which an isolate is replaced. */
const MEASURE_EVERY = 16
const MEMORY_MARK = 0.7

export class PluginIsolate {
  #isolate
  #options
  #wall
  /** @type {Map<number, OpenCall>} */
  #open = new Map()
  /** Posted to the isolate and not over; the first is the one that runs. @type {Turn[]} */
  #turns = []
  #cpuMark = 0n
  #served = 0
  #loaded = false
  #retired = false
  #dead = false
  /** @type {Omit<import('./prelude.js').Doors, 'adopt'> | undefined} */
  #doors
  #ready

  /**
   * @param {import('./messages.js').InvokeHeader} header @param {string} source @param {import('./messages.js').RunnerOptions} options
   * @param {Prelude} prelude @param {Wall} wall
   */
  constructor(header, source, options, prelude, wall) {
    this.name = header.isolate
    this.digest = header.digest
    this.memoryMb = header.memoryMb
    this.#options = options
    this.#wall = wall
    this.#isolate = new ivm.Isolate({
      memoryLimit: header.memoryMb,
      onCatastrophicError: () =>
        wall.die({ isolate: this.name, call: this.#turns[0]?.call.id ?? 0, verdict: 'MEMORY' }),
    })
    this.#ready = this.#load(source, prelude).catch(error => this.#loadFailed(error))
  }

  /** Can a call with this header be served here? @param {import('./messages.js').InvokeHeader} header */
  welcomes(header) {
    return !this.#dead && !this.#retired && this.memoryMb === header.memoryMb && this.#served < header.calls
  }

  /** @param {number} id @param {import('./messages.js').InvokeHeader} header @param {string} context @param {string} input */
  invoke(id, header, context, input) {
    const call = openCall(id, header.cpuMs)
    this.#open.set(id, call)
    this.#served++
    if (this.#served >= header.calls) this.retire()
    const start = () => {
      if (!this.#dead && this.#open.has(id)) this.#turn(call, 'invoke', [id, header.entry, context, input])
    }
    if (this.#loaded) start()
    else void this.#ready.then(start)
  }

  /** @param {number} id @param {string} text `n ok JSON` */
  reply(id, text) {
    const call = this.#open.get(id)
    if (call === undefined || call.ending !== undefined) return
    const space = text.indexOf(' ')
    this.#turn(call, 'reply', [id, Number(text.slice(0, space)), text[space + 1] === '1', text.slice(space + 3)])
  }

  /** The host has lost patience: the call ends now. @param {number} id */
  cancel(id) {
    const call = this.#open.get(id)
    if (call === undefined) return
    if (this.#turns[0]?.call === call) return this.#condemn(call, 'TIMEOUT', 'The call was stopped.')
    this.#close(call, KIND.VERDICT, verdictText('TIMEOUT', 'The call was stopped.', call))
    // What it left behind in the heap is freed with the isolate, as soon as nobody else is in it.
    this.retire()
    if (!this.#dead && this.#loaded) this.#turn(openCall(0, this.#options.loadCpuMs), 'forget', [id])
  }

  /** Takes no more calls; goes when the open ones are over. */
  retire() {
    this.#retired = true
    if (this.#open.size === 0 && this.#turns.length === 0) this.#dispose()
  }

  /** Looks at the clock. @returns whether a turn is running */
  watch() {
    const turn = this.#turns[0]
    if (turn === undefined || this.#dead) return false
    const spent = turn.call.cpuMs + milliseconds(this.#cpuTime() - this.#cpuMark)
    if (spent > turn.call.cpuLimit) this.#condemn(turn.call, 'TIMEOUT', cpuMessage(turn.call))
    return true
  }

  overMemory() {
    const turn = this.#turns[0]
    if (turn !== undefined) this.#condemn(turn.call, 'MEMORY', 'The call used more memory than its process may hold.')
  }

  /** @param {string} source @param {Prelude} prelude */
  async #load(source, prelude) {
    const isolate = this.#isolate
    const context = await isolate.createContext()
    const receive = new ivm.Callback((kind, id, n, text) => this.#receive(kind, id, n, text), { ignored: true })
    const { adopt, ...doors } = await furnish(isolate, context, prelude, receive, this.#options.guest)
    const cachedData = prelude.caches.get(this.digest)
    const module = await isolate.compileModule(source, {
      filename: 'plugin.js',
      ...(cachedData ? { cachedData } : { produceCachedData: true }),
    })
    const made = /** @type {{ cachedData?: import('isolated-vm').ExternalCopy<ArrayBuffer> }} */ (module).cachedData
    if (!cachedData && made) prelude.caches.set(this.digest, made)
    await module.instantiate(context, specifier => {
      throw new Error(
        `The bundle imports '${specifier}'. A bundle has no imports: build it with \`trae plugin build\`.`,
      )
    })
    // Plugin code runs for the first time here, as a turn like any other.
    const loading = openCall(0, this.#options.loadCpuMs)
    await this.#post(loading, () => module.evaluate())
    await this.#post(loading, () => adopt.apply(undefined, [module.namespace.derefInto()]))
    this.#doors = doors
    this.#loaded = true
  }

  /** @param {unknown} error */
  #loadFailed(error) {
    if (this.#dead) return // a verdict came first
    this.#dispose()
    const message = `The bundle could not be loaded: ${cut(error instanceof Error ? error.message : String(error), 1000)}`
    for (const call of this.#open.values()) this.#close(call, KIND.VERDICT, verdictText('LOAD', message, call))
  }

  /** @param {OpenCall} call @param {'invoke' | 'reply' | 'fire' | 'forget'} door @param {unknown[]} args */
  #turn(call, door, args) {
    const reference = this.#doors?.[door]
    // What a turn rejects with is nobody's result: the guest answers through its callback, we judge by clock and heap.
    if (reference) this.#post(call, () => reference.apply(undefined, args)).catch(() => {})
  }

  /** @template T @param {OpenCall} call @param {() => Promise<T>} start @returns {Promise<T>} */
  async #post(call, start) {
    const turn = { call }
    this.#turns.push(turn)
    this.#wall.busy()
    try {
      return await start()
    } finally {
      this.#turnEnded(turn)
    }
  }

  /** Turns of one isolate end in the order they were posted. @param {Turn} turn */
  #turnEnded(turn) {
    this.#turns.shift()
    const { call } = turn
    if (this.#dead) return
    if (this.#isolate.isDisposed)
      return this.#condemn(call, 'MEMORY', `The call reached its limit of ${this.memoryMb} MB.`)
    const cpu = this.#cpuTime()
    call.cpuMs += milliseconds(cpu - this.#cpuMark)
    this.#cpuMark = cpu
    if (call.cpuMs > call.cpuLimit) return this.#condemn(call, 'TIMEOUT', cpuMessage(call))
    if (call.ending !== undefined && this.#open.has(call.id)) this.#close(call, call.endingKind, call.ending)
    else if (this.#retired) this.retire()
  }

  /**
   * The only way out of the isolate: five primitives, checked here because the guest is not trusted with more.
   * @param {unknown} kind @param {unknown} id @param {unknown} n @param {unknown} text
   */
  #receive(kind, id, n, text) {
    const call = typeof id === 'number' ? this.#open.get(id) : undefined
    if (call === undefined || call.ending !== undefined || typeof n !== 'number' || typeof text !== 'string') return
    // The guest counts; this is for one that no longer does: a frame that is too long would end the whole runner
    if (text.length > this.#options.guest.textLength + SHORT)
      return this.#condemn(call, 'MEMORY', 'The call said more at once than may cross.')
    if (kind === KIND.CALL || kind === KIND.NOTE) this.#wall.send(kind, call.id, `${n} ${text}`)
    else if (kind === SET_TIMER) this.#setTimer(call, n, Number(text))
    else if (kind === CLEAR_TIMER) {
      clearTimeout(call.timers.get(n))
      call.timers.delete(n)
    } else if (kind === KIND.RESULT || kind === KIND.FAIL) {
      call.ending = text
      call.endingKind = kind
      if (!this.#turns.some(turn => turn.call === call)) this.#close(call, kind, text)
    }
  }

  /** @param {OpenCall} call @param {number} n @param {number} after milliseconds */
  #setTimer(call, n, after) {
    const fire = () => {
      call.timers.delete(n)
      if (!this.#dead && call.ending === undefined) this.#turn(call, 'fire', [call.id, n])
    }
    call.timers.set(n, setTimeout(fire, Math.min(after, LONGEST_TIMER_MS)))
  }

  /** Disposes the isolate because of one call. @param {OpenCall} guilty @param {'TIMEOUT' | 'MEMORY'} verdict @param {string} message */
  #condemn(guilty, verdict, message) {
    const running = this.#turns.length > 0
    const loading = guilty.id === 0
    for (const call of this.#open.values()) {
      const text = loading ? `While the bundle was loaded: ${message}` : message
      if (call === guilty || loading) this.#close(call, KIND.VERDICT, verdictText(verdict, text, guilty))
      else this.#close(call, KIND.VERDICT, verdictText('RETRY', '', call))
    }
    this.#dispose()
    if (!running) return
    setTimeout(() => {
      if (this.#turns.length > 0) this.#wall.die({ isolate: this.name, call: guilty.id, verdict })
    }, this.#options.killAfterMs)
  }

  /** @param {OpenCall} call @param {number} kind @param {string} text */
  #close(call, kind, text) {
    this.#open.delete(call.id)
    for (const timer of call.timers.values()) clearTimeout(timer)
    this.#wall.send(kind, call.id, kind === KIND.VERDICT ? text : `${call.cpuMs.toFixed(3)} ${text}`)
    if (this.#retired) this.retire()
    else if (this.#served % MEASURE_EVERY === 0) void this.#measureHeap()
  }

  /** Goes before its own leftovers, or the plugin's leaks, reach the limit of an innocent call. */
  async #measureHeap() {
    if (this.#dead) return
    const heap = await this.#isolate.getHeapStatistics().catch(() => undefined)
    if (heap === undefined || this.#dead) return
    if (heap.used_heap_size + heap.externally_allocated_size > this.memoryMb * 1024 * 1024 * MEMORY_MARK) this.retire()
  }

  #dispose() {
    if (this.#dead) return
    this.#dead = true
    this.#wall.gone(this)
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }

  #cpuTime() {
    return this.#isolate.isDisposed ? this.#cpuMark : this.#isolate.cpuTime
  }
}

/** @param {number} id @param {number} cpuLimit @returns {OpenCall} */
function openCall(id, cpuLimit) {
  return { id, cpuMs: 0, cpuLimit, ending: undefined, endingKind: KIND.FAIL, timers: new Map() }
}

/** @param {import('./messages.js').Verdict['verdict']} verdict @param {string} message @param {OpenCall} call */
function verdictText(verdict, message, call) {
  return JSON.stringify({ verdict, message, cpuMs: Math.round(call.cpuMs * 1000) / 1000 })
}

/** @param {OpenCall} call */
function cpuMessage(call) {
  return `The call used more than its ${call.cpuLimit} ms of CPU time.`
}

/** @param {bigint} nanoseconds */
function milliseconds(nanoseconds) {
  return Number(nanoseconds) / 1e6
}

/** @param {string} text @param {number} length */
function cut(text, length) {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
