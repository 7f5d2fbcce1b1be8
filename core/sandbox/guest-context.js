// What a plugin is handed as `ctx`: each function of it turns its arguments into one question (`ask`) or one line (`tell`)
// of the bootstrap, which knows the limits and the way out. Nothing here can reach the runner by itself.
/* eslint-disable no-unused-expressions */
/**
 * @typedef {(invocation: Invocation, op: string, argument: unknown) => Promise<any>} Ask
 * @typedef {(invocation: Invocation, op: string, argument: unknown) => void} Tell
 * @typedef {import('./plugin-isolate.js').GuestInvocation} Invocation
 */
;(function guestContext(/** @type {Ask} */ ask, /** @type {Tell} */ tell, /** @type {(part: string) => any} */ need) {
  'use strict'
  const { freeze, create, hasOwn } = Object
  const { Proxy, String, TypeError, TextDecoder, Promise } = globalThis
  const LONGEST_LINE = 8192

  /** @param {Invocation} invocation @param {any} given from the host, parsed @param {any} messages the plugin's own */
  function makeContext(invocation, given, messages) {
    const { run, workspace, locale, ...rest } = given
    return freeze({
      __proto__: null,
      ...rest,
      run: freeze(run),
      workspace: freeze(workspace),
      locale,
      fetch: (/** @type {any} */ url, /** @type {any} */ init) => fetchFor(invocation, url, init),
      credential: (/** @type {unknown} */ name) => ask(invocation, 'credential', { name }),
      hook: (/** @type {unknown} */ trigger) => ask(invocation, 'hook', { trigger }),
      hmac: (/** @type {any} */ { credential, field, algorithm, encoding, data }) =>
        ask(invocation, 'hmac', { credential, field, algorithm, encoding, data }),
      records: recordsOf(invocation),
      storage: freeze({
        __proto__: null,
        get: (/** @type {string} */ key) => ask(invocation, 'storage', { verb: 'get', key }),
        set: (/** @type {string} */ key, /** @type {unknown} */ value, /** @type {any} */ { expiresAt } = {}) =>
          ask(invocation, 'storage', { verb: 'set', key, value, ...(expiresAt === undefined ? {} : { expiresAt }) }),
        delete: (/** @type {string} */ key) => ask(invocation, 'storage', { verb: 'delete', key }),
      }),
      schedule: freeze({
        __proto__: null,
        set: (/** @type {string} */ key, /** @type {any} */ { action, input, at, every } = {}) =>
          ask(invocation, 'schedule', { verb: 'set', key, action, input, at, every }),
        get: (/** @type {string} */ key) => ask(invocation, 'schedule', { verb: 'get', key }),
        cancel: (/** @type {string} */ key) => ask(invocation, 'schedule', { verb: 'cancel', key }),
      }),
      events: freeze({
        __proto__: null,
        emit: (/** @type {unknown} */ type, /** @type {unknown} */ data) => ask(invocation, 'events', { type, data }),
      }),
      llm: freeze({ __proto__: null, generate: (/** @type {unknown} */ question) => ask(invocation, 'llm', question) }),
      memory: memoryOf(invocation),
      log: logOf(invocation),
      progress: (/** @type {number} */ fraction, /** @type {string} */ text) =>
        tell(invocation, 'progress', { fraction, text }),
      t: (
        /** @type {string} */ key,
        /** @type {Record<string, unknown>} */ values,
        /** @type {string} */ language = locale,
      ) => translate(messages, language, key, values),
    })
  }

  /** `ctx.records.<noun>.<verb>(argument)`: which exist and are granted, the host knows. @param {Invocation} invocation */
  function recordsOf(invocation) {
    /** @param {(name: string) => unknown} make */
    const named = make =>
      new Proxy(create(null), {
        get: (_, name) => (typeof name === 'string' && name !== 'then' ? make(name) : undefined),
      })
    return named(noun =>
      named(verb => (/** @type {unknown} */ argument) => ask(invocation, 'records', { noun, verb, argument })),
    )
  }

  /** @param {Invocation} invocation */
  function memoryOf(invocation) {
    /** @param {string} verb */
    const verb = verb => (/** @type {unknown} */ argument) => ask(invocation, 'memory', { verb, argument })
    return freeze({
      __proto__: null,
      store: verb('store'),
      retrieve: (/** @type {unknown} */ key) => ask(invocation, 'memory', { verb: 'retrieve', argument: { key } }),
      search: (/** @type {unknown} */ query, /** @type {object} */ options = {}) =>
        ask(invocation, 'memory', { verb: 'search', argument: { query, ...options } }),
      getContext: (/** @type {unknown} */ module, /** @type {object} */ options = {}) =>
        ask(invocation, 'memory', { verb: 'getContext', argument: { module, ...options } }),
      learnFromOutcomes: verb('learnFromOutcomes'),
      forget: (/** @type {unknown} */ key) => ask(invocation, 'memory', { verb: 'forget', argument: { key } }),
    })
  }

  /** @param {Invocation} invocation */
  function logOf(invocation) {
    /** @param {string} level */
    const at = level => (/** @type {unknown} */ message, /** @type {unknown} */ fields) =>
      tell(invocation, 'log', {
        level,
        message: textOf(message),
        fields,
      })
    return freeze({ __proto__: null, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') })
  }

  /** @param {any} messages @param {string} locale @param {string} key @param {Record<string, unknown>} [values] */
  function translate(messages, locale, key, values) {
    /** @param {string} language */
    const said = language =>
      messages && hasOwn(messages, language) && hasOwn(messages[language], key) ? messages[language][key] : undefined
    const text = String(said(locale) ?? said('en') ?? key)
    return text.replace(/\{(\w+)\}/g, (whole, name) => (values && hasOwn(values, name) ? String(values[name]) : whole))
  }

  /** @param {Invocation} invocation @param {any} url an address or a Request @param {any} [init] */
  async function fetchFor(invocation, url, init = {}) {
    const { Headers, Response, Request, readBody } = need('fetch')
    const from = url instanceof Request ? new Request(url, init) : undefined
    const { method, body, headers: given, signal, ...rest } = from ? { ...init, ...partsOf(from) } : init
    const headers = create(null)
    for (const [name, value] of new Headers(given)) headers[name] = value
    signal?.throwIfAborted()
    const sent = from?.body ? await textOfBody(await from._take()) : await bodyText(body, headers, readBody)
    const asking = ask(invocation, 'fetch', {
      method: method === undefined ? 'GET' : String(method).toUpperCase(), // first: the host looks for it there
      ...rest,
      url: from ? from.url : String(url),
      headers,
      body: sent,
    })
    const got = await (signal ? unlessAborted(asking, signal) : asking)
    const { status, statusText, headers: answered, url: at } = got
    return new Response(got.body, { status, statusText, headers: answered, url: at ?? '' })
  }

  /** @param {any} request */
  function partsOf({ method, headers, signal, credential }) {
    return { method, headers, signal, ...(credential === undefined ? {} : { credential }) }
  }

  /** The plugin waits no longer; the host's request goes on. @param {Promise<any>} asking @param {any} signal */
  function unlessAborted(asking, signal) {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      asking.then(resolve, reject)
    })
  }

  /** @param {any} body @param {Record<string, string>} headers @param {any} readBody @returns {Promise<string | undefined>} */
  async function bodyText(body, headers, readBody) {
    if (body === undefined || body === null || typeof body === 'string') return body ?? undefined
    const { type, read } = readBody(body)
    if (type !== undefined) headers['content-type'] ??= type
    return textOfBody(await read())
  }

  /** Only text crosses. @param {string | Uint8Array} content */
  function textOfBody(content) {
    if (typeof content === 'string') return content
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
    } catch {
      throw new TypeError('The body of a fetch is text here: its bytes must be UTF-8.')
    }
  }

  /** @param {unknown} message */
  function textOf(message) {
    try {
      return String(message).slice(0, LONGEST_LINE)
    } catch {
      return 'a message that cannot be read'
    }
  }

  return { makeContext, fetchFor }
})
