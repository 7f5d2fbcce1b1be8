import { gql, type TypedDocumentNode } from 'urql'
import type { Backups, UserError } from '../../api/schema.ts'

export type HostBackups = Pick<Backups, 'takenAt' | 'file' | 'size' | 'triedAt' | 'askedAt' | 'nextAt' | 'problem'>
type Answer = {
  readonly backups: HostBackups | null
  readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
}

const HOST_BACKUPS = gql`
  fragment HostBackups on Backups {
    takenAt
    file
    size
    triedAt
    askedAt
    nextAt
    problem
  }
`

export const BACKUPS: TypedDocumentNode<{ backups: HostBackups | null }, Record<string, never>> = gql`
  query HostBackups {
    backups {
      ...HostBackups
    }
  }
  ${HOST_BACKUPS}
`

export const ASK: TypedDocumentNode<{ answer: Answer }, { input: Record<string, never> }> = gql`
  mutation BackupAsk($input: BackupAskInput!) {
    answer: backupAsk(input: $input) {
      backups {
        ...HostBackups
      }
      userErrors {
        code
        message
      }
    }
  }
  ${HOST_BACKUPS}
`
