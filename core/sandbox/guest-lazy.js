// Web standards that most plugins never touch are made when they are first asked for, so that an isolate starts no slower for
// them. `parts` are the functions of the files that prelude.js names as parts; each is given `need` for the others. What a
// part makes is frozen like everything else of the language. Trusted, but no part of the wall.
/* eslint-disable no-unused-expressions */
;(function guestLazy(/** @type {Record<string, (need: any) => Record<string, any>>} */ parts) {
  'use strict'
  const { freeze, defineProperty, getPrototypeOf, keys } = Object
  const { ownKeys } = Reflect
  /** @typedef {(part: string) => Record<string, any>} Need */
  /** @type {Record<string, readonly string[]>} */
  const globals = {
    events: ['DOMException', 'Event', 'CustomEvent', 'EventTarget', 'AbortController', 'AbortSignal'],
    body: ['Blob', 'File', 'FormData'],
    stream: ['ReadableStream'],
    fetch: ['Headers', 'Request', 'Response'],
  }
  /** @type {Record<string, Record<string, any>>} */
  const made = Object.create(null)

  /** @type {Need} */
  function need(name) {
    const part = (made[name] ??= parts[name]?.(need) ?? {})
    for (const key of keys(part)) freezeType(part[key])
    return part
  }

  /** A class, or a function. @param {any} type */
  function freezeType(type) {
    if (typeof type !== 'function' || Object.isFrozen(type)) return
    for (const holder of [type, type.prototype]) {
      if (!holder) continue
      for (const key of ownKeys(holder)) {
        const property = Object.getOwnPropertyDescriptor(holder, key)
        for (const value of [property?.value, property?.get, property?.set]) {
          if (typeof value !== 'function' || value === type) continue
          if (value.prototype && getPrototypeOf(value) !== Function.prototype) freeze(value.prototype) // of a generator
          freeze(value)
        }
      }
      freeze(holder)
    }
  }

  for (const part of keys(globals))
    for (const name of globals[part] ?? [])
      defineProperty(globalThis, name, {
        configurable: true,
        enumerable: false,
        get: () => need(part)[name],
        set: value =>
          void defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true }),
      })

  return need
})
