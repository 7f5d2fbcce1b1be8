import { gql, type TypedDocumentNode } from 'urql'
import type {
  Run,
  RunStep,
  Service,
  ServiceBindInput,
  ServiceChoice,
  ServiceProvider,
  UserError,
} from '../../api/schema.ts'

export type Provider = Pick<
  ServiceProvider,
  'pluginId' | 'title' | 'account' | 'accounts' | 'condition' | 'status' | 'reason'
>
export type ServiceRow = Pick<Service, 'name' | 'title' | 'description' | 'missing'> & {
  readonly providers: readonly Provider[]
  readonly others: readonly Provider[]
}

const PROVIDER = gql`
  fragment Provider on ServiceProvider {
    pluginId
    title(locale: $locale)
    account
    accounts
    condition
    status
    reason
  }
`

export const SERVICES: TypedDocumentNode<{ services: readonly ServiceRow[] }, { locale: string }> = gql`
  query Services($locale: String!) {
    services {
      name
      title
      description
      missing
      providers {
        ...Provider
      }
      others {
        ...Provider
      }
    }
  }
  ${PROVIDER}
`

export type Choice = Pick<ServiceChoice, 'pluginId'> & {
  readonly run: (Pick<Run, 'id'> & { readonly playbook: { readonly name: string } }) | null
  readonly step: Pick<RunStep, 'path' | 'uses' | 'account' | 'status' | 'finishedAt'> & {
    readonly passedOver: readonly {
      readonly pluginId: string
      readonly account: string | null
      readonly error: { readonly message: string }
    }[]
  }
}

export const CHOICES: TypedDocumentNode<{ serviceChoices: readonly Choice[] }, { service: string }> = gql`
  query ServiceChoices($service: String!) {
    serviceChoices(service: $service, most: 10) {
      pluginId
      run {
        id
        playbook {
          name
        }
      }
      step {
        path
        uses
        account
        status
        finishedAt
        passedOver {
          pluginId
          account
          error {
            message
          }
        }
      }
    }
  }
`

export const BIND: TypedDocumentNode<
  { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { input: ServiceBindInput }
> = gql`
  mutation BindService($input: ServiceBindInput!) {
    answer: serviceBind(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
