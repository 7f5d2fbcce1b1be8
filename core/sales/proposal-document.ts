import { createHash } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Proposal } from './proposal.ts'
import { proposalPdf } from './proposal-pdf.ts'
import { getProposal } from './proposals.ts'

/** A proposal with all that is printed on it besides. */
export interface ProposalDocument {
  readonly proposal: Proposal
  /** Who offers. */
  readonly company: string
  readonly timeZone: string
  readonly lead: { readonly name: string; readonly company: string | null }
  readonly locale: 'pt-BR' | 'en'
}

/** Throws `NOT_FOUND`. */
export async function proposalDocument(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<ProposalDocument> {
  const proposal = await getProposal(core, workspaceId, id)
  const [row] = await core.sql.query<{
    company: string
    time_zone: string
    name: string
    lead_company: string | null
    locale: string
  }>(AROUND_PROPOSAL, [workspaceId, proposal.leadId])
  if (!row) throw new TraeError('INTERNAL', 'The lead of a proposal is not there.')
  return {
    proposal,
    company: row.company,
    timeZone: row.time_zone,
    lead: { name: row.name, company: row.lead_company },
    locale: row.locale === 'en' ? 'en' : 'pt-BR',
  }
}

/**
 * The PDF. Of a draft it is made at each call; once the customer has the proposal it is made once and kept, so that everybody
 * who asks gets the same bytes, whatever later versions of this program would print. Throws `NOT_FOUND`.
 */
export async function proposalFile(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<Uint8Array> {
  const [kept] = await core.sql.query<{ content: Uint8Array | null }>(KEPT_DOCUMENT, [workspaceId, id])
  if (kept?.content) return kept.content
  if (kept) throw new TraeError('NOT_FOUND', 'The file was erased at the request of the person.')
  const document = await proposalDocument(core, workspaceId, id)
  const content = await proposalPdf(document)
  const { revision } = document.proposal
  const sha256 = createHash('sha256').update(content).digest('hex')
  // Kept only if it still says what the proposal says; of two that make it at once, the first is everybody's
  const values = [workspaceId, id, revision, content, sha256, core.clock.now()]
  const [stored] = await core.sql.query<{ content: Uint8Array }>(KEEP_DOCUMENT, values)
  return stored?.content ?? content
}

const AROUND_PROPOSAL = statement(
  'around-proposal',
  `select w.name as company, w.time_zone, l.name, l.company as lead_company, l.locale
   from leads l join workspaces w on w.id = l.workspace_id where l.workspace_id = $1 and l.id = $2`,
)
const KEPT_DOCUMENT = statement(
  'kept-proposal-document',
  'select content from proposal_documents where workspace_id = $1 and proposal_id = $2',
)
const KEEP_DOCUMENT = statement(
  'keep-proposal-document',
  `insert into proposal_documents (proposal_id, workspace_id, content, sha256, made_at)
   select id, workspace_id, $4::bytea, $5, $6 from proposals
   where workspace_id = $1 and id = $2 and revision = $3 and status <> 'DRAFT'
   on conflict (proposal_id) do update set made_at = proposal_documents.made_at
   returning content`,
)
