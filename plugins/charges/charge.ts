import type { Charge } from 'trae-os/sdk'

/** A charge of the register as the service tells of it: a person says how to pay, so there is no address. */
export const told = ({ id, status, amount, currency, paidAt }: Charge) => ({
  id,
  status,
  amount,
  currency,
  paidAt,
  url: null,
})
