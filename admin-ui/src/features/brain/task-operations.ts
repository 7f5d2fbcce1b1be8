import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type {
  Incident,
  Json,
  ModuleAction,
  Run,
  Task,
  TaskAddInput,
  TaskCompleteInput,
  TaskSuggestion,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type TaskRow = Pick<
  Task,
  'id' | 'module' | 'action' | 'priority' | 'status' | 'data' | 'createdAt' | 'scheduledFor' | 'doneByHand' | 'path'
> & {
  readonly error: { readonly message: string } | null
  readonly run: Pick<Run, 'id'> | null
  readonly lead: { readonly id: string; readonly name: string } | null
  readonly suggestion: Pick<TaskSuggestion, 'kind' | 'title' | 'why' | 'does' | 'decisionId'> | null
}

/** What it is called for people. */
export const taskTitle = ({ suggestion, action }: Pick<TaskRow, 'suggestion' | 'action'>): string =>
  suggestion?.title ?? action

const TASK = gql`
  fragment TaskRow on Task {
    id
    module
    action
    priority
    status
    data
    createdAt
    scheduledFor
    doneByHand
    path
    error {
      message
    }
    run {
      id
    }
    lead {
      id
      name
    }
    suggestion {
      kind
      title
      why
      does
      decisionId
    }
  }
`

export const TASKS: TypedDocumentNode<
  ListData<TaskRow>,
  {
    filter: { statuses?: readonly string[]; modules?: readonly string[] }
    sort?: { by: 'RANK' }
    after?: string | null
  }
> = gql`
  query Tasks($filter: TaskFilter, $sort: TaskSort, $after: String) {
    list: tasks(first: 20, after: $after, filter: $filter, sort: $sort) {
      edges {
        node {
          ...TaskRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
  ${TASK}
`

export const TASK_UPDATED: TypedDocumentNode<{ taskUpdated: { task: TaskRow } }, Record<string, never>> = gql`
  subscription TaskUpdated {
    taskUpdated {
      task {
        ...TaskRow
      }
    }
  }
  ${TASK}
`

export const ACTIONS: TypedDocumentNode<
  { module: { readonly actions: readonly Pick<ModuleAction, 'key' | 'title'>[] } },
  { key: string }
> = gql`
  query ModuleActions($key: String!) {
    module(key: $key) {
      actions {
        key
        title
      }
    }
  }
`

interface Answer {
  readonly answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] }
}
export type Operation = TypedDocumentNode<Answer, { id: string }>

export const TASK_ADD: TypedDocumentNode<Answer, { input: TaskAddInput }> = gql`
  mutation TaskAdd($input: TaskAddInput!) {
    answer: taskAdd(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const TASK_COMPLETE: TypedDocumentNode<Answer, { input: TaskCompleteInput }> = gql`
  mutation TaskComplete($input: TaskCompleteInput!) {
    answer: taskComplete(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const TASK_HAND_BACK: Operation = gql`
  mutation TaskHandBack($id: ID!) {
    answer: taskHandBack(input: { taskId: $id }) {
      userErrors {
        code
        message
      }
    }
  }
`
export const TASK_ACCEPT: Operation = gql`
  mutation TaskAccept($id: ID!) {
    answer: taskAccept(input: { taskId: $id }) {
      userErrors {
        code
        message
      }
    }
  }
`
export const TASK_RETRY: Operation = gql`
  mutation TaskRetry($id: ID!) {
    answer: taskRetry(input: { taskId: $id }) {
      userErrors {
        code
        message
      }
    }
  }
`
export const TASK_CANCEL: Operation = gql`
  mutation TaskCancel($id: ID!) {
    answer: taskCancel(input: { taskId: $id }) {
      userErrors {
        code
        message
      }
    }
  }
`
export const MODULE_SET_MANUAL: TypedDocumentNode<Answer, { key: string; reason: string }> = gql`
  mutation ModuleSetManual($key: String!, $reason: String!) {
    answer: moduleSetManual(input: { moduleKey: $key, reason: $reason }) {
      userErrors {
        code
        message
      }
    }
  }
`
export const MODULE_RESUME: TypedDocumentNode<Answer, { key: string }> = gql`
  mutation ModuleResume($key: String!) {
    answer: moduleResume(input: { moduleKey: $key }) {
      userErrors {
        code
        message
      }
    }
  }
`

export type IncidentRow = Pick<Incident, 'id' | 'module' | 'status' | 'summary' | 'openedAt' | 'timeline'>
export const INCIDENTS: TypedDocumentNode<{ incidents: Connection<IncidentRow> }, Record<string, never>> = gql`
  query Incidents {
    incidents(first: 5) {
      edges {
        node {
          id
          module
          status
          summary
          openedAt
          timeline {
            at
            kind
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
export const INCIDENT_UPDATED: TypedDocumentNode<
  { incidentUpdated: { incident: { id: string } } },
  Record<string, never>
> = gql`
  subscription IncidentUpdated {
    incidentUpdated {
      incident {
        id
      }
    }
  }
`

/** What was typed, as JSON where it is some, as text where it is not. */
export function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
