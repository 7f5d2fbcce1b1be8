// The runner: a child process of the engine, started as
//   node --jitless --no-node-snapshot … runner.js <options JSON>      with the socket of the engine at file descriptor 3.
// Its main thread moves frames and watches; plugin code runs on isolated-vm's own threads, one isolate per bundle and
// workspace. It is plain JavaScript because Node strips types with WebAssembly, which `--jitless` switches off.
//
// It ends by SIGKILL only: a thread that V8 cannot stop makes every polite exit hang or crash.
import { Socket } from 'node:net'
import { FrameReader, FrameWriter, KIND } from './messages.js'
import { PluginIsolate } from './plugin-isolate.js'
import { buildPrelude } from './prelude.js'

/** @typedef {import('./messages.js').RunnerOptions} RunnerOptions */

const options = /** @type {RunnerOptions} */ (JSON.parse(process.argv[2] ?? '{}'))
const socket = new Socket({ fd: 3, readable: true, writable: true })
const reader = new FrameReader()
const writer = new FrameWriter()
let flushing = false
/** Resident memory, as a part of `rssMb`, at which warm isolates are given up. */
const SOFT_MARK = 0.7
/** @type {NodeJS.Timeout | undefined} */
let watching
let quietSince = Date.now()

/** @type {Map<string, string>} */
const bundles = new Map()
/** Takes new calls; in order of last use. @type {Map<string, PluginIsolate>} */
const isolates = new Map()
/** Also those that only finish what they began. @type {Set<PluginIsolate>} */
const living = new Set()
/** @type {Map<number, PluginIsolate>} */
const calls = new Map()

const wall = {
  /** @param {number} kind @param {number} call @param {string} text */
  send(kind, call, text) {
    if (kind === KIND.RESULT || kind === KIND.FAIL || kind === KIND.VERDICT) calls.delete(call)
    writer.add(kind, call, text)
    if (flushing) return
    flushing = true
    setImmediate(flush)
  },
  /** Last words, then the end. @param {import('./messages.js').Stuck} stuck */
  die(stuck) {
    writer.add(KIND.STUCK, 0, JSON.stringify(stuck))
    flush()
    socket.write('', () => end())
    setTimeout(end, 50)
  },
  /** A turn begins: somebody must look at the clock. */
  busy() {
    watching ??= setInterval(watch, options.watchMs)
    quietSince = Date.now()
  },
  /** @param {PluginIsolate} isolate */
  gone(isolate) {
    living.delete(isolate)
  },
}

/** @param {string} text @param {number} call */
function invoke(text, call) {
  const first = text.indexOf('\n')
  const second = text.indexOf('\n', first + 1)
  const header = /** @type {import('./messages.js').InvokeHeader} */ (JSON.parse(text.slice(0, first)))
  const isolate = isolateFor(header)
  if (isolate === undefined)
    return wall.send(KIND.VERDICT, call, JSON.stringify({ verdict: 'RETRY', message: 'no bundle', cpuMs: 0 }))
  calls.set(call, isolate)
  isolate.invoke(call, header, text.slice(first + 1, second), text.slice(second + 1))
}

/** @param {import('./messages.js').InvokeHeader} header */
function isolateFor(header) {
  let isolate = isolates.get(header.isolate)
  if (isolate !== undefined) isolates.delete(header.isolate)
  if (isolate === undefined || !isolate.welcomes(header)) {
    isolate?.retire()
    const source = bundles.get(header.digest)
    if (source === undefined) return undefined
    isolate = new PluginIsolate(header, source, options, prelude, wall)
    living.add(isolate)
    for (const [name, oldest] of isolates) {
      if (isolates.size < options.isolates) break
      isolates.delete(name)
      oldest.retire()
    }
  }
  isolates.set(header.isolate, isolate) // now the last used
  return isolate
}

/** @param {string} digest */
function evict(digest) {
  bundles.delete(digest)
  prelude.caches.delete(digest)
  for (const [name, isolate] of isolates) {
    if (isolate.digest !== digest) continue
    isolates.delete(name)
    isolate.retire()
  }
}

/** @param {import('./messages.js').Frame} frame */
function receive({ kind, call, text }) {
  if (kind === KIND.INVOKE) return invoke(text, call)
  if (kind === KIND.REPLY) return calls.get(call)?.reply(call, text)
  if (kind === KIND.CANCEL) return calls.get(call)?.cancel(call)
  if (kind === KIND.EVICT) return evict(text)
  if (kind === KIND.LOAD) bundles.set(text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1))
}

function flush() {
  flushing = false
  for (const part of writer.take()) socket.write(part)
}

/** @returns {never} */
function end() {
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal comes before the next turn of the loop
}

/** Charges CPU to the turns that are running and looks at the memory of the process. Sleeps when there is nothing to do. */
function watch() {
  let running = 0
  /** @type {PluginIsolate | undefined} */
  let suspect
  for (const isolate of living) {
    if (!isolate.watch()) continue
    running++
    suspect = isolate
  }
  if (running > 0) quietSince = Date.now()
  else if (Date.now() - quietSince > options.idleMs) return rest()
  const rss = process.memoryUsage.rss() / (1024 * 1024)
  if (running === 0 && rss > options.rssMb * SOFT_MARK) return retireAll()
  if (running === 0 || rss < options.rssMb) return
  if (running === 1) suspect?.overMemory()
  else wall.die({ isolate: '', call: 0, verdict: 'MEMORY' }) // the host finds out who it was, each alone
}

/** Nobody has called for a while: warm isolates give their memory back, and the clock stops. */
function rest() {
  retireAll()
  clearInterval(watching)
  watching = undefined
}

function retireAll() {
  for (const isolate of isolates.values()) isolate.retire()
  isolates.clear()
}

for (const event of ['close', 'error', 'end']) socket.on(event, end) // the engine is gone, and so are we
process.on('uncaughtException', error => {
  process.stderr.write(`${error.stack}\n`)
  end()
})
const prelude = await buildPrelude()
socket.on('data', chunk => reader.push(chunk, receive))
wall.send(KIND.HELLO, 0, '')
