// Headers and Response of the guest, as much of the Fetch standard as an answer held in one text needs. Trusted, but no
// part of the wall: what goes out is checked by the engine's egress.
/* eslint-disable no-unused-expressions */
;(function guestFetch() {
  'use strict'

  class Headers {
    /** @type {Map<string, string>} */
    #values = new Map()

    /** @param {Headers | Iterable<[string, string]> | Record<string, string>} [init] */
    constructor(init) {
      if (init === undefined || init === null) return
      const entries = Symbol.iterator in init ? init : Object.entries(init)
      for (const [name, value] of /** @type {Iterable<[string, string]>} */ (entries)) this.append(name, value)
    }

    /** @param {string} name @param {string} value */
    append(name, value) {
      const before = this.get(name)
      this.set(name, before === null ? value : `${before}, ${String(value).trim()}`)
    }
    /** @param {string} name @param {string} value */
    set(name, value) {
      this.#values.set(token(name), text(value))
    }
    /** @param {string} name @returns {string | null} */
    get(name) {
      return this.#values.get(token(name)) ?? null
    }
    /** @param {string} name */
    has(name) {
      return this.#values.has(token(name))
    }
    /** @param {string} name */
    delete(name) {
      this.#values.delete(token(name))
    }
    /** @param {(value: string, name: string, headers: Headers) => void} each */
    forEach(each) {
      for (const [name, value] of this) each(value, name, this)
    }
    entries() {
      return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).values()
    }
    keys() {
      return [...this.#values.keys()].sort().values()
    }
    values() {
      return Array.from(this.entries(), ([, value]) => value).values()
    }
    [Symbol.iterator]() {
      return this.entries()
    }
  }

  /** @param {unknown} name */
  function token(name) {
    const lower = String(name).toLowerCase()
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower)) throw new TypeError(`'${lower}' is not the name of a header.`)
    return lower
  }

  /** @param {unknown} value */
  function text(value) {
    const trimmed = String(value).trim()
    if (/[\0\r\n]/.test(trimmed)) throw new TypeError('The value of a header has no line breaks.')
    return trimmed
  }

  class Response {
    #body
    #used = false

    /** @param {string | null} [body] @param {{ status?: number, statusText?: string, headers?: Record<string, string>, url?: string }} [init] */
    constructor(body, init = {}) {
      this.#body = body ?? ''
      this.status = init.status ?? 200
      this.statusText = init.statusText ?? ''
      this.ok = this.status >= 200 && this.status < 300
      this.headers = new Headers(init.headers)
      this.url = init.url ?? ''
    }
    get bodyUsed() {
      return this.#used
    }
    async text() {
      if (this.#used) throw new TypeError('The body of this response was read already.')
      this.#used = true
      return this.#body
    }
    async json() {
      return JSON.parse(await this.text())
    }
    async bytes() {
      return new TextEncoder().encode(await this.text())
    }
    async arrayBuffer() {
      return (await this.bytes()).buffer
    }
    clone() {
      const { status, statusText, url } = this
      return new Response(this.#body, { status, statusText, url, headers: Object.fromEntries(this.headers) })
    }
  }

  Object.assign(globalThis, { Headers, Response })
})
