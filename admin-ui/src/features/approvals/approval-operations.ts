import { gql, type TypedDocumentNode } from 'urql'
import type {
  Approval,
  ApprovalDecision,
  ApprovalFilter,
  ApprovalVote,
  Json,
  Playbook,
  Run,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type ApprovalDetails = Pick<
  Approval,
  'id' | 'title' | 'message' | 'status' | 'required' | 'veto' | 'form' | 'path' | 'dueAt' | 'createdAt' | 'decidedAt'
> & {
  readonly votes: readonly Pick<ApprovalVote, 'email' | 'name' | 'decision' | 'comment' | 'decidedAt' | 'isViewer'>[]
  readonly run: (Pick<Run, 'id'> & { readonly playbook: Pick<Playbook, 'name'> }) | null
}

const APPROVAL_DETAILS = gql`
  fragment ApprovalDetails on Approval {
    id
    title
    message
    status
    required
    veto
    form
    path
    dueAt
    createdAt
    decidedAt
    votes {
      email
      name
      decision
      comment
      decidedAt
      isViewer
    }
    run {
      id
      playbook {
        name
      }
    }
  }
`

export const APPROVALS: TypedDocumentNode<
  ListData<ApprovalDetails>,
  { after?: string | null; filter?: ApprovalFilter }
> = gql`
  query Approvals($after: String, $filter: ApprovalFilter) {
    list: approvals(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...ApprovalDetails
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${APPROVAL_DETAILS}
`

export const OPEN_APPROVALS: TypedDocumentNode<{ openApprovals: number }, Record<string, never>> = gql`
  query OpenApprovals {
    openApprovals
  }
`

export const APPROVAL_UPDATED: TypedDocumentNode<
  { approvalUpdated: { approval: ApprovalDetails } },
  Record<string, never>
> = gql`
  subscription ApprovalUpdated {
    approvalUpdated {
      approval {
        ...ApprovalDetails
      }
    }
  }
  ${APPROVAL_DETAILS}
`

export const APPROVAL_DECIDE: TypedDocumentNode<
  {
    readonly answer: {
      readonly approval: ApprovalDetails | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { approvalId: string; decision: ApprovalDecision; comment: string | null; form: Json }
> = gql`
  mutation ApprovalDecide($approvalId: ID!, $decision: ApprovalDecision!, $comment: String, $form: JSON) {
    answer: approvalDecide(input: { approvalId: $approvalId, decision: $decision, comment: $comment, form: $form }) {
      approval {
        ...ApprovalDetails
      }
      userErrors {
        code
        message
      }
    }
  }
  ${APPROVAL_DETAILS}
`
