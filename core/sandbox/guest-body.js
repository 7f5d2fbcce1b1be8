// What a request or an answer is made of: Blob, File, FormData (File API, XHR standard), and `readBody`, which turns any of them
// into bytes or text. A part of guest-lazy.js.
/* eslint-disable no-unused-expressions */
;(function guestBody(/** @type {(part: string) => any} */ need) {
  'use strict'
  const { TextEncoder, TextDecoder, URLSearchParams, Uint8Array, ArrayBuffer } = globalThis

  /** @param {Uint8Array[]} chunks */
  function join(chunks) {
    const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
    let at = 0
    for (const chunk of chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    return whole
  }

  /** Bytes of a buffer, a view or a text; its own copy where it could change. @param {any} part @returns {Uint8Array} */
  function bytesOf(part) {
    if (part instanceof ArrayBuffer) return new Uint8Array(part).slice()
    if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice()
    return new TextEncoder().encode(String(part))
  }

  class Blob {
    #bytes
    #type
    /** @param {Iterable<any>} [parts] @param {{ type?: string }} [options] */
    constructor(parts = [], { type = '' } = {}) {
      this.#bytes = join(Array.from(parts, part => (part instanceof Blob ? part.#bytes : bytesOf(part))))
      this.#type = /^[\x20-\x7e]*$/.test(String(type)) ? String(type).toLowerCase() : ''
    }
    get size() {
      return this.#bytes.length
    }
    get type() {
      return this.#type
    }
    slice(start = 0, end = this.size, type = '') {
      return new Blob([this.#bytes.slice(start, end)], { type })
    }
    async bytes() {
      return this.#bytes.slice()
    }
    async arrayBuffer() {
      return this.#bytes.slice().buffer
    }
    async text() {
      return new TextDecoder().decode(this.#bytes)
    }
    stream() {
      return streamOf(this.#bytes)
    }
  }

  class File extends Blob {
    #name
    #lastModified
    /** @param {Iterable<any>} parts @param {string} name @param {{ type?: string, lastModified?: number }} [options] */
    constructor(parts, name, options = {}) {
      super(parts, options)
      this.#name = String(name)
      this.#lastModified = options.lastModified ?? Date.now()
    }
    get name() {
      return this.#name
    }
    get lastModified() {
      return this.#lastModified
    }
  }

  class FormData {
    /** @type {[string, string | File][]} */
    #entries = []
    /** @param {string} name @param {any} value @param {string} [file] */
    append(name, value, file) {
      this.#entries.push(entry(name, value, file))
    }
    /** @param {string} name @param {any} value @param {string} [file] */
    set(name, value, file) {
      const at = this.#entries.findIndex(([key]) => key === String(name))
      if (at < 0) return this.append(name, value, file)
      this.#entries = this.#entries.filter(([key], i) => i <= at || key !== String(name))
      this.#entries[at] = entry(name, value, file)
    }
    /** @param {string} name */
    delete(name) {
      this.#entries = this.#entries.filter(([key]) => key !== String(name))
    }
    /** @param {string} name */
    get(name) {
      return this.#entries.find(([key]) => key === String(name))?.[1] ?? null
    }
    /** @param {string} name */
    getAll(name) {
      return this.#entries.filter(([key]) => key === String(name)).map(([, value]) => value)
    }
    /** @param {string} name */
    has(name) {
      return this.#entries.some(([key]) => key === String(name))
    }
    /** @param {(value: string | File, name: string, form: FormData) => void} each */
    forEach(each) {
      for (const [name, value] of this.#entries) each(value, name, this)
    }
    entries() {
      return this.#entries.map(([name, value]) => [name, value]).values()
    }
    keys() {
      return this.#entries.map(([name]) => name).values()
    }
    values() {
      return this.#entries.map(([, value]) => value).values()
    }
    [Symbol.iterator]() {
      return this.entries()
    }
  }

  /** @param {string} name @param {any} value @param {string} [file] @returns {[string, string | File]} */
  function entry(name, value, file) {
    if (!(value instanceof Blob)) return [String(name).toWellFormed(), String(value).toWellFormed()]
    const known = value instanceof File && file === undefined
    return [String(name), known ? value : new File([value], file ?? 'blob', { type: value.type })]
  }

  /** multipart/form-data (RFC 7578). @param {FormData} form @param {string} boundary */
  async function multipart(form, boundary) {
    const escape = (/** @type {string} */ text) => text.replace(/\r\n|\n|\r/g, '%0D%0A').replaceAll('"', '%22')
    const chunks = []
    for (const [name, value] of form.entries()) {
      const file =
        typeof value === 'string'
          ? ''
          : `; filename="${escape(/** @type {File} */ (value).name)}"\r\ncontent-type: ${/** @type {File} */ (value).type || 'application/octet-stream'}`
      chunks.push(
        bytesOf(`--${boundary}\r\ncontent-disposition: form-data; name="${escape(String(name))}"${file}\r\n\r\n`),
      )
      chunks.push(
        typeof value === 'string'
          ? bytesOf(value.replace(/\r?\n|\r/g, '\r\n'))
          : await /** @type {File} */ (value).bytes(),
      )
      chunks.push(bytesOf('\r\n'))
    }
    return join([...chunks, bytesOf(`--${boundary}--\r\n`)])
  }

  /** @param {Uint8Array} bytes */
  function streamOf(bytes) {
    const { ReadableStream } = need('stream')
    return new ReadableStream({
      /** @param {any} controller */
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes.slice())
        controller.close()
      },
    })
  }

  /**
   * What a body is: its type, and how to read it, once. Texts stay texts, for text is what crosses.
   * @param {any} body @returns {{ type: string | undefined, read: () => Promise<string | Uint8Array> }}
   */
  function readBody(body) {
    if (body instanceof URLSearchParams)
      return { type: 'application/x-www-form-urlencoded;charset=UTF-8', read: async () => body.toString() }
    if (body instanceof Blob) return { type: body.type || undefined, read: () => body.bytes() }
    if (body instanceof FormData) {
      const boundary = `----${crypto.randomUUID()}`
      return { type: `multipart/form-data; boundary=${boundary}`, read: () => multipart(body, boundary) }
    }
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
      const bytes = bytesOf(body)
      return { type: undefined, read: async () => bytes }
    }
    if (body instanceof need('stream').ReadableStream)
      return {
        type: undefined,
        async read() {
          const chunks = []
          for await (const chunk of body) {
            if (!ArrayBuffer.isView(chunk)) throw new TypeError('A stream that is a body has chunks of bytes.')
            chunks.push(bytesOf(chunk))
          }
          return join(chunks)
        },
      }
    const text = String(body)
    return { type: 'text/plain;charset=UTF-8', read: async () => text }
  }

  return { Blob, File, FormData, readBody, streamOf, bytesOf }
})
