import { gql, type TypedDocumentNode } from 'urql'
import type {
  Consent,
  DataSubjectRequest,
  HeldInTable,
  HeldOfPerson,
  Lead,
  Retention,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

type Errors = { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] }
/** A mutation that answers under the alias `answer`, so that every form reads it the same way. */
type Mutation<Fields, Input> = TypedDocumentNode<{ answer: Fields & Errors }, { input: Input }>

export type PersonLead = Pick<Lead, 'id' | 'name' | 'email' | 'phone' | 'company' | 'jobTitle' | 'unsubscribedAt'> & {
  readonly consent: Pick<Consent, 'basis' | 'grantedAt' | 'withdrawnAt'> | null
}
export type Held = Pick<HeldOfPerson, 'openRuns' | 'suppressed'> & {
  readonly leads: readonly PersonLead[]
  readonly tables: readonly Pick<HeldInTable, 'table' | 'rows' | 'keptBecause'>[]
}
export const HELD: TypedDocumentNode<{ heldOfPerson: Held }, { subject: string }> = gql`
  query HeldOfPerson($subject: String!) {
    heldOfPerson(subject: $subject) {
      leads {
        id
        name
        email
        phone
        company
        jobTitle
        unsubscribedAt
        consent {
          basis
          grantedAt
          withdrawnAt
        }
      }
      tables {
        table
        rows
        keptBecause
      }
      openRuns
      suppressed
    }
  }
`

export type ListedRequest = Pick<
  DataSubjectRequest,
  'id' | 'kind' | 'status' | 'subject' | 'note' | 'createdAt' | 'dueAt' | 'completedAt'
>
export const REQUESTS: TypedDocumentNode<
  ListData<ListedRequest>,
  { after?: string | null; statuses: readonly string[] }
> = gql`
  query PrivacyRequests($after: String, $statuses: [DataSubjectRequestStatus!]) {
    list: dataSubjectRequests(first: 20, after: $after, filter: { statuses: $statuses }) {
      edges {
        node {
          id
          kind
          status
          subject
          note
          createdAt
          dueAt
          completedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`

export type Kept = Pick<Retention, 'runDays' | 'personDays'>
export const SETTINGS: TypedDocumentNode<{ retention: Kept; suppressionCount: number }, Record<string, never>> = gql`
  query PrivacySettings {
    retention {
      runDays
      personDays
    }
    suppressionCount
  }
`

type Correction = Partial<Record<'name' | 'email' | 'phone' | 'company' | 'jobTitle', string>>
export const CREATE: Mutation<
  { readonly request: Pick<DataSubjectRequest, 'id' | 'status' | 'note'> | null },
  { kind: DataSubjectRequest['kind']; subject: string; correction?: Correction }
> = gql`
  mutation PrivacyRequestCreate($input: DataSubjectRequestCreateInput!) {
    answer: dataSubjectRequestCreate(input: $input) {
      request {
        id
        status
        note
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const EXPORT: Mutation<{ readonly bundle: unknown }, { requestId: string }> = gql`
  mutation PrivacyRequestExport($input: DataSubjectRequestExportInput!) {
    answer: dataSubjectRequestExport(input: $input) {
      bundle
      userErrors {
        code
        message
      }
    }
  }
`
export const WITHDRAW: Mutation<{ readonly stoppedRuns: number | null }, { leadId: string }> = gql`
  mutation ConsentWithdraw($input: ConsentWithdrawInput!) {
    answer: consentWithdraw(input: $input) {
      stoppedRuns
      userErrors {
        code
        message
      }
    }
  }
`
export const SUPPRESS: Mutation<{ readonly count: number | null }, { subject: string; suppressed: boolean }> = gql`
  mutation SuppressionSet($input: SuppressionSetInput!) {
    answer: suppressionSet(input: $input) {
      count
      userErrors {
        code
        message
      }
    }
  }
`
export const KEEP: Mutation<{ readonly retention: Kept | null }, Kept> = gql`
  mutation RetentionSet($input: RetentionSetInput!) {
    answer: retentionSet(input: $input) {
      retention {
        runDays
        personDays
      }
      userErrors {
        code
        message
      }
    }
  }
`
