import type { InputDeclaration } from '../../playbooks/inputs.ts'

export const APPROVAL_STATUSES = ['open', 'approved', 'rejected', 'timedOut', 'withdrawn'] as const
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number]

/** People who were asked by a step of a run. Times are ISO 8601. */
export interface Approval {
  readonly id: string
  readonly runId: string
  readonly path: string
  readonly title: string
  readonly message: string | null
  /** Approvals that it takes. */
  readonly required: number
  /** The first rejection decides. */
  readonly veto: boolean
  /** May whoever started the run by hand decide on it? */
  readonly selfApproval: boolean
  readonly startedBy: string | null
  /** What whoever approves fills in. */
  readonly form: readonly InputDeclaration[]
  /** `withdrawn`: the run needs the decision no longer. */
  readonly status: ApprovalStatus
  readonly dueAt: string | null
  readonly createdAt: string
  readonly decidedAt: string | null
  /** Everybody who is asked, by e-mail address. */
  readonly votes: readonly Vote[]
}

export interface Vote {
  readonly email: string
  readonly name: string | null
  /** Null: a person without an account. */
  readonly userId: string | null
  readonly locale: string
  readonly toldAt: string | null
  /** Null: none yet. */
  readonly decision: Decision | null
  readonly comment: string | null
  readonly form: Readonly<Record<string, unknown>> | null
  readonly decidedAt: string | null
}
export type Decision = 'approved' | 'rejected'

/** What the votes come to: undefined while it is open. */
export function decisionOf(approval: Pick<Approval, 'required' | 'veto' | 'votes'>): Decision | undefined {
  const { required, veto, votes } = approval
  const approved = votes.filter(vote => vote.decision === 'approved').length
  const rejected = votes.filter(vote => vote.decision === 'rejected').length
  if (veto && rejected > 0) return 'rejected'
  if (approved >= required) return 'approved'
  return votes.length - rejected < required ? 'rejected' : undefined
}

/** What the step answers: `{ approved, decision, by, comment, form, at }`. */
export function outputOf(
  approval: Pick<Approval, 'votes'>,
  end: { readonly approved: boolean; readonly decision: Decision | 'timedOut'; readonly at: Date },
) {
  const cast = approval.votes
    .filter(vote => vote.decision !== null)
    .toSorted((a, b) => a.decidedAt!.localeCompare(b.decidedAt!))
  return {
    approved: end.approved,
    decision: end.decision,
    by: cast.map(({ email, name, decision, comment, decidedAt }) => ({
      email,
      name,
      decision,
      comment,
      at: decidedAt,
    })),
    comment: cast.findLast(vote => vote.comment !== null)?.comment ?? null,
    form: Object.assign(
      {},
      ...cast.filter(vote => vote.decision === 'approved').map(vote => vote.form ?? {}),
    ) as Record<string, unknown>,
    at: end.at.toISOString(),
  }
}
