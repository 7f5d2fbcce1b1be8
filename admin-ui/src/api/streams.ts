import { createClient } from 'graphql-ws'

/** A line on which nothing was heard for this long is asked; one that does not answer is given up. */
const ASK_AFTER_MS = 15_000
const ANSWER_WITHIN_MS = 5000
/** Pages change: the next one takes the socket over. */
const KEEP_UNUSED_MS = 3000

export interface Operation {
  readonly query: string
  readonly variables: Record<string, unknown>
}

export interface StreamListener<Data> {
  /** The stream stands at the host: what happens from now on is heard. */
  readonly onStanding: () => void
  readonly onData: (data: Data) => void
  /** Broken or over; nothing comes any more. */
  readonly onEnd: () => void
}

/** Opens a subscription; answers what closes it again. */
export type OpenStream = <Data>(operation: Operation, listener: StreamListener<Data>) => () => void

/**
 * All subscriptions of a tab over one web socket (graphql-ws). A stream of its own for each would take one of the six
 * connections that a browser allows to a host over HTTP/1.1, and a page with six of them could ask nothing any more.
 *
 * `refresh` is asked for a new session before the socket is opened again after the host closed it for want of one.
 */
export function createStreams(refresh: () => Promise<boolean>): OpenStream {
  const waiting = new Map<string, () => void>()
  let opened = 0
  let isStale = false
  let giveUp: ReturnType<typeof setTimeout> | undefined
  const client = createClient({
    url: async () => {
      if (isStale && (await refresh())) isStale = false
      return `${location.origin.replace(/^http/, 'ws')}/graphql`
    },
    lazyCloseTimeout: KEEP_UNUSED_MS,
    keepAlive: ASK_AFTER_MS,
    retryAttempts: 0, // a retry goes on from the last cursor, which only the stream knows: use-stream.ts
    on: {
      closed: event => {
        clearTimeout(giveUp)
        isStale = [4401, 4403].includes((event as CloseEvent).code)
      },
      ping: (received, payload) => {
        if (received) waiting.get(String(payload?.['standing']))?.()
        else giveUp = setTimeout(() => client.terminate(), ANSWER_WITHIN_MS)
      },
      pong: received => {
        if (received) clearTimeout(giveUp)
      },
    },
  })
  return <Data>(operation: Operation, { onStanding, onData, onEnd }: StreamListener<Data>) => {
    const id = String(++opened)
    waiting.set(id, onStanding)
    const ended = () => {
      waiting.delete(id)
      onEnd()
    }
    const close = client.subscribe<Data>(
      { ...operation, extensions: { standing: id } },
      { next: ({ data }) => data && onData(data as Data), error: ended, complete: ended },
    )
    return () => {
      waiting.delete(id)
      close()
    }
  }
}
