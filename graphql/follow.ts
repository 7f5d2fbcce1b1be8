import { stillSignedIn } from '../core/access/authenticate.ts'
import type { Topic, Topics } from '../core/pubsub.ts'
import { type Context, viewerOf } from './context.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { Pieces } from './pieces.ts'

/** What a timer holds; the viewer is looked at before each event anyway. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Events that wait for a subscriber who reads slowly. */
const QUEUE = 10_000

/**
 * A topic as a subscription sees it: what happens in the viewer's workspace, from this call on; what one turn of the event
 * loop brings comes in one piece (`Pieces`). Before each piece the viewer is looked at again; it ends when their session or
 * access token does, when the server closes, and as soon as the client is gone; who reads so slowly that 10,000 events wait
 * is told to subscribe again (`BEHIND`). `show` makes the payloads of an event, once for all who ask the same with the same
 * rights: it may look at nothing but the event, the arguments and the workspace, or must say `own`, and is then asked of one
 * event after the other. `start` makes what comes before the first one; `over` is called once
 * when it has ended, in whichever way.
 */
export function follow<T extends Topic, Payload>(
  context: Context,
  topic: T,
  show: (detail: Topics[T]) => Promise<readonly Payload[]>,
  {
    start = () => [],
    own = false,
    over = () => {},
  }: {
    readonly start?: () => AsyncIterable<readonly Payload[]> | readonly (readonly Payload[])[]
    readonly own?: boolean
    readonly over?: () => void
  } = {},
): Pieces<Payload> {
  const viewer = viewerOf(context)
  const left = new AbortController()
  const until = viewer.expiresAt.getTime() - context.core.clock.now().getTime()
  const signal = AbortSignal.any([
    left.signal,
    context.closing,
    AbortSignal.timeout(Math.min(Math.max(0, until), LONGEST_TIMER)),
  ])
  const { workspaceId } = viewer
  if (signal.aborted) over()
  else signal.addEventListener('abort', over, { once: true })
  const happening = context.core.pubsub.subscribe(topic, { signal, limit: QUEUE, workspaceId }) // listens before anything is read: no gap
  const pieces = (async function* () {
    try {
      yield* start()
      for await (const details of happening) {
        if (!(await stillSignedIn(context.core, context.access, viewer))) return
        context.loaders = loadersOf(context, details)
        const payloads = await (own
          ? oneByOne(details, show)
          : readOnce(details, `show ${context.sharedBy}`, () => atOnce(details, show)))
        if (payloads.length > 0) yield payloads
      }
    } finally {
      left.abort()
    }
  })()
  return new Pieces({
    next: () => pieces.next(),
    return() {
      left.abort() // a generator that waits cannot be returned from: ending what it waits for lets go of it at once
      return pieces.return(undefined)
    },
  })
}

const atOnce = async <Detail, Payload>(
  details: readonly Detail[],
  show: (detail: Detail) => Promise<readonly Payload[]>,
) => (await Promise.all(details.map(show))).flat()

async function oneByOne<Detail, Payload>(
  details: readonly Detail[],
  show: (detail: Detail) => Promise<readonly Payload[]>,
) {
  const payloads: Payload[] = []
  for (const detail of details) payloads.push(...(await show(detail)))
  return payloads
}

/** All who hear of the same events read through the same loaders: one read for a thousand subscribers. */
const shared = new WeakMap<object, Map<string, Loaders>>()

function loadersOf(context: Context, details: object): Loaders {
  const { workspaceId } = viewerOf(context)
  let byWorkspace = shared.get(details)
  if (!byWorkspace) shared.set(details, (byWorkspace = new Map()))
  let loaders = byWorkspace.get(workspaceId)
  if (!loaders) byWorkspace.set(workspaceId, (loaders = createLoaders(context.core, workspaceId)))
  return loaders
}

/** The same for any other read that an event, or a piece of them, causes; `key` tells different reads of one apart. */
export function readOnce<T>(detail: object, key: string, read: () => Promise<T>): Promise<T> {
  let reads = onces.get(detail)
  if (!reads) onces.set(detail, (reads = new Map()))
  let result = reads.get(key) as Promise<T> | undefined
  if (!result) reads.set(key, (result = read()))
  return result
}
const onces = new WeakMap<object, Map<string, Promise<unknown>>>()
