import { gql, type TypedDocumentNode } from 'urql'
import type { Customer, CustomerFilter, CustomerUpdateInput, Lead, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type CustomerRow = Pick<
  Customer,
  'id' | 'name' | 'status' | 'plan' | 'mrr' | 'facts' | 'health' | 'startedAt' | 'lastHeardAt'
> & {
  /** The day they began: the list is in the order of it. */
  readonly createdAt: string
  readonly lead: Pick<Lead, 'id' | 'name'>
}

const CUSTOMER_ROW = gql`
  fragment CustomerRow on Customer {
    id
    name
    status
    plan
    mrr {
      amount
      currency
    }
    facts
    health {
      score
      computedAt
      factors {
        name
        points
        value
        reason
        source
        from
      }
    }
    startedAt
    createdAt: startedAt
    lastHeardAt
    lead {
      id
      name
    }
  }
`

export const CUSTOMERS: TypedDocumentNode<
  ListData<CustomerRow>,
  {
    after?: string | null
    filter?: CustomerFilter
  }
> = gql`
  query Customers($after: String, $filter: CustomerFilter) {
    list: customers(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...CustomerRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${CUSTOMER_ROW}
`

export const ANY_CUSTOMER_UPDATED: TypedDocumentNode<
  { customerUpdated: { customer: CustomerRow } },
  Record<string, never>
> = gql`
  subscription AnyCustomerUpdated {
    customerUpdated {
      customer {
        ...CustomerRow
      }
    }
  }
  ${CUSTOMER_ROW}
`

export const CHANGE_CUSTOMER: TypedDocumentNode<
  { answer: { userErrors: UserError[] } },
  { input: CustomerUpdateInput }
> = gql`
  mutation CustomerUpdate($input: CustomerUpdateInput!) {
    answer: customerUpdate(input: $input) {
      userErrors {
        code
        message
        field
      }
    }
  }
`

/** Computes the health of every customer now, by the playbook that does so each morning. */
export const COMPUTE_HEALTH: TypedDocumentNode<
  { answer: { userErrors: UserError[] } },
  { input: { module: string; action: string } }
> = gql`
  mutation ComputeHealth($input: TaskAddInput!) {
    answer: taskAdd(input: $input) {
      userErrors {
        code
        message
        field
      }
    }
  }
`
