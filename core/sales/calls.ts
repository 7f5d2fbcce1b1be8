import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import {
  type Call,
  CALL_COLUMNS,
  type CallLine,
  type CallLineInput,
  callLines,
  callOf,
  type CallRow,
  summaryOf,
} from './call.ts'
import { closeByCall, tellOfClosed } from './close-meeting.ts'
import { callAdvice, callLinesOf } from './read-calls.ts'

type CallsCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

/** Of whom a call is: of a meeting, of a deal, or of a lead alone; the lead is found where it is left out. */
export interface CallSubject {
  readonly leadId?: string | null | undefined
  readonly meetingId?: string | null | undefined
  readonly dealId?: string | null | undefined
}

/** Begins a call, once per key; a meeting has one. Throws `NOT_FOUND` where there is no such lead, meeting or deal. */
export async function startCall(
  core: CallsCore,
  workspaceId: WorkspaceId,
  { leadId, meetingId, dealId }: CallSubject,
  { by, key }: { readonly by: string | null; readonly key?: string | undefined },
): Promise<Call> {
  const once = meetingId ? `meeting:${meetingId}` : (key ?? null)
  const values = [newId(), workspaceId, leadId ?? null, meetingId ?? null, dealId ?? null, by, once, core.clock.now()]
  const [row] = await core.sql.query<CallRow>(START_CALL, values)
  if (!row) throw new TraeError('NOT_FOUND', 'There is no such lead, meeting or deal in this workspace.')
  core.pubsub.publish('call.updated', { workspaceId, callId: row.id, from: 0 })
  return callOf(row)
}

/**
 * Adds what was said. A line whose number is there already changes nothing, so whoever has lost an answer sends it again.
 * Answers the lines that were new. Throws `CONFLICT` for a call that is over, `NOT_FOUND`.
 */
export async function addCallLines(
  core: CallsCore,
  workspaceId: WorkspaceId,
  id: string,
  given: readonly CallLineInput[],
): Promise<{ call: Call; stored: CallLine[] }> {
  const { lines } = z.strictObject({ lines: callLines }).parse({ lines: given })
  const now = core.clock.now()
  const { call, stored } = await core.sql.transaction(async tx => {
    const [row] = await tx.query<CallRow & { last: number }>(LOCK_CALL, [workspaceId, id])
    if (!row) throw unknownCall(id)
    if (row.status === 'ENDED') throw new TraeError('CONFLICT', 'This call is over: nothing can be added to it.')
    let next = Math.max(row.last, ...lines.map(({ seq }) => seq ?? 0))
    const rows = lines.map(({ seq, who, text, saidAt }) => ({ seq: seq ?? ++next, who, text, said_at: saidAt ?? now }))
    const stored = await tx.query<LineRow>(ADD_LINES, [workspaceId, id, JSON.stringify(rows)])
    return { call: callOf(row), stored: stored.map(lineOf).sort((one, other) => one.seq - other.seq) }
  })
  const [first] = stored
  if (first) core.pubsub.publish('call.updated', { workspaceId, callId: id, from: first.seq })
  return { call, stored }
}

/**
 * Ends a call and says what it came to; `call.ended` tells playbooks. A meeting whose call it was, and in which something was said, was held:
 * it is closed as such in the same transaction. A second end changes nothing. Throws `NOT_FOUND`.
 */
export async function endCall(
  core: CallsCore & Pick<Core, 'queue'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<Call> {
  const now = core.clock.now()
  const { call, news, closed } = await core.sql.transaction(async tx => {
    const [row] = await tx.query<CallRow>(LOCK_CALL, [workspaceId, id])
    if (!row) throw unknownCall(id)
    if (row.status === 'ENDED') return { call: callOf(row), news: false }
    const reading = { sql: tx }
    const lines = await callLinesOf(reading, workspaceId, id)
    // Before anything is stored that refers to the workspace: two calls that end at once take its lock one after the other
    const held = row.meeting_id !== null && lines.length > 0
    const closed = held ? await closeByCall(tx, core, workspaceId, row.meeting_id!) : undefined
    const [advice] = await callAdvice(reading, workspaceId, id)
    const summary = summaryOf(lines, advice, { startedAt: row.started_at, endedAt: now })
    const [ended] = await tx.query<CallRow>(END_CALL, [id, JSON.stringify(summary), now])
    const call = callOf(ended!)
    const { leadId, meetingId, dealId } = call
    const data = { leadId, callId: id, meetingId, dealId, ...summary }
    await appendEvent(tx, workspaceId, { type: 'call.ended', subjectId: leadId, data, source: 'calls' }, now)
    return { call, news: true, closed }
  })
  if (news) {
    core.queue.ring('events')
    core.pubsub.publish('call.updated', { workspaceId, callId: id, from: null })
  }
  if (closed) tellOfClosed(core, workspaceId, closed)
  return call
}

const unknownCall = (id: string) => new TraeError('NOT_FOUND', `There is no call ${id} in this workspace.`)

interface LineRow {
  seq: number
  who: CallLine['who']
  text: string
  said_at: Date
}
const lineOf = ({ said_at, ...line }: LineRow): CallLine => ({ ...line, saidAt: said_at.toISOString() })

const START_CALL = statement(
  'start-call',
  `insert into calls as k (id, workspace_id, lead_id, meeting_id, deal_id, status, started_by, key, started_at)
   select $1, $2, l.id, $4::uuid, $5::uuid, 'OPEN', $6::uuid, $7, $8 from leads l
   where l.workspace_id = $2 and l.id = coalesce($3::uuid,
       (select m.lead_id from meetings m where m.workspace_id = $2 and m.id = $4::uuid),
       (select d.lead_id from deals d where d.workspace_id = $2 and d.id = $5::uuid))
     and ($4::uuid is null or exists (select from meetings m where m.workspace_id = $2 and m.id = $4::uuid and m.lead_id = l.id))
     and ($5::uuid is null or exists (select from deals d where d.workspace_id = $2 and d.id = $5::uuid and d.lead_id = l.id))
   on conflict (workspace_id, key) do update set key = excluded.key -- answers with the first
   returning ${CALL_COLUMNS}`,
)
const LOCK_CALL = statement(
  'lock-call',
  `select ${CALL_COLUMNS}, coalesce((select max(seq) from call_lines c where c.call_id = k.id), 0) as last
   from calls k where workspace_id = $1 and id = $2 for update of k`,
)
const ADD_LINES = statement(
  'add-call-lines',
  `insert into call_lines (call_id, workspace_id, seq, who, text, said_at)
   select $2, $1, seq, who, text, said_at
   from jsonb_to_recordset($3::jsonb) as i(seq int, who text, text text, said_at timestamptz)
   on conflict (call_id, seq) do nothing
   returning seq, who, text, said_at`,
)
const END_CALL = statement(
  'end-call',
  `update calls k set status = 'ENDED', summary = $2::jsonb, ended_at = $3 where id = $1 returning ${CALL_COLUMNS}`,
)
