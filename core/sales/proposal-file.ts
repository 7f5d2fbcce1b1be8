import { createHash } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { proposalDocument } from './proposal-document.ts'
import { proposalPdf } from './proposal-pdf.ts'

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
