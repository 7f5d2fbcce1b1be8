/**
 * A request of a person about their data:
 *
 *   RECEIVED ── looked at ──▶ PROCESSING ── all is done ──▶ COMPLETED
 *                                  └── it cannot be ──▶ REFUSED, with a note
 *
 * An EXPORT is made anew whenever it is downloaded and is kept nowhere; a CORRECTION is one statement; an ERASURE may have to wait
 * for runs of the person to end, and is gone on with until it is done (`lookAtRequests`).
 */
import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import { correctLeads, type Correction } from './correct-person.ts'
import { type ErasureCore, erasePerson } from './erase-person.ts'
import { exportPerson, type PersonExport } from './export-person.ts'
import { findPerson } from './person.ts'

export const REQUEST_KINDS = ['EXPORT', 'ERASURE', 'CORRECTION'] as const
export type RequestKind = (typeof REQUEST_KINDS)[number]
export const REQUEST_STATUSES = ['RECEIVED', 'PROCESSING', 'COMPLETED', 'REFUSED'] as const
export type RequestStatus = (typeof REQUEST_STATUSES)[number]

export interface DataSubjectRequest {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly kind: RequestKind
  readonly status: RequestStatus
  readonly subject: string
  readonly note: string | null
  /** Rows by table that were found or erased. */
  readonly report: Readonly<Record<string, number>> | null
  readonly createdAt: Date
  /** Fifteen days later (LGPD, art. 19, II). */
  readonly dueAt: Date
  readonly completedAt: Date | null
}

const DUE_MS = 15 * 86_400_000

/** Takes a request in and does what can be done at once. Throws as `findPerson`. */
export async function createRequest(
  core: ErasureCore,
  workspaceId: WorkspaceId,
  request: { readonly kind: RequestKind; readonly subject: string; readonly correction?: Correction | undefined },
  by: UserId | undefined,
): Promise<DataSubjectRequest> {
  const { kind, subject, correction } = request
  await findPerson(core, workspaceId, subject)
  if (kind === 'CORRECTION' && Object.keys(correction ?? {}).length === 0)
    throw new TraeError('BAD_USER_INPUT', 'A correction says what is right: name, email, phone, company or jobTitle.')
  const now = core.clock.now()
  const id = newId(now.getTime())
  await core.sql.transaction(async tx => {
    const values = [id, workspaceId, kind, subject.trim(), JSON.stringify(correction ?? null), by ?? null, now]
    await tx.query(ADD_REQUEST, [...values, new Date(now.getTime() + DUE_MS)])
    const entry = { actor: actorOf(by), action: 'privacy.requested', target: `request:${id}`, data: { kind } }
    await audit(tx, workspaceId, entry, now)
  })
  await processRequest(core, workspaceId, id)
  return getRequest(core, workspaceId, id)
}

/** Does what a request asks for, or as much of it as can be done now. Doing it twice is doing it once. */
export async function processRequest(core: ErasureCore, workspaceId: WorkspaceId, id: string): Promise<void> {
  const [row] = await core.sql.query<Row>(BEGIN_REQUEST, [workspaceId, id])
  if (!row) return
  const actor = actorOf((row.requested_by ?? undefined) as UserId | undefined)
  try {
    const report = await fulfil(core, workspaceId, row, actor)
    if (report === undefined) return // gone on with later
    await core.sql.query(END_REQUEST, [id, 'COMPLETED', null, JSON.stringify(report), core.clock.now()])
  } catch (error) {
    if (!(error instanceof TraeError) || error.retryable) throw error
    await core.sql.query(END_REQUEST, [id, 'REFUSED', error.message, null, core.clock.now()])
  }
}

async function fulfil(core: ErasureCore, workspaceId: WorkspaceId, row: Row, actor: ReturnType<typeof actorOf>) {
  switch (row.kind) {
    case 'EXPORT':
      return counted(await exportPerson(core, workspaceId, row.subject))
    case 'CORRECTION':
      return { leads: await correctLeads(core, workspaceId, row.subject, row.correction ?? {}, actor) }
    case 'ERASURE':
      return erasePerson(core, workspaceId, row.subject, actor)
    default:
      return row.kind satisfies never
  }
}

const counted = ({ tables }: PersonExport) =>
  Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.length]))

/** The bundle of an EXPORT, as things stand now. Written down who took it. Throws `NOT_FOUND`, `CONFLICT` for another kind. */
export async function downloadExport(
  core: ErasureCore,
  workspaceId: WorkspaceId,
  id: string,
  by: UserId | undefined,
): Promise<PersonExport> {
  const { kind, subject } = await getRequest(core, workspaceId, id)
  if (kind !== 'EXPORT') throw new TraeError('CONFLICT', `This request is no EXPORT but ${kind}.`)
  const bundle = await exportPerson(core, workspaceId, subject)
  const entry = { actor: actorOf(by), action: 'person.exported', target: `request:${id}`, data: counted(bundle) }
  await core.sql.transaction(tx => audit(tx, workspaceId, entry, core.clock.now()))
  return bundle
}

/** Throws `NOT_FOUND`. */
export async function getRequest(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<DataSubjectRequest> {
  const [row] = await core.sql.query<Row>(GET_REQUEST, [workspaceId, id])
  if (!row) throw new TraeError('NOT_FOUND', 'There is no such request in this workspace.')
  return requestOf(row)
}

export interface RequestFilter {
  readonly statuses?: readonly RequestStatus[] | null | undefined
  readonly kinds?: readonly RequestKind[] | null | undefined
  /** Found anywhere in the subject. */
  readonly search?: string | null | undefined
}
export type RequestSortBy = 'createdAt' | 'dueAt'

/** Newest first, unless another order is asked for. */
export const listRequests = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<RequestFilter, RequestSortBy>,
): Promise<Page<DataSubjectRequest>> => readList(core.sql, REQUESTS, workspaceId, request, requestOf)

/** Goes on with what was not done at once, of every workspace, and warns of what is not done five days before it is due. */
export async function lookAtRequests(core: ErasureCore & Pick<Core, 'log'>): Promise<void> {
  for (const { id, workspace_id, due_at } of await core.sql.query<Row>(OPEN_REQUESTS)) {
    if (due_at.getTime() - core.clock.now().getTime() < DUE_MS / 3)
      core.log.warn({ requestId: id, workspaceId: workspace_id, dueAt: due_at }, 'a request of a person is due soon')
    await processRequest(core, workspace_id, id)
  }
}

interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly kind: RequestKind
  readonly status: RequestStatus
  readonly subject: string
  readonly correction: Correction | null
  readonly note: string | null
  readonly requested_by: string | null
  readonly report: Record<string, number> | null
  readonly created_at: Date
  readonly due_at: Date
  readonly completed_at: Date | null
}

const requestOf = (row: Row): DataSubjectRequest => ({
  id: row.id,
  workspaceId: row.workspace_id,
  kind: row.kind,
  status: row.status,
  subject: row.subject,
  note: row.note,
  report: row.report,
  createdAt: row.created_at,
  dueAt: row.due_at,
  completedAt: row.completed_at,
})

const COLUMNS =
  'id, workspace_id, kind, status, subject, correction, note, requested_by, report, created_at, due_at, completed_at'
const ADD_REQUEST = statement(
  'privacy.add-request',
  `insert into data_subject_requests (id, workspace_id, kind, status, subject, correction, requested_by, created_at, due_at)
   values ($1, $2, $3, 'RECEIVED', $4, nullif($5::jsonb, 'null'), $6, $7, $8)`,
)
const BEGIN_REQUEST = statement(
  'privacy.begin-request',
  `update data_subject_requests set status = 'PROCESSING'
   where workspace_id = $1 and id = $2 and status in ('RECEIVED', 'PROCESSING') returning ${COLUMNS}`,
)
const END_REQUEST = statement(
  'privacy.end-request',
  `update data_subject_requests set status = $2, note = $3, report = $4::jsonb, completed_at = $5
   where id = $1 and status = 'PROCESSING'`,
)
const GET_REQUEST = statement(
  'privacy.get-request',
  `select ${COLUMNS} from data_subject_requests where workspace_id = $1 and id = $2`,
)
const REQUESTS: Listing<RequestFilter, RequestSortBy> = {
  name: 'privacy.list-requests',
  columns: COLUMNS,
  from: 'data_subject_requests q',
  of: 'q.workspace_id = $1',
  id: 'q.id',
  conditions: { statuses: oneOf('q.status'), kinds: oneOf('q.kind'), search: contains('q.subject') },
  orders: {
    createdAt: { by: 'q.created_at', type: 'timestamptz' },
    dueAt: { by: 'q.due_at', type: 'timestamptz' },
  },
  usual: { by: 'createdAt' },
}
const OPEN_REQUESTS = statement(
  'privacy.open-requests',
  `select ${COLUMNS} from data_subject_requests where status in ('RECEIVED', 'PROCESSING') order by due_at limit 100`,
)
