import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import ivm from 'isolated-vm'

/**
 * @typedef {import('isolated-vm').ExternalCopy<ArrayBuffer>} Cache   V8's code cache: made here, from sources we have checked
 * @typedef {{ source: string, cache: Cache | undefined }} Code
 * @typedef {{ scripts: Map<string, Code>, caches: Map<string, Cache> }} Prelude   our scripts; caches of bundles by digest
 * @typedef {Record<'invoke' | 'reply' | 'fire' | 'forget' | 'adopt', any>} Doors   References to functions of the guest
 */

const SCRIPTS = [
  'guest-text.js',
  'guest-search-params.js',
  'guest-url.js',
  'guest-fetch.js',
  'guest-context.js',
  'guest.js',
  'guest-freeze.js',
]

/** Compiles the guest's scripts once and proves, before the first plugin, that isolates work here. @returns {Promise<Prelude>} */
export async function buildPrelude() {
  const isolate = new ivm.Isolate({ memoryLimit: 16 })
  const scripts = new Map()
  for (const name of SCRIPTS) {
    const source = readFileSync(new URL(name, import.meta.url), 'utf8')
    const script = await isolate.compileScript(source, { filename: name, produceCachedData: true })
    scripts.set(name, { source, cache: /** @type {{ cachedData?: Cache }} */ (script).cachedData })
  }
  isolate.dispose()
  return { scripts, caches: new Map() }
}

/**
 * Runs our scripts in a new context, the freezing one last. Each is one function; what it returns stays inside.
 * @param {import('isolated-vm').Isolate} isolate @param {import('isolated-vm').Context} context @param {Prelude} prelude
 * @param {import('isolated-vm').Callback} receive @param {import('./messages.js').GuestLimits} limits @returns {Promise<Doors>}
 */
export async function furnish(isolate, context, prelude, receive, limits) {
  /** @param {string} name @returns {Promise<any>} */
  const load = async name => {
    const code = prelude.scripts.get(name)
    if (code === undefined) throw new Error(`${name} is no script of the guest.`)
    const script = await isolate.compileScript(code.source, {
      filename: name,
      ...(code.cache && { cachedData: code.cache }),
    })
    return script.run(context, { reference: true })
  }
  /** @param {string} name @param {unknown[]} args @returns {Promise<any>} */
  const run = async (name, ...args) => (await load(name)).apply(undefined, args, { result: { reference: true } })

  await run('guest-text.js', randomBytes(32).toString('hex'))
  const fill = await run('guest-search-params.js')
  await run('guest-url.js', fill.derefInto())
  await run('guest-fetch.js')
  const guestContext = await load('guest-context.js')
  const doors = await run('guest.js', receive, JSON.stringify(limits), guestContext.derefInto())
  await run('guest-freeze.js')
  /** @param {string} name */
  const door = name => doors.get(name, { reference: true })
  return {
    invoke: await door('invoke'),
    reply: await door('reply'),
    fire: await door('fire'),
    forget: await door('forget'),
    adopt: await door('adopt'),
  }
}
