// Events and cancelling (DOM standard): DOMException, Event, CustomEvent, EventTarget, AbortController, AbortSignal. There is no
// tree, so an event has its target and nobody above it. A part of guest-lazy.js.
/* eslint-disable no-unused-expressions, no-console */
;(function guestEvents() {
  'use strict'
  /** @type {Record<string, number>} */
  const codes = { IndexSizeError: 1, NotFoundError: 8, NotSupportedError: 9, InvalidStateError: 11, SyntaxError: 12, InvalidAccessError: 15, NetworkError: 19, AbortError: 20, QuotaExceededError: 22, TimeoutError: 23, DataCloneError: 25 } // prettier-ignore

  class DOMException extends Error {
    #name
    constructor(message = '', name = 'Error') {
      super(message)
      this.#name = String(typeof name === 'object' ? (/** @type {any} */ (name)?.name ?? 'Error') : name)
    }
    /** @override */
    get name() {
      return this.#name
    }
    get code() {
      return codes[this.#name] ?? 0
    }
  }

  class Event {
    #type
    #init
    /** @type {EventTarget | null} */
    _target = null
    _stopped = false
    #prevented = false
    timeStamp = performance.now()

    /** @param {string} type @param {{ bubbles?: boolean, cancelable?: boolean, composed?: boolean }} [init] */
    constructor(type, init = {}) {
      this.#type = String(type)
      this.#init = { bubbles: !!init.bubbles, cancelable: !!init.cancelable, composed: !!init.composed }
      Object.defineProperty(this, '_target', { enumerable: false })
      Object.defineProperty(this, '_stopped', { enumerable: false })
    }
    get type() {
      return this.#type
    }
    get bubbles() {
      return this.#init.bubbles
    }
    get cancelable() {
      return this.#init.cancelable
    }
    get composed() {
      return this.#init.composed
    }
    get target() {
      return this._target
    }
    get currentTarget() {
      return this._target
    }
    get defaultPrevented() {
      return this.#prevented
    }
    preventDefault() {
      if (this.#init.cancelable) this.#prevented = true
    }
    stopPropagation() {}
    stopImmediatePropagation() {
      this._stopped = true
    }
  }

  class CustomEvent extends Event {
    #detail
    /** @param {string} type @param {any} [init] */
    constructor(type, init = {}) {
      super(type, init)
      this.#detail = init.detail ?? null
    }
    get detail() {
      return this.#detail
    }
  }

  /** @typedef {{ type: string, callback: any, once: boolean, removed: boolean }} Listener */
  class EventTarget {
    /** @type {Listener[]} */
    #listeners = []

    /** @param {string} type @param {any} callback @param {any} [options] */
    addEventListener(type, callback, options) {
      const { once = false, signal } = typeof options === 'object' && options !== null ? options : {}
      if (callback === null || callback === undefined || signal?.aborted) return
      if (this.#listeners.some(known => known.type === type && known.callback === callback)) return
      this.#listeners.push({ type: String(type), callback, once: !!once, removed: false })
      signal?.addEventListener('abort', () => this.removeEventListener(type, callback), { once: true })
    }
    /** @param {string} type @param {any} callback */
    removeEventListener(type, callback) {
      const at = this.#listeners.findIndex(known => known.type === type && known.callback === callback)
      for (const removed of at < 0 ? [] : this.#listeners.splice(at, 1)) removed.removed = true
    }
    /** @param {Event} event */
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError('dispatchEvent takes an Event.')
      event._target = this
      const handler = /** @type {any} */ (this)[`on${event.type}`]
      if (typeof handler === 'function') tell(() => handler.call(this, event))
      for (const listener of this.#listeners.slice()) {
        if (listener.type !== event.type || listener.removed) continue
        if (event._stopped) break
        if (listener.once) this.removeEventListener(listener.type, listener.callback)
        const { callback } = listener
        tell(() => (typeof callback === 'function' ? callback.call(this, event) : callback.handleEvent(event)))
      }
      return !event.defaultPrevented
    }
  }

  /** One listener's error is not the next one's. @param {() => void} call */
  function tell(call) {
    try {
      call()
    } catch (error) {
      console.error(String(error))
    }
  }

  /** @type {(signal: AbortSignal, reason: unknown) => void} */
  let abort
  /** @type {() => AbortSignal} */
  let make
  /** Says whether a signal may be made: only here. */
  let making = false
  class AbortSignal extends EventTarget {
    #aborted = false
    /** @type {unknown} */
    #reason = undefined
    /** @type {unknown} */
    onabort = null
    constructor() {
      super()
      if (!making) throw new TypeError('Illegal constructor')
    }
    get aborted() {
      return this.#aborted
    }
    get reason() {
      return this.#reason
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason
    }
    /** @param {AbortSignal} signal @param {unknown} reason */
    static #abort(signal, reason) {
      if (signal.#aborted) return
      signal.#aborted = true
      signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason
      signal.dispatchEvent(new Event('abort'))
    }
    static #make() {
      making = true
      try {
        return new AbortSignal()
      } finally {
        making = false
      }
    }
    static {
      abort = AbortSignal.#abort
      make = AbortSignal.#make
    }
    /** @param {unknown} [reason] */
    static abort(reason) {
      const signal = make()
      abort(signal, reason)
      return signal
    }
    /** @param {number} milliseconds */
    static timeout(milliseconds) {
      const signal = make()
      const late = () => abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
      setTimeout(late, milliseconds)
      return signal
    }
    /** @param {Iterable<AbortSignal>} signals */
    static any(signals) {
      const signal = make()
      for (const one of signals) {
        if (one.aborted) abort(signal, one.reason)
        else one.addEventListener('abort', () => abort(signal, one.reason), { once: true })
      }
      return signal
    }
  }
  class AbortController {
    #signal = make()
    get signal() {
      return this.#signal
    }
    /** @param {unknown} [reason] */
    abort(reason) {
      abort(this.#signal, reason)
    }
  }

  return { DOMException, Event, CustomEvent, EventTarget, AbortSignal, AbortController }
})
