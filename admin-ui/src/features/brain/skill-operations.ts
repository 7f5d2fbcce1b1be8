import { gql, type TypedDocumentNode } from 'urql'
import type { Module, ModuleAction, ModuleExecuteInput, Run, RunError, Task, UserError } from '../../api/schema.ts'

export type SkillModule = Pick<
  Module,
  'key' | 'title' | 'status' | 'healthScore' | 'manual' | 'feeds' | 'dependsOn'
> & {
  readonly actions: readonly ModuleAction[]
}
export const MODULE: TypedDocumentNode<{ module: SkillModule }, { key: string }> = gql`
  query ModuleWithSkills($key: String!) {
    module(key: $key) {
      key
      title
      status
      healthScore
      manual
      feeds
      dependsOn
      actions {
        key
        title
        description
        kind
        inputSchema
      }
    }
  }
`

export type SkillTask = Pick<Task, 'id' | 'action' | 'status' | 'result' | 'createdAt'> & {
  readonly error: Pick<RunError, 'message'> | null
  readonly run: Pick<Run, 'id'> | null
}
export const TASK_RESULT: TypedDocumentNode<{ task: SkillTask | null }, { id: string }> = gql`
  query TaskResult($id: ID!) {
    task: node(id: $id) {
      ... on Task {
        id
        action
        status
        result
        createdAt
        error {
          message
        }
        run {
          id
        }
      }
    }
  }
`

export const MODULE_EXECUTE: TypedDocumentNode<
  {
    readonly answer: {
      readonly task: Pick<Task, 'id'> | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { input: ModuleExecuteInput }
> = gql`
  mutation ModuleExecute($input: ModuleExecuteInput!) {
    answer: moduleExecute(input: $input) {
      task {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
