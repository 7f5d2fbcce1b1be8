import type { Proposal } from 'trae-os/sdk'

/** A proposal as the service tells of it. */
export const told = ({ id, number, status, total, currency, url, pdfUrl, createdAt }: Proposal) => ({
  id,
  number,
  status,
  total,
  currency,
  createdAt,
  url,
  pdfUrl,
})
