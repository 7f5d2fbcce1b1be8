import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import {
  type Call,
  CALL_COLUMNS,
  type CallAdvice,
  type CallLine,
  callOf,
  type CallRow,
  type CallStatus,
} from './call.ts'

export interface CallFilter {
  readonly statuses?: readonly CallStatus[] | null | undefined
  readonly leadId?: string | null | undefined
  readonly dealId?: string | null | undefined
  readonly meetingId?: string | null | undefined
  readonly startedAfter?: Date | null | undefined
  readonly startedBefore?: Date | null | undefined
  /** Found anywhere in the name or the company of the lead. */
  readonly search?: string | null | undefined
}

/** Newest first. */
export function listCalls(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<CallFilter, 'startedAt'>,
): Promise<Page<Call>> {
  return readList(core.sql, CALLS, workspaceId, request, callOf)
}
const CALLS: Listing<CallFilter, 'startedAt'> = {
  name: 'list-calls',
  columns: CALL_COLUMNS,
  from: 'calls k join leads l on l.id = k.lead_id',
  of: 'k.workspace_id = $1',
  id: 'k.id',
  conditions: {
    statuses: oneOf('k.status'),
    leadId: compared('k.lead_id', '=', 'uuid'),
    dealId: compared('k.deal_id', '=', 'uuid'),
    meetingId: compared('k.meeting_id', '=', 'uuid'),
    startedAfter: compared('k.started_at', '>=', 'timestamptz'),
    startedBefore: compared('k.started_at', '<', 'timestamptz'),
    search: contains('l.name', 'l.company'),
  },
  orders: { startedAt: { by: 'k.started_at', type: 'timestamptz' } },
  usual: { by: 'startedAt' },
}

/** The calls with these ids, in any order; unknown ids are left out. */
export async function findCalls(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Call[]> {
  return (await core.sql.query<CallRow>(FIND_CALLS, [workspaceId, ids])).map(callOf)
}

/** What was said in a call from a line on, in order; the last 1,000. */
export async function callLinesOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  id: string,
  from = 0,
): Promise<readonly CallLine[]> {
  return (await callsLines(core, workspaceId, [{ id }], from)).get(id)!
}

/** The same of several calls, in one statement. */
export async function callsLines(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  calls: readonly Pick<Call, 'id'>[],
  from = 0,
): Promise<ReadonlyMap<string, readonly CallLine[]>> {
  const ids = calls.map(({ id }) => id)
  const rows = await core.sql.query<OfCall & { seq: number; who: CallLine['who']; text: string; said_at: Date }>(
    CALL_LINES,
    [workspaceId, ids, from],
  )
  return byCall(ids, rows, ({ call_id: _call, said_at, ...line }) => ({ ...line, saidAt: said_at.toISOString() }))
}

/** What was suggested in a call, newest first, at most 20. */
export async function callAdvice(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<readonly CallAdvice[]> {
  return (await callsAdvice(core, workspaceId, [{ id }])).get(id)!
}

/** The same of several calls, in one statement. */
export async function callsAdvice(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  calls: readonly Pick<Call, 'id'>[],
): Promise<ReadonlyMap<string, readonly CallAdvice[]>> {
  const ids = calls.map(({ id }) => id)
  const rows = await core.sql.query<
    OfCall & {
      after_seq: number
      action: string
      output: CallAdvice['output']
      error: CallAdvice['error']
      made_at: Date
    }
  >(CALL_ADVICE, [workspaceId, ids])
  return byCall(ids, rows, ({ call_id: _call, after_seq, made_at, ...advice }) => ({
    ...advice,
    afterSeq: after_seq,
    madeAt: made_at.toISOString(),
  }))
}

interface OfCall {
  readonly call_id: string
}

function byCall<Row extends OfCall, T>(ids: readonly string[], rows: readonly Row[], read: (row: Row) => T) {
  const found = Map.groupBy(rows, row => row.call_id)
  return new Map(ids.map(id => [id, (found.get(id) ?? []).map(read)]))
}

const FIND_CALLS = statement(
  'find-calls',
  `select ${CALL_COLUMNS} from calls k where workspace_id = $1 and id = any($2::uuid[])`,
)
const CALL_LINES = statement(
  'call-lines',
  `select l.* from unnest($2::uuid[]) as c(id), lateral (
     select call_id, seq, who, text, said_at from call_lines
     where workspace_id = $1 and call_id = c.id and seq >= $3 order by seq desc limit 1000
   ) l order by l.seq`,
)
const CALL_ADVICE = statement(
  'call-advice',
  `select a.* from unnest($2::uuid[]) as c(id), lateral (
     select call_id, after_seq, action, output, error, made_at from call_advice
     where workspace_id = $1 and call_id = c.id order by after_seq desc limit 20
   ) a order by a.after_seq desc`,
)
