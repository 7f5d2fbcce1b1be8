// All that crosses the wall between the engine and a runner process, in both directions. Plain JavaScript because the
// runner reads it too (see runner.js).
//
//   frame = u32 length of the rest | u8 kind | u32 call | UTF-8 payload         (big endian)
//
//   LOAD    host → runner   `digest \n bundle`                  the runner keeps it until EVICT
//   INVOKE  host → runner   `header JSON \n context JSON \n input JSON`, header = InvokeHeader
//   REPLY   host → runner   `n ok JSON`                         answers CALL n; ok is 1 or 0 ({code, message, retryable, retryAfter})
//   CANCEL  host → runner   nothing                             the runner answers FAIL, or it is killed
//   EVICT   host → runner   `digest`                            forget the bundle, dispose its isolates
//   HELLO   runner → host   nothing                             self-test passed
//   CALL    runner → host   `n op JSON`                         a capability is asked for; numbered from 1 within the call
//   NOTE    runner → host   `n op JSON`                         log and progress: numbered apart, never answered
//   RESULT  runner → host   `cpuMs JSON`                        ends the call: what the plugin returned
//   FAIL    runner → host   `cpuMs Failure JSON`                ends the call: what the plugin threw, in the guest's words
//   VERDICT runner → host   Verdict JSON                        ends the call: what the runner saw, whatever the plugin says
//   STUCK   runner → host   Stuck JSON                          last words before the runner kills itself
//
// The host trusts none of the runner's: unknown calls are dropped, `op` is a closed list, who a call belongs to comes
// from the host's own table, sizes are checked again. A frame over MAX_FRAME_BYTES ends the runner.

/**
 * @typedef {object} InvokeHeader
 * @property {string} isolate   names the isolate: one per bundle and workspace
 * @property {string} digest
 * @property {string} entry
 * @property {number} memoryMb
 * @property {number} cpuMs
 * @property {number} calls     that its isolate serves, this one among them
 */

/**
 * @typedef {object} Failure
 * @property {string} message
 * @property {string} [code]        as the plugin's error carried it; whether it counts is the host's business
 * @property {boolean} [retryable]
 * @property {number} [retryAfter]  seconds
 * @property {string} [stack]       lines of the bundle
 */

/**
 * @typedef {object} Verdict
 * @property {'TIMEOUT' | 'MEMORY' | 'LOAD' | 'RETRY'} verdict   RETRY: the isolate went because of another call
 * @property {string} message
 * @property {number} cpuMs
 */

/**
 * @typedef {object} Stuck
 * @property {string} isolate       empty when no single one is to blame
 * @property {number} call          0 when none is known
 * @property {'TIMEOUT' | 'MEMORY'} verdict
 */

/** @typedef {{ kind: number, call: number, text: string }} Frame */

// A runner gets these once, on its command line.

/**
 * @typedef {object} RunnerOptions
 * @property {number} rssMb          resident memory at which the process looks for the culprit
 * @property {number} watchMs
 * @property {number} killAfterMs
 * @property {number} idleMs         without a call, after which warm isolates are given up
 * @property {number} isolates       kept warm, least recently used goes first
 * @property {number} loadCpuMs      for the bundle's top-level code
 * @property {GuestLimits} guest
 */

/**
 * @typedef {object} GuestLimits   counted in the guest, so that a flood never reaches a socket
 * @property {number} textLength     longest result and argument, UTF-16 units
 * @property {number} calls
 * @property {number} callsAtOnce
 * @property {number} askedLength    arguments of a call in all, UTF-16 units
 * @property {number} logLines
 * @property {number} logLength
 * @property {number} logTotal
 * @property {number} timers
 * @property {number} timersAtOnce
 */

export const KIND = /** @type {const} */ ({
  LOAD: 0,
  INVOKE: 1,
  REPLY: 2,
  CANCEL: 3,
  EVICT: 4,
  HELLO: 5,
  CALL: 6,
  NOTE: 7,
  RESULT: 8,
  FAIL: 9,
  VERDICT: 10,
  STUCK: 11,
})

/** Capabilities that are answered, then those that are not. */
export const CALL_OPS = /** @type {const} */ ([
  'fetch',
  'hmac',
  'credential',
  'hook',
  'records',
  'storage',
  'events',
  'llm',
  'memory',
  'schedule',
])
export const NOTE_OPS = /** @type {const} */ (['log', 'progress'])

export const MAX_FRAME_BYTES = 16 * 1024 * 1024
const HEAD_BYTES = 9
const SLAB_BYTES = 64 * 1024

/** Gathers frames; `take()` hands over what was gathered, to be written at once. */
export class FrameWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  #start = 0
  #end = 0
  /** @type {Buffer[]} */
  #full = []

  /** @param {number} kind @param {number} call @param {string} text */
  add(kind, call, text) {
    // Three bytes a UTF-16 unit is the most that UTF-8 takes; long texts are counted rather than over-allocated.
    const room = HEAD_BYTES + (text.length < 4096 ? text.length * 3 : Buffer.byteLength(text))
    if (this.#end + room > this.#slab.length) {
      if (this.#end > this.#start) this.#full.push(this.#slab.subarray(this.#start, this.#end))
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, room))
      this.#start = this.#end = 0
    }
    const at = this.#end
    const bytes = this.#slab.write(text, at + HEAD_BYTES)
    this.#slab.writeUInt32BE(bytes + 5, at)
    this.#slab[at + 4] = kind
    this.#slab.writeUInt32BE(call, at + 5)
    this.#end = at + HEAD_BYTES + bytes
  }

  /** @returns {Buffer[]} parts that are never written to again */
  take() {
    const parts = this.#full
    if (this.#end > this.#start) parts.push(this.#slab.subarray(this.#start, this.#end))
    this.#full = []
    this.#start = this.#end
    return parts
  }
}

/** Cuts a byte stream into frames. Throws when a frame announces more than MAX_FRAME_BYTES. */
export class FrameReader {
  /** @type {Buffer[]} */
  #chunks = []
  #bytes = 0
  #need = 4

  /** @param {Buffer} chunk @param {(frame: Frame) => void} each */
  push(chunk, each) {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < this.#need) return
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes)
    let at = 0
    this.#need = 4
    while (data.length - at >= 4) {
      const length = data.readUInt32BE(at)
      if (length < 5 || length > MAX_FRAME_BYTES) throw new RangeError(`A frame announced ${length} bytes.`)
      if (data.length - at < 4 + length) {
        this.#need = 4 + length
        break
      }
      each({
        kind: /** @type {number} */ (data[at + 4]),
        call: data.readUInt32BE(at + 5),
        text: data.toString('utf8', at + HEAD_BYTES, at + 4 + length),
      })
      at += 4 + length
    }
    this.#bytes = data.length - at
    this.#chunks = this.#bytes > 0 ? [data.subarray(at)] : []
  }
}
