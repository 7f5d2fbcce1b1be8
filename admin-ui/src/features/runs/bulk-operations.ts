import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type { Playbook, RunFilter, RunOperation, RunsOperateInput, RunStep, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

/** The time of the host: what is created later is left alone. */
export const HOST_TIME: TypedDocumentNode<{ brain: { readonly observedAt: string } }, Record<string, never>> = gql`
  query HostTime {
    brain {
      observedAt
    }
  }
`

export const RUNS_COUNT: TypedDocumentNode<
  { runsCount: number },
  { filter: RunFilter; operation?: RunOperation | null; afterRunId?: string | null; atMost?: number }
> = gql`
  query RunsCount($filter: RunFilter, $operation: RunOperation, $afterRunId: ID, $atMost: Int) {
    runsCount(filter: $filter, operation: $operation, afterRunId: $afterRunId, atMost: $atMost)
  }
`

export const RUNS_OPERATE: TypedDocumentNode<
  {
    answer: {
      readonly done: number
      readonly refused: readonly { readonly message: string; readonly run: { readonly id: string } }[]
      readonly remaining: number
      readonly lastRunId: string | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { input: RunsOperateInput }
> = gql`
  mutation RunsOperate($input: RunsOperateInput!) {
    answer: runsOperate(input: $input) {
      done
      refused {
        message
        run {
          id
        }
      }
      remaining
      lastRunId
      userErrors {
        code
        message
      }
    }
  }
`

/** The newest run that fits: its steps are those that can be replayed from. */
export const NEWEST_STEPS: TypedDocumentNode<
  { runs: Connection<{ readonly steps: readonly Pick<RunStep, 'path' | 'title' | 'kind' | 'startedAt'>[] }> },
  { filter: RunFilter }
> = gql`
  query NewestSteps($filter: RunFilter) {
    runs(first: 1, filter: $filter) {
      edges {
        node {
          steps {
            path
            title
            kind
            startedAt
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

export type PlaybookName = Pick<Playbook, 'id' | 'slug' | 'name'>

/** By small pages: what may come costs as if it came. */
export const PLAYBOOK_NAMES: TypedDocumentNode<ListData<PlaybookName>, { after?: string | null }> = gql`
  query PlaybookNames($after: String) {
    list: playbooks(first: 20, after: $after) {
      edges {
        node {
          id
          slug
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
