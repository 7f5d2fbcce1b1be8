import { createContext, useContext } from 'react'
import { cacheExchange, createClient, fetchExchange, type Client } from 'urql'
import { createAuthorizedFetch } from './authorized-fetch.ts'
import { createStreams, type OpenStream } from './streams.ts'

/** The one door to the host: questions and orders over urql, live streams over one web socket, same path, same cookie. */
export interface Api {
  readonly client: Client
  readonly openStream: OpenStream
  /** For what GraphQL does not carry: files. */
  readonly fetch: typeof fetch
}

export function createApi(onSignedOut: () => void): Api {
  const { fetch: authorizedFetch, refresh } = createAuthorizedFetch(onSignedOut)
  return {
    client: createClient({
      url: '/graphql',
      exchanges: [cacheExchange, fetchExchange],
      preferGetMethod: false,
      fetch: authorizedFetch,
    }),
    openStream: createStreams(refresh),
    fetch: authorizedFetch,
  }
}

export const ApiContext = createContext<Api | undefined>(undefined)

export function useApi(): Api {
  const api = useContext(ApiContext)
  if (!api) throw new Error('useApi is called outside ApiContext: wrap the tree in it, as app.tsx does.')
  return api
}
