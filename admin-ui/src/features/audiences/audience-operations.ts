import { gql, type TypedDocumentNode } from 'urql'
import type { Audience, AudienceMember, Lead } from '../../api/schema.ts'
import type { Connection } from '../../api/connection.ts'

export const AUDIENCES: TypedDocumentNode<{ audiences: readonly Audience[] }, Record<string, never>> = gql`
  query Audiences {
    audiences {
      name
      members
    }
  }
`

export type Member = Pick<AudienceMember, 'name' | 'email' | 'phone' | 'addedAt'> & {
  readonly lead: Pick<Lead, 'id'> | null
}

/** The latest members; the rest is in the file. */
export const MEMBERS: TypedDocumentNode<{ audienceMembers: Connection<Member> }, { name: string }> = gql`
  query AudienceMembers($name: String!) {
    audienceMembers(name: $name, first: 50) {
      edges {
        node {
          name
          email
          phone
          addedAt
          lead {
            id
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

export const CSV: TypedDocumentNode<{ audienceCsv: string }, { name: string }> = gql`
  query AudienceCsv($name: String!) {
    audienceCsv(name: $name)
  }
`
