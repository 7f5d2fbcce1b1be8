import { gql, type TypedDocumentNode } from 'urql'
import type { PluginTrigger, PluginTriggerMode, UserError } from '../../api/schema.ts'

export const TRIGGERS: TypedDocumentNode<
  { node: { readonly triggers?: readonly PluginTrigger[] } | null },
  { id: string }
> = gql`
  query PluginTriggers($id: ID!) {
    node(id: $id) {
      ... on PluginInstallation {
        triggers {
          id
          name
          title
          description
          kind
          eventType
          account
          outputSchema
          url
          hasSigningKey
          registration {
            status
            mode
            registeredAt
            expiresAt
            nextTryAt
            failures
            lastError
          }
          credential
          every
          nextPollAt
          lastPollAt
          failures
          lastError
          lastEventAt
          waitingEvents
          failedEvents
        }
      }
    }
  }
`

export const ROTATE_KEY: TypedDocumentNode<
  {
    answer: {
      readonly plaintext: string | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { triggerId: string }
> = gql`
  mutation RotateKey($triggerId: ID!) {
    answer: pluginTriggerRotateKey(input: { triggerId: $triggerId }) {
      plaintext
      userErrors {
        code
        message
      }
    }
  }
`

export const SWITCH: TypedDocumentNode<
  { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { triggerId: string; mode: PluginTriggerMode }
> = gql`
  mutation SwitchTrigger($triggerId: ID!, $mode: PluginTriggerMode!) {
    answer: pluginTriggerSwitch(input: { triggerId: $triggerId, mode: $mode }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const TELL_AGAIN: TypedDocumentNode<
  { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { triggerId: string }
> = gql`
  mutation TellAgain($triggerId: ID!) {
    answer: pluginTriggerTellAgain(input: { triggerId: $triggerId }) {
      userErrors {
        code
        message
      }
    }
  }
`
