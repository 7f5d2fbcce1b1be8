import { shortDuration } from '../playbooks/duration.ts'
import { plainPath } from '../playbooks/step-branches.ts'
import type { Step } from '../playbooks/playbook.ts'
import type { Approval } from '../runs/approvals/approval.ts'

/**
 * What people decided in a run, as a test says it, and that they were asked. Who it was is left out: people have addresses, and
 * a test lets as many decide as it takes.
 */
export function approvalsAsTest(
  steps: readonly Step[],
  approvals: readonly Approval[],
): { readonly approvals: Record<string, unknown>; readonly expect: Record<string, unknown>[] } {
  const byName = Map.groupBy(approvals, ({ path }) => nameOf(steps, path))
  return {
    approvals: Object.fromEntries(
      [...byName]
        .map(([name, asked]) => [name, asked.map(answerOf)] as const)
        .filter(([, answers]) => answers.some(answer => answer !== 'timeout'))
        .map(([name, answers]) => [name, answers.length === 1 ? answers[0] : answers]),
    ),
    expect: [...byName].flatMap(([name, asked]) =>
      [...new Set(asked.map(({ status }) => status))].map(status => ({
        approval: name,
        status,
        ...(asked.length > 1 ? { times: asked.length } : {}),
      })),
    ),
  }
}

/** In a loop each iteration has its own, so that the order in which they were asked does not matter. */
function nameOf(steps: readonly Step[], path: string): string {
  if (/\[\d+\]/.test(path)) return path
  return steps.find(step => plainPath(step.path) === plainPath(path))?.id ?? plainPath(path)
}

function answerOf({ status, createdAt, decidedAt, votes }: Approval): unknown {
  if (status !== 'approved' && status !== 'rejected') return 'timeout'
  const decision = status === 'approved' ? 'approve' : 'reject'
  const afterMs = Math.round((Date.parse(decidedAt!) - Date.parse(createdAt)) / 1000) * 1000
  const cast = votes.filter(vote => vote.decision !== null).toSorted((a, b) => a.decidedAt!.localeCompare(b.decidedAt!))
  const comment = cast.findLast(vote => vote.comment !== null)?.comment
  const approved = status === 'approved' ? cast.filter(vote => vote.decision === 'approved') : []
  const form = Object.assign({}, ...approved.map(vote => vote.form ?? {})) as Record<string, unknown>
  const answer = {
    decision,
    ...(afterMs > 0 ? { after: shortDuration(afterMs) } : {}),
    ...(Object.keys(form).length > 0 ? { form } : {}),
    ...(comment ? { comment } : {}),
  }
  return Object.keys(answer).length === 1 ? decision : answer
}
