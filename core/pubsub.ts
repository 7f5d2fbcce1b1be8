import { setMaxListeners } from 'node:events'
import { TraeError } from './errors.ts'

/**
 * What is told to subscribers, after the commit, as ids only: who listens reads the truth itself.
 * The web's `EventTarget` is the port; one event type per topic, `detail` as below.
 */
export interface Topics {
  'run.updated': { workspaceId: string; runId: string }
  /** `seq` is the newest journal entry of the run. */
  'run.appended': { workspaceId: string; runId: string; seq: number }
  'lead.updated': { workspaceId: string; leadId: string }
  'deal.updated': { workspaceId: string; dealId: string }
  /** Also: one of its key results has another value. */
  'objective.updated': { workspaceId: string; objectiveId: string }
  /** `from`: the first line that is new; null where none is. */
  'call.updated': { workspaceId: string; callId: string; from: number | null }
  'proposal.updated': { workspaceId: string; proposalId: string }
  /** Also: it was seen, or its form was sent. */
  'landing-page.updated': { workspaceId: string; pageId: string }
  'customer.updated': { workspaceId: string; customerId: string }
  'charge.updated': { workspaceId: string; chargeId: string }
  /** A person was told something, or has read it. */
  'notice.added': { workspaceId: string }
  'meeting.updated': { workspaceId: string; meetingId: string }
  /** Those of the last `days` days were counted again; asked for by `lookAtFigures`. */
  'figures.changed': { workspaceId: string; days: number }
  'message.created': { workspaceId: string; messageId: string; leadId: string | null }
  /** Of the step at `path`: asked for, voted on, decided or withdrawn. */
  'approval.updated': { workspaceId: string; runId: string; path: string }
  /** `requested`: it is new. */
  'decision.updated': { workspaceId: string; decisionId: string; requested: boolean }
  /** Also of one that is gone. */
  'installation.updated': { workspaceId: string; installationId: string }
  'task.updated': { workspaceId: string; taskId: string }
  'incident.updated': { workspaceId: string; incidentId: string }
  /** Also: somebody was told of it, or could not be. */
  'alert.updated': { workspaceId: string; alertId: string }
  'brain.changed': { workspaceId: string | null }
  /** Something waits for a run that another process executes: whoever it is looks at it. */
  'run.rung': { workspaceId: null; runId: string }
}
export type Topic = keyof Topics

/** The event of a target that several processes share: it was deaf for a time, and something may have happened. */
export const MISSED = 'missed'

export class PubSub {
  readonly #target: EventTarget

  constructor(target: EventTarget = new EventTarget()) {
    this.#target = target
    setMaxListeners(0, target) // one a subscriber: many is no leak
  }

  publish<T extends Topic>(topic: T, detail: Topics[T]): void {
    this.#target.dispatchEvent(new CustomEvent(topic, { detail }))
  }

  on<T extends Topic>(topic: T, listener: (detail: Topics[T]) => void): () => void {
    const heard = (event: Event) => listener((event as CustomEvent<Topics[T]>).detail)
    this.#target.addEventListener(topic, heard)
    return () => this.#target.removeEventListener(topic, heard)
  }

  /**
   * The topic as an endless async iterator, for subscriptions. Listens from the call on (not from the first `next`),
   * so that what happens between subscribing and reading is not missed. Ends when `signal` aborts or on `return()`.
   * Who does not read keeps no more than `limit` events: then the queue is dropped and the next read throws `BEHIND`. So does it
   * where other processes could not be heard for a time.
   */
  subscribe<T extends Topic>(
    topic: T,
    signal?: AbortSignal,
    limit: number = Infinity,
    concerns: (detail: Topics[T]) => boolean = () => true,
  ): AsyncIterableIterator<Topics[T]> {
    const queue: Topics[T][] = []
    let behind: string | undefined
    let wake: (() => void) | undefined
    let ended = false
    const stopHearing = this.on(topic, detail => {
      if (!concerns(detail)) return
      queue.push(detail)
      if (queue.length > limit) fallBehind('You read slower than things happen.')
      wake?.()
    })
    const missed = () => fallBehind('What happened in other processes was not heard for a time.')
    this.#target.addEventListener(MISSED, missed)
    const off = () => {
      stopHearing()
      this.#target.removeEventListener(MISSED, missed)
    }
    const fallBehind = (why: string) => {
      behind = why
      queue.length = 0
      off()
      wake?.()
    }
    const end = () => {
      ended = true
      off()
      wake?.()
    }
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted) end()
    return {
      [Symbol.asyncIterator]() {
        return this
      },
      async next() {
        while (queue.length === 0) {
          if (ended || behind) break
          await new Promise<void>(resolve => (wake = resolve))
          wake = undefined
        }
        if (behind && !ended)
          throw new TraeError('BEHIND', `${behind} Subscribe again, after the last cursor that you have.`)
        const value = queue.shift()
        return value === undefined || ended ? { value: undefined, done: true } : { value, done: false }
      },
      async return() {
        end()
        return { value: undefined, done: true }
      },
    }
  }
}
