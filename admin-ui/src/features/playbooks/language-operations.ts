import { gql, type TypedDocumentNode } from 'urql'
import { type Connection, nodesOf } from '../../api/connection.ts'
import type { PluginAction, PluginInstallation } from '../../api/schema.ts'
import type { Callable, LanguageSchema } from './complete-playbook.ts'

export interface LanguageData {
  readonly schema: LanguageSchema
  readonly plugins: Connection<
    Pick<PluginInstallation, 'id' | 'pluginId'> & {
      readonly actions: readonly Pick<PluginAction, 'name' | 'title' | 'description' | 'service'>[]
    }
  >
}

/** What the editor completes with. */
export const LANGUAGE: TypedDocumentNode<LanguageData, Record<string, never>> = gql`
  query Language {
    schema: playbookSchema
    plugins: installations(first: 100) {
      edges {
        node {
          id
          pluginId
          actions {
            name
            title
            description
            service
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`

/** What `uses` can name: every service once, then every action. */
export function callablesOf({ plugins }: LanguageData): readonly Callable[] {
  const actions = nodesOf(plugins).flatMap(({ pluginId, actions }) => actions.map(action => ({ pluginId, ...action })))
  const said = ({ title, description }: { title: string; description: string }) => `${title}: ${description}`
  const services = new Map(actions.flatMap(action => (action.service ? [[action.service, said(action)] as const] : [])))
  return [
    ...[...services].map(([name, description]) => ({ name, description })),
    ...actions.map(action => ({ name: `${action.pluginId}/${action.name}`, description: said(action) })),
  ]
}
