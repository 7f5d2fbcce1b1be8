import { isWithin } from '../playbooks/playbook.ts'
import type { Fiber } from './step-outcome.ts'

/** What is being sent when nobody wants it any more has so long to get its answer. */
const EFFECT_GRACE_MS = 3000

/** What only reads or thinks, and what writes or sends. */
type Kind = 'read' | 'effect'

interface Call {
  readonly kind: Kind
  readonly fiber: Fiber
  /** Made in `finally`: nobody stops that. */
  readonly isLast: boolean
  readonly ending: AbortController
  grace?: NodeJS.Timeout
}

/**
 * The calls of a run that are under way, and how they end when nobody wants them any more: the run is to stop, another
 * branch has won, or time is up. What reads or thinks is broken off at once; what writes or sends gets its answer, or is
 * broken off before long, and the reason of its signal says why. An effect is never abandoned: whoever goes on where its
 * step stands waits until its outcome is written.
 */
export class CallsUnderWay {
  readonly #calls = new Set<Call>()
  readonly #effects = new Map<Promise<unknown>, string>()
  readonly #stopped = new Set<Kind>()

  /** Lets `make` call with a signal that ends the call. */
  async during<T>(
    call: Pick<Call, 'kind' | 'fiber' | 'isLast'>,
    make: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const made: Call = { ...call, ending: new AbortController() }
    this.#calls.add(made)
    if (this.#stopped.has(made.kind) && !made.isLast) made.ending.abort(STOPPED)
    else if (made.fiber.cancelled) made.ending.abort('it was needed no longer')
    try {
      return await make(made.ending.signal)
    } finally {
      clearTimeout(made.grace)
      this.#calls.delete(made)
    }
  }

  /** The run is to stop: what reads ends, for `effect` what writes or sends as well, and none begins but in `finally`. */
  stop(upTo: Kind): void {
    this.#end(call => !call.isLast && (upTo === 'effect' || call.kind === 'read'), STOPPED)
    this.#stopped.add('read').add(upTo)
  }

  get isStopped(): boolean {
    return this.#stopped.size > 0
  }

  /** Ends the calls of lines of steps that are cancelled by now. */
  endCancelled(why: string): void {
    this.#end(call => call.fiber.cancelled, why)
  }

  #end(isUnwanted: (call: Call) => boolean, why: string): void {
    for (const call of this.#calls) {
      if (!isUnwanted(call)) continue
      if (call.kind === 'read') call.ending.abort(why)
      else call.grace ??= setTimeout(() => call.ending.abort(why), EFFECT_GRACE_MS).unref()
    }
  }

  /** An effect at `path`, from its intent to its outcome: the run does not end before that is written. */
  track<T>(path: string, effect: Promise<T>): Promise<T> {
    this.#effects.set(effect, path)
    const done = () => this.#effects.delete(effect)
    effect.then(done, done)
    return effect
  }

  /** Resolves when no effect is under way, or none of the steps at this path and inside it. */
  async effectsSettled(outer?: string): Promise<void> {
    for (;;) {
      const open = [...this.#effects]
        .filter(([, path]) => outer === undefined || isWithin(path, outer))
        .map(([effect]) => effect)
      if (open.length === 0) return
      await Promise.allSettled(open)
      await new Promise(resolve => setImmediate(resolve)) // whoever waited for them has written what they came to
    }
  }
}

const STOPPED = 'the run was asked to stop'
