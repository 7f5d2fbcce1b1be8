import { createHash } from 'node:crypto'
import { normalizePhone } from '../phone.ts'

/**
 * What is kept of somebody who was erased, so that an import does not bring them back: SHA-256 of workspace, kind and value.
 * Another workspace has another hash of the same person. E-mail in lower case, phone in E.164.
 */
export function suppressionHash(workspaceId: string, kind: 'email' | 'phone', value: string): string {
  const normal = kind === 'email' ? value.trim().toLowerCase() : (normalizePhone(value) ?? value)
  return createHash('sha256').update(`${workspaceId}|${kind}|${normal}`).digest('hex')
}
