import { gql, type TypedDocumentNode } from 'urql'
import type {
  Absence,
  AbsenceAddInput,
  AbsenceRemoveInput,
  Lead,
  Meeting,
  MeetingAssignInput,
  MeetingCancelInput,
  MeetingCloseInput,
  MeetingFilter,
  MeetingMoveInput,
  User,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type MeetingCard = Pick<
  Meeting,
  | 'id'
  | 'title'
  | 'status'
  | 'startsAt'
  | 'endsAt'
  | 'attendees'
  | 'location'
  | 'changeLink'
  | 'briefing'
  | 'answer'
  | 'answerNote'
  | 'outcomeNote'
> & {
  readonly lead: Pick<Lead, 'id' | 'name' | 'company'> | null
  /** Who of the team takes it. */
  readonly owner: Pick<User, 'name' | 'email'> | null
}

export const MEETINGS: TypedDocumentNode<
  ListData<MeetingCard>,
  { after?: string | null; filter?: MeetingFilter | null }
> = gql`
  query Meetings($after: String, $filter: MeetingFilter) {
    list: meetings(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          id
          title
          status
          startsAt
          endsAt
          attendees {
            name
            email
          }
          location
          changeLink
          briefing
          answer
          answerNote
          outcomeNote
          owner {
            name
            email
          }
          lead {
            id
            name
            company
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

export const MEETING_UPDATED: TypedDocumentNode<
  { readonly meetingUpdated: { readonly meeting: Pick<Meeting, 'id'> } },
  Record<string, never>
> = gql`
  subscription AnyMeetingUpdated {
    meetingUpdated {
      meeting {
        id
      }
    }
  }
`

type Answer = { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } }

export const MOVE_MEETING: TypedDocumentNode<Answer, { input: MeetingMoveInput }> = gql`
  mutation MoveMeeting($input: MeetingMoveInput!) {
    answer: meetingMove(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const ASSIGN_MEETING: TypedDocumentNode<Answer, { input: MeetingAssignInput }> = gql`
  mutation AssignMeeting($input: MeetingAssignInput!) {
    answer: meetingAssign(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const CLOSE_MEETING: TypedDocumentNode<Answer, { input: MeetingCloseInput }> = gql`
  mutation CloseMeeting($input: MeetingCloseInput!) {
    answer: meetingClose(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const CANCEL_MEETING: TypedDocumentNode<Answer, { input: MeetingCancelInput }> = gql`
  mutation CancelMeeting($input: MeetingCancelInput!) {
    answer: meetingCancel(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`

export type Away = Pick<Absence, 'id' | 'title' | 'startsAt' | 'endsAt'> & {
  readonly user: Pick<User, 'name' | 'email'> | null
  readonly meetings: readonly Pick<MeetingCard, 'id' | 'title' | 'startsAt' | 'owner'>[]
}

export const ABSENCES: TypedDocumentNode<{ readonly absences: readonly Away[] }, Record<string, never>> = gql`
  query Absences {
    absences {
      id
      title
      startsAt
      endsAt
      user {
        name
        email
      }
      meetings {
        id
        title
        startsAt
        owner {
          name
          email
        }
      }
    }
  }
`
export const ADD_ABSENCE: TypedDocumentNode<Answer, { input: AbsenceAddInput }> = gql`
  mutation AddAbsence($input: AbsenceAddInput!) {
    answer: absenceAdd(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const REMOVE_ABSENCE: TypedDocumentNode<Answer, { input: AbsenceRemoveInput }> = gql`
  mutation RemoveAbsence($input: AbsenceRemoveInput!) {
    answer: absenceRemove(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
