import { gql, type TypedDocumentNode } from 'urql'
import { type Connection, nodesOf } from '../../api/connection.ts'
import type { InputChoice, PluginAction, PluginInstallation } from '../../api/schema.ts'
import type { Callable, LanguageSchema } from './complete-playbook.ts'

export interface LanguageData {
  readonly schema: LanguageSchema
  readonly plugins: Connection<
    Pick<PluginInstallation, 'id' | 'pluginId'> & {
      readonly actions: readonly Pick<PluginAction, 'name' | 'title' | 'description' | 'service' | 'choiceFields'>[]
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
            choiceFields
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

/** Which inputs of which action their plugin offers choices for: `hubspot/get-contact` → `properties[]`. */
export function choiceFieldsOf({ plugins }: LanguageData): ReadonlyMap<string, readonly string[]> {
  return new Map(
    nodesOf(plugins).flatMap(({ pluginId, actions }) =>
      actions.flatMap(({ name, choiceFields }) =>
        choiceFields.length > 0 ? [[`${pluginId}/${name}`, choiceFields] as const] : [],
      ),
    ),
  )
}

export const ACTION_CHOICES: TypedDocumentNode<
  { actionChoices: Connection<InputChoice> },
  { uses: string; account: string | undefined; field: string; search: string }
> = gql`
  query ActionChoices($uses: String!, $account: String, $field: String!, $search: String) {
    actionChoices(uses: $uses, account: $account, field: $field, search: $search, first: 100) {
      edges {
        node {
          value
          label
          note
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
