// Web standards of the guest that turn data into other data: TextEncoder, TextDecoder (UTF-8), atob, btoa,
// structuredClone, crypto. Trusted, but no part of the wall.
/* eslint-disable no-unused-expressions */
;(function guestText(/** @type {string} */ seed, /** @type {(part: string) => any} */ need) {
  'use strict'

  class TextEncoder {
    get encoding() {
      return 'utf-8'
    }

    encode(text = '') {
      const source = String(text)
      const bytes = new Uint8Array(source.length * 3)
      return bytes.slice(0, write(source, bytes))
    }

    /** As many whole characters as there is room for. @param {string} text @param {Uint8Array} into */
    encodeInto(text, into) {
      let [read, written] = [0, 0]
      for (const letter of String(text)) {
        const bytes = this.encode(letter)
        if (written + bytes.length > into.length) break
        into.set(bytes, written)
        read += letter.length
        written += bytes.length
      }
      return { read, written }
    }
  }

  /** @param {string} text @param {Uint8Array} bytes @returns {number} bytes written */
  function write(text, bytes) {
    let at = 0
    for (let i = 0; i < text.length; i++) {
      let unit = /** @type {number} */ (text.codePointAt(i))
      if (unit > 0xffff) i++
      else if (unit >= 0xd800 && unit <= 0xdfff) unit = 0xfffd
      if (unit < 0x80) bytes[at++] = unit
      else {
        if (unit < 0x800) bytes[at++] = 0xc0 | (unit >> 6)
        else {
          if (unit < 0x10000) bytes[at++] = 0xe0 | (unit >> 12)
          else {
            bytes[at++] = 0xf0 | (unit >> 18)
            bytes[at++] = 0x80 | ((unit >> 12) & 63)
          }
          bytes[at++] = 0x80 | ((unit >> 6) & 63)
        }
        bytes[at++] = 0x80 | (unit & 63)
      }
    }
    return at
  }

  class TextDecoder {
    #fatal
    #keepMark
    /** Of a stream: the beginning of a character whose end has not come, and whether the text has begun. */
    #held = new Uint8Array()
    #begun = false
    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label))
        throw new RangeError(`This TextDecoder reads UTF-8 (asked for '${label}').`)
      this.#fatal = fatal
      this.#keepMark = ignoreBOM
    }
    get encoding() {
      return 'utf-8'
    }

    get fatal() {
      return this.#fatal
    }
    get ignoreBOM() {
      return this.#keepMark
    }

    /** @param {ArrayBuffer | ArrayBufferView} [input] @param {{ stream?: boolean }} [options] */
    decode(input = new Uint8Array(), { stream = false } = {}) {
      let bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input)
      if (this.#held.length > 0) {
        const whole = new Uint8Array(this.#held.length + bytes.length)
        whole.set(this.#held)
        whole.set(bytes, this.#held.length)
        bytes = whole
      }
      const end = stream ? bytes.length - unfinished(bytes) : bytes.length
      this.#held = bytes.slice(end)
      const text = read(bytes.subarray(0, end), this.#fatal)
      const mark = !this.#begun && !this.#keepMark && text.charCodeAt(0) === 0xfeff
      this.#begun = stream && (this.#begun || text !== '')
      return mark ? text.slice(1) : text
    }
  }

  /** How many bytes at the end begin a character that more bytes could finish. @param {Uint8Array} bytes */
  function unfinished(bytes) {
    for (let back = 1; back <= 3 && back <= bytes.length; back++) {
      const byte = /** @type {number} */ (bytes[bytes.length - back])
      if (byte < 0x80) return 0
      if (byte >= 0xc2) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back && byte <= 0xf4 ? back : 0
    }
    return 0
  }

  /** The UTF-8 decoder of the Encoding standard: a bad sequence becomes one U+FFFD. @param {Uint8Array} bytes @param {boolean} fatal */
  function read(bytes, fatal) {
    let text = ''
    /** @type {number[]} */
    let units = []
    const bad = () => {
      if (fatal) throw new TypeError('The bytes are not UTF-8.')
      units.push(0xfffd)
    }
    for (let i = 0; i < bytes.length;) {
      if (units.length > 4096) {
        text += String.fromCharCode.apply(null, units)
        units = []
      }
      const first = /** @type {number} */ (bytes[i++])
      if (first < 0x80) {
        units.push(first)
        continue
      }
      const more =
        first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0
      let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
      let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
      let point = more === 1 ? first & 0x1f : more === 2 ? first & 0xf : first & 7
      let left = more
      while (left > 0 && i < bytes.length) {
        const next = bytes[i] ?? 0
        if (next < low || next > high) break
        i++
        point = (point << 6) | (next & 63)
        low = 0x80
        high = 0xbf
        left--
      }
      if (more === 0 || left > 0) bad()
      else if (point < 0x10000) units.push(point)
      else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff))
    }
    return text + String.fromCharCode.apply(null, units)
  }

  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

  /** @param {string} text */
  function btoa(text) {
    const source = String(text)
    let out = ''
    for (let i = 0; i < source.length; i += 3) {
      const a = source.charCodeAt(i)
      const b = source.charCodeAt(i + 1)
      const c = source.charCodeAt(i + 2)
      if (a > 255 || b > 255 || c > 255)
        throw new TypeError('btoa takes characters up to U+00FF; encode the text as UTF-8 first.')
      const bits = (a << 16) | (b << 8) | c
      out += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63)
      out +=
        (i + 1 < source.length ? alphabet.charAt((bits >> 6) & 63) : '=') +
        (i + 2 < source.length ? alphabet.charAt(bits & 63) : '=')
    }
    return out
  }

  /** @param {string} text */
  function atob(text) {
    let source = String(text).replace(/[\t\n\f\r ]/g, '')
    if (source.length % 4 === 0) source = source.replace(/={1,2}$/, '')
    if (source.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(source)) throw new TypeError('The text is not base64.')
    let out = ''
    let bits = 0
    let have = 0
    for (const letter of source) {
      bits = ((bits << 6) | alphabet.indexOf(letter)) & 0xffffff
      have += 6
      if (have < 8) continue
      have -= 8
      out += String.fromCharCode((bits >> have) & 255)
    }
    return out
  }

  /** Plain data, dates, maps, sets, errors and bytes; shared and circular references are kept. @param {unknown} value */
  function structuredClone(value) {
    const made = new Map()
    /** @param {any} from @returns {any} */
    const clone = from => {
      if (typeof from === 'function' || typeof from === 'symbol')
        throw new TypeError(`A ${typeof from} cannot be cloned.`)
      if (typeof from !== 'object' || from === null) return from
      if (made.has(from)) return made.get(from)
      const keep = (/** @type {any} */ to) => (made.set(from, to), to)
      if (from instanceof Date) return keep(new Date(from.getTime()))
      if (from instanceof RegExp) return keep(new RegExp(from.source, from.flags))
      if (from instanceof ArrayBuffer) return keep(from.slice(0))
      if (from instanceof DataView) return keep(new DataView(clone(from.buffer), from.byteOffset, from.byteLength))
      if (ArrayBuffer.isView(from)) return keep(/** @type {any} */ (from).slice())
      if (from instanceof Error)
        return keep(Object.assign(new Error(from.message), { name: from.name, stack: from.stack }))
      if (from instanceof Map) {
        const to = keep(new Map())
        for (const [key, entry] of from) to.set(clone(key), clone(entry))
        return to
      }
      if (from instanceof Set) {
        const to = keep(new Set())
        for (const entry of from) to.add(clone(entry))
        return to
      }
      const to = keep(Array.isArray(from) ? [] : {})
      if (Array.isArray(from)) to.length = from.length
      for (const key of Object.keys(from))
        Object.defineProperty(to, key, {
          value: clone(from[key]),
          writable: true,
          enumerable: true,
          configurable: true,
        })
      return to
    }
    return clone(value)
  }

  // ChaCha20 (RFC 8439) as generator, keyed with 32 bytes of the runner's own entropy.
  const state = new Uint32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...words(seed), 0, 0, 0, 0])
  const block = new Uint32Array(16)
  const pool = new Uint8Array(block.buffer)
  let used = 64

  /** @param {string} hex @returns {number[]} */
  function words(hex) {
    return Array.from({ length: 8 }, (_, i) => parseInt(hex.slice(i * 8, i * 8 + 8), 16))
  }

  function stir() {
    block.set(state)
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i)
      for (let i = 0; i < 4; i++) quarter(i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3))
    }
    for (let i = 0; i < 16; i++) block[i] = (block[i] ?? 0) + (state[i] ?? 0)
    state[12] = (state[12] ?? 0) + 1
    if (state[12] === 0) state[13] = (state[13] ?? 0) + 1
    used = 0
  }

  /** @param {number} a @param {number} b @param {number} c @param {number} d */
  function quarter(a, b, c, d) {
    mix(a, b, d, 16)
    mix(c, d, b, 12)
    mix(a, b, d, 8)
    mix(c, d, b, 7)
  }

  /** @param {number} x @param {number} y @param {number} z @param {number} turn */
  function mix(x, y, z, turn) {
    block[x] = at(x) + at(y)
    const mixed = at(z) ^ at(x)
    block[z] = (mixed << turn) | (mixed >>> (32 - turn))
  }

  /** @param {number} i */
  function at(i) {
    return /** @type {number} */ (block[i])
  }

  /** @template {ArrayBufferView} T @param {T} view @returns {T} */
  function getRandomValues(view) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    if (bytes.length > 65536)
      throw new RangeError(`getRandomValues fills 65536 bytes at most (asked for ${bytes.length}).`)
    for (let i = 0; i < bytes.length; i++) {
      if (used === 64) stir()
      bytes[i] = /** @type {number} */ (pool[used])
      pool[used++] = 0 // what was handed out cannot be read again
    }
    return view
  }

  function randomUUID() {
    const bytes = getRandomValues(new Uint8Array(16))
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  const subtle = Object.freeze({
    __proto__: null,
    /** @param {any} algorithm @param {any} data */
    digest: async (algorithm, data) => need('digest')['digest'](algorithm, data),
  })
  const crypto = Object.freeze({ __proto__: null, getRandomValues, randomUUID, subtle })
  Object.assign(globalThis, { TextEncoder, TextDecoder, atob, btoa, structuredClone, crypto })
})
