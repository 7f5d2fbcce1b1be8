import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type Proposal, proposalColumns, proposalOf, type ProposalRow } from './proposal.ts'
import { tellProposal } from './proposals.ts'

/** What a customer answers by their link. */
export const proposalAnswer = z.strictObject({
  decision: z.enum(['ACCEPTED', 'DECLINED']),
  /** Who answers. */
  name: z.string().trim().min(2).max(200),
  note: z
    .string()
    .trim()
    .max(2000)
    .nullish()
    .transform(note => note || null),
  /** Of what they have read: a draft that was changed since is not what they answer. */
  revision: z.coerce.number().int(),
})
export type ProposalAnswer = z.output<typeof proposalAnswer>

/**
 * Records the answer, once: with the row locked, of two that arrive together one has its way. Throws `CONFLICT` with
 * `details.reason` `answered`, `late` or `changed`, and `NOT_FOUND`.
 */
export async function decideProposal(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'queue'>,
  workspaceId: WorkspaceId,
  id: string,
  { decision, name, note, revision }: ProposalAnswer,
): Promise<Proposal> {
  const now = core.clock.now()
  const proposal = await core.sql.transaction(async tx => {
    const [row] = await tx.query<ProposalRow>(LOCK_PROPOSAL, [workspaceId, id, now])
    if (!row) throw new TraeError('NOT_FOUND', `There is no proposal ${id} in this workspace.`)
    const before = proposalOf(row)
    const refuse = (reason: string, message: string) => new TraeError('CONFLICT', message, { details: { reason } })
    if (before.status === 'ACCEPTED' || before.status === 'DECLINED')
      throw refuse('answered', `The proposal was answered at ${before.decidedAt}.`)
    if (before.status === 'EXPIRED')
      throw refuse('late', `The proposal could be accepted until ${before.validUntil}. Ask for another one.`)
    if (before.revision !== revision) throw refuse('changed', 'The proposal was changed meanwhile. Read it again.')
    const [decided] = await tx.query<ProposalRow>(DECIDE_PROPOSAL, [workspaceId, id, decision, name, note, now])
    await tellProposal(tx, workspaceId, proposalOf(decided!), decision, now)
    return proposalOf(decided!)
  })
  core.queue.ring('events')
  core.pubsub.publish('proposal.updated', { workspaceId, proposalId: id })
  return proposal
}

/** Remembers when the link was opened first. */
export async function markProposalSeen(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<void> {
  const rows = await core.sql.query(MARK_SEEN, [workspaceId, id, core.clock.now()])
  if (rows.length > 0) core.pubsub.publish('proposal.updated', { workspaceId, proposalId: id })
}

const LOCK_PROPOSAL = statement(
  'lock-proposal',
  `select ${proposalColumns(3)} from proposals p where workspace_id = $1 and id = $2 for update of p`,
)
const DECIDE_PROPOSAL = statement(
  'decide-proposal',
  `update proposals p set status = $3, decided_by = $4, decision_note = $5, decided_at = $6, sent_at = coalesce(sent_at, $6), updated_at = $6
   where workspace_id = $1 and id = $2 returning ${proposalColumns(6)}`,
)
const MARK_SEEN = statement(
  'mark-proposal-seen',
  'update proposals set seen_at = $3 where workspace_id = $1 and id = $2 and seen_at is null returning id',
)
