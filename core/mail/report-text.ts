/**
 * Messages to phones that a plugin has handed to a vendor, and what the vendor says of them later. A row is made when the vendor has taken the
 * message; the word that it did not arrive may come before that row, and then keeps its place, without a lead, until the row is known.
 */
import type { Core } from '../context.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { writingsOf } from '../phone.ts'
import type { HandChannel } from '../sales/outbox.ts'
import { type Sql, statement } from '../sql.ts'
import { tellTeam } from './tell-team.ts'

type TextCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

interface TextToPhone {
  readonly channel: HandChannel
  /** As the vendor knows it, with the plugin that hands it over. */
  readonly externalId: string
  readonly from: string
  /** E.164. */
  readonly to: string
}

/** Keeps a message that a vendor has taken, once per `externalId`: in the thread of the lead given, else of the one with that phone. */
export async function keepSentText(
  core: TextCore,
  workspaceId: WorkspaceId,
  sent: TextToPhone & { readonly text: string; readonly leadId?: string | undefined; readonly runId: string | null },
): Promise<KeptText> {
  const { channel, externalId, from, to, text, leadId = null, runId } = sent
  const now = core.clock.now()
  const { row, news } = await core.sql.transaction(async tx => {
    const values = [newId(), workspaceId, channel, externalId, from, to, text, runId, now, leadId, writingsOf(to)]
    const [kept] = await tx.query<TextRow>(KEEP_SENT, values)
    if (kept?.state === 'failed') await appendUndelivered(tx, workspaceId, kept, now)
    if (kept) return { row: kept, news: true }
    const [earlier] = await tx.query<TextRow>(FIND_TEXT, [workspaceId, externalId])
    return { row: earlier!, news: false }
  })
  if (news) await show(core, workspaceId, row)
  return { id: row.id, leadId: row.lead_id }
}

/**
 * The vendor says that a message did not arrive: it has failed, `message.failed` tells playbooks, and the team is told. With `optedOut` that
 * number is written to no more. The same again changes nothing.
 */
export async function reportUndelivered(
  core: TextCore,
  workspaceId: WorkspaceId,
  report: TextToPhone & { readonly reason: string; readonly optedOut: boolean },
): Promise<KeptText> {
  const { channel, externalId, from, to, reason, optedOut } = report
  const now = core.clock.now()
  const { row, news } = await core.sql.transaction(async tx => {
    if (optedOut) await tx.query(OPT_OUT, [workspaceId, writingsOf(to), now])
    const [failed] = await tx.query<TextRow>(FAIL_TEXT, [workspaceId, externalId, reason])
    if (failed) await appendUndelivered(tx, workspaceId, failed, now)
    if (failed) return { row: failed, news: true }
    const stub = [newId(), workspaceId, channel, externalId, from, to, reason, now]
    const [early] = await tx.query<TextRow>(KEEP_WORD, stub)
    if (early) return { row: early, news: true }
    // it is there by now: failed before, or taken in this very moment
    const [taken] = await tx.query<TextRow>(FAIL_TEXT, [workspaceId, externalId, reason])
    if (taken) await appendUndelivered(tx, workspaceId, taken, now)
    const [earlier] = await tx.query<TextRow>(FIND_TEXT, [workspaceId, externalId])
    return { row: earlier!, news: taken !== undefined }
  })
  if (news) await show(core, workspaceId, row)
  return { id: row.id, leadId: row.lead_id }
}

interface KeptText {
  readonly id: string
  /** Null where nobody has that phone. */
  readonly leadId: string | null
}

async function appendUndelivered(tx: Sql, workspaceId: WorkspaceId, row: TextRow, now: Date): Promise<void> {
  const { id: messageId, lead_id: leadId, channel, to_address: to, answer: reason, run_id: runId } = row
  if (leadId === null) return
  const data = { leadId, messageId, channel, to, reason, runId }
  const dedupeKey = `failed:${messageId}`
  await appendEvent(tx, workspaceId, { type: 'message.failed', subjectId: leadId, data, source: 'mailbox', dedupeKey }, now) // prettier-ignore
}

/** After the commit. A process that dies before leaves the message failed and playbooks told. */
async function show(core: TextCore, workspaceId: WorkspaceId, row: TextRow): Promise<void> {
  const { id: messageId, lead_id: leadId, state, to_address: to, answer } = row
  core.queue.ring('events')
  core.pubsub.publish('message.created', { workspaceId, messageId, leadId })
  if (leadId !== null) core.pubsub.publish('lead.updated', { workspaceId, leadId })
  if (state !== 'failed' || leadId === null) return
  await tellTeam(core, workspaceId, 'text-failed', { key: `message:${messageId}:failed`, leadId, detail: `${to}: ${answer}` }) // prettier-ignore
}

interface TextRow {
  id: string
  lead_id: string | null
  run_id: string | null
  channel: HandChannel
  state: 'sent' | 'failed'
  to_address: string
  answer: string | null
}

/** Where the vendor's word came first the row is there, without a text, and has failed. */
const KEEP_SENT = statement(
  'texts.keep-sent',
  `with lead as (
     select id from leads where workspace_id = $2 and (id = $10::uuid or ($10::uuid is null and phone = any($11::text[])))
     order by updated_at desc, id limit 1
   ), kept as (
     insert into messages (id, workspace_id, lead_id, direction, channel, state, from_address, to_address, subject, body, run_id, external_id, created_at, sent_at)
     values ($1, $2, (select id from lead), 'out', $3, 'sent', $5, $6, '', $7, $8::uuid, $4, $9, $9)
     on conflict (workspace_id, external_id) where external_id is not null do update set lead_id = excluded.lead_id, body = excluded.body,
       run_id = excluded.run_id, from_address = excluded.from_address, to_address = excluded.to_address
       where messages.direction = 'out' and messages.lead_id is null and messages.body = ''
     returning *
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
     select gen_random_uuid(), $2, lead_id, 'MESSAGE_SENT', left(body, 500), jsonb_build_object('messageId', id), $8::uuid, $4 || '#MESSAGE_SENT', $9
     from kept where lead_id is not null
     on conflict (workspace_id, key) do nothing
   )
   select id, lead_id, run_id, channel, state, to_address, answer from kept`,
)
const FAIL_TEXT = statement(
  'texts.fail',
  `update messages set state = 'failed', answer = $3 where workspace_id = $1 and external_id = $2 and direction = 'out' and state = 'sent'
   returning id, lead_id, run_id, channel, state, to_address, answer`,
)
const KEEP_WORD = statement(
  'texts.keep-word',
  `insert into messages (id, workspace_id, direction, channel, state, from_address, to_address, subject, body, external_id, answer, created_at)
   values ($1, $2, 'out', $3, 'failed', $5, $6, '', '', $4, $7, $8)
   on conflict (workspace_id, external_id) where external_id is not null do nothing
   returning id, lead_id, run_id, channel, state, to_address, answer`,
)
const FIND_TEXT = statement(
  'texts.find',
  `select id, lead_id, run_id, channel, state, to_address, answer from messages where workspace_id = $1 and external_id = $2`,
)
const OPT_OUT = statement(
  'texts.opt-out',
  `update leads set phone_opted_out_at = $3, updated_at = $3
   where workspace_id = $1 and phone = any($2::text[]) and phone_opted_out_at is null`,
)
