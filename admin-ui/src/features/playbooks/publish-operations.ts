import { gql, type TypedDocumentNode } from 'urql'
import type {
  Diagnostic,
  InFlightOutcome,
  InFlightPolicy,
  Playbook,
  PlaybookDraft,
  PlaybookImpact,
  UserError,
} from '../../api/schema.ts'
import { FINDING } from './playbook-operations.ts'

interface Refusable {
  readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
}

export const CREATE: TypedDocumentNode<
  { playbookCreate: Refusable & { playbook: Pick<Playbook, 'id' | 'slug'> | null } },
  { name: string }
> = gql`
  mutation PlaybookCreate($name: String!) {
    playbookCreate(input: { name: $name }) {
      playbook {
        id
        slug
      }
      userErrors {
        code
        message
      }
    }
  }
`

export const VALIDATE: TypedDocumentNode<
  { playbookValidate: Refusable & { diagnostics: readonly Diagnostic[] } },
  { source: string }
> = gql`
  mutation PlaybookValidate($source: String!) {
    playbookValidate(input: { source: $source }) {
      diagnostics {
        ...Finding
      }
      userErrors {
        code
        message
      }
    }
  }
  ${FINDING}
`

export type SavedDraft = Pick<PlaybookDraft, 'source' | 'sourceHash' | 'savedAt'> & {
  readonly diagnostics: readonly Diagnostic[]
}

export const SAVE: TypedDocumentNode<
  { playbookSaveDraft: Refusable & { draft: SavedDraft | null } },
  { playbookId: string; source: string; baseSourceHash: string }
> = gql`
  mutation PlaybookSaveDraft($playbookId: ID!, $source: String!, $baseSourceHash: String!) {
    playbookSaveDraft(input: { playbookId: $playbookId, source: $source, baseSourceHash: $baseSourceHash }) {
      draft {
        source
        sourceHash
        savedAt
        diagnostics {
          ...Finding
        }
      }
      userErrors {
        code
        message
      }
    }
  }
  ${FINDING}
`

export const DISCARD: TypedDocumentNode<{ playbookDiscardDraft: Refusable }, { playbookId: string }> = gql`
  mutation PlaybookDiscardDraft($playbookId: ID!) {
    playbookDiscardDraft(input: { playbookId: $playbookId }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const IMPACT: TypedDocumentNode<
  { playbookPublishImpact: PlaybookImpact },
  { playbookId: string; versionId: string | null }
> = gql`
  query PlaybookPublishImpact($playbookId: ID!, $versionId: ID) {
    playbookPublishImpact(playbookId: $playbookId, versionId: $versionId) {
      changed
      publishedNumber
      diagnostics {
        ...Finding
      }
      steps {
        change
        path
        pathBefore
        title
        kind
      }
      triggers {
        change
        name
      }
      inputs {
        change
        name
      }
      settings
      plugins {
        pluginId
        service
        from
        to
      }
      inFlight {
        total
        queued
        executing
        migratable
        restartable
        waitingAt {
          path
          title
          count
          kept
        }
        blocked {
          reason
          path
          count
        }
      }
      tests {
        count
        required {
          coverage
        }
      }
    }
  }
  ${FINDING}
`

export interface PublishAnswer extends Refusable {
  readonly diagnostics: readonly Diagnostic[]
  readonly version: { readonly number: number } | null
  readonly changed: boolean
  readonly inFlight: InFlightOutcome | null
}

interface PublishChoices {
  readonly playbookId: string
  readonly expectedNumber: number
  readonly note: string | null
  readonly inFlight: InFlightPolicy
}

export const PUBLISH: TypedDocumentNode<{ answer: PublishAnswer }, PublishChoices & { draftSourceHash: string }> = gql`
  mutation PlaybookPublish(
    $playbookId: ID!
    $draftSourceHash: String!
    $expectedNumber: Int!
    $note: String
    $inFlight: InFlightPolicy!
  ) {
    answer: playbookPublish(
      input: {
        playbookId: $playbookId
        draftSourceHash: $draftSourceHash
        expectedNumber: $expectedNumber
        note: $note
        inFlight: $inFlight
      }
    ) {
      version {
        number
      }
      changed
      inFlight {
        policy
        moved
        finishing {
          reason
          path
          count
        }
      }
      diagnostics {
        ...Finding
        file
      }
      userErrors {
        code
        message
      }
    }
  }
  ${FINDING}
`

export const ROLLBACK: TypedDocumentNode<{ answer: PublishAnswer }, PublishChoices & { toVersionId: string }> = gql`
  mutation PlaybookRollback(
    $playbookId: ID!
    $toVersionId: ID!
    $expectedNumber: Int!
    $note: String
    $inFlight: InFlightPolicy!
  ) {
    answer: playbookRollback(
      input: {
        playbookId: $playbookId
        toVersionId: $toVersionId
        expectedNumber: $expectedNumber
        note: $note
        inFlight: $inFlight
      }
    ) {
      version {
        number
      }
      changed
      inFlight {
        policy
        moved
        finishing {
          reason
          path
          count
        }
      }
      diagnostics {
        ...Finding
        file
      }
      userErrors {
        code
        message
      }
    }
  }
  ${FINDING}
`

type StatusAnswer = { answer: Refusable & { playbook: Pick<Playbook, 'id' | 'status'> | null } }
type StatusDocument = TypedDocumentNode<StatusAnswer, { playbookId: string }>

export const PAUSE: StatusDocument = gql`
  mutation PlaybookPause($playbookId: ID!) {
    answer: playbookPause(input: { playbookId: $playbookId }) {
      playbook {
        id
        status
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const RESUME: StatusDocument = gql`
  mutation PlaybookResume($playbookId: ID!) {
    answer: playbookResume(input: { playbookId: $playbookId }) {
      playbook {
        id
        status
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const ARCHIVE: StatusDocument = gql`
  mutation PlaybookArchive($playbookId: ID!) {
    answer: playbookArchive(input: { playbookId: $playbookId }) {
      playbook {
        id
        status
      }
      userErrors {
        code
        message
      }
    }
  }
`
