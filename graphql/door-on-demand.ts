import type { Access } from '../core/access/access.ts'
import type { Core } from '../core/context.ts'
import type { Door } from '../core/http/server.ts'

/**
 * The door of GraphQL. Its code is loaded when somebody first comes to it, or by `loadGraphql`: forms and webhooks are
 * served before.
 */
export function openGraphqlOnDemand(core: Core, access: Access): Door {
  let opened: Promise<Door> | undefined
  const open = () => (opened ??= loadGraphql().then(({ openGraphql }) => openGraphql(core, access)))
  return {
    path: '/graphql',
    handle: (request, response, next) => open().then(door => door.handle(request, response, next), next),
    refuse: (response, thrown) => void open().then(door => door.refuse(response, thrown)),
    upgrade: async (request, socket, head) => (await open()).upgrade(request, socket, head),
    close: async () => (await opened)?.close(),
  }
}

export const loadGraphql = () => import('./door.ts')
