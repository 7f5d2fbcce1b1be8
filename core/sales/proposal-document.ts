import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Proposal } from './proposal.ts'
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

const AROUND_PROPOSAL = statement(
  'around-proposal',
  `select w.name as company, w.time_zone, l.name, l.company as lead_company, l.locale
   from leads l join workspaces w on w.id = l.workspace_id where l.workspace_id = $1 and l.id = $2`,
)
