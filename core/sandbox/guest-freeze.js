// Runs in the guest after our own scripts and before the plugin's: takes away what a plugin has no use for, then freezes
// every intrinsic, so that a call finds the language as the call before it found it.
/* eslint-disable no-unused-expressions, no-extend-native */
;(function freezeGuest() {
  'use strict'
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, freeze, hasOwn } = Object
  const { ownKeys, apply } = Reflect
  const scope = /** @type {Record<string, any>} */ (globalThis)

  // Code from text: the four constructors are reached through the prototypes of functions.
  const RealFunction = Function
  function NoFunction() {
    throw new TypeError('Code cannot be made from text here.')
  }
  NoFunction.prototype = RealFunction.prototype // `x instanceof Function` still works
  for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}])
    defineProperty(getPrototypeOf(sample), 'constructor', { value: NoFunction, configurable: true, writable: false })
  scope.Function = NoFunction

  for (const name of [
    'eval',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'FinalizationRegistry',
    'ShadowRealm',
    'gc',
  ])
    delete scope[name]

  // The last match of a regular expression, of whichever call made it.
  const match = ['input', 'lastMatch', 'lastParen', 'leftContext', 'rightContext', '$_', '$&', '$+', '$`', "$'"]
  for (const name of [...match, ...'123456789'].map(name => (/\d/.test(name) ? `$${name}` : name)))
    delete (/** @type {Record<string, any>} */ (/** @type {unknown} */ (RegExp))[name])

  // A frozen property cannot be overridden by assignment on an heir: `error.name = 'X'` would throw. These are the ones
  // that libraries assign, so they become accessors whose setter defines the property on the heir.
  const errors = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]
  const object = ['constructor', 'hasOwnProperty', 'isPrototypeOf', 'toLocaleString', 'toString', 'valueOf']
  for (const key of object) overridable(Object.prototype, key)
  for (const key of ['constructor', 'toString']) overridable(Function.prototype, key)
  for (const type of errors)
    for (const key of ['constructor', 'message', 'name', 'toString']) overridable(type.prototype, key)

  const seen = new Set()
  /** @param {unknown} value */
  function visit(value) {
    if (
      (typeof value !== 'object' && typeof value !== 'function') ||
      value === null ||
      value === globalThis ||
      seen.has(value)
    )
      return
    seen.add(value)
    for (const key of ownKeys(value)) {
      const property = getOwnPropertyDescriptor(value, key)
      visit(property?.value)
      visit(property?.get)
      visit(property?.set)
    }
    visit(getPrototypeOf(value))
  }
  for (const key of ownKeys(scope)) visit(getOwnPropertyDescriptor(scope, key)?.value)
  // No global names these.
  for (const sample of [async function () {}, function* () {}, async function* () {}, function* () {}.prototype])
    visit(sample)
  for (const iterable of [[], '', new Map(), new Set(), 'x'.matchAll(/x/g)])
    visit(getPrototypeOf(iterable[Symbol.iterator]()))
  visit(getPrototypeOf((async function* () {})()))
  const { Iterator } = scope // the types do not know it yet
  visit(getPrototypeOf(Iterator.prototype.map.call([].values(), String)))
  visit(getPrototypeOf(Iterator.from({ next() {} })))
  visit(getPrototypeOf(globalThis))
  // Making the first segments takes 20 ms, so they are frozen when a plugin makes some.
  const { segment } = Intl.Segmenter.prototype
  const frozen = {
    /** @this {Intl.Segmenter} @param {string} text */
    segment(text) {
      const segments = apply(segment, this, [text])
      freeze(getPrototypeOf(segments))
      freeze(getPrototypeOf(apply(iterate, segments, [])))
      return segments
    },
  }
  /** @this {Intl.Segments} */
  function iterate() {
    return this[Symbol.iterator]()
  }
  defineProperty(Intl.Segmenter.prototype, 'segment', { value: frozen.segment })
  // V8 looks here for a plain number before it makes a stack, and libraries assign it.
  for (const key of ownKeys(Error))
    if (key !== 'stackTraceLimit') defineProperty(Error, key, { writable: false, configurable: false })
  defineProperty(Error, 'stackTraceLimit', { writable: true, configurable: false })
  Object.preventExtensions(Error)
  seen.delete(Error)
  for (const value of seen) freeze(value)

  /** @param {any} holder @param {string} key */
  function overridable(holder, key) {
    const property = getOwnPropertyDescriptor(holder, key)
    if (property === undefined || !('value' in property)) return
    const { value } = property
    defineProperty(holder, key, {
      configurable: false,
      enumerable: false,
      get: () => value,
      set(/** @type {unknown} */ given) {
        if (this === holder) throw new TypeError(`${key} is frozen here.`)
        if (hasOwn(this, key)) this[key] = given
        else defineProperty(this, key, { value: given, writable: true, enumerable: true, configurable: true })
      },
    })
  }
})
