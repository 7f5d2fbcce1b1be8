// Headers, Request and Response (Fetch standard), as much as requests and answers need that are held in memory. What goes out is
// checked by the engine's egress. A part of guest-lazy.js.
/* eslint-disable no-unused-expressions */
;(function guestFetch(/** @type {(part: string) => any} */ need) {
  'use strict'
  const { readBody, streamOf, bytesOf, Blob, FormData } = need('body')

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
    /** Cookies do not come in: there is no jar. @returns {string[]} */
    getSetCookie() {
      const value = this.get('set-cookie')
      return value === null ? [] : [value]
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

  /** What Request and Response have in common. */
  class Body {
    /** @type {(() => Promise<string | Uint8Array>) | undefined} */
    #read
    #used = false
    /** @type {any} */
    #stream
    /** Of the body, where it has one by nature. @type {string | undefined} */
    _type

    /** @param {any} body */
    constructor(body) {
      if (body === undefined || body === null) return
      const { type, read } = readBody(body)
      this._type = type
      Object.defineProperty(this, '_type', { enumerable: false })
      /** @type {Promise<string | Uint8Array> | undefined} */
      let content
      this.#read = () => (content ??= read()) // clones share it
      if (typeof body?.getReader === 'function') this.#stream = body
    }
    get bodyUsed() {
      return this.#used || !!this.#stream?.locked
    }
    get body() {
      if (this.#read === undefined) return null
      return (this.#stream ??= streamLater(() => this._take()))
    }
    /** @returns {Promise<string | Uint8Array>} */
    async _take() {
      if (this.#used) throw new TypeError('The body was read already.')
      this.#used = this.#read !== undefined
      return this.#read?.() ?? ''
    }
    /** @param {Body} other */
    _share(other) {
      if (other.#used) throw new TypeError('The body was read already.')
      this.#read = other.#read
    }
    async text() {
      const content = await this._take()
      return typeof content === 'string' ? content.replace(/^\ufeff/, '') : new TextDecoder().decode(content)
    }
    async json() {
      return JSON.parse(await this.text())
    }
    /** @returns {Promise<Uint8Array>} */
    async bytes() {
      const content = await this._take()
      return typeof content === 'string' ? bytesOf(content) : content.slice()
    }
    async arrayBuffer() {
      return (await this.bytes()).buffer
    }
    async blob() {
      return new Blob([await this.bytes()], { type: /** @type {any} */ (this).headers.get('content-type') ?? '' })
    }
    async formData() {
      const type = /** @type {any} */ (this).headers.get('content-type') ?? ''
      if (!type.startsWith('application/x-www-form-urlencoded'))
        throw new TypeError(`formData() reads application/x-www-form-urlencoded (found '${type}').`)
      const form = new FormData()
      for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value)
      return form
    }
  }

  /** A stream of what is only read when somebody reads the stream. @param {() => Promise<string | Uint8Array>} take */
  function streamLater(take) {
    const { ReadableStream } = need('stream')
    return new ReadableStream(
      {
        /** @param {any} controller */
        async pull(controller) {
          const content = await take()
          for await (const chunk of streamOf(typeof content === 'string' ? bytesOf(content) : content))
            controller.enqueue(chunk)
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
  }

  const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']

  class Request extends Body {
    /** @param {any} input @param {any} [init] */
    constructor(input, init = {}) {
      /** @type {any} */
      const from = input instanceof Request ? input : undefined
      const method = String(init.method ?? from?.method ?? 'GET')
      const upper = method.toUpperCase()
      const body = init.body ?? undefined
      super(body)
      this.method = methods.includes(upper) ? upper : method
      if ((body !== undefined || (from && from.body)) && (this.method === 'GET' || this.method === 'HEAD'))
        throw new TypeError(`A ${this.method} has no body.`)
      if (body === undefined && from) this._share(from)
      this.url = from?.url ?? new URL(input).href
      this.headers = new Headers(init.headers ?? from?.headers)
      if (this._type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', this._type)
      this.signal = init.signal ?? from?.signal ?? new (need('events').AbortController)().signal
      this.redirect = init.redirect ?? from?.redirect ?? 'follow'
      /** Of the host's own: which account to use. @type {string | undefined} */
      this.credential = init.credential ?? from?.credential
    }
    clone() {
      return new Request(this)
    }
  }

  class Response extends Body {
    /** @param {any} [body] @param {{ status?: number, statusText?: string, headers?: any, url?: string }} [init] */
    constructor(body, init = {}) {
      super(body)
      this.status = init.status ?? 200
      if (!(this.status >= 200 && this.status <= 599) && init.url === undefined)
        throw new RangeError(`The status of a response is 200 to 599 (found ${this.status}).`)
      this.statusText = init.statusText ?? ''
      this.ok = this.status >= 200 && this.status < 300
      this.headers = new Headers(init.headers)
      if (this._type !== undefined && init.url === undefined && !this.headers.has('content-type'))
        this.headers.set('content-type', this._type)
      this.url = init.url ?? ''
      this.redirected = false
      this.type = 'default'
    }
    clone() {
      const { status, statusText, url } = this
      const copy = new Response(null, { status, statusText, headers: this.headers, ...(url ? { url } : {}) })
      copy._share(this)
      return copy
    }
    /** @param {unknown} data @param {any} [init] */
    static json(data, init = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('content-type')) headers.set('content-type', 'application/json')
      return new Response(JSON.stringify(data), { ...init, headers })
    }
    /** @param {string | URL} url @param {number} [status] */
    static redirect(url, status = 302) {
      return new Response(null, { status, headers: { location: new URL(url).href } })
    }
  }

  return { Headers, Request, Response, readBody }
})
