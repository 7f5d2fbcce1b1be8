import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList, readListOf } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import { SAMPLE } from './lead.ts'

/** A message of the built-in mailbox. `body` is plain text. */
export interface Message {
  readonly id: string
  readonly leadId: string | null
  readonly direction: 'out' | 'in'
  readonly channel: string
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly body: string
  readonly inReplyTo: string | null
  readonly runId: string | null
  readonly createdAt: string
  /** How far it has come; `sent` as well where it stays on this host, and of what came in. */
  readonly state: MessageState
  /** A person has yet to send it by hand. */
  readonly isToSend: boolean
  /** What the mail server last said of it. */
  readonly answer: string | null
  /** When a letter came back for good. */
  readonly bouncedAt: string | null
  /** Came in, and was written by a program: nobody's answer. */
  readonly isAutomatic: boolean
}
export type MessageState = 'sent' | 'to-send' | 'queued' | 'sending' | 'uncertain' | 'failed'

export interface MessageRow {
  id: string
  lead_id: string | null
  direction: 'out' | 'in'
  channel: string
  from_address: string
  to_address: string
  subject: string
  body: string
  in_reply_to: string | null
  run_id: string | null
  state: MessageState
  answer: string | null
  bounced_at: Date | null
  automatic: boolean
  created_at: Date
}

export const messageOf = (row: MessageRow): Message => ({
  id: row.id,
  leadId: row.lead_id,
  direction: row.direction,
  channel: row.channel,
  from: row.from_address,
  to: row.to_address,
  subject: row.subject,
  body: row.body,
  inReplyTo: row.in_reply_to,
  runId: row.run_id,
  createdAt: row.created_at.toISOString(),
  state: row.state,
  isToSend: row.state === 'to-send',
  answer: row.answer,
  bouncedAt: row.bounced_at?.toISOString() ?? null,
  isAutomatic: row.automatic,
})

/**
 * Puts a message into the built-in mailbox, once per `key`: a repeat answers with the first one. Where the workspace has a mail server
 * it is queued for that, in the same statement (`core/mail`); a letter to the sample lead stays here. The lead is the one
 * given, else the one with that address. Refuses a lead that unsubscribed, the address of one, whoever is named, and an
 * address from which letters came back (`CONFLICT`). Throws `NOT_FOUND` for a lead or a message to answer that this workspace does not have.
 */
export async function sendMessage(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'config'>,
  workspaceId: WorkspaceId,
  message: {
    leadId?: string | undefined
    to: string
    subject: string
    body: string
    inReplyTo?: string | undefined
    /** The letter carries this meeting to the calendar of whoever is invited; one that is not ours is passed over. */
    meetingId?: string | undefined
  },
  origin: { readonly key: string; readonly runId: string | null },
): Promise<{ id: string; sentAt: string }> {
  const earlier = await findMessage(core, workspaceId, { key: origin.key })
  if (earlier) return earlier
  const id = newId()
  const [row] = await core.sql.query<SentRow>(SEND_MESSAGE, [
    id,
    workspaceId,
    message.leadId ?? null,
    core.config.owner.email,
    message.to.trim().toLowerCase(),
    message.subject,
    message.body,
    message.inReplyTo ?? null,
    origin.runId,
    origin.key,
    core.clock.now(),
    message.meetingId ?? null,
  ])
  if (!row!.lead_known) throw new TraeError('NOT_FOUND', `There is no lead ${message.leadId} in this workspace.`)
  if (!row!.answered_known)
    throw new TraeError('NOT_FOUND', `There is no message ${message.inReplyTo} to answer in this workspace.`)
  if (row!.id === null) {
    const twin = await findMessage(core, workspaceId, { key: origin.key })
    if (twin) return twin
    if (row!.bounced)
      throw new TraeError('CONFLICT', `Letters to ${message.to} come back: nothing was sent.`, {
        details: { reason: 'bounced' },
      })
    throw new TraeError('CONFLICT', `${message.to} asked not to be written to: nothing was sent.`, {
      details: { reason: 'unsubscribed' },
    })
  }
  const { lead_id: leadId, created_at: sentAt } = row!
  core.pubsub.publish('message.created', { workspaceId, messageId: row!.id, leadId })
  if (leadId) core.pubsub.publish('lead.updated', { workspaceId, leadId })
  return { id: row!.id, sentAt: sentAt.toISOString() }
}
/** One row always; without an id where nothing was sent. */
interface SentRow {
  lead_known: boolean
  answered_known: boolean
  bounced: boolean
  id: string | null
  lead_id: string | null
  created_at: Date
}
const SEND_MESSAGE = statement(
  'send-message',
  `with lead as (
     select id, unsubscribed_at from leads where workspace_id = $2 and (id = $3::uuid or ($3::uuid is null and email = $5)) limit 1
   ), known as (
     select $3::uuid is null or exists (select from lead) as lead_known,
            $8::uuid is null or exists (select from messages where workspace_id = $2 and id = $8::uuid) as answered_known,
            exists (select from leads where workspace_id = $2 and email = $5 and email_bounced_at is not null) as bounced
   ), server as (
     select address from mailboxes where workspace_id = $2
       and not exists (select from leads where workspace_id = $2 and email = $5 and source = '${SAMPLE}')
   ), sent as (
     insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, in_reply_to, run_id, key, created_at, state, due_at, meeting_id)
     select $1, $2, (select id from lead), 'out', 'email', coalesce((select address from server), $4), $5, $6, $7, $8::uuid, $9::uuid, $10, $11::timestamptz,
       case when exists (select from server) then 'queued' else 'sent' end, case when exists (select from server) then $11::timestamptz end,
       (select id from meetings where workspace_id = $2 and id = $12::uuid)
     from known where lead_known and answered_known and not bounced and not exists (select from lead where unsubscribed_at is not null)
       and not exists (select from leads where workspace_id = $2 and email = $5 and unsubscribed_at is not null)
       and not exists (select from lead_aliases a join leads l on l.id = a.lead_id
         where a.workspace_id = $2 and a.kind = 'email' and a.value = $5 and l.unsubscribed_at is not null)
     on conflict (workspace_id, key) do nothing
     returning id, lead_id, created_at
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
     select id, $2, lead_id, 'EMAIL_SENT', $6, jsonb_build_object('messageId', id), $9::uuid, $10 || '#EMAIL_SENT', $11
     from sent where lead_id is not null
     on conflict (workspace_id, key) do nothing
   )
   select * from known left join sent on true`,
)

/** The message that an effect with this key sent, or null: how the host looks before it repeats. */
export async function findMessage(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { key }: { key: string },
): Promise<{ id: string; sentAt: string } | null> {
  const [row] = await core.sql.query<{ id: string; created_at: Date }>(FIND_MESSAGE, [workspaceId, key])
  return row ? { id: row.id, sentAt: row.created_at.toISOString() } : null
}
const FIND_MESSAGE = statement(
  'find-message',
  `select id, created_at from messages where workspace_id = $1 and key = $2`,
)

/** What was written between us and a lead, oldest first, the last 50. */
export async function thread(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { leadId }: { leadId: string },
): Promise<Message[]> {
  return (await core.sql.query<MessageRow>(THREAD, [workspaceId, leadId])).map(messageOf).toReversed()
}
const THREAD = statement(
  'thread',
  `select * from messages where workspace_id = $1 and lead_id = $2 order by created_at desc, id desc limit 50`,
)

export interface MessageFilter {
  readonly leadId?: string | null | undefined
  readonly runId?: string | null | undefined
  readonly direction?: Message['direction'] | null | undefined
  readonly channels?: readonly string[] | null | undefined
  /** True: a person has yet to send it by hand. */
  readonly isToSend?: boolean | null | undefined
  /** Found anywhere in the subject, the text or an address. */
  readonly search?: string | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
}
export type MessageSortBy = 'createdAt'

/** Newest first, unless another order is asked for. */
export const listMessages = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<MessageFilter, MessageSortBy>,
): Promise<Page<Message>> => readList(core.sql, MESSAGES, workspaceId, request, messageOf)

/** Of each of these leads one page, as `listMessages` has it, in one statement. */
export const listMessagesOf = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: ListRequest<MessageFilter, MessageSortBy>,
): Promise<Map<string, Page<Message>>> =>
  readListOf(core.sql, MESSAGES, workspaceId, { column: 'm.lead_id', ids }, request, messageOf)
const MESSAGES: Listing<MessageFilter, MessageSortBy> = {
  name: 'list-messages',
  columns: 'm.*',
  from: 'messages m',
  of: 'm.workspace_id = $1',
  id: 'm.id',
  conditions: {
    leadId: compared('m.lead_id', '=', 'uuid'),
    runId: compared('m.run_id', '=', 'uuid'),
    direction: compared('m.direction', '=', 'text'),
    channels: oneOf('m.channel'),
    isToSend: compared(`(m.state = 'to-send')`, '=', 'boolean'),
    search: contains('m.subject', 'm.body', 'm.to_address', 'm.from_address'),
    createdAfter: compared('m.created_at', '>=', 'timestamptz'),
    createdBefore: compared('m.created_at', '<', 'timestamptz'),
  },
  orders: { createdAt: { by: 'm.created_at', type: 'timestamptz' } },
  usual: { by: 'createdAt' },
  few: ({ isToSend }) => (isToSend === true ? [{ name: 'to-send', condition: `m.state = 'to-send'` }] : []),
}

/** The messages with these ids, in any order; unknown ids are left out. */
export async function findMessages(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Message[]> {
  return (await core.sql.query<MessageRow>(FIND_MESSAGES, [workspaceId, ids])).map(messageOf)
}
const FIND_MESSAGES = statement(
  'find-messages',
  `select * from messages where workspace_id = $1 and id = any($2::uuid[])`,
)
