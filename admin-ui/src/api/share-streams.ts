import type { Client, EventListeners, RequestParams, Sink } from 'graphql-sse'

type Streams = Pick<Client, 'subscribe'>
type Listening = { readonly sink: Sink; readonly connected: (() => void) | undefined }

/**
 * One connection for all who ask the same without variables: a browser allows six to a host over HTTP/1.1, and a page on which two cards
 * follow the same news would take two of them. Who comes later hears what comes from then on. With variables each has its
 * own, for there they may say where to go on.
 */
export function shareStreams(streams: Streams): Streams {
  const open = new Map<string, { readonly listening: Set<Listening>; stands: boolean; dispose: () => void }>()
  return {
    subscribe(request: RequestParams, sink: Sink, on?: Partial<EventListeners>) {
      if (Object.keys(request.variables ?? {}).length > 0) return streams.subscribe(request, sink, on)
      const { query } = request
      const mine: Listening = { sink, connected: on?.connected as (() => void) | undefined }
      const known = open.get(query)
      if (known) {
        known.listening.add(mine)
        if (known.stands) queueMicrotask(() => known.listening.has(mine) && mine.connected?.())
      }
      const shared = known ?? { listening: new Set([mine]), stands: false, dispose: () => {} }
      const all = (tell: (one: Listening) => void) => [...shared.listening].forEach(tell)
      const over = (tell: (one: Listening) => void) => {
        if (open.get(query) === shared) open.delete(query)
        all(tell)
        shared.listening.clear()
      }
      if (!known) {
        open.set(query, shared)
        shared.dispose = streams.subscribe(
          request,
          {
            next: value => all(one => one.sink.next(value as never)),
            error: error => over(one => one.sink.error(error)),
            complete: () => over(one => one.sink.complete()),
          },
          {
            connected: () => {
              shared.stands = true
              all(one => one.connected?.())
            },
          },
        )
      }
      return () => {
        if (!shared.listening.delete(mine) || shared.listening.size > 0) return
        if (open.get(query) === shared) open.delete(query)
        shared.dispose()
      }
    },
  }
}
