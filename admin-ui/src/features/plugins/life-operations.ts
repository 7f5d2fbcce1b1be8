import { gql, type TypedDocumentNode } from 'urql'
import type {
  PluginHistoryEntry,
  PluginInstallation,
  PluginPreview,
  PluginToChoose,
  User,
  UserError,
} from '../../api/schema.ts'

export type Preview = Omit<PluginPreview, 'installed'> & {
  readonly installed: Pick<PluginInstallation, 'version'> | null
}

interface Refused {
  readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
}
type ById = { installationId: string }

const ERRORS = `userErrors { code message }`
const PERMISSION = `kind value reason sentence`
const PREVIEW = `
  digest
  pluginId
  title
  description
  version
  publisher
  license
  kind
  source { kind name publishedBy publishedAt integrity signedWith provenance { repository ref } }
  warnings { code sentence }
  permissions { ${PERMISSION} }
  addedPermissions { ${PERMISSION} }
  limits
  droppedPermissions { ${PERMISSION} }
  actions { name title effect }
  provides
  hears
  installed { version }
`

export const TO_CHOOSE: TypedDocumentNode<
  { readonly pluginsToChoose: readonly PluginToChoose[] },
  Record<string, never>
> = gql`
  query PluginsToChoose {
    pluginsToChoose {
      pluginId
      title
      description
    }
  }
`

export const FETCH: TypedDocumentNode<{ answer: Refused & { readonly preview: Preview | null } }, { package: string }> =
  gql`
  mutation PluginFetch($package: String!) {
    answer: pluginFetch(input: { package: $package }) { preview { ${PREVIEW} } ${ERRORS} }
  }
`

export const PREVIEWED: TypedDocumentNode<{ pluginPreview: Preview }, { digest: string }> = gql`
  query PluginPreview($digest: String!) {
    pluginPreview(digest: $digest) { ${PREVIEW} }
  }
`

export const INSTALL: TypedDocumentNode<
  { answer: Refused & { readonly installation: { readonly id: string } | null } },
  { digest: string }
> = gql`
  mutation PluginInstall($digest: String!) {
    answer: pluginInstall(input: { digest: $digest }) { installation { id } ${ERRORS} }
  }
`

export const UPDATE: TypedDocumentNode<
  {
    answer: Refused & {
      readonly outcome: 'CURRENT' | 'UPDATED' | 'CONSENT' | null
      readonly installation: Pick<PluginInstallation, 'version'> | null
      readonly preview: Preview | null
    }
  },
  ById
> = gql`
  mutation PluginUpdate($installationId: ID!) {
    answer: pluginUpdate(input: { installationId: $installationId }) {
      outcome
      installation { version }
      preview { ${PREVIEW} }
      ${ERRORS}
    }
  }
`

export const ENABLE: TypedDocumentNode<{ answer: Refused }, ById> = gql`
  mutation PluginEnable($installationId: ID!) {
    answer: pluginEnable(input: { installationId: $installationId }) { ${ERRORS} }
  }
`

export const DISABLE: TypedDocumentNode<{ answer: Refused }, ById & { reason: string | null }> = gql`
  mutation PluginDisable($installationId: ID!, $reason: String) {
    answer: pluginDisable(input: { installationId: $installationId, reason: $reason }) { ${ERRORS} }
  }
`

export const UNINSTALL: TypedDocumentNode<{ answer: Refused }, ById & { force: boolean }> = gql`
  mutation PluginUninstall($installationId: ID!, $force: Boolean) {
    answer: pluginUninstall(input: { installationId: $installationId, force: $force }) { ${ERRORS} }
  }
`

export type HistoryEntry = Omit<PluginHistoryEntry, 'by'> & { readonly by: Pick<User, 'name'> | null }

export const HISTORY: TypedDocumentNode<
  { node: { readonly history?: readonly HistoryEntry[] } | null },
  { id: string }
> = gql`
  query PluginHistory($id: ID!) {
    node(id: $id) {
      ... on PluginInstallation {
        history {
          at
          action
          version
          reason
          by {
            name
          }
        }
      }
    }
  }
`

export const INSTALLATION_UPDATED: TypedDocumentNode<
  { installationUpdated: { readonly installationId: string } },
  Record<string, never>
> = gql`
  subscription InstallationUpdated {
    installationUpdated {
      installationId
    }
  }
`
