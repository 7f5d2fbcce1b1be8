import { gql, type TypedDocumentNode } from 'urql'
import type {
  KeyResult,
  KeyResultEnterInput,
  KeyResultValue,
  Objective,
  ObjectiveCreateInput,
  ObjectiveFilter,
  User,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type ValueRow = Pick<KeyResultValue, 'value' | 'confidence' | 'note' | 'at'> & {
  readonly user: Pick<User, 'name'> | null
}
export type KeyResultRow = Omit<KeyResult, 'values'> & { readonly values: readonly ValueRow[] }
export type ObjectiveRow = Pick<
  Objective,
  'id' | 'title' | 'description' | 'startsOn' | 'dueOn' | 'status' | 'elapsed' | 'progress' | 'createdAt'
> & { readonly owner: Pick<User, 'id' | 'name'> | null; readonly keyResults: readonly KeyResultRow[] }

const OBJECTIVE_ROW = gql`
  fragment ObjectiveRow on Objective {
    id
    title
    description
    startsOn
    dueOn
    status
    elapsed
    progress
    createdAt
    owner {
      id
      name
    }
    keyResults {
      id
      title
      metric
      unit
      currency
      start
      target
      value
      progress
      state
      confidence
      valuedAt
      values {
        value
        confidence
        note
        at
        user {
          name
        }
      }
    }
  }
`

export const OBJECTIVES: TypedDocumentNode<
  ListData<ObjectiveRow>,
  { after?: string | null; filter?: ObjectiveFilter }
> = gql`
  query Objectives($after: String, $filter: ObjectiveFilter) {
    list: objectives(first: 10, after: $after, filter: $filter) {
      edges {
        node {
          ...ObjectiveRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
  ${OBJECTIVE_ROW}
`

export const OBJECTIVE_CHANGED: TypedDocumentNode<
  { objectiveUpdated: { objective: { id: string } } },
  Record<string, never>
> = gql`
  subscription ObjectiveChanged {
    objectiveUpdated {
      objective {
        id
      }
    }
  }
`

type Answer = { answer: { userErrors: UserError[] } }
export const CREATE_OBJECTIVE: TypedDocumentNode<Answer, { input: ObjectiveCreateInput }> = gql`
  mutation ObjectiveCreate($input: ObjectiveCreateInput!) {
    answer: objectiveCreate(input: $input) {
      userErrors {
        code
        message
        field
      }
    }
  }
`
export const CLOSE_OBJECTIVE: TypedDocumentNode<Answer, { input: { objectiveId: string } }> = gql`
  mutation ObjectiveClose($input: ObjectiveCloseInput!) {
    answer: objectiveClose(input: $input) {
      userErrors {
        code
        message
        field
      }
    }
  }
`
export const ENTER_VALUE: TypedDocumentNode<Answer, { input: KeyResultEnterInput }> = gql`
  mutation KeyResultEnter($input: KeyResultEnterInput!) {
    answer: keyResultEnter(input: $input) {
      userErrors {
        code
        message
        field
      }
    }
  }
`
