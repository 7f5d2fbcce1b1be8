import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import { TraeError } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { acceptInputs } from '../../playbooks/accept-inputs.ts'
import { inputsOf } from '../../playbooks/inputs.ts'
import { type Sql, statement } from '../../sql.ts'
import { answerWait } from '../answer-wait.ts'
import { type Approval, type Decision, decisionOf, outputOf } from './approval.ts'
import { findApprovals } from './read-approvals.ts'

export interface DecideApproval {
  readonly approvalId: string
  /** Who decides, in lower case. */
  readonly email: string
  readonly decision: Decision
  readonly comment?: string | null | undefined
  readonly form?: Readonly<Record<string, unknown>> | null | undefined
}

const MAX_COMMENT = 2000

/**
 * Casts a vote; where it decides, the step that asks goes on, in the same commit. Everybody votes once, and exactly one of
 * decision and timeout ends the wait. Answers how the approval stands then. Throws `NOT_FOUND`, `FORBIDDEN` for who is not
 * asked, `CONFLICT` (with who decided and when) for what is decided, `VALIDATION` for the form, `BAD_USER_INPUT`.
 */
export async function decideApproval(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  vote: DecideApproval,
): Promise<Approval> {
  const comment = vote.comment?.trim() || null
  if (comment !== null && comment.length > MAX_COMMENT)
    throw new TraeError('BAD_USER_INPUT', `A comment may have ${MAX_COMMENT} characters, found ${comment.length}.`)
  const now = core.clock.now()
  const { approval, woken } = await core.sql.transaction(async tx => {
    await tx.query(LOCK_RUN, [workspaceId, vote.approvalId]) // votes on one approval come one after the other
    const before = await read(tx, workspaceId, vote.approvalId)
    demandOpen(before, vote.email)
    const form =
      vote.decision === 'approved' ? acceptInputs(`"${before.title}"`, inputsOf(before.form), vote.form ?? {}) : null
    await tx.query(CAST_VOTE, [before.id, vote.email, vote.decision, comment, form && JSON.stringify(form), now])
    crashPoint('approval.voted')
    const after = await read(tx, workspaceId, vote.approvalId)
    const decision = decisionOf(after)
    if (!decision) return { approval: after, woken: false }
    const result = outputOf(after, { approved: decision === 'approved', decision, at: now })
    const ended = await answerWait(tx, { runId: after.runId, path: after.path, result }, now)
    if (!ended) throw new TraeError('CONFLICT', `"${before.title}" is not waited for any more.`)
    await tx.query(DECIDE, [after.id, decision, now])
    return { approval: { ...after, status: decision, decidedAt: now.toISOString() }, woken: true }
  })
  if (woken) {
    crashPoint('approval.decided')
    core.queue.ring('run', approval.runId)
  }
  core.pubsub.publish('approval.updated', { workspaceId, runId: approval.runId, path: approval.path })
  return approval
}

async function read(sql: Pick<Sql, 'query'>, workspaceId: WorkspaceId, id: string): Promise<Approval> {
  const [approval] = await findApprovals({ sql }, workspaceId, [id])
  if (!approval) throw new TraeError('NOT_FOUND', `There is no approval ${id} in this workspace.`)
  return approval
}

function demandOpen(approval: Approval, email: string): void {
  const own = approval.votes.find(vote => vote.email === email)
  if (!own)
    throw new TraeError(
      'FORBIDDEN',
      `${email} is not among those who are asked about "${approval.title}"${approval.selfApproval ? '' : '; whoever started the run by hand does not decide on it'}.`,
    )
  if (own.decision !== null)
    throw new TraeError(
      'CONFLICT',
      `You have decided already: ${own.decision} at ${own.decidedAt}. A vote is not changed.`,
    )
  if (approval.status !== 'open')
    throw new TraeError('CONFLICT', `"${approval.title}" is decided: ${howItEnded(approval)}.`)
}

/** `approved by ana@acme.com at 2026-03-02T12:00:00.000Z` */
export function howItEnded(approval: Approval): string {
  const { status, decidedAt } = approval
  const by = approval.votes.filter(vote => vote.decision === status).map(vote => vote.email)
  return `${status === 'timedOut' ? 'time was up' : status}${by.length > 0 ? ` by ${by.join(', ')}` : ''} at ${decidedAt}`
}

const LOCK_RUN = statement(
  'lock-run-of-approval',
  `select r.id from runs r where r.id = (select run_id from approvals where workspace_id = $1 and id = $2) for update`,
)
const CAST_VOTE = statement(
  'cast-vote',
  `update approval_votes set decision = $3, comment = $4, form = $5::jsonb, decided_at = $6 where approval_id = $1 and email = $2`,
)
const DECIDE = statement(
  'decide-approval',
  `update approvals set status = $2, decided_at = $3 where id = $1 and status = 'open'`,
)
