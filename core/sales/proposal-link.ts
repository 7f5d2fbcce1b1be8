import { timingSafeEqual } from 'node:crypto'
import type { Core } from '../context.ts'
import { publicBase } from '../public-base.ts'
import type { Proposal } from './proposal.ts'

/** `page`: to read and to answer. `pdf`: the file alone. Neither opens the other. */
export type ProposalLinkKind = 'page' | 'pdf'

const DAY_MS = 86_400_000
/** The page outlives the proposal: whoever comes late reads that it is over, and what was answered. */
const PAGE_MS = 400 * DAY_MS
const PDF_MS = 60 * DAY_MS

/**
 * An address that opens one proposal to whoever has it, until it expires: signed with the host's key, so nothing is stored, and
 * nobody can make one or put off its end. The same for the same proposal, so a step that is repeated says the same.
 */
export function proposalLink(
  core: Pick<Core, 'vault' | 'config'>,
  { id, createdAt }: Pick<Proposal, 'id' | 'createdAt'>,
  kind: ProposalLinkKind,
  until: Date = new Date(new Date(createdAt).getTime() + (kind === 'page' ? PAGE_MS : PDF_MS)),
): string {
  return `${publicBase(core.config)}${proposalPath(core, id, kind, until)}`
}

export function proposalPath(core: Pick<Core, 'vault'>, id: string, kind: ProposalLinkKind, until: Date): string {
  const expires = Math.floor(until.getTime() / 1000).toString(36)
  const name = `${id.replaceAll('-', '')}-${expires}-${core.vault.derive(`proposal|${kind}|${id}|${expires}`)}`
  return kind === 'pdf' ? `/proposals/${name}/proposal.pdf` : `/proposals/${name}`
}

export type OpenedLink = { readonly id: string } | 'expired' | 'unknown'

/** Which proposal a token of an address opens at `now`. */
export function openProposalLink(
  core: Pick<Core, 'vault'>,
  token: string,
  kind: ProposalLinkKind,
  now: Date,
): OpenedLink {
  const match = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})-([0-9a-z]{1,9})-([\w-]{43})$/.exec(
    token,
  )
  if (!match) return 'unknown'
  const id = match.slice(1, 6).join('-')
  const [expires, proof] = [match[6]!, match[7]!]
  const wanted = core.vault.derive(`proposal|${kind}|${id}|${expires}`)
  if (!timingSafeEqual(Buffer.from(wanted), Buffer.from(proof))) return 'unknown'
  return Number.parseInt(expires, 36) * 1000 > now.getTime() ? { id } : 'expired'
}
