import { errorRecord } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { plainPath } from '../playbooks/step-branches.ts'
import type { ApprovalAnswer, ApprovalAnswers } from '../playbooks/tests/playbook-test.ts'
import type { Approval } from '../runs/approvals/approval.ts'
import { decideApproval } from '../runs/approvals/decide-approval.ts'
import { findApprovals, listApprovals } from '../runs/approvals/read-approvals.ts'
import type { Failure } from './failure.ts'
import type { Arrival } from './pass-time.ts'
import type { Rehearsal } from './rehearsal.ts'
import { personEmail, withRoles } from './team.ts'

/**
 * Lets people decide as a test says: the function that it answers looks for approvals that are asked since it last looked,
 * and says when somebody comes to decide on them. What they cannot do is told to `failures`.
 */
export function answerApprovals(
  { core }: Rehearsal,
  workspaceId: WorkspaceId,
  entries: readonly ApprovalAnswers[],
  failures: Failure[],
): () => Promise<Arrival[]> {
  const seen = new Set<string>()
  const used = new Map<ApprovalAnswers, number>()
  return async () => {
    if (entries.length === 0) return []
    const { items } = await listApprovals(core, workspaceId, { first: 100, filter: { statuses: ['open'] } })
    const asked = items.map(({ node }) => node).filter(({ id }) => !seen.has(id))
    return asked.toSorted(byTimeAndPlace).flatMap(approval => {
      seen.add(approval.id)
      const entry = entries.find(({ path }) => path === approval.path || path === plainPath(approval.path))
      const answer = entry && next(entry, approval)
      if (!entry || !answer || answer.decision === 'timeout') return []
      const at = new Date(Date.parse(approval.createdAt) + answer.afterMs)
      return [
        {
          at,
          bring: () => decide(approval, answer).catch(error => fail(entry, withRoles(errorRecord(error).message))),
        },
      ]
    })
  }

  function next(entry: ApprovalAnswers, { path }: Approval): ApprovalAnswer | undefined {
    const count = used.get(entry) ?? 0
    used.set(entry, count + 1)
    const answer = entry.answers[entry.repeats ? 0 : count]
    if (!answer) fail(entry, `${path} was asked ${count + 1} times; the list has ${count} answers.`)
    return answer
  }

  function fail({ key, line }: ApprovalAnswers, message: string): void {
    failures.push({ line, message: `approvals.${key}: ${message}` })
  }

  /** As many people as it takes, the first of the alphabet first, or the one who is named; who comes too late is too late. */
  async function decide({ id }: Approval, { decision, by, comment, form }: ApprovalAnswer): Promise<void> {
    const verdict = decision === 'approve' ? 'approved' : 'rejected'
    for (;;) {
      const [approval] = await findApprovals(core, workspaceId, [id])
      const undecided = approval?.votes.find(vote => vote.decision === null)
      const email = by === undefined ? undecided?.email : personEmail(by, workspaceId)
      if (approval?.status !== 'open' || email === undefined) return
      await decideApproval(core, workspaceId, { approvalId: id, email, decision: verdict, comment, form })
      if (by !== undefined) return
    }
  }
}

const byTimeAndPlace = (a: Approval, b: Approval) =>
  a.createdAt.localeCompare(b.createdAt) || a.path.localeCompare(b.path, 'en', { numeric: true })
