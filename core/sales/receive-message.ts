import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { writingsOf } from '../phone.ts'
import { type Sql, statement } from '../sql.ts'
import { type Message, messageOf, type MessageRow } from './messages.ts'
import type { HandChannel } from './outbox.ts'

type ReceiveCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

/**
 * Stores the answer of a lead to one of our messages and the event `message.received`, both or neither. `externalId` names the
 * message where it came from: the same again answers with the first and tells nothing. Whoever answers can be reached, so
 * earlier bounces are forgotten. Throws `NOT_FOUND` for a message that no lead could answer.
 */
export async function receiveReply(
  core: ReceiveCore,
  workspaceId: WorkspaceId,
  reply: { messageId: string; body: string; externalId?: string | undefined },
): Promise<Message> {
  const { messageId, body, externalId = null } = reply
  const message = await receive(core, workspaceId, externalId, now => ({
    statement: RECEIVE_REPLY,
    values: [newId(), workspaceId, messageId, body, now, externalId],
  }))
  if (message) return message
  throw new TraeError('NOT_FOUND', `There is no message ${messageId} that a lead could answer.`)
}

/** An e-mail as it came in. */
export interface IncomingLetter {
  /** Its Message-ID, or its place in the folder. */
  readonly externalId: string
  /** The letter of ours that it answers, where it says so. */
  readonly answers: string | undefined
  readonly from: string
  readonly subject: string
  readonly text: string
  /** Written by a program: kept, and told to no playbook. */
  readonly automatic: boolean
}

/**
 * Stores an e-mail of a lead as `receiveReply` does. Whose it is says the letter of ours that it answers, else its sender's address; it
 * then belongs to the last letter to that lead. Null, and nothing stored, for one of nobody that we sell to.
 */
export async function receiveLetter(
  core: ReceiveCore,
  workspaceId: WorkspaceId,
  { externalId, answers, from, subject, text, automatic }: IncomingLetter,
): Promise<Message | null> {
  return receive(core, workspaceId, externalId, now => ({
    statement: RECEIVE_LETTER,
    values: [newId(), workspaceId, answers ?? null, text, now, externalId, from, subject, automatic],
  }))
}

/** A message from a phone, as a vendor tells of it. */
export interface IncomingText {
  readonly channel: HandChannel
  /** As the vendor knows it. */
  readonly externalId: string
  /** E.164. */
  readonly from: string
  readonly to: string
  readonly text: string
}

/**
 * Stores a message from the phone of a lead as `receiveReply` does. Of several leads with that phone it is the one who was written to last that
 * way. Null, and nothing stored, for one of nobody that we sell to.
 */
export async function receiveText(
  core: ReceiveCore,
  workspaceId: WorkspaceId,
  { channel, externalId, from, to, text }: IncomingText,
): Promise<Message | null> {
  return receive(core, workspaceId, externalId, now => ({
    statement: RECEIVE_TEXT,
    values: [newId(), workspaceId, channel, text, now, externalId, from, to, writingsOf(from)],
  }))
}

async function receive(
  core: ReceiveCore,
  workspaceId: WorkspaceId,
  externalId: string | null,
  insert: (now: Date) => { readonly statement: typeof RECEIVE_REPLY; readonly values: readonly unknown[] },
): Promise<Message | null> {
  const now = core.clock.now()
  const { message, news } = await core.sql.transaction(async tx => {
    const { statement, values } = insert(now)
    const [row] = await tx.query<MessageRow>(statement, values)
    if (row && !row.automatic) await tell(tx, workspaceId, row, now)
    if (row || externalId === null) return { message: row ? messageOf(row) : null, news: true }
    const [earlier] = await tx.query<MessageRow>(MESSAGE_OF_EXTERNAL, [workspaceId, externalId])
    return { message: earlier ? messageOf(earlier) : null, news: false }
  })
  if (!message || !news) return message
  core.queue.ring('events')
  core.pubsub.publish('message.created', { workspaceId, messageId: message.id, leadId: message.leadId })
  if (message.leadId) core.pubsub.publish('lead.updated', { workspaceId, leadId: message.leadId })
  return message
}

const tell = (tx: Sql, workspaceId: WorkspaceId, row: MessageRow, now: Date) =>
  appendEvent(
    tx,
    workspaceId,
    {
      type: 'message.received',
      subjectId: row.lead_id,
      data: {
        leadId: row.lead_id,
        messageId: row.id,
        inReplyTo: row.in_reply_to,
        subject: row.subject,
        text: row.body,
      },
      source: 'mailbox',
      dedupeKey: `message:${row.id}`,
    },
    now,
  )

/** What an answer changes besides: whoever answers can be reached, and people read of it in the history of the lead. */
const CONSEQUENCES = `reached as (
     update leads set email_bounced_at = null
     where id in (select lead_id from reply where channel = 'email' and not automatic) and email_bounced_at is not null
   ), opted_in as ( -- what carriers and WhatsApp take for it
     update leads set phone_opted_out_at = null
     where id in (select lead_id from reply where channel <> 'email' and upper(trim(body)) in ('START', 'UNSTOP')) and phone_opted_out_at is not null
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
     select id, workspace_id, lead_id, case when channel = 'email' then 'EMAIL_RECEIVED' else 'MESSAGE_RECEIVED' end,
       case when channel = 'email' then subject else left(body, 500) end, jsonb_build_object('messageId', id), $5
     from reply where not automatic
   )
   select * from reply`
const RECEIVE_REPLY = statement(
  'receive-reply',
  `with reply as (
     insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, in_reply_to, created_at, external_id, attention)
     select $1, m.workspace_id, m.lead_id, 'in', m.channel, m.to_address, m.from_address,
            case when m.subject = '' or m.subject ilike 're:%' then m.subject else 'Re: ' || m.subject end, $4, m.id, $5, $6, 'open'
     from messages m where m.workspace_id = $2 and m.id = $3 and m.direction = 'out' and m.lead_id is not null
     on conflict (workspace_id, external_id) where external_id is not null do nothing
     returning *
   ), ${CONSEQUENCES}`,
)
const RECEIVE_LETTER = statement(
  'receive-letter',
  `with writer as (
     select lead_id, id as answered, 0 as place from messages
     where workspace_id = $2 and id = $3::uuid and direction = 'out' and lead_id is not null
     union all
     select l.id, (select m.id from messages m where m.workspace_id = $2 and m.lead_id = l.id and m.direction = 'out' and m.channel = 'email'
                   order by m.created_at desc limit 1), 1
     from leads l where l.workspace_id = $2 and l.email = $7
     union all -- or has once been
     select a.lead_id, (select m.id from messages m where m.workspace_id = $2 and m.lead_id = a.lead_id and m.direction = 'out' and m.channel = 'email'
                        order by m.created_at desc limit 1), 2
     from lead_aliases a where a.workspace_id = $2 and a.kind = 'email' and a.value = $7
     order by place limit 1
   ), reply as (
     insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, in_reply_to, created_at, external_id,
       automatic, attention)
     select $1, $2, w.lead_id, 'in', 'email', $7, coalesce((select address from mailboxes where workspace_id = $2), ''), $8, $4, w.answered, $5, $6,
       $9, case when $9::boolean then null else 'open' end
     from writer w
     on conflict (workspace_id, external_id) where external_id is not null do nothing
     returning *
   ), ${CONSEQUENCES}`,
)
const RECEIVE_TEXT = statement(
  'receive-text',
  `with writer as (
     select l.id as lead_id, m.id as answered from leads l
     left join lateral (
       select id, created_at from messages where workspace_id = $2 and lead_id = l.id and direction = 'out' and channel = $3
       order by created_at desc limit 1
     ) m on true
     where l.workspace_id = $2 and (l.phone = any($9::text[])
       or l.id in (select a.lead_id from lead_aliases a where a.workspace_id = $2 and a.kind = 'phone' and a.value = any($9::text[])))
     order by m.created_at desc nulls last, l.updated_at desc, l.id limit 1
   ), reply as (
     insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, in_reply_to, created_at, external_id, attention)
     select $1, $2, w.lead_id, 'in', $3, $7, $8, '', $4, w.answered, $5, $6, 'open' from writer w
     on conflict (workspace_id, external_id) where external_id is not null do nothing
     returning *
   ), ${CONSEQUENCES}`,
)
const MESSAGE_OF_EXTERNAL = statement(
  'message-of-external',
  `select * from messages where workspace_id = $1 and external_id = $2`,
)
