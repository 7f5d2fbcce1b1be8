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
  'guest-lazy.js',
  'guest-text.js',
  'guest-search-params.js',
  'guest-url.js',
  'guest-context.js',
  'guest.js',
  'guest-freeze.js',
]

/** Of guest-lazy.js: compiled when a plugin first asks for them, all in one script. */
const PARTS = ['events', 'body', 'stream', 'fetch', 'digest']
const ALL_PARTS = 'guest-parts.js'

/** Compiles the guest's scripts once and proves, before the first plugin, that isolates work here. @returns {Promise<Prelude>} */
export async function buildPrelude() {
  const isolate = new ivm.Isolate({ memoryLimit: 16 })
  const scripts = new Map()
  for (const name of [...SCRIPTS, ALL_PARTS]) {
    const source = name === ALL_PARTS ? allParts() : readFileSync(new URL(name, import.meta.url), 'utf8')
    const script = await isolate.compileScript(source, { filename: name, produceCachedData: true })
    scripts.set(name, { source, cache: /** @type {{ cachedData?: Cache }} */ (script).cachedData })
  }
  isolate.dispose()
  return { scripts, caches: new Map() }
}

/** One script whose value has a function for each part. Without the brackets around it V8 does not compile a function until it runs. */
function allParts() {
  const functions = PARTS.map(part => {
    const source = readFileSync(new URL(`guest-${part}.js`, import.meta.url), 'utf8')
    return `${part}: ${source.slice(source.indexOf('(function') + 1, source.lastIndexOf(')'))}`
  })
  return `({\n${functions.join(',\n')}\n})`
}

/**
 * Runs our scripts in a new context, the freezing one last. Each is one function; what it returns stays inside.
 * @param {import('isolated-vm').Isolate} isolate @param {import('isolated-vm').Context} context @param {Prelude} prelude
 * @param {import('isolated-vm').Callback} receive @param {import('./messages.js').GuestLimits} limits @returns {Promise<Doors>}
 */
export async function furnish(isolate, context, prelude, receive, limits) {
  // All at once: what an isolate costs when it is cold is mostly the way there and back
  const loading = Array.from(prelude.scripts, async ([name, { source, cache }]) => {
    const script = await isolate.compileScript(source, { filename: name, ...(cache && { cachedData: cache }) })
    return /** @type {[string, any]} */ ([name, await script.run(context, { reference: true })])
  })
  const loaded = new Map(await Promise.all(loading))
  /** @param {string} name @param {unknown[]} args @returns {Promise<any>} */
  const run = (name, ...args) => loaded.get(name).apply(undefined, args, { result: { reference: true } })

  const need = await run('guest-lazy.js', loaded.get(ALL_PARTS).derefInto())
  const [fill] = await Promise.all([
    run('guest-search-params.js'),
    run('guest-text.js', randomBytes(32).toString('hex'), need.derefInto()),
  ])
  const [doors] = await Promise.all([
    run('guest.js', receive, JSON.stringify(limits), loaded.get('guest-context.js').derefInto(), need.derefInto()),
    run('guest-url.js', fill.derefInto()),
  ])
  await run('guest-freeze.js')
  /** @param {string} name */
  const door = name => doors.get(name, { reference: true })
  const [invoke, reply, fire, forget, adopt] = await Promise.all(
    ['invoke', 'reply', 'fire', 'forget', 'adopt'].map(door),
  )
  return { invoke, reply, fire, forget, adopt }
}
