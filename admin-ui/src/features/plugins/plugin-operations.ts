import { gql, type TypedDocumentNode } from 'urql'
import type {
  PlannedCall,
  PluginAction,
  PluginInstallation,
  PluginInstallationFilter,
  PluginPermission,
  PluginTraffic,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type PluginRow = Pick<
  PluginInstallation,
  'id' | 'pluginId' | 'title' | 'description' | 'version' | 'publisher' | 'status' | 'statusReason' | 'provides'
> & {
  readonly permissions: readonly Pick<PluginPermission, 'kind'>[]
  readonly actions: readonly Pick<PluginAction, 'name'>[]
}

export const PLUGINS: TypedDocumentNode<
  ListData<PluginRow>,
  { filter?: PluginInstallationFilter; after?: string | null }
> = gql`
  query Plugins($filter: PluginInstallationFilter, $after: String) {
    list: installations(filter: $filter, first: 50, after: $after) {
      edges {
        node {
          id
          pluginId
          title
          description
          version
          publisher
          status
          statusReason
          provides
          permissions {
            kind
          }
          actions {
            name
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

export const PLUGIN: TypedDocumentNode<
  {
    node: ({ readonly __typename: 'PluginInstallation' } & PluginInstallation) | { readonly __typename: string } | null
  },
  { id: string }
> = gql`
  query Plugin($id: ID!) {
    node(id: $id) {
      __typename
      ... on PluginInstallation {
        id
        pluginId
        title
        description
        version
        publisher
        license
        instructions
        kind
        status
        statusReason
        limits
        digest
        permissions {
          kind
          value
          reason
          sentence
        }
        actions {
          name
          title
          description
          effect
          idempotency
          service
          inputSchema
          outputSchema
        }
        provides
        removable
        source {
          kind
          name
          publishedBy
          publishedAt
          integrity
          signedWith
          provenance {
            repository
            ref
          }
        }
        neededBy {
          slug
          name
        }
        installedAt
      }
    }
  }
`

export const PLUGIN_TRAFFIC: TypedDocumentNode<
  { node: { readonly traffic?: readonly PluginTraffic[] } | null },
  { id: string }
> = gql`
  query PluginTraffic($id: ID!) {
    node(id: $id) {
      ... on PluginInstallation {
        traffic {
          host
          requests
          sent
          received
          today
          mostADay
        }
      }
    }
  }
`

export const PLANNED_CALLS: TypedDocumentNode<
  { node: { readonly plannedCalls?: ListData<PlannedCall>['list'] } | null },
  { id: string }
> = gql`
  query PlannedCalls($id: ID!) {
    node(id: $id) {
      ... on PluginInstallation {
        plannedCalls(first: 20) {
          edges {
            node {
              key
              action
              account
              dueAt
              every
              problem
              plannedAt
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`

export const TAKE_BACK_CALL: TypedDocumentNode<
  { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { installationId: string; key: string }
> = gql`
  mutation PluginTakeBackCall($installationId: ID!, $key: String!) {
    answer: pluginTakeBackCall(input: { installationId: $installationId, key: $key }) {
      userErrors {
        code
        message
      }
    }
  }
`
