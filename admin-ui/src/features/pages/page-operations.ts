import { gql, type TypedDocumentNode } from 'urql'
import type {
  LandingContent,
  LandingContentInput,
  LandingPage,
  LandingPageStatus,
  LandingPageVersion,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type PageRow = Pick<LandingPage, 'id' | 'slug' | 'status' | 'version' | 'changed' | 'createdAt' | 'figures'> & {
  readonly content: Pick<LandingContent, 'headline'>
}
export type PageDetails = Pick<
  LandingPage,
  'id' | 'slug' | 'status' | 'version' | 'changed' | 'createdAt' | 'updatedAt' | 'figures' | 'revision' | 'content'
> & {
  readonly versions: readonly (Pick<LandingPageVersion, 'version' | 'publishedAt'> & {
    readonly content: { readonly headline: string }
  })[]
}

const PAGE_ROW = gql`
  fragment PageRow on LandingPage {
    id
    slug
    status
    version
    changed
    createdAt
    content {
      headline
    }
    figures {
      seen
      submitted
      leads
      qualified
    }
  }
`
const PAGE_DETAILS = gql`
  fragment PageDetails on LandingPage {
    id
    slug
    status
    version
    changed
    createdAt
    updatedAt
    revision
    figures {
      seen
      submitted
      leads
      qualified
    }
    content {
      locale
      logo
      color
      headline
      text
      points
      formTitle
      submit
      fields {
        key
        label
        kind
        required
        help
        choices
      }
      consent
      thanksTitle
      thanksText
      redirectTo
      embedOrigins
    }
    versions {
      version
      publishedAt
      content {
        headline
      }
    }
  }
`

export const PAGES: TypedDocumentNode<
  ListData<PageRow>,
  { after?: string | null; filter?: { statuses?: LandingPageStatus[]; search?: string } }
> = gql`
  query LandingPages($after: String, $filter: LandingPageFilter) {
    list: landingPages(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...PageRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${PAGE_ROW}
`
export const ANY_PAGE_UPDATED: TypedDocumentNode<
  { landingPageUpdated: { page: PageRow } },
  Record<string, never>
> = gql`
  subscription AnyLandingPageUpdated {
    landingPageUpdated {
      page {
        ...PageRow
      }
    }
  }
  ${PAGE_ROW}
`
export const PAGE: TypedDocumentNode<{ node: PageDetails | null }, { id: string }> = gql`
  query LandingPage($id: ID!) {
    node(id: $id) {
      ...PageDetails
    }
  }
  ${PAGE_DETAILS}
`
export const PAGE_UPDATED: TypedDocumentNode<{ landingPageUpdated: { page: PageDetails } }, { id: string }> = gql`
  subscription LandingPageUpdated($id: ID!) {
    landingPageUpdated(pageId: $id) {
      page {
        ...PageDetails
      }
    }
  }
  ${PAGE_DETAILS}
`

export interface PagePayload {
  readonly page: PageDetails | null
  readonly userErrors: readonly UserError[]
}
const ANSWER = gql`
  fragment LandingErrors on UserError {
    message
    code
    field
  }
  ${PAGE_DETAILS}
`
export const CREATE_PAGE: TypedDocumentNode<
  { landingPageCreate: PagePayload },
  { input: { slug: string; locale: 'PT_BR' | 'EN' } }
> = gql`
  mutation LandingPageCreate($input: LandingPageCreateInput!) {
    landingPageCreate(input: $input) {
      page {
        ...PageDetails
      }
      userErrors {
        ...LandingErrors
      }
    }
  }
  ${ANSWER}
`
export const SAVE_PAGE: TypedDocumentNode<
  { landingPageSave: PagePayload },
  { input: { pageId: string; revision: number; content: LandingContentInput } }
> = gql`
  mutation LandingPageSave($input: LandingPageSaveInput!) {
    landingPageSave(input: $input) {
      page {
        ...PageDetails
      }
      userErrors {
        ...LandingErrors
      }
    }
  }
  ${ANSWER}
`
export const PUBLISH_PAGE: TypedDocumentNode<
  { landingPagePublish: PagePayload },
  { input: { pageId: string; revision: number } }
> = gql`
  mutation LandingPagePublish($input: LandingPagePublishInput!) {
    landingPagePublish(input: $input) {
      page {
        ...PageDetails
      }
      userErrors {
        ...LandingErrors
      }
    }
  }
  ${ANSWER}
`
export const WITHDRAW_PAGE: TypedDocumentNode<{ landingPageWithdraw: PagePayload }, { input: { pageId: string } }> =
  gql`
    mutation LandingPageWithdraw($input: LandingPageWithdrawInput!) {
      landingPageWithdraw(input: $input) {
        page {
          ...PageDetails
        }
        userErrors {
          ...LandingErrors
        }
      }
    }
    ${ANSWER}
  `
export const RESTORE_PAGE: TypedDocumentNode<
  { landingPageRestore: PagePayload },
  { input: { pageId: string; revision: number; version: number } }
> = gql`
  mutation LandingPageRestore($input: LandingPageRestoreInput!) {
    landingPageRestore(input: $input) {
      page {
        ...PageDetails
      }
      userErrors {
        ...LandingErrors
      }
    }
  }
  ${ANSWER}
`
export const PREVIEW_PAGE: TypedDocumentNode<
  { landingPagePreview: { html: string | null; userErrors: readonly UserError[] } },
  { input: { content: LandingContentInput } }
> = gql`
  mutation LandingPagePreview($input: LandingPagePreviewInput!) {
    landingPagePreview(input: $input) {
      html
      userErrors {
        message
        code
        field
      }
    }
  }
`
