import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, type Condition, leastWithout, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import {
  isLate,
  type Proposal,
  proposalColumns,
  type ProposalItem,
  proposalOf,
  type ProposalRow,
  type ProposalStatus,
  proposalText,
  type ProposalTextInput,
  type StoredProposalStatus,
} from './proposal.ts'

type ProposalsCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

export interface NewProposal {
  readonly leadId: string
  readonly title: string
  readonly items: readonly ProposalItem[]
  readonly currency: string
  readonly introduction?: string | null | undefined
  readonly validUntil?: string | null | undefined
  readonly terms?: string | null | undefined
}

/** Writes a proposal, once per `key`, with the next number of the workspace. Throws `NOT_FOUND` for a lead that is not here. */
export async function createProposal(
  core: ProposalsCore,
  workspaceId: WorkspaceId,
  proposal: NewProposal,
  origin: { readonly key: string | null; readonly runId: string | null },
): Promise<Proposal> {
  const { leadId, title, items, currency, introduction = null, validUntil = null, terms = null } = proposal
  const total = totalOf(items)
  const row = await core.sql.transaction(async tx => {
    await tx.query(LOCK_NUMBERS, [workspaceId]) // two at once would meet at the same number
    const said = [title, introduction, JSON.stringify(items), currency, total, validUntil, terms]
    const values = [newId(), workspaceId, leadId, ...said, origin.runId, origin.key, core.clock.now()]
    return (await tx.query<ProposalRow>(CREATE_PROPOSAL, values))[0]
  })
  if (!row) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
  core.pubsub.publish('proposal.updated', { workspaceId, proposalId: row.id })
  return proposalOf(row)
}

/** What a person has typed, as a proposal is written. Throws a ZodError that names what is wrong. */
export function readProposalText(given: ProposalTextInput): Omit<NewProposal, 'leadId'> {
  const { text } = z.strictObject({ text: proposalText }).parse({ text: given })
  const { items, ...rest } = text
  return {
    ...rest,
    items: items.map(({ description, quantity, unitPrice }) => ({ description, quantity, unitAmount: unitPrice })),
  }
}

/**
 * Changes a draft. Throws `STALE_VERSION` where it was changed since `revision`, `CONFLICT` for one that the customer has:
 * what they read stays as it was, `NOT_FOUND`.
 */
export async function updateProposal(
  core: ProposalsCore,
  workspaceId: WorkspaceId,
  { id, revision, ...said }: Omit<NewProposal, 'leadId'> & { readonly id: string; readonly revision: number },
): Promise<Proposal> {
  const { title, items, currency, introduction = null, validUntil = null, terms = null } = said
  const now = core.clock.now()
  const texts = [title, introduction, JSON.stringify(items), currency, totalOf(items), validUntil, terms]
  const [row] = await core.sql.query<ProposalRow>(UPDATE_PROPOSAL, [workspaceId, id, revision, ...texts, now])
  if (!row) {
    const { status } = await getProposal(core, workspaceId, id)
    if (status === 'DRAFT' || status === 'EXPIRED')
      throw new TraeError('STALE_VERSION', 'Somebody has changed this proposal meanwhile. Load it again.')
    throw new TraeError('CONFLICT', 'The customer has this proposal: it cannot be changed. Write another one.')
  }
  core.pubsub.publish('proposal.updated', { workspaceId, proposalId: id })
  return proposalOf(row)
}

function totalOf(items: readonly ProposalItem[]): number {
  const total = items.reduce((sum, { quantity, unitAmount }) => sum + quantity * unitAmount, 0)
  if (!Number.isSafeInteger(total)) throw new TraeError('VALIDATION', 'The total of the proposal is too large.')
  return total
}

/** Throws `NOT_FOUND`. */
export async function getProposal(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<Proposal> {
  const [row] = await core.sql.query<ProposalRow>(GET_PROPOSAL, [workspaceId, id, core.clock.now()])
  if (row) return proposalOf(row)
  throw new TraeError('NOT_FOUND', `There is no proposal ${id} in this workspace.`)
}

/**
 * What became of it, as a person of the workspace says; `proposal.accepted` and the like tell playbooks. The same again changes
 * nothing; back in DRAFT it can be changed, and its file is made anew. Throws `NOT_FOUND`.
 */
export async function setProposalStatus(
  core: ProposalsCore & Pick<Core, 'queue'>,
  workspaceId: WorkspaceId,
  id: string,
  status: StoredProposalStatus,
): Promise<Proposal> {
  const now = core.clock.now()
  const proposal = await core.sql.transaction(async tx => {
    const [row] = await tx.query<ProposalRow>(SET_PROPOSAL_STATUS, [workspaceId, id, status, now])
    if (!row) return getProposal({ sql: tx, clock: core.clock }, workspaceId, id)
    if (status === 'DRAFT') await tx.query(DROP_DOCUMENT, [workspaceId, id])
    await tellProposal(tx, workspaceId, proposalOf(row), status, now)
    return proposalOf(row)
  })
  core.queue.ring('events')
  core.pubsub.publish('proposal.updated', { workspaceId, proposalId: id })
  return proposal
}

/** A draft is with the customer: `proposal.sent` tells playbooks. What is no draft any more stays as it is. Throws `NOT_FOUND`. */
export async function markProposalSent(
  core: ProposalsCore & Pick<Core, 'queue'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<Proposal> {
  const now = core.clock.now()
  const sent = await core.sql.transaction(async tx => {
    const [row] = await tx.query<ProposalRow>(MARK_PROPOSAL_SENT, [workspaceId, id, now])
    if (!row) return undefined
    await tellProposal(tx, workspaceId, proposalOf(row), 'SENT', now)
    return proposalOf(row)
  })
  if (!sent) return getProposal(core, workspaceId, id)
  core.queue.ring('events')
  core.pubsub.publish('proposal.updated', { workspaceId, proposalId: id })
  return sent
}

/** The event that playbooks hear, in the transaction of what it is about. */
export async function tellProposal(
  tx: Sql,
  workspaceId: WorkspaceId,
  { id, leadId, number, total, currency, decidedBy, decisionNote }: Proposal,
  status: StoredProposalStatus,
  now: Date,
): Promise<void> {
  const answer = decidedBy === null ? {} : { decidedBy, note: decisionNote }
  const data = { leadId, proposalId: id, number, total, currency, ...answer }
  const type = `proposal.${status.toLowerCase()}`
  await appendEvent(tx, workspaceId, { type, subjectId: leadId, data, source: 'proposals' }, now)
}

export interface ProposalFilter {
  readonly statuses?: readonly ProposalStatus[] | null | undefined
  readonly leadId?: string | null | undefined
  /** Found anywhere in the title, or the name or company of the lead; or the number. */
  readonly search?: string | null | undefined
}

export type ProposalSortBy = 'createdAt' | 'total' | 'validUntil'

/** Newest first, unless asked otherwise. */
export function listProposals(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ProposalFilter, ProposalSortBy>,
): Promise<Page<Proposal>> {
  const given = { now: core.clock.now().toISOString() }
  return readList(core.sql, PROPOSALS, workspaceId, request, proposalOf, given)
}

const NOW = `($2::jsonb ->> 'now')::timestamptz`
/** A number is one as it is printed: 0042 and 42. What is asked for stands between signs of percent by now. */
const search: Condition = (filter, key) => {
  const words = `(${filter} ->> '${key}')`
  return `(p.title ilike ${words} or ltrim(trim(both '%' from ${words}), '0') = p.number::text
    or exists (select from leads l where l.id = p.lead_id and (l.name ilike ${words} or l.company ilike ${words})))`
}
const PROPOSALS: Listing<ProposalFilter, ProposalSortBy> = {
  name: 'list-proposals',
  columns: proposalColumns(NOW),
  from: 'proposals p',
  of: 'p.workspace_id = $1',
  id: 'p.id',
  conditions: {
    statuses: oneOf(`case when ${isLate(NOW)} then 'EXPIRED' else p.status end`),
    leadId: compared('p.lead_id', '=', 'uuid'),
    search,
  },
  orders: {
    createdAt: { by: 'p.created_at', type: 'timestamptz' },
    total: { by: 'p.total', type: 'bigint' },
    validUntil: { by: leastWithout('p.valid_until', `date '1970-01-01'`), type: 'date' },
  },
  usual: { by: 'createdAt' },
}

/** The proposals with these ids, in any order; unknown ids are left out. */
export async function findProposals(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Proposal[]> {
  return (await core.sql.query<ProposalRow>(FIND_PROPOSALS, [workspaceId, ids, core.clock.now()])).map(proposalOf)
}

const LOCK_NUMBERS = statement('lock-proposal-numbers', 'select id from workspaces where id = $1 for update')
const CREATE_PROPOSAL = statement(
  'create-proposal',
  `insert into proposals as p (id, workspace_id, lead_id, number, status, title, introduction, items, currency, total, valid_until, terms, run_id, key, created_at, updated_at)
   select $1, $2, id, (select coalesce(max(number), 0) + 1 from proposals where workspace_id = $2), 'DRAFT', $4, $5, $6::jsonb, $7, $8, $9::date,
     $10, $11::uuid, $12, $13, $13
   from leads where workspace_id = $2 and id = $3::uuid
   on conflict (workspace_id, key) do update set key = excluded.key -- answers with the first
   returning ${proposalColumns(13)}`,
)
const UPDATE_PROPOSAL = statement(
  'update-proposal',
  `update proposals p set title = $4, introduction = $5, items = $6::jsonb, currency = $7, total = $8, valid_until = $9::date, terms = $10,
     revision = revision + 1, updated_at = $11
   where workspace_id = $1 and id = $2 and revision = $3 and status = 'DRAFT' returning ${proposalColumns(11)}`,
)
const GET_PROPOSAL = statement(
  'get-proposal',
  `select ${proposalColumns(3)} from proposals p where workspace_id = $1 and id::text = $2`,
)
const SET_PROPOSAL_STATUS = statement(
  'set-proposal-status',
  `update proposals p set status = $3, updated_at = $4, decided_by = null, decision_note = null,
     sent_at = case $3 when 'DRAFT' then null else coalesce(sent_at, $4) end,
     decided_at = case when $3 in ('ACCEPTED', 'DECLINED') then $4::timestamptz end
   where workspace_id = $1 and id::text = $2 and status <> $3 returning ${proposalColumns(4)}`,
)
const MARK_PROPOSAL_SENT = statement(
  'mark-proposal-sent',
  `update proposals p set status = 'SENT', sent_at = $3, updated_at = $3
   where workspace_id = $1 and id::text = $2 and status = 'DRAFT' returning ${proposalColumns(3)}`,
)
const DROP_DOCUMENT = statement(
  'drop-proposal-document',
  'delete from proposal_documents where workspace_id = $1 and proposal_id::text = $2',
)
const FIND_PROPOSALS = statement(
  'find-proposals',
  `select ${proposalColumns(3)} from proposals p where workspace_id = $1 and id = any($2::uuid[])`,
)
