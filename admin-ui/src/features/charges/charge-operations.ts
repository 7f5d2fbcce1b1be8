import { gql, type TypedDocumentNode } from 'urql'
import type { Charge, ChargeCancelInput, ChargeConfirmInput, Lead, Run, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type ChargeRow = Pick<
  Charge,
  | 'id'
  | 'status'
  | 'amount'
  | 'currency'
  | 'description'
  | 'customerName'
  | 'dueOn'
  | 'method'
  | 'note'
  | 'paidAt'
  | 'createdAt'
> & { readonly lead: Pick<Lead, 'id' | 'name'> | null; readonly run: Pick<Run, 'id'> | null }

export const CHARGES: TypedDocumentNode<ListData<ChargeRow>, { after?: string | null; open?: boolean }> = gql`
  query Charges($after: String, $open: Boolean) {
    list: charges(first: 25, after: $after, filter: { open: $open }) {
      edges {
        node {
          id
          status
          amount
          currency
          description
          customerName
          dueOn
          method
          note
          paidAt
          createdAt
          lead {
            id
            name
          }
          run {
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

export const CHARGE_UPDATED: TypedDocumentNode<
  { chargeUpdated: { charge: Pick<Charge, 'id'> } },
  Record<string, never>
> = gql`
  subscription AnyChargeUpdated {
    chargeUpdated {
      charge {
        id
      }
    }
  }
`

type Answer = { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } }

export const CONFIRM_CHARGE: TypedDocumentNode<Answer, { input: ChargeConfirmInput }> = gql`
  mutation ConfirmCharge($input: ChargeConfirmInput!) {
    answer: chargeConfirm(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const CANCEL_CHARGE: TypedDocumentNode<Answer, { input: ChargeCancelInput }> = gql`
  mutation CancelCharge($input: ChargeCancelInput!) {
    answer: chargeCancel(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
