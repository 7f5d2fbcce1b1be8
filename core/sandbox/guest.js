// The guest's bootstrap: trusted code inside the isolate, run before any plugin code, reviewed line by line. It hands the
// runner five doors (invoke, reply, fire, forget, adopt) and keeps the one way out, `send`, to itself.
//
// Rules. Only texts cross. What the plugin hands over is read once and turned to text here, inside the turn, so that getters
// and Proxies of the plugin cost the plugin's own CPU. Limits are counted here, so that a flood stays here. After the first
// RESULT or FAIL an invocation is done and every capability of it rejects. guest-freeze.js freezes the intrinsics when this
// file has run, so methods of our own Maps and arrays are the real ones; globals are taken into constants first.
/* eslint-disable no-unused-expressions */
;(function guest(
  /** @type {(kind: number, call: number, n: number, text: string) => void} */ send,
  /** @type {string} */ limitsText,
  /** @type {(ask: any, tell: any, need: any) => any} */ guestContext,
  /** @type {(part: string) => any} */ need,
) {
  'use strict'
  const { parse, stringify } = JSON
  const { freeze, create, keys, hasOwn, assign } = Object
  const { Map, Promise, Error, String, TypeError, isFinite } = globalThis
  /** Of messages.js and plugin-isolate.js. */
  const CALL = 6, NOTE = 7, RESULT = 8, FAIL = 9, SET_TIMER = 100, CLEAR_TIMER = 101 // prettier-ignore
  /** @type {import('./messages.js').GuestLimits} */
  const limits = parse(limitsText)

  const { makeContext, fetchFor } = guestContext(ask, tell, need)
  /** @typedef {import('./plugin-isolate.js').GuestInvocation} Invocation */

  /** @type {any} */
  let plugin
  /** Whose turn it is: continuations run within the turn that caused them. @type {Invocation | undefined} */
  let current
  /** @type {Map<number, Invocation>} */
  const open = new Map()

  // Doors

  /** @param {Record<string, unknown>} namespace of the plugin's module */
  function adopt(namespace) {
    plugin = namespace.default
    if (plugin === null || typeof plugin !== 'object')
      throw new TypeError('its default export is not what definePlugin returns')
  }

  /** @param {number} id @param {string} entry @param {string} contextText @param {string} inputText */
  function invoke(id, entry, contextText, inputText) {
    const counts = { calls: 0, asked: 0, notes: 0, noteLength: 0, timers: 0 }
    const invocation = { id, done: false, ...counts, waiting: new Map(), firing: new Map() }
    open.set(id, invocation)
    current = invocation
    void run(invocation, entry, contextText, inputText)
  }

  /** @param {number} id @param {number} n @param {boolean} ok @param {string} text */
  function reply(id, n, ok, text) {
    const waiting = open.get(id)?.waiting.get(n)
    if (waiting === undefined) return
    current = open.get(id)
    current?.waiting.delete(n)
    if (ok) waiting.resolve(parse(text))
    else waiting.reject(hostError(parse(text)))
  }

  /** @param {number} id @param {number} n */
  function fire(id, n) {
    const callback = open.get(id)?.firing.get(n)
    if (callback === undefined) return
    current = open.get(id)
    current?.firing.delete(n)
    callback()
  }

  /** @param {number} id */
  function forget(id) {
    const invocation = open.get(id)
    if (invocation !== undefined) invocation.done = true
    open.delete(id)
  }

  // One invocation

  /** Never rejects. @param {Invocation} invocation @param {string} entry @param {string} contextText @param {string} inputText */
  async function run(invocation, entry, contextText, inputText) {
    try {
      if (entry === 'inspect') return end(invocation, RESULT, textOf(contents(), 'What the plugin exports'))
      const [owner, method] = find(entry)
      const output = await owner[method](parse(inputText), makeContext(invocation, parse(contextText), plugin.messages))
      end(invocation, RESULT, textOf(output, 'The result'))
    } catch (error) {
      end(invocation, FAIL, failureOf(error))
    }
  }

  /** @param {Invocation} invocation @param {number} kind @param {string} text */
  function end(invocation, kind, text) {
    if (invocation.done) return
    invocation.done = true
    open.delete(invocation.id)
    send(kind, invocation.id, 0, text)
  }

  /** 'actions.score' is [the action, 'run'], 'lookups.score' its 'lookup', 'triggers.reply.poll' [the trigger, 'poll']. @param {string} entry */
  function find(entry) {
    const [kind, name = '', call = ''] = entry.split('.')
    const method = kind === 'triggers' ? call : kind === 'lookups' ? 'lookup' : 'run'
    const owners = kind === 'triggers' ? plugin.triggers : plugin.actions
    const owner = owners !== undefined && hasOwn(owners, name) ? owners[name] : undefined
    if (typeof owner?.[method] === 'function') return [owner, method]
    throw limitError(
      'NOT_FOUND',
      `The plugin has no ${method}() in its ${kind === 'triggers' ? 'trigger' : 'action'} '${name}'.`,
    )
  }

  /** What the default export really has. */
  function contents() {
    const actions = plugin.actions ?? {}
    const triggers = plugin.triggers ?? {}
    const named = (/** @type {any} */ owners, /** @type {string} */ method) =>
      keys(owners).filter(name => typeof owners[name]?.[method] === 'function')
    return {
      actions: named(actions, 'run'),
      triggers: ['handle', 'poll', 'register', 'unregister'].flatMap(method =>
        named(triggers, method).map(name => `${name}.${method}`),
      ),
    }
  }

  /** @param {unknown} value @param {string} what @returns {string} */
  function textOf(value, what) {
    const text = value === undefined ? 'null' : stringify(value)
    if (typeof text !== 'string')
      throw limitError('VALIDATION', `${what} cannot be written as JSON (found a ${typeof value}).`)
    if (text.length > limits.textLength)
      throw limitError('VALIDATION', `${what} has ${text.length} characters of JSON; ${limits.textLength} may cross.`)
    return text
  }

  /** Reads each property once, keeps texts only. @param {any} error @returns {string} */
  function failureOf(error) {
    const message =
      part(error, 'message') ?? attempt(() => String(error)) ?? 'The plugin threw something that cannot be read.'
    const seconds = attempt(() => error.retryAfter)
    const retryable = attempt(() => error.retryable)
    return stringify({
      message: `${message}`.slice(0, 2000),
      code: part(error, 'code')?.slice(0, 100),
      retryable: typeof retryable === 'boolean' ? retryable : undefined,
      retryAfter: typeof seconds === 'number' && isFinite(seconds) ? seconds : undefined,
      stack: part(error, 'stack')?.slice(0, 4000),
    })
  }

  /** @param {any} error @param {string} key @returns {string | undefined} */
  function part(error, key) {
    const value = attempt(() => error[key])
    return typeof value === 'string' ? value : undefined
  }

  /** @template T @param {() => T} read @returns {T | undefined} */
  function attempt(read) {
    try {
      return read()
    } catch {
      return undefined
    }
  }

  /** @param {{ code: string, message: string, retryable?: boolean, retryAfter?: number }} facts */
  function hostError({ code, message, retryable, retryAfter }) {
    const error = new Error(message)
    error.name = 'HostError'
    return assign(error, { code, retryable, ...(retryAfter === undefined ? {} : { retryAfter }) })
  }

  /** @param {string} code @param {string} message */
  function limitError(code, message) {
    return hostError({ code, message, retryable: false })
  }

  // Capabilities

  /** @param {Invocation} invocation @param {string} op @param {unknown} argument @returns {Promise<any>} */
  function ask(invocation, op, argument) {
    return new Promise((resolve, reject) => {
      if (invocation.done) throw limitError('CANCELLED', 'The call is over; its ctx does nothing any more.')
      // Written before it is counted: what of the plugin runs meanwhile (toJSON, a getter) may ask as well
      const text = textOf(argument, `The argument of ctx.${op}`)
      if (invocation.waiting.size >= limits.callsAtOnce)
        throw limitError('RATE_LIMITED', `A call may wait for ${limits.callsAtOnce} answers of the host at once.`)
      if (invocation.calls >= limits.calls)
        throw limitError('RATE_LIMITED', `A call may ask the host ${limits.calls} times.`)
      if (invocation.asked + text.length > limits.askedLength)
        throw limitError(
          'RATE_LIMITED',
          `A call may ask the host with ${limits.askedLength} characters of JSON in all.`,
        )
      invocation.asked += text.length
      const n = ++invocation.calls
      invocation.waiting.set(n, { resolve, reject })
      send(CALL, invocation.id, n, `${op} ${text}`)
    })
  }

  /** Told, not asked: a line over the limits is dropped. @param {Invocation} invocation @param {string} op @param {unknown} argument */
  function tell(invocation, op, argument) {
    if (invocation.done || invocation.notes >= limits.logLines) return
    const text = attempt(() => stringify(argument))
    if (text === undefined || text.length > limits.logLength * 2 || invocation.notes >= limits.logLines) return
    if (invocation.noteLength + text.length > limits.logTotal) return
    invocation.noteLength += text.length
    send(NOTE, invocation.id, ++invocation.notes, `${op} ${text}`)
  }

  // Globals that belong to the invocation whose turn it is

  const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug', dir: 'info', table: 'info', group: 'info', groupCollapsed: 'info' } // prettier-ignore
  const console = create(null)
  for (const name of keys(levels)) {
    const level = levels[/** @type {keyof typeof levels} */ (name)]
    console[name] = (/** @type {unknown[]} */ ...parts) => {
      if (current === undefined) return
      const message = parts
        .map(part => (typeof part === 'string' ? part : (attempt(() => stringify(part)) ?? `${typeof part}`)))
        .join(' ')
      tell(current, 'log', { level, message: message.slice(0, limits.logLength) })
    }
  }

  console.groupEnd = () => {}
  console.assert = (/** @type {unknown} */ holds, /** @type {unknown[]} */ ...parts) => {
    if (!holds) console.error('Assertion failed:', ...parts)
  }

  let timer = 0
  /** @param {(...args: unknown[]) => void} callback @param {number} [after] milliseconds @param {unknown[]} args */
  function setTimeout(callback, after = 0, ...args) {
    const invocation = current
    if (typeof callback !== 'function') throw new TypeError('setTimeout takes a function.')
    if (invocation === undefined || invocation.done)
      throw limitError('CANCELLED', 'A timer needs a call it belongs to.')
    const delay = after > 0 ? Number(after) : 0 // before it is counted, as above
    if (invocation.firing.size >= limits.timersAtOnce)
      throw limitError('RATE_LIMITED', `A call may have ${limits.timersAtOnce} timers at once.`)
    if (++invocation.timers > limits.timers)
      throw limitError('RATE_LIMITED', `A call may set ${limits.timers} timers in all.`)
    const n = ++timer
    invocation.firing.set(n, () => callback(...args))
    send(SET_TIMER, invocation.id, n, String(delay))
    return n
  }

  /** Each round counts as a timer. @param {(...args: unknown[]) => void} callback @param {number} [every] milliseconds @param {unknown[]} args */
  function setInterval(callback, every = 0, ...args) {
    if (typeof callback !== 'function') throw new TypeError('setInterval takes a function.')
    const name = -++timer
    const next = () =>
      intervals.set(
        name,
        setTimeout(() => {
          next()
          callback(...args)
        }, every),
      )
    next()
    return name
  }
  const intervals = new Map()

  /** @param {number} n */
  function clearInterval(n) {
    clearTimeout(intervals.get(n) ?? n)
    intervals.delete(n)
  }

  /** @param {number} n */
  function clearTimeout(n) {
    if (intervals.has(n)) return clearInterval(n)
    if (current?.firing.delete(n)) send(CLEAR_TIMER, current.id, n, '')
  }

  /** @param {any} url @param {any} init */
  function fetch(url, init) {
    if (current === undefined) throw limitError('CANCELLED', 'fetch needs a call it belongs to.')
    return fetchFor(current, url, init)
  }

  const begun = Date.now()
  const now = Date.now
  assign(globalThis, {
    console: freeze(console),
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    fetch,
    reportError: (/** @type {unknown} */ error) => console.error(attempt(() => String(error)) ?? 'an error'),
    queueMicrotask: (/** @type {() => void} */ callback) => void Promise.resolve().then(callback),
    self: globalThis,
    navigator: freeze({ __proto__: null, userAgent: 'TRAE-OS' }),
    performance: freeze({ __proto__: null, now: () => now() - begun, timeOrigin: begun }),
  })

  return { invoke, reply, fire, forget, adopt }
})
