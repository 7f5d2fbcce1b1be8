import { createClient as createStreams, type Client as Streams } from 'graphql-sse'
import { createContext, useContext } from 'react'
import { cacheExchange, createClient, fetchExchange, type Client } from 'urql'
import { createAuthorizedFetch } from './authorized-fetch.ts'
import { shareStreams } from './share-streams.ts'

/** The one door to the host: questions and orders over urql, live streams over server-sent events, same path, same cookie. */
export interface Api {
  readonly client: Client
  readonly streams: Pick<Streams, 'subscribe'>
  /** For what GraphQL does not carry: files. */
  readonly fetch: typeof fetch
}

export function createApi(onSignedOut: () => void): Api {
  const authorizedFetch = createAuthorizedFetch(onSignedOut)
  return {
    client: createClient({
      url: '/graphql',
      exchanges: [cacheExchange, fetchExchange],
      preferGetMethod: false,
      fetch: authorizedFetch,
    }),
    // Retries are ours (use-stream.ts): a retry must go on from the last cursor, not repeat the first request.
    streams: shareStreams(createStreams({ url: '/graphql', retryAttempts: 0, fetchFn: authorizedFetch })),
    fetch: authorizedFetch,
  }
}

export const ApiContext = createContext<Api | undefined>(undefined)

export function useApi(): Api {
  const api = useContext(ApiContext)
  if (!api) throw new Error('useApi is called outside ApiContext: wrap the tree in it, as app.tsx does.')
  return api
}
