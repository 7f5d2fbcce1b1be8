import type { Core } from '../core/context.ts'
import { TABS } from './graphiql-tabs.ts'

/** The page of GraphiQL, all in one file, for development; undefined in production and where it is not installed. */
export async function graphiql(core: Pick<Core, 'config'>): Promise<string | undefined> {
  if (core.config.production) return undefined
  const library = await import('@graphql-yoga/render-graphiql').catch(() => undefined)
  return library?.renderGraphiQL({
    title: 'TRAE OS',
    endpoint: '/graphql',
    credentials: 'same-origin',
    subscriptionsProtocol: 'SSE',
    headers: JSON.stringify({ 'x-trae-csrf': '1' }), // with the cookie of the admin UI one is signed in here, too
    defaultTabs: TABS.map(tab => ({ ...tab })),
    shouldPersistHeaders: false, // a token in the storage of a browser is a token for whoever opens it
  })
}
