import { gql, type TypedDocumentNode } from 'urql'
import type {
  Alert,
  AlertAcknowledgeInput,
  AlertChannel,
  AlertChannelConnectInput,
  AlertChannelDisconnectInput,
  AlertChannelTestInput,
  AlertDelivery,
  AlertRule,
  AlertRuleUpdateInput,
  AlertStatus,
  Severity,
  User,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type DeliveryRow = Pick<
  AlertDelivery,
  'id' | 'change' | 'channel' | 'status' | 'attempts' | 'lastError' | 'nextAttemptAt' | 'deliveredAt' | 'createdAt'
> & { readonly user: Pick<User, 'email'> | null }
export type AlertRow = Pick<
  Alert,
  'id' | 'status' | 'severity' | 'summary' | 'detail' | 'comment' | 'startedAt' | 'acknowledgedAt' | 'resolvedAt'
> & {
  readonly rule: Pick<AlertRule, 'key' | 'title' | 'advice'>
  readonly acknowledgedBy: Pick<User, 'name'> | null
  readonly deliveries: readonly DeliveryRow[]
}

interface AlertFilters {
  after?: string | null
  statuses?: AlertStatus[]
  severities?: Severity[]
}
export const ALERTS: TypedDocumentNode<ListData<AlertRow>, AlertFilters> = gql`
  query Alerts($after: String, $statuses: [AlertStatus!], $severities: [Severity!]) {
    list: alerts(first: 25, after: $after, filter: { statuses: $statuses, severities: $severities }) {
      edges {
        node {
          id
          status
          severity
          summary
          detail
          comment
          startedAt
          acknowledgedAt
          resolvedAt
          rule {
            key
            title
            advice
          }
          acknowledgedBy {
            name
          }
          deliveries {
            id
            change
            channel
            status
            attempts
            lastError
            nextAttemptAt
            deliveredAt
            createdAt
            user {
              email
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
`

export const ALERT_NEWS: TypedDocumentNode<{ alertUpdated: { cursor: string } }, Record<string, never>> = gql`
  subscription AlertNews {
    alertUpdated {
      cursor
    }
  }
`

export type RuleRow = Pick<
  AlertRule,
  | 'key'
  | 'title'
  | 'condition'
  | 'severity'
  | 'enabled'
  | 'threshold'
  | 'defaultThreshold'
  | 'minimum'
  | 'maximum'
  | 'unit'
  | 'mutedUntil'
>
export type ChannelRow = Pick<AlertChannel, 'kind' | 'host' | 'changedAt'>
export const ALERT_SETTINGS: TypedDocumentNode<
  { alertRules: readonly RuleRow[]; alertChannels: readonly ChannelRow[] },
  Record<string, never>
> = gql`
  query AlertSettings {
    alertRules {
      key
      title
      condition
      severity
      enabled
      threshold
      defaultThreshold
      minimum
      maximum
      unit
      mutedUntil
    }
    alertChannels {
      kind
      host
      changedAt
    }
  }
`

type Answer = { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } }

export const ACKNOWLEDGE: TypedDocumentNode<Answer, { input: AlertAcknowledgeInput }> = gql`
  mutation AcknowledgeAlert($input: AlertAcknowledgeInput!) {
    answer: alertAcknowledge(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const UPDATE_RULE: TypedDocumentNode<Answer, { input: AlertRuleUpdateInput }> = gql`
  mutation UpdateAlertRule($input: AlertRuleUpdateInput!) {
    answer: alertRuleUpdate(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const CONNECT_CHANNEL: TypedDocumentNode<
  { answer: Answer['answer'] & { readonly plaintext: string | null } },
  { input: AlertChannelConnectInput }
> = gql`
  mutation ConnectAlertChannel($input: AlertChannelConnectInput!) {
    answer: alertChannelConnect(input: $input) {
      plaintext
      userErrors {
        code
        message
      }
    }
  }
`
export const DISCONNECT_CHANNEL: TypedDocumentNode<Answer, { input: AlertChannelDisconnectInput }> = gql`
  mutation DisconnectAlertChannel($input: AlertChannelDisconnectInput!) {
    answer: alertChannelDisconnect(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const TEST_CHANNEL: TypedDocumentNode<Answer, { input: AlertChannelTestInput }> = gql`
  mutation TestAlertChannel($input: AlertChannelTestInput!) {
    answer: alertChannelTest(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
