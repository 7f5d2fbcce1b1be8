import { gql, type TypedDocumentNode } from 'urql'
import type {
  Playbook,
  PlaybookCreateInput,
  PlaybookTemplate,
  PlaybookTemplateNeed,
  PlaybookTemplateTrigger,
  UserError,
} from '../../api/schema.ts'

export type Template = Pick<PlaybookTemplate, 'slug' | 'plugin' | 'name' | 'description' | 'module'> & {
  readonly triggers: readonly PlaybookTemplateTrigger[]
  readonly needs: readonly PlaybookTemplateNeed[]
  readonly playbook: Pick<Playbook, 'id' | 'status'> | null
}

export const TEMPLATES: TypedDocumentNode<{ playbookTemplates: readonly Template[] }, { locale: string }> = gql`
  query PlaybookTemplates($locale: String!) {
    playbookTemplates(locale: $locale) {
      slug
      plugin
      name
      description
      module
      triggers {
        kind
        what
      }
      needs {
        name
        isService
        isThere
      }
      playbook {
        id
        status
      }
    }
  }
`

export const CREATE_FROM_TEMPLATE: TypedDocumentNode<
  {
    answer: {
      readonly playbook: Pick<Playbook, 'id' | 'slug'> | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { input: PlaybookCreateInput }
> = gql`
  mutation PlaybookCreateFromTemplate($input: PlaybookCreateInput!) {
    answer: playbookCreate(input: $input) {
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
