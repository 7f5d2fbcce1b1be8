/** What the decision is made of. */
export interface Load {
  /** Processes at work now. */
  readonly workers: number
  /** Events and runs that are due and that nobody has taken up. */
  readonly queued: number
  /** Age of the oldest of them. */
  readonly oldestSeconds: number
  /** Of the last five minutes, a minute. */
  readonly arrivals: number
  readonly finished: number
  /** Mean share of one core that the processes use, 0–1 and more. */
  readonly cpu: number
}

/** Why so many: the figure that asks for it. */
export interface ScalingReason {
  readonly code: 'queue' | 'age' | 'arrivals' | 'cpu' | 'idle'
  readonly figure: number
}

export interface Recommendation {
  readonly workers: number
  readonly reasons: readonly ScalingReason[]
  readonly changedAt: Date
  /** Where the figures point, and since when without a break. */
  readonly wanted: 'up' | 'down' | null
  readonly wantedSince: Date | null
}

/** What one process has in its queue at most, when things wait at all. */
const QUEUE_PER_WORKER = 20
/** Younger is no waiting: the next look takes it up. */
const WAITING_S = 5
const OLD_S = 60
/** A process turns on one core: above this it has nothing to spare; those that are left after one goes stay below the other. */
const BUSY = 0.8
const CALM = 0.5
const UP_AFTER_MS = 30_000
const DOWN_AFTER_MS = 300_000
const DOWN_EVERY_MS = 60_000

/**
 * How many processes there should be. State machine: the figures ask for more for 30 s without a break → as many as they
 * ask for, twice as many as there are at most; they ask for fewer for 5 min → one less, and one more a minute; anything else
 * → as it is. So a short burst starts nothing, and a pause stops nothing. Pure; what it is asked by stands in `reasons`.
 */
export function recommendWorkers(
  before: Recommendation,
  load: Load,
  { least, most }: { readonly least: number; readonly most: number },
  now: Date,
): Recommendation {
  const { workers: asked, reasons } = askedFor(load)
  const workers = Math.min(most, Math.max(least, asked))
  const bounded = Math.min(most, Math.max(least, before.workers))
  const wanted: Recommendation['wanted'] = workers > bounded ? 'up' : workers < bounded ? 'down' : null
  const since = wanted === null ? null : before.wanted === wanted && before.wantedSince ? before.wantedSince : now
  const kept = { ...before, workers: bounded, wanted, wantedSince: since }
  const passed = since ? now.getTime() - since.getTime() : 0
  if (wanted === 'up' && passed >= UP_AFTER_MS)
    return { workers, reasons, changedAt: now, wanted: null, wantedSince: null }
  const rested = now.getTime() - before.changedAt.getTime() >= DOWN_EVERY_MS
  if (wanted === 'down' && passed >= DOWN_AFTER_MS && rested)
    return { ...kept, workers: bounded - 1, reasons, changedAt: now }
  return kept
}

/** What the figures of this moment ask for, from what there is now: who has been asked for and is still starting is not asked for again. */
function askedFor({ workers, queued, oldestSeconds, arrivals, finished, cpu }: Load): {
  workers: number
  reasons: ScalingReason[]
} {
  const there = Math.max(1, workers)
  const waits = oldestSeconds >= WAITING_S
  const asks: (ScalingReason & { readonly workers: number })[] = []
  if (waits && queued > there * QUEUE_PER_WORKER)
    asks.push({ code: 'queue', figure: queued, workers: Math.ceil(queued / QUEUE_PER_WORKER) })
  if (oldestSeconds >= OLD_S) asks.push({ code: 'age', figure: oldestSeconds, workers: there + 1 })
  if (waits && arrivals > finished * 1.2)
    asks.push({
      code: 'arrivals',
      figure: arrivals,
      workers: Math.ceil((there * arrivals) / Math.max(1, finished)),
    })
  if (cpu > BUSY) asks.push({ code: 'cpu', figure: cpu, workers: there + 1 })
  const more = asks.filter(ask => ask.workers > there)
  if (more.length > 0) {
    const highest = Math.max(...more.map(ask => ask.workers))
    return { workers: Math.min(there * 2, highest), reasons: more.map(({ code, figure }) => ({ code, figure })) }
  }
  const calm = !waits && there > 1 && (cpu * there) / (there - 1) < CALM
  return calm ? { workers: there - 1, reasons: [{ code: 'idle', figure: cpu }] } : { workers: there, reasons: [] }
}
