import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
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
  from: 'calls k',
  of: 'k.workspace_id = $1',
  id: 'k.id',
  conditions: { statuses: oneOf('k.status'), leadId: compared('k.lead_id', '=', 'uuid') },
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

/** What was said, from a number on, at most the last 1,000 of it, in order. */
export async function callLinesOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  id: string,
  from = 0,
): Promise<CallLine[]> {
  const rows = await core.sql.query<{ seq: number; who: CallLine['who']; text: string; said_at: Date }>(CALL_LINES, [
    workspaceId,
    id,
    from,
  ])
  return rows.map(({ said_at, ...line }) => ({ ...line, saidAt: said_at.toISOString() }))
}

/** What was suggested, newest first, at most 20. */
export async function callAdvice(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, id: string): Promise<CallAdvice[]> {
  const rows = await core.sql.query<{
    after_seq: number
    action: string
    output: CallAdvice['output']
    error: CallAdvice['error']
    made_at: Date
  }>(CALL_ADVICE, [workspaceId, id])
  return rows.map(({ after_seq, made_at, ...advice }) => ({
    ...advice,
    afterSeq: after_seq,
    madeAt: made_at.toISOString(),
  }))
}

const FIND_CALLS = statement(
  'find-calls',
  `select ${CALL_COLUMNS} from calls k where workspace_id = $1 and id = any($2::uuid[])`,
)
const CALL_LINES = statement(
  'call-lines',
  `select * from (
     select seq, who, text, said_at from call_lines
     where workspace_id = $1 and call_id = $2 and seq >= $3 order by seq desc limit 1000
   ) last order by seq`,
)
const CALL_ADVICE = statement(
  'call-advice',
  `select after_seq, action, output, error, made_at from call_advice
   where workspace_id = $1 and call_id = $2 order by after_seq desc limit 20`,
)
