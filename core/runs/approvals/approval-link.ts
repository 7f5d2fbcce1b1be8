import { createHash } from 'node:crypto'
import type { Core } from '../../context.ts'
import { publicBase } from '../../public-base.ts'

/** What stands in a person's link: always the same for an approval and a person, and unguessable without the host's key. */
export function approvalToken(core: Pick<Core, 'vault'>, approvalId: string, email: string): string {
  return core.vault.derive(`approval|${approvalId}|${email}`)
}

/** What is stored of a token. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')

export function approvalLink(core: Pick<Core, 'vault' | 'config'>, approvalId: string, email: string): string {
  return `${publicBase(core.config)}/approvals/${approvalToken(core, approvalId, email)}`
}

/** A text without the part of approval links that opens them: whoever reads other people's mail must not decide for them. */
export function withoutApprovalLinks(text: string): string {
  return text.replaceAll(/(\/approvals\/)[\w-]+/g, '$1…')
}
