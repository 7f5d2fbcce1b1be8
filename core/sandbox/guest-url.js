// URL of the guest (WHATWG URL standard); `fill` comes from guest-search-params.js. Trusted, but no part of the wall: the engine parses again what
// it is asked to fetch. Known gaps, each an error rather than a wrong answer: hosts beyond ASCII (write punycode), numeric
// IPv4 spellings other than four decimals, `file:`.
/* eslint-disable no-unused-expressions */
;(function guestUrl(
  /** @type {(params: URLSearchParams, query: string, changed: (text: string) => void) => void} */ fill,
) {
  'use strict'
  /** @type {Record<string, string>} */
  const ports = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21' }
  const control = '\\0-\\x1f\\x7f-\\u{10ffff}'
  const sets = {
    fragment: new RegExp(`[${control} "<>\`]`, 'gu'),
    query: new RegExp(`[${control} "#<>]`, 'gu'),
    specialQuery: new RegExp(`[${control} "#<>']`, 'gu'),
    path: new RegExp(`[${control} "#<>?^\`{}]`, 'gu'),
    user: new RegExp(`[${control} "#<>?^\`{}/:;=@[\\]|\\\\]`, 'gu'),
    opaque: new RegExp(`[${control}]`, 'gu'),
  }

  /** @param {string} text @param {RegExp} set */
  function encode(text, set) {
    return text.toWellFormed().replace(set, letter => {
      const plain = letter.charCodeAt(0)
      return plain < 0x80 ? `%${plain.toString(16).toUpperCase().padStart(2, '0')}` : encodeURIComponent(letter)
    })
  }

  /**
   * @typedef {object} Parts
   * @property {string} protocol
   * @property {string} username
   * @property {string} password
   * @property {string | null} host    null: no authority
   * @property {string} port
   * @property {string | string[]} path   one text when opaque (mailto:…)
   * @property {string | null} query
   * @property {string | null} fragment
   */

  /** @param {string} text @param {Parts} [base] @returns {Parts} */
  function parse(text, base) {
    let rest = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '')
    const whole = rest
    const fail = (why = '') => new TypeError(`Invalid URL: '${whole.slice(0, 200)}'${why}`)
    const fragment = take('#')
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(rest)
    let protocol = scheme ? /** @type {string} */ (scheme[1]).toLowerCase() + ':' : base?.protocol
    if (protocol === undefined) throw fail(', and there is no base to resolve it against')
    if (protocol === 'file:') throw fail(': files do not exist here')
    const special = protocol in ports
    if (scheme) rest = rest.slice(scheme[0].length)
    if (special) rest = rest.replace(/^[^?]*/, path => path.replaceAll('\\', '/'))
    /** @type {Parts} */
    const parts = { protocol, username: '', password: '', host: null, port: '', path: [], query: null, fragment: null }
    if (fragment !== null) parts.fragment = encode(fragment, sets.fragment)
    const relative = base !== undefined && (!scheme || (special && protocol === base.protocol && !rest.startsWith('/')))

    if (relative && base && typeof base.path === 'string') {
      if (rest !== '' || fragment === null) throw fail(': its base cannot be a base')
      return { ...base, fragment: parts.fragment }
    }
    const query = take('?')
    if (query !== null) parts.query = encode(query, special ? sets.specialQuery : sets.query)
    if (relative && base && !rest.startsWith('//')) {
      const { username, password, host, port } = base
      Object.assign(parts, { username, password, host, port })
      if (rest === '') {
        parts.path = base.path
        if (query === null) parts.query = base.query
      } else
        parts.path = segments(rest, rest.startsWith('/') || typeof base.path === 'string' ? [] : base.path.slice(0, -1))
      return parts
    }
    if (special || rest.startsWith('//')) {
      rest = rest.replace(special ? /^\/*/ : /^\/\//, '')
      const slash = rest.indexOf('/')
      authority(parts, slash < 0 ? rest : rest.slice(0, slash), fail)
      rest = slash < 0 ? '' : rest.slice(slash)
      parts.path = rest === '' && !special ? [] : segments(rest, [])
    } else if (rest.startsWith('/')) parts.path = segments(rest, [])
    else parts.path = encode(rest, sets.opaque)
    return parts

    /** Cuts off what follows the first `mark`. @param {string} mark */
    function take(mark) {
      const at = rest.indexOf(mark)
      if (at < 0) return null
      const taken = rest.slice(at + 1)
      rest = rest.slice(0, at)
      return taken
    }
  }

  /** @param {Parts} parts @param {string} text @param {(why?: string) => Error} fail */
  function authority(parts, text, fail) {
    const at = text.lastIndexOf('@')
    if (at >= 0) {
      const colon = text.slice(0, at).indexOf(':')
      parts.username = encode(text.slice(0, colon < 0 ? at : colon), sets.user)
      parts.password = colon < 0 ? '' : encode(text.slice(colon + 1, at), sets.user)
    }
    const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(text.slice(at + 1))
    if (!match || Number(match[2] || 0) > 65535) throw fail(': its port is not a number up to 65535')
    parts.host = host(/** @type {string} */ (match[1]), parts.protocol in ports, fail)
    if (parts.host === '' && (parts.protocol in ports || match[2] !== undefined || at >= 0))
      throw fail(': it has no host')
    const port = match[2] ? String(Number(match[2])) : ''
    parts.port = port === ports[parts.protocol] ? '' : port
  }

  /** @param {string} text @param {boolean} special @param {(why?: string) => Error} fail */
  function host(text, special, fail) {
    if (text.startsWith('[')) {
      if (!/^\[[0-9a-f:.]+\]$/i.test(text) || !text.includes(':')) throw fail(': its address is not IPv6')
      return text.toLowerCase()
    }
    if (!special) {
      if (/[\0\t\n\r #/<>?@[\\\]^|]/.test(text)) throw fail(': its host has a forbidden character')
      return encode(text, sets.opaque)
    }
    let name = text
    try {
      name = decodeURIComponent(text).toLowerCase()
    } catch {
      throw fail(': its host is not UTF-8')
    }
    if (/[^\0-\x7f]/.test(name)) throw fail(': write its host in punycode')
    if (/[\0-\x20#/:<>?@[\\\]^|%\x7f]/.test(name)) throw fail(': its host has a forbidden character')
    const numbers = name.replace(/\.$/, '').split('.')
    if (!/^(\d+|0x[0-9a-f]*)$/.test(/** @type {string} */ (numbers.at(-1)))) return name
    if (numbers.length !== 4 || numbers.some(number => !/^(0|[1-9]\d{0,2})$/.test(number) || Number(number) > 255))
      throw fail(': its address is not four decimal numbers')
    return numbers.join('.')
  }

  /** @param {string} text @param {string[]} onto */
  function segments(text, onto) {
    const path = [...onto]
    const pieces = text.replace(/^\//, '').split('/')
    pieces.forEach((piece, i) => {
      const plain = piece.replace(/%2e/gi, '.')
      const last = i === pieces.length - 1
      if (plain === '..') path.pop()
      else if (plain !== '.') path.push(encode(piece, sets.path))
      if ((plain === '..' || plain === '.') && last) path.push('')
    })
    return path
  }

  /** @param {Parts} parts */
  function pathText({ path }) {
    return typeof path === 'string' ? path : path.map(segment => `/${segment}`).join('')
  }

  class URL {
    /** @type {Parts} */
    #parts
    #params = new URLSearchParams()

    /** @param {string | URL} url @param {string | URL} [base] */
    constructor(url, base) {
      this.#parts = parse(String(url), base === undefined ? undefined : parse(String(base)))
      this.#bind()
    }
    #bind() {
      fill(this.#params, this.#parts.query ?? '', text => (this.#parts.query = text === '' ? null : text))
    }
    /** @param {string | URL} url @param {string | URL} [base] */
    static canParse(url, base) {
      return URL.parse(url, base) !== null
    }
    /** @param {string | URL} url @param {string | URL} [base] */
    static parse(url, base) {
      try {
        return new URL(url, base)
      } catch {
        return null
      }
    }
    /** Changes parts by parsing again; what cannot be parsed changes nothing, as the standard has it. @param {Partial<Parts>} change */
    #change(change) {
      try {
        this.#parts = parse(href({ ...this.#parts, ...change }))
      } catch {
        return
      }
    }

    get href() {
      return href(this.#parts)
    }
    set href(text) {
      this.#parts = parse(String(text))
      this.#bind()
    }
    get origin() {
      return this.#parts.protocol in ports && this.#parts.protocol !== 'ftp:'
        ? `${this.#parts.protocol}//${this.host}`
        : 'null'
    }
    get protocol() {
      return this.#parts.protocol
    }
    set protocol(text) {
      const protocol = `${String(text).toLowerCase().replace(/:.*$/s, '')}:`
      if (protocol in ports === this.#parts.protocol in ports) this.#change({ protocol })
    }
    get username() {
      return this.#parts.username
    }
    set username(text) {
      if (this.#parts.host) this.#parts.username = encode(String(text), sets.user)
    }
    get password() {
      return this.#parts.password
    }
    set password(text) {
      if (this.#parts.host) this.#parts.password = encode(String(text), sets.user)
    }
    get host() {
      return (this.#parts.host ?? '') + (this.#parts.port && `:${this.#parts.port}`)
    }
    set host(text) {
      const [name = '', port] = String(text)
        .replace(/[/?#].*$/s, '')
        .split(/:(?=\d*$)/)
      if (typeof this.#parts.path !== 'string' && name !== '') this.#change({ host: name, ...(port ? { port } : {}) })
    }
    get hostname() {
      return this.#parts.host ?? ''
    }
    set hostname(text) {
      const name = String(text).replace(/[/?#].*$/s, '')
      if (typeof this.#parts.path !== 'string' && name !== '' && (name.startsWith('[') || !name.includes(':')))
        this.#change({ host: name })
    }
    get port() {
      return this.#parts.port
    }
    set port(text) {
      if (this.#parts.host) this.#change({ port: /^\d*/.exec(String(text))?.[0] ?? '' })
    }
    get pathname() {
      return pathText(this.#parts)
    }
    set pathname(text) {
      if (typeof this.#parts.path === 'string') return
      const path = this.#parts.protocol in ports ? String(text).replaceAll('\\', '/') : String(text)
      this.#parts.path = segments(path, [])
    }
    get search() {
      return this.#parts.query ? `?${this.#parts.query}` : ''
    }
    set search(text) {
      const query = String(text).replace(/^\?/, '')
      this.#parts.query =
        query === '' ? null : encode(query, this.#parts.protocol in ports ? sets.specialQuery : sets.query)
      this.#bind()
    }
    get searchParams() {
      return this.#params
    }
    get hash() {
      return this.#parts.fragment ? `#${this.#parts.fragment}` : ''
    }
    set hash(text) {
      const fragment = String(text).replace(/^#/, '')
      this.#parts.fragment = fragment === '' ? null : encode(fragment, sets.fragment)
    }
    toString() {
      return this.href
    }
    toJSON() {
      return this.href
    }
  }

  /** @param {Parts} parts */
  function href(parts) {
    const { protocol, username, password, host, port, query, fragment } = parts
    const user = username || password ? `${username}${password && `:${password}`}@` : ''
    const authority = host === null ? '' : `//${user}${host}${port && `:${port}`}`
    return (
      protocol +
      authority +
      pathText(parts) +
      (query === null ? '' : `?${query}`) +
      (fragment === null ? '' : `#${fragment}`)
    )
  }

  Object.assign(globalThis, { URL })
})
