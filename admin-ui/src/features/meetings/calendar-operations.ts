import { gql, type TypedDocumentNode } from 'urql'
import type { CalendarFeed, CalendarFeedScope, CalendarSource, UserError } from '../../api/schema.ts'

type Answer = { readonly answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } }
export type Feed = Pick<CalendarFeed, 'id' | 'scope' | 'url'>
export type Source = Pick<CalendarSource, 'id' | 'host' | 'readAt' | 'problem' | 'busy'>

export const CALENDARS: TypedDocumentNode<
  { readonly calendarFeeds: readonly Feed[]; readonly calendarSources: readonly Source[] },
  Record<string, never>
> = gql`
  query Calendars {
    calendarFeeds {
      id
      scope
      url
    }
    calendarSources {
      id
      host
      readAt
      problem
      busy
    }
  }
`
export const CREATE_FEED: TypedDocumentNode<Answer, { input: { scope: CalendarFeedScope } }> = gql`
  mutation CreateFeed($input: CalendarFeedCreateInput!) {
    answer: calendarFeedCreate(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const REVOKE_FEED: TypedDocumentNode<Answer, { input: { feedId: string } }> = gql`
  mutation RevokeFeed($input: CalendarFeedRevokeInput!) {
    answer: calendarFeedRevoke(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const ADD_SOURCE: TypedDocumentNode<Answer, { input: { address: string } }> = gql`
  mutation AddSource($input: CalendarSourceAddInput!) {
    answer: calendarSourceAdd(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const REMOVE_SOURCE: TypedDocumentNode<Answer, { input: { sourceId: string } }> = gql`
  mutation RemoveSource($input: CalendarSourceRemoveInput!) {
    answer: calendarSourceRemove(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
