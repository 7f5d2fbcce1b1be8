// URLSearchParams of the guest (WHATWG URL standard, application/x-www-form-urlencoded). Trusted, but no part of the wall.
/* eslint-disable no-unused-expressions */
;(function guestSearchParams() {
  'use strict'
  /** @type {(params: URLSearchParams, query: string, changed: (text: string) => void) => void} */
  let fill

  class URLSearchParams {
    /** @type {[string, string][]} */
    #pairs = []
    /** @type {(text: string) => void} */
    #changed = () => {}
    static {
      fill = (params, query, changed) => {
        params.#pairs = decode(query)
        params.#changed = changed
      }
    }

    /** @param {string | Iterable<[string, string]> | Record<string, string>} [init] */
    constructor(init = '') {
      if (typeof init === 'object' && init !== null) {
        const entries = Symbol.iterator in init ? init : Object.entries(init)
        for (const [name, value] of /** @type {Iterable<[string, string]>} */ (entries))
          this.#pairs.push([String(name), String(value)])
      } else this.#pairs = decode(String(init).replace(/^\?/, ''))
    }
    get size() {
      return this.#pairs.length
    }
    /** @param {string} name @param {string} value */
    append(name, value) {
      this.#pairs.push([String(name), String(value)])
      this.#changed(this.toString())
    }
    /** @param {string} name @param {string} [value] */
    delete(name, value) {
      this.#pairs = this.#pairs.filter(
        ([key, held]) => key !== String(name) || (value !== undefined && held !== String(value)),
      )
      this.#changed(this.toString())
    }
    /** @param {string} name @returns {string | null} */
    get(name) {
      return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null
    }
    /** @param {string} name */
    getAll(name) {
      return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value)
    }
    /** @param {string} name @param {string} [value] */
    has(name, value) {
      return this.#pairs.some(([key, held]) => key === String(name) && (value === undefined || held === String(value)))
    }
    /** @param {string} name @param {string} value */
    set(name, value) {
      const at = this.#pairs.findIndex(([key]) => key === String(name))
      if (at < 0) return this.append(name, value)
      this.#pairs = this.#pairs.filter(([key], i) => i <= at || key !== String(name))
      this.#pairs[at] = [String(name), String(value)]
      this.#changed(this.toString())
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      this.#changed(this.toString())
    }
    /** @param {(value: string, name: string, params: URLSearchParams) => void} each */
    forEach(each) {
      for (const [name, value] of this) each(value, name, this)
    }
    *entries() {
      for (let i = 0; i < this.#pairs.length; i++) yield /** @type {[string, string]} */ ([...(this.#pairs[i] ?? [])])
    }
    *keys() {
      for (const [name] of this) yield name
    }
    *values() {
      for (const [, value] of this) yield value
    }
    [Symbol.iterator]() {
      return this.entries()
    }
    toString() {
      return this.#pairs.map(pair => pair.map(form).join('=')).join('&')
    }
  }

  /** @param {string} query @returns {[string, string][]} */
  function decode(query) {
    const pieces = query.split('&').filter(piece => piece !== '')
    return pieces.map(piece => {
      const at = piece.indexOf('=')
      return at < 0 ? [unform(piece), ''] : [unform(piece.slice(0, at)), unform(piece.slice(at + 1))]
    })
  }

  /** @param {string} text */
  function form(text) {
    const special = /[!'()~]/g
    return encodeURIComponent(text.toWellFormed())
      .replace(special, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+')
  }

  /** Bytes that are not UTF-8 become U+FFFD, a stray % stays. @param {string} text */
  function unform(text) {
    return text.replaceAll('+', ' ').replace(/(?:%[0-9a-f]{2})+/gi, bytes => {
      try {
        return decodeURIComponent(bytes)
      } catch {
        const codes = bytes.slice(1).split('%')
        return new TextDecoder().decode(new Uint8Array(codes.map(code => parseInt(code, 16))))
      }
    })
  }

  Object.assign(globalThis, { URLSearchParams })
  return fill
})
