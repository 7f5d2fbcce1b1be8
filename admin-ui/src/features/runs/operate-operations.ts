import { gql, type TypedDocumentNode } from 'urql'
import type { Json, Run, RunEffectDecision, RunReplayVersion, UserError } from '../../api/schema.ts'

type Operated = {
  readonly answer: {
    readonly run: Pick<Run, 'id'> | null
    readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
  }
}

export const CANCEL: TypedDocumentNode<Operated, { runId: string; reason: string | null }> = gql`
  mutation RunCancel($runId: ID!, $reason: String) {
    answer: runCancel(input: { runId: $runId, reason: $reason }) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const RESTART: TypedDocumentNode<Operated, { runId: string }> = gql`
  mutation RunRestart($runId: ID!) {
    answer: runRestart(input: { runId: $runId }) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const RELEASE: TypedDocumentNode<Operated, { runId: string }> = gql`
  mutation RunRelease($runId: ID!) {
    answer: runRelease(input: { runId: $runId }) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const REPLAY: TypedDocumentNode<Operated, { runId: string; fromPath: string; version: RunReplayVersion }> = gql`
  mutation RunReplay($runId: ID!, $fromPath: String!, $version: RunReplayVersion!) {
    answer: runReplay(input: { runId: $runId, fromPath: $fromPath, version: $version }) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const DECIDE: TypedDocumentNode<
  Operated,
  { runId: string; path: string; decision: RunEffectDecision; output: Json }
> = gql`
  mutation RunEffectDecide($runId: ID!, $path: String!, $decision: RunEffectDecision!, $output: JSON) {
    answer: runEffectDecide(input: { runId: $runId, path: $path, decision: $decision, output: $output }) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
export const START: TypedDocumentNode<
  Operated,
  { playbook: string; inputs: Json; leadId: string | null; idempotencyKey: string }
> = gql`
  mutation RunStart($playbook: String!, $inputs: JSON, $leadId: ID, $idempotencyKey: String) {
    answer: runStart(
      input: { playbook: $playbook, inputs: $inputs, leadId: $leadId, idempotencyKey: $idempotencyKey }
    ) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
