import { TraeError } from '../errors.ts'
import { subscribe } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import type { WatchedRun } from './show-run.ts'

/** A run that has not begun by then will not: nothing was triggered, or the lead is in one already. */
const BEGIN_MS = 15_000

/** What has been set going. */
export interface Begun {
  /** Is this the run that it has made? */
  readonly isOurs: (run: WatchedRun) => boolean
  /** The run as it was answered, where the door answers one. */
  readonly run?: WatchedRun
  /** What is said where no run begins. */
  readonly nothing: string
}

/**
 * Listens, then does `begin`, and hands every state of the run to `show`, so that nothing is missed. Answers the run when it
 * has ended, or waits and nobody wants to `follow`. Throws `CONFLICT` where none begins.
 */
export async function watchRun(
  session: HostSession,
  begin: () => Promise<Begun>,
  ended: AbortController,
  { show, follow }: { readonly show: (run: WatchedRun) => void; readonly follow: boolean },
): Promise<WatchedRun> {
  const updates = subscribe<{ runUpdated: { run: WatchedRun } }>(session, RUN_UPDATED, {}, ended.signal)
  const first = updates.next() // opens the stream
  first.catch(() => {}) // told below, where it is waited for
  const begun = await begin()
  let last = begun.run
  if (last?.finishedAt) return last
  const late = setTimeout(() => ended.abort(NOT_BEGUN), BEGIN_MS)
  try {
    for (let next = await first; !next.done; next = await updates.next()) {
      const { run } = next.value.runUpdated
      if (!begun.isOurs(run) || (last && last.id !== run.id)) continue
      clearTimeout(late)
      last = run
      show(run)
      if (run.finishedAt !== null || (run.status === 'WAITING' && !follow)) return run
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error
  } finally {
    clearTimeout(late)
  }
  if (last) return last
  throw new TraeError('CONFLICT', begun.nothing)
}

const NOT_BEGUN = new Error('no run has begun')

/** What is asked of a run that is shown. */
export const WATCHED_RUN = `id status createdAt finishedAt playbook { slug } lead { id }
    timing { totalMs queueMs startMs executeMs persistMs waitMs }
    reason { code message nextAction } cancellation { reason by { email } } error { code message }
    steps { path title status attempt depth startedAt finishedAt reason { message } error { message } }`

const RUN_UPDATED = `subscription { runUpdated { run { ${WATCHED_RUN} } } }`
