import type { Proposal } from 'trae-os/sdk'

/** A proposal as the service tells of it: it is read and printed in the admin, which needs an account. */
export const told = ({ id, number, status, total, currency, createdAt }: Proposal) => ({
  id,
  number,
  status,
  total,
  currency,
  createdAt,
  url: null,
})
