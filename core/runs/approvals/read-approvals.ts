import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../../listing.ts'
import type { Page } from '../../page.ts'
import type { InputDeclaration } from '../../playbooks/inputs.ts'
import { type Sql, statement } from '../../sql.ts'
import type { Approval, ApprovalStatus, Vote } from './approval.ts'
import { tokenHash } from './approval-link.ts'

export interface ApprovalFilter {
  readonly statuses?: readonly ApprovalStatus[] | null | undefined
  /** Of this person: whom it asks. */
  readonly email?: string | null | undefined
  readonly runId?: string | null | undefined
  /** Found anywhere in title or message. */
  readonly search?: string | null | undefined
}

export type ApprovalSortBy = 'createdAt' | 'dueAt'

/** Newest first, unless another order is asked for. */
export const listApprovals = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ApprovalFilter, ApprovalSortBy>,
): Promise<Page<Approval>> => readList(core.sql, APPROVALS, workspaceId, request, approvalOf)

/** How many are open that this person has not voted on yet. */
export async function countOpenApprovals(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  email: string,
): Promise<number> {
  const [row] = await core.sql.query<{ count: number }>(COUNT_OPEN, [workspaceId, email])
  return row!.count
}

/** The approvals with these ids, in any order; unknown ids are left out. */
export async function findApprovals(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Approval[]> {
  return (await core.sql.query<ApprovalRow>(FIND_APPROVALS, [workspaceId, ids])).map(approvalOf)
}

/** What the step at `path` has asked last. Throws `NOT_FOUND`. */
export async function approvalAt(core: Pick<Core, 'sql'>, runId: string, path: string): Promise<Approval> {
  const [row] = await core.sql.query<ApprovalRow>(APPROVAL_AT, [runId, path])
  if (!row) throw new TraeError('NOT_FOUND', `Run ${runId} has asked for no approval at ${path}.`)
  return approvalOf(row)
}

interface ApprovalRow {
  id: string
  run_id: string
  path: string
  title: string
  message: string | null
  required: number
  veto: boolean
  self_approval: boolean
  started_by: string | null
  form: InputDeclaration[]
  status: ApprovalStatus
  due_at: Date | null
  created_at: Date
  decided_at: Date | null
  votes: Vote[]
}

const iso = (at: Date | string | null) => (at === null ? null : new Date(at).toISOString())

const approvalOf = (row: ApprovalRow): Approval => ({
  id: row.id,
  runId: row.run_id,
  path: row.path,
  title: row.title,
  message: row.message,
  required: row.required,
  veto: row.veto,
  selfApproval: row.self_approval,
  startedBy: row.started_by,
  form: row.form,
  status: row.status,
  dueAt: iso(row.due_at),
  createdAt: row.created_at.toISOString(),
  decidedAt: iso(row.decided_at),
  votes: row.votes.map(vote => ({ ...vote, toldAt: iso(vote.toldAt), decidedAt: iso(vote.decidedAt) })),
})

const COLUMNS = `a.*, (
    select json_agg(json_build_object('email', v.email, 'name', v.name, 'userId', v.user_id, 'locale', v.locale, 'toldAt', v.told_at,
      'decision', v.decision, 'comment', v.comment, 'form', v.form, 'decidedAt', v.decided_at) order by v.email)
    from approval_votes v where v.approval_id = a.id) as votes`
const SELECT = `select ${COLUMNS} from approvals a`

const FIND_APPROVALS = statement('find-approvals', `${SELECT} where a.workspace_id = $1 and a.id = any($2::uuid[])`)
const APPROVAL_AT = statement(
  'approval-at',
  `${SELECT} where a.run_id = $1 and a.path = $2 order by a.attempt desc limit 1`,
)
const APPROVALS: Listing<ApprovalFilter, ApprovalSortBy> = {
  name: 'list-approvals',
  columns: COLUMNS,
  from: 'approvals a',
  of: 'a.workspace_id = $1',
  id: 'a.id',
  conditions: {
    statuses: oneOf('a.status'),
    email: (filter, key) =>
      `exists (select from approval_votes v where v.approval_id = a.id and v.email = ${filter} ->> '${key}')`,
    runId: compared('a.run_id', '=', 'uuid'),
    search: contains('a.title', 'a.message'),
  },
  orders: {
    createdAt: { by: 'a.created_at', type: 'timestamptz' },
    dueAt: { by: 'a.due_at', type: 'timestamptz', only: 'a.due_at is not null' },
  },
  usual: { by: 'createdAt' },
}
const COUNT_OPEN = statement(
  'count-open-approvals',
  `select count(*)::int as count from approvals a join approval_votes v on v.approval_id = a.id
   where a.workspace_id = $1 and a.status = 'open' and v.email = $2 and v.decision is null`,
)

export interface ApprovalOfLink {
  readonly workspaceId: WorkspaceId
  readonly approval: Approval
  /** Of the person whose link it is. */
  readonly vote: Vote
}

/** What a person's link leads to; undefined for a token that is none. */
export async function approvalOfToken(core: Pick<Core, 'sql'>, token: string): Promise<ApprovalOfLink | undefined> {
  const [row] = await core.sql.query<{ approval_id: string; workspace_id: WorkspaceId; email: string }>(VOTE_OF_TOKEN, [
    tokenHash(token),
  ])
  if (!row) return undefined
  const [approval] = await findApprovals(core, row.workspace_id, [row.approval_id])
  const vote = approval?.votes.find(vote => vote.email === row.email)
  return approval && vote && { workspaceId: row.workspace_id, approval, vote }
}
const VOTE_OF_TOKEN = statement(
  'vote-of-token',
  `select approval_id, workspace_id, email from approval_votes where token_hash = $1`,
)
