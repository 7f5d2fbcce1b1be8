import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import { firstOf } from './plugin-source.ts'

export interface InstalledPlugin {
  readonly id: string
  readonly pluginId: string
  readonly version: string
  readonly status: string
}

/** The plugins of the host. */
export async function installedPlugins(session: HostSession): Promise<InstalledPlugin[]> {
  const { installations } = await ask<{ installations: { edges: { node: InstalledPlugin }[] } }>(
    session,
    '{ installations(first: 100) { edges { node { id pluginId version status } } } }',
  )
  return installations.edges.map(({ node }) => node)
}

/** The plugin with this id. Throws `NOT_FOUND` with what may have been meant. */
export async function findPlugin(session: HostSession, pluginId: string): Promise<InstalledPlugin> {
  const plugins = await installedPlugins(session)
  const found = plugins.find(plugin => plugin.pluginId === pluginId)
  if (found) return found
  const meant = didYouMean(
    pluginId,
    plugins.map(plugin => plugin.pluginId),
  )
  throw new TraeError(
    'NOT_FOUND',
    `${session.url} has no plugin ${pluginId}${meant ? `; did you mean ${meant}?` : '. See trae plugin list.'}`,
  )
}

/** Does a mutation. Throws what the host says against it. */
export async function change<Payload>(
  session: HostSession,
  mutation: string,
  input: Record<string, unknown>,
  fields: string,
): Promise<Payload> {
  const answer = await ask<
    Record<string, Payload & { userErrors: readonly { readonly code: string; readonly message: string }[] }>
  >(
    session,
    `mutation($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${fields} userErrors { code message } } }`,
    { input },
  )
  const payload = answer[mutation]!
  if (payload.userErrors.length > 0) throw firstOf(payload.userErrors)
  return payload
}
