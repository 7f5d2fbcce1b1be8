import { createHash } from 'node:crypto'
import { type ErrorCode, TraeError } from '../errors.ts'
import type { Log } from '../log.ts'
import { checkJson, cleanJson, parseJson, plainText } from './check-json.ts'
import type { HostLimits } from './limits.ts'
import { CALL_OPS, type Failure, NOTE_OPS } from './messages.js'
import type { HostOp, SandboxCall, SandboxResult } from './call.ts'

interface Answer {
  readonly ok: 0 | 1
  readonly text: string
}
interface Asked {
  readonly op: string
  /** The argument, or its SHA-256 where it is long. */
  readonly text: string
  readonly repeatable: boolean
  /** Of `Invocation.id`: the attempt that asked last. */
  attempt: number
  /** Not kept where asking again does no more and the answer is too much to remember. */
  answer: Promise<Answer> | undefined
}

/** One isolate for each bundle and workspace. */
export const isolateOf = ({ code, workspaceId }: SandboxCall): string => `${code.digest} ${workspaceId}`

/** What a plugin's own error may say of itself. The verdicts of the sandbox are not among them. */
const PLUGIN_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'VALIDATION',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'PERMISSION',
  'NOT_FOUND',
  'CONFLICT',
  'RATE_LIMITED',
  'UNAVAILABLE',
])

/**
 * One call of a plugin, over all its attempts. It remembers what it asked the host and what it was answered: when its
 * runner dies and it is replayed, the n-th question gets the recorded answer and nothing is done twice.
 */
export class Invocation {
  readonly call: SandboxCall
  readonly isolate: string
  readonly promise: Promise<SandboxResult>
  /** Number of this attempt on the wire; frames of an earlier attempt find nobody. */
  id = 0
  attempts = 0
  settled = false
  /** Set while a runner has it. */
  sent = false
  timer: NodeJS.Timeout | undefined
  /** Ends it from outside: set by the lane that has it. */
  stop: (error: TraeError) => void = error => this.fail(error)
  readonly #limits: HostLimits
  readonly #log: Log
  readonly #asked = new Map<number, Asked>()
  readonly #issued = new Set<string>()
  #notes = 0
  #waiting = 0
  /** Characters of questions in this attempt, and of answers that are kept. */
  #askedLength = 0
  #remembered = 0
  #resolve!: (result: SandboxResult) => void
  #reject!: (error: TraeError) => void
  #onSettled: (() => void) | undefined

  constructor(call: SandboxCall, limits: HostLimits, log: Log) {
    this.call = call
    this.isolate = isolateOf(call)
    this.#limits = limits
    this.#log = log
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  onSettled(listener: () => void): void {
    this.#onSettled = listener
  }

  /** A RESULT frame: `cpuMs JSON`. */
  succeed(text: string): void {
    const space = text.indexOf(' ')
    const output = text.slice(space + 1)
    const { outputBytes: bytes, jsonDepth: depth, jsonNodes: nodes } = this.#limits
    try {
      checkJson(output, { bytes, depth, nodes }, 'The result')
      const clean = cleanJson(output, 'The result')
      if (!this.#settle()) return
      this.#resolve({ output: clean, cpuMs: Number(text.slice(0, space)) || 0 })
    } catch (error) {
      this.fail(
        error instanceof TraeError ? error : new TraeError('PLUGIN', 'The result is not JSON.', { cause: error }),
      )
    }
  }

  /** A FAIL frame, `cpuMs Failure`: what the plugin threw. Classified by what the host itself knows. */
  failAsPlugin(text: string): void {
    let failure: Partial<Failure> = {}
    try {
      failure = parseJson(text.slice(text.indexOf(' ') + 1)) as Partial<Failure>
    } catch {
      // The guest's bootstrap writes JSON; whoever does not is a plugin that failed all the same.
    }
    const { code, message, retryable, retryAfter, stack } = failure
    const known = typeof code === 'string' && (PLUGIN_CODES.has(code) || this.#issued.has(code))
    this.fail(
      new TraeError(
        known ? (code as ErrorCode) : 'PLUGIN',
        typeof message === 'string' && message ? plainText(message.slice(0, LONGEST_MESSAGE)) : 'The plugin failed.',
        {
          ...(typeof retryable === 'boolean' ? { retryable } : {}),
          ...(typeof retryAfter === 'number' && retryAfter >= 0
            ? { retryAfter: Math.min(retryAfter, LONGEST_RETRY_SECONDS) }
            : {}),
          details: {
            ...(typeof stack === 'string' ? { stack: plainText(stack.slice(0, LONGEST_STACK)) } : {}),
            ...(code && !known ? { pluginCode: plainText(String(code).slice(0, 100)) } : {}),
          },
        },
      ),
    )
  }

  fail(error: TraeError): void {
    if (this.#settle()) this.#reject(error)
  }

  #settle(): boolean {
    if (this.settled) return false
    this.settled = true
    clearTimeout(this.timer)
    this.#onSettled?.()
    return true
  }

  /** A CALL frame, `n op JSON`; `reply` gets `n ok JSON`. Throws on what no guest of ours sends. */
  answer(frame: string, reply: (text: string) => void): void {
    const { n, op, text } = this.#read(frame, CALL_OPS, this.#limits.hostCalls)
    const attempt = this.id
    const mark = text.length <= 256 ? text : createHash('sha256').update(text).digest('hex')
    const before = this.#asked.get(n)
    if (before?.attempt === attempt) throw new Error(`A runner asked question ${n} of a call twice.`)
    if (before !== undefined && (before.op !== op || before.text !== mark)) this.#diverged(n)
    if (this.settled) return
    if (n === 1) this.#askedLength = 0
    this.#askedLength += text.length
    const asked = this.#asked.get(n) ?? {
      op,
      text: mark,
      repeatable: isRepeatable(op, text),
      attempt,
      answer: undefined,
    }
    this.#asked.set(n, asked)
    asked.attempt = attempt
    const answer = (asked.answer ??= this.#ask(op, text))
    void answer.then(({ ok, text: said }) => {
      if (asked.answer === answer) this.#remember(asked, said.length)
      if (this.id === attempt && !this.settled) reply(`${n} ${ok} ${said}`)
    })
  }

  /** Answers are kept for a replay. A plugin that reads a lot is read to again instead: the host's memory is not its store. */
  #remember(asked: Asked, length: number): void {
    if (asked.repeatable && this.#remembered + length > this.#limits.rememberedBytes / 4) asked.answer = undefined
    else this.#remembered += length
  }

  /** A NOTE frame: log and progress. Those told before a replay are not told again. */
  note(frame: string): void {
    const { n, op, text } = this.#read(frame, NOTE_OPS, this.#limits.logLines)
    if (n <= this.#notes || this.settled) return
    this.#notes = n
    void this.#ask(op, text.replace(NOT_PLAIN, '\\ufffd'))
  }

  #read(frame: string, ops: readonly HostOp[], most: number): { n: number; op: HostOp; text: string } {
    const first = frame.indexOf(' ')
    const second = frame.indexOf(' ', first + 1)
    const n = Number(frame.slice(0, first))
    const op = ops.find(known => known === frame.slice(first + 1, second))
    if (op === undefined || !Number.isInteger(n) || n < 1 || n > most)
      throw new Error(`A runner sent '${frame.slice(0, 40)}'.`)
    return { n, op, text: frame.slice(second + 1) }
  }

  /** Never rejects: what the capability throws becomes data, and only code and message of it. */
  async #ask(op: HostOp, text: string): Promise<Answer> {
    const { outputBytes: bytes, jsonDepth: depth, jsonNodes: nodes, hostCallsAtOnce } = this.#limits
    this.#waiting++
    try {
      if (this.#waiting > hostCallsAtOnce * 2)
        throw new TraeError('RATE_LIMITED', 'Too many questions to the host at once.')
      if (this.#askedLength > this.#limits.askedBytes || this.#remembered > this.#limits.rememberedBytes)
        throw new TraeError(
          'RATE_LIMITED',
          'The call has asked the host for more than one call may; make it smaller.',
          {
            retryable: false,
          },
        )
      const what = `The argument of ctx.${op}`
      checkJson(text, { bytes, depth, nodes }, what)
      // What is fetched is never stored, and what is told was cleaned
      const argument = parseJson(
        text,
        op === 'records' || op === 'events' || op === 'storage' || op === 'schedule' || op === 'memory'
          ? what
          : undefined,
      )
      const answered = await this.call.host(op, argument)
      const { answerBytes } = this.#limits
      const answer = leastJson(answered) > answerBytes ? undefined : (JSON.stringify(answered) ?? 'null')
      if (answer === undefined || answer.length > answerBytes)
        throw new TraeError(
          'PAYLOAD_TOO_LARGE',
          `The answer to ctx.${op} has more than ${answerBytes} characters of JSON.`,
        )
      return { ok: 1, text: answer }
    } catch (error) {
      return { ok: 0, text: JSON.stringify(this.#errorForGuest(error, op)) }
    } finally {
      this.#waiting--
    }
  }

  #errorForGuest(error: unknown, op: HostOp): Failure {
    if (error instanceof TraeError) {
      this.#issued.add(error.code)
      const { code, message, retryable, retryAfter } = error
      return { code, message, retryable, ...(retryAfter === undefined ? {} : { retryAfter }) }
    }
    this.#log.error({ err: error, op }, 'a capability of the host failed')
    this.#issued.add('INTERNAL')
    return { code: 'INTERNAL', message: `ctx.${op} failed in the host.`, retryable: false }
  }

  /** The replay asks something else than before. That is fine unless the answer it will not hear was to an effect. */
  #diverged(n: number): void {
    const later = [...this.#asked].filter(([number]) => number >= n)
    if (later.every(([, asked]) => asked.repeatable)) return later.forEach(([number]) => this.#asked.delete(number))
    this.stop(
      new TraeError(
        'UNKNOWN_OUTCOME',
        `The sandbox died under this call, and its replay took another way after ${n - 1} calls of the host. What the first try did stands; check before running it again.`,
      ),
    )
  }
}

/** Asked again, it does no more than asked once. The guest writes the telling key first; what comes later is the plugin's. */
function isRepeatable(op: HostOp, text: string): boolean {
  if (op === 'fetch') return /^\{"method":"(GET|HEAD)"/.test(text)
  if (op === 'credential' || op === 'hmac' || op === 'hook') return true
  if (op === 'memory') return /^\{"verb":"(retrieve|search|getContext)"/.test(text)
  return (op === 'storage' || op === 'schedule') && text.startsWith('{"verb":"get"')
}

/** A day: a run is not parked for ever because a plugin says so. */
const LONGEST_RETRY_SECONDS = 86_400
const LONGEST_MESSAGE = 2_000
const LONGEST_STACK = 4_000
/** In JSON: control characters but line breaks and tabs, and halves of surrogate pairs. */
const NOT_PLAIN = /\\u(?:00[01][0-9a-f]|d[89a-f][0-9a-f]{2})|[\x7f-\x9f]/gi

/**
 * At least how many characters of JSON a text, or the texts of an object, will be: a control character becomes six. Counting two million
 * of them takes 5 ms, writing them 150, in which the event loop stands.
 */
function leastJson(value: unknown): number {
  const texts = value !== null && typeof value === 'object' ? Object.values(value) : [value]
  let length = 0
  for (const text of texts) {
    if (typeof text !== 'string') continue
    length += text.length
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 8) length += 5
  }
  return length
}
