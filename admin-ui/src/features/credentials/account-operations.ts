import { gql, type TypedDocumentNode } from 'urql'
import type { Credential, CredentialTemplate, InputChoice, Json, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type ConnectedAccount = Omit<Credential, 'installation'>
/** A kind of account that a plugin uses, with what is connected of it. */
export type AccountKind = Omit<CredentialTemplate, 'credential' | 'credentials'> & {
  readonly credentials: readonly ConnectedAccount[]
}

const CREDENTIAL = `
  id
  account
  isDefault
  status
  statusReason
  publicFields
  keyVersion
  expiresAt
  lastTestedAt
  lastUsedAt
  createdAt
`

export const ACCOUNTS: TypedDocumentNode<
  { node: { readonly defaultAccount?: string; readonly credentialTemplates?: readonly AccountKind[] } | null },
  { id: string }
> = gql`
  query Accounts($id: ID!) {
    node(id: $id) {
      ... on PluginInstallation {
        defaultAccount
        credentialTemplates {
          key
          title
          help
          authKind
          hosts
          testable
          fields {
            key
            title
            help
            sensitive
            required
            hasChoices
          }
          credentials {
            ${CREDENTIAL}
          }
        }
      }
    }
  }
`

interface Refused {
  readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
}

export const CONNECT: TypedDocumentNode<
  { answer: Refused & { readonly credential: { readonly id: string } | null } },
  { installationId: string; template: string; account: string; fields: Record<string, Json> }
> = gql`
  mutation Connect($installationId: ID!, $template: String!, $account: String!, $fields: JSON!) {
    answer: credentialConnect(
      input: { installationId: $installationId, template: $template, account: $account, fields: $fields }
    ) {
      credential {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`

export const SIGN_IN: TypedDocumentNode<
  { answer: Refused & { readonly url: string | null } },
  { credentialId: string; origin: string }
> = gql`
  mutation CredentialSignIn($credentialId: ID!, $origin: String!) {
    answer: credentialSignIn(input: { credentialId: $credentialId, origin: $origin }) {
      url
      userErrors {
        code
        message
      }
    }
  }
`

export const FINISH: TypedDocumentNode<
  { answer: Refused & { readonly credential: { readonly installation: { readonly id: string } | null } | null } },
  { state: string; code: string | null; error: string | null }
> = gql`
  mutation CredentialSignInFinish($state: String!, $code: String, $error: String) {
    answer: credentialSignInFinish(input: { state: $state, code: $code, error: $error }) {
      credential {
        installation {
          id
        }
      }
      userErrors {
        code
        message
      }
    }
  }
`

export const TEST: TypedDocumentNode<{ answer: Refused }, { credentialId: string }> = gql`
  mutation CredentialTest($credentialId: ID!) {
    answer: credentialTest(input: { credentialId: $credentialId }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const DISCONNECT: TypedDocumentNode<{ answer: Refused }, { credentialId: string }> = gql`
  mutation CredentialDisconnect($credentialId: ID!) {
    answer: credentialDisconnect(input: { credentialId: $credentialId }) {
      userErrors {
        code
        message
      }
    }
  }
`

/** What the vendor offers for a field; `id` is what is stored. */
export const FIELD_CHOICES: TypedDocumentNode<
  ListData<Pick<InputChoice, 'label' | 'note'> & { readonly id: string }>,
  { after?: string | null; credentialId: string; field: string; search: string | null }
> = gql`
  query FieldChoices($after: String, $credentialId: ID!, $field: String!, $search: String) {
    list: credentialChoices(first: 50, after: $after, credentialId: $credentialId, field: $field, search: $search) {
      edges {
        node {
          id: value
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

export const CHANGE: TypedDocumentNode<{ answer: Refused }, { credentialId: string; fields: Record<string, Json> }> =
  gql`
    mutation CredentialChange($credentialId: ID!, $fields: JSON!) {
      answer: credentialChange(input: { credentialId: $credentialId, fields: $fields }) {
        userErrors {
          code
          message
        }
      }
    }
  `

export const RENAME: TypedDocumentNode<{ answer: Refused }, { credentialId: string; account: string }> = gql`
  mutation CredentialRename($credentialId: ID!, $account: String!) {
    answer: credentialRename(input: { credentialId: $credentialId, account: $account }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const MAKE_DEFAULT: TypedDocumentNode<{ answer: Refused }, { credentialId: string }> = gql`
  mutation CredentialMakeDefault($credentialId: ID!) {
    answer: credentialMakeDefault(input: { credentialId: $credentialId }) {
      userErrors {
        code
        message
      }
    }
  }
`
