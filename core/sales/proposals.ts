import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'

export const PROPOSAL_STATUSES = ['DRAFT', 'SENT', 'ACCEPTED', 'DECLINED'] as const
export type ProposalStatus = (typeof PROPOSAL_STATUSES)[number] | 'EXPIRED'

/** A proposal that is kept here. Amounts in the smallest unit of the currency; EXPIRED: not answered by its last day. */
export interface Proposal {
  readonly id: string
  readonly leadId: string
  readonly number: string
  readonly status: ProposalStatus
  readonly title: string
  readonly introduction: string | null
  readonly items: readonly { readonly description: string; readonly quantity: number; readonly unitAmount: number }[]
  readonly currency: string
  readonly total: number
  readonly validUntil: string | null
  readonly terms: string | null
  readonly runId: string | null
  readonly createdAt: string
}

export interface NewProposal extends Pick<Proposal, 'leadId' | 'title' | 'items' | 'currency'> {
  readonly introduction?: string | undefined
  readonly validUntil?: string | undefined
  readonly terms?: string | undefined
}

/** Writes a proposal, once per `key`, with the next number of the workspace. Throws `NOT_FOUND` for a lead that is not here. */
export async function createProposal(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  proposal: NewProposal,
  origin: { readonly key: string; readonly runId: string | null },
): Promise<Proposal> {
  const now = core.clock.now()
  const { leadId, title, items, currency, introduction = null, validUntil = null, terms = null } = proposal
  const total = items.reduce((sum, { quantity, unitAmount }) => sum + quantity * unitAmount, 0)
  if (!Number.isSafeInteger(total)) throw new TraeError('VALIDATION', 'The total of the proposal is too large.')
  const row = await core.sql.transaction(async tx => {
    await tx.query(LOCK_NUMBERS, [workspaceId]) // two at once would meet at the same number
    const values = [
      newId(),
      workspaceId,
      leadId,
      title,
      introduction,
      JSON.stringify(items),
      currency,
      total,
      validUntil,
    ]
    return (await tx.query<ProposalRow>(CREATE_PROPOSAL, [...values, terms, origin.runId, origin.key, now]))[0]
  })
  if (!row) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
  return proposalOf(row, now)
}
const LOCK_NUMBERS = statement('lock-proposal-numbers', 'select id from workspaces where id = $1 for update')
const SHOWN = `id, lead_id, number, status, title, introduction, items, currency, total::float8 as total, valid_until::text as valid_until,
  terms, run_id, created_at`
const CREATE_PROPOSAL = statement(
  'create-proposal',
  `insert into proposals (id, workspace_id, lead_id, number, status, title, introduction, items, currency, total, valid_until, terms, run_id, key, created_at, updated_at)
   select $1, $2, id, (select coalesce(max(number), 0) + 1 from proposals where workspace_id = $2), 'DRAFT', $4, $5, $6::jsonb, $7, $8, $9::date,
     $10, $11::uuid, $12, $13, $13
   from leads where workspace_id = $2 and id = $3::uuid
   on conflict (workspace_id, key) do update set key = excluded.key -- answers with the first
   returning ${SHOWN}`,
)

/** Throws `NOT_FOUND`. */
export async function getProposal(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<Proposal> {
  const [row] = await core.sql.query<ProposalRow>(GET_PROPOSAL, [workspaceId, id])
  if (row) return proposalOf(row, core.clock.now())
  throw new TraeError('NOT_FOUND', `There is no proposal ${id} in this workspace.`)
}
const GET_PROPOSAL = statement(
  'get-proposal',
  `select ${SHOWN} from proposals where workspace_id = $1 and id::text = $2`,
)

/** What became of it, as a person says; `proposal.accepted` and the like tell playbooks. The same again changes nothing. Throws `NOT_FOUND`. */
export async function setProposalStatus(
  core: Pick<Core, 'sql' | 'clock' | 'queue'>,
  workspaceId: WorkspaceId,
  id: string,
  status: (typeof PROPOSAL_STATUSES)[number],
): Promise<Proposal> {
  const now = core.clock.now()
  const proposal = await core.sql.transaction(async tx => {
    const [row] = await tx.query<ProposalRow>(SET_PROPOSAL_STATUS, [workspaceId, id, status, now])
    if (!row) return getProposal({ sql: tx, clock: core.clock }, workspaceId, id)
    const { leadId, number, total, currency } = proposalOf(row, now)
    const data = { leadId, proposalId: row.id, number, total, currency }
    const type = `proposal.${status.toLowerCase()}`
    await appendEvent(tx, workspaceId, { type, subjectId: leadId, data, source: 'proposals' }, now)
    return proposalOf(row, now)
  })
  core.queue.ring('events')
  return proposal
}
const SET_PROPOSAL_STATUS = statement(
  'set-proposal-status',
  `update proposals set status = $3, updated_at = $4 where workspace_id = $1 and id::text = $2 and status <> $3 returning ${SHOWN}`,
)

/** Newest first. */
export function listProposals(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ProposalFilter, ProposalSortBy>,
): Promise<Page<Proposal>> {
  const now = core.clock.now()
  const given = { today: now.toISOString().slice(0, 10) }
  return readList(core.sql, PROPOSALS, workspaceId, request, (row: ProposalRow) => proposalOf(row, now), given)
}
export interface ProposalFilter {
  readonly statuses?: readonly Proposal['status'][] | null | undefined
  readonly leadId?: string | null | undefined
  /** Found anywhere in the title. */
  readonly search?: string | null | undefined
}
export type ProposalSortBy = 'createdAt' | 'total' | 'validUntil'
const PROPOSALS: Listing<ProposalFilter, ProposalSortBy> = {
  name: 'list-proposals',
  columns: SHOWN,
  from: 'proposals',
  of: 'proposals.workspace_id = $1',
  id: 'proposals.id',
  conditions: {
    statuses:
      oneOf(`case when proposals.status in ('DRAFT', 'SENT') and proposals.valid_until < ($2::jsonb ->> 'today')::date
      then 'EXPIRED' else proposals.status end`),
    leadId: compared('proposals.lead_id', '=', 'uuid'),
    search: contains('proposals.title'),
  },
  orders: {
    createdAt: { by: 'proposals.created_at', type: 'timestamptz' },
    total: { by: 'proposals.total', type: 'numeric' },
    validUntil: { by: `coalesce(proposals.valid_until, date '1970-01-01')`, type: 'date' },
  },
  usual: { by: 'createdAt' },
}

interface ProposalRow {
  id: string
  lead_id: string
  number: number
  status: (typeof PROPOSAL_STATUSES)[number]
  title: string
  introduction: string | null
  items: Proposal['items']
  currency: string
  total: number
  valid_until: string | null
  terms: string | null
  run_id: string | null
  created_at: Date
}
function proposalOf(row: ProposalRow, now: Date): Proposal {
  const open = row.status === 'DRAFT' || row.status === 'SENT'
  const late = open && row.valid_until !== null && row.valid_until < now.toISOString().slice(0, 10)
  return {
    id: row.id,
    leadId: row.lead_id,
    number: String(row.number).padStart(4, '0'),
    status: late ? 'EXPIRED' : row.status,
    title: row.title,
    introduction: row.introduction,
    items: row.items,
    currency: row.currency,
    total: row.total,
    validUntil: row.valid_until,
    terms: row.terms,
    runId: row.run_id,
    createdAt: row.created_at.toISOString(),
  }
}
