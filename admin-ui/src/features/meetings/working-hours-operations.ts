import { gql, type TypedDocumentNode } from 'urql'
import type { User, UserError, WorkingHours, WorkingHoursResetInput, WorkingHoursSetInput } from '../../api/schema.ts'

export type Hours = Pick<WorkingHours, 'own' | 'days' | 'from' | 'to' | 'timeZone'> & {
  /** Null: the workspace's. */
  readonly user: Pick<User, 'id' | 'name' | 'email'> | null
}

export const WORKING_HOURS: TypedDocumentNode<{ readonly workingHours: readonly Hours[] }, Record<string, never>> = gql`
  query WorkingHours {
    workingHours {
      user {
        id
        name
        email
      }
      own
      days
      from
      to
      timeZone
    }
  }
`

type Answer = { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } }

export const SET_HOURS: TypedDocumentNode<Answer, { input: WorkingHoursSetInput }> = gql`
  mutation SetWorkingHours($input: WorkingHoursSetInput!) {
    answer: workingHoursSet(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const RESET_HOURS: TypedDocumentNode<Answer, { input: WorkingHoursResetInput }> = gql`
  mutation ResetWorkingHours($input: WorkingHoursResetInput!) {
    answer: workingHoursReset(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
