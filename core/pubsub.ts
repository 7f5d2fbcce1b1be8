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
  /** An entry of the memory was stored or changed, or is `gone`. `entryId` null: several at once, as an erasure or the end of their time takes them. */
  'memory.changed': {
    workspaceId: string
    entryId: string | null
    type: string | null
    module: string | null
    gone: boolean
  }
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
  readonly #gatherings = new Map<Topic, Gathering<Topics[Topic]>>()

  constructor(target: EventTarget = new EventTarget()) {
    this.#target = target
    setMaxListeners(0, target) // one a topic, and those of the engine: many is no leak
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
   * The topic as an endless async iterator, for subscriptions: what happened in one turn of the event loop comes together,
   * in its order and each thing once (a run that wrote ten lines has changed), as one array (at most `TOGETHER` events),
   * which is the same for all who subscribe to the same. Listens from the call on (not from the first `next`), so that what happens between subscribing and reading is not missed. Ends
   * when `signal` aborts or on `return()`. With `workspaceId` it has what concerns that workspace, and what concerns all.
   * Who does not read keeps no more than `limit` events: then the queue is dropped and the next read throws `BEHIND`. So
   * does it where other processes could not be heard for a time.
   */
  subscribe<T extends Topic>(
    topic: T,
    { signal, limit = Infinity, workspaceId }: { signal?: AbortSignal; limit?: number; workspaceId?: string } = {},
  ): AsyncIterableIterator<readonly Topics[T][]> {
    let gathering = this.#gatherings.get(topic) as Gathering<Topics[T]> | undefined
    if (!gathering) {
      const made = (gathering = new Gathering<Topics[T]>())
      this.#gatherings.set(topic, made as Gathering<Topics[Topic]>)
      this.on(topic, detail => made.add(detail))
      this.#target.addEventListener(MISSED, () => made.miss())
    }
    return gathering.join(signal, limit, workspaceId)
  }
}

/** Events of a turn that subscribers get in one piece: as many as a page of a list has rows, or half. */
const TOGETHER = 50

/** What happens on a topic, gathered for all its readers until the turn of the event loop is over. */
class Gathering<Detail extends { readonly workspaceId: string | null }> {
  readonly #readers = new Set<Reader<Detail>>()
  #details: Detail[] = []

  add(detail: Detail): void {
    if (this.#readers.size === 0) return
    if (this.#details.length === 0) setImmediate(() => this.#handOut())
    this.#details.push(detail)
  }

  join(signal: AbortSignal | undefined, limit: number, workspaceId: string | undefined) {
    this.#handOut() // what happened before is not theirs
    const reader = new Reader<Detail>(limit, workspaceId, () => {
      this.#readers.delete(reader)
      signal?.removeEventListener('abort', end)
    })
    const end = () => reader.end()
    this.#readers.add(reader)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end)
    return reader
  }

  miss(): void {
    for (const reader of this.#readers) reader.fallBehind('What happened in other processes was not heard for a time.')
  }

  #handOut(): void {
    if (this.#details.length === 0) return
    const details = [...new Map(this.#details.map(detail => [JSON.stringify(detail), detail])).values()]
    this.#details = []
    const pieces = new Map<string | undefined, readonly (readonly Detail[])[]>()
    for (const reader of this.#readers) {
      let mine = pieces.get(reader.workspaceId)
      if (!mine) pieces.set(reader.workspaceId, (mine = piecesOf(details.filter(detail => reader.isConcerned(detail)))))
      for (const piece of mine) reader.hear(piece)
    }
  }
}

class Reader<Detail extends { readonly workspaceId: string | null }> implements AsyncIterableIterator<
  readonly Detail[]
> {
  readonly workspaceId: string | undefined
  readonly #limit: number
  readonly #left: () => void
  #queue: (readonly Detail[])[] = []
  #waiting = 0
  #behind: string | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(limit: number, workspaceId: string | undefined, left: () => void) {
    this.#limit = limit
    this.workspaceId = workspaceId
    this.#left = left
  }

  isConcerned({ workspaceId }: Detail): boolean {
    return this.workspaceId === undefined || workspaceId === null || workspaceId === this.workspaceId
  }

  hear(piece: readonly Detail[]): void {
    if (this.#ended || this.#behind !== undefined) return
    this.#queue.push(piece)
    this.#waiting += piece.length
    if (this.#waiting > this.#limit) this.fallBehind('You read slower than things happen.')
    this.#wake?.()
  }

  fallBehind(why: string): void {
    this.#behind = why
    this.#leave()
  }

  end(): void {
    this.#ended = true
    this.#leave()
  }

  async next(): Promise<IteratorResult<readonly Detail[], undefined>> {
    while (this.#queue.length === 0 && !this.#ended && this.#behind === undefined)
      await new Promise<void>(resolve => (this.#wake = resolve))
    this.#wake = undefined
    if (this.#ended) return { value: undefined, done: true }
    if (this.#behind !== undefined)
      throw new TraeError('BEHIND', `${this.#behind} Subscribe again, after the last cursor that you have.`)
    const piece = this.#queue.shift()!
    this.#waiting -= piece.length
    return { value: piece, done: false }
  }

  async return(): Promise<IteratorResult<readonly Detail[], undefined>> {
    this.end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #leave(): void {
    this.#queue = []
    this.#left()
    this.#wake?.()
  }
}

function piecesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const pieces = []
  for (let at = 0; at < all.length; at += TOGETHER) pieces.push(all.slice(at, at + TOGETHER))
  return pieces
}
