import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { findMessage } from './messages.ts'

/** By what a person sends by hand. */
export type HandChannel = 'sms' | 'whatsapp'

/**
 * Lays a message to a phone into the mailbox, for a person to send by hand; once per `key`. The lead is the one given, else
 * the one with that phone. Refuses a lead that unsubscribed (`CONFLICT`); throws `NOT_FOUND` for one that is not here.
 */
export async function queueMessage(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  message: { channel: HandChannel; to: string; body: string; leadId?: string | undefined },
  origin: { readonly key: string; readonly runId: string | null },
): Promise<{ id: string; sentAt: string }> {
  const earlier = await findMessage(core, workspaceId, { key: origin.key })
  if (earlier) return earlier
  const now = core.clock.now()
  const [row] = await core.sql.query<{ lead_known: boolean; id: string | null; lead_id: string | null }>(
    QUEUE_MESSAGE,
    [
      newId(),
      workspaceId,
      message.leadId ?? null,
      message.channel,
      message.to,
      message.body,
      origin.runId,
      origin.key,
      now,
    ],
  )
  if (!row!.lead_known) throw new TraeError('NOT_FOUND', `There is no lead ${message.leadId} in this workspace.`)
  if (row!.id === null) {
    const twin = await findMessage(core, workspaceId, { key: origin.key })
    if (twin) return twin
    throw new TraeError('CONFLICT', `${message.to} asked not to be written to: nothing was sent.`, {
      details: { reason: 'unsubscribed' },
    })
  }
  const { id, lead_id: leadId } = row!
  core.pubsub.publish('message.created', { workspaceId, messageId: id!, leadId })
  if (leadId) core.pubsub.publish('lead.updated', { workspaceId, leadId })
  return { id: id!, sentAt: now.toISOString() }
}
const QUEUE_MESSAGE = statement(
  'queue-message',
  `with lead as (
     select id, unsubscribed_at from leads where workspace_id = $2 and (id = $3::uuid or ($3::uuid is null and phone = $5)) limit 1
   ), known as (
     select $3::uuid is null or exists (select from lead) as lead_known
   ), sent as (
     insert into messages (id, workspace_id, lead_id, direction, channel, state, from_address, to_address, subject, body, run_id, key, created_at)
     select $1, $2, (select id from lead), 'out', $4, 'to-send', '', $5, '', $6, $7::uuid, $8, $9
     from known where lead_known and not exists (select from lead where unsubscribed_at is not null)
       and not exists (select from leads where workspace_id = $2 and phone = $5 and (unsubscribed_at is not null or phone_opted_out_at is not null))
     on conflict (workspace_id, key) do nothing
     returning id, lead_id
   )
   select * from known left join sent on true`,
)

/**
 * A person has sent it, or knows that a letter without an answer of the mail server arrived: it is told in the history of the lead.
 * Done twice it changes nothing. Throws `NOT_FOUND`.
 */
export async function markSent(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<void> {
  const [row] = await core.sql.query<{ lead_id: string | null }>(MARK_SENT, [
    workspaceId,
    id,
    core.clock.now(),
    newId(),
  ])
  if (!row) throw new TraeError('NOT_FOUND', `There is no message ${id} of ours in this workspace.`)
  core.pubsub.publish('message.created', { workspaceId, messageId: id, leadId: row.lead_id })
  if (row.lead_id) core.pubsub.publish('lead.updated', { workspaceId, leadId: row.lead_id })
}
const MARK_SENT = statement(
  'mark-sent',
  `with found as (
     select id, lead_id, state, body, run_id from messages where workspace_id = $1 and id = $2 and direction = 'out'
   ), marked as (
     update messages set state = 'sent', sent_at = $3 where id in (select id from found where state in ('to-send', 'uncertain')) returning id
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, occurred_at)
     select $4, $1, lead_id, 'MESSAGE_SENT', left(body, 500), jsonb_build_object('messageId', id), run_id, $3
     from found where lead_id is not null and state = 'to-send' and id in (select id from marked)
   )
   select lead_id from found`,
)

/**
 * Sends a letter again that failed, or that got no answer: a person has decided. Throws `NOT_FOUND`, `CONFLICT` for one that is in
 * no such state, or where the workspace has no mail server.
 */
export async function resendMessage(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<void> {
  const [row] = await core.sql.query<{ lead_id: string | null; state: string; server: boolean; again: boolean }>(
    RESEND,
    [workspaceId, id, core.clock.now()],
  )
  if (!row) throw new TraeError('NOT_FOUND', `There is no message ${id} of ours in this workspace.`)
  if (!row.server)
    throw new TraeError('CONFLICT', 'This workspace has no mail server: connect one on the page Settings first.')
  if (!row.again && row.state !== 'queued')
    throw new TraeError(
      'CONFLICT',
      `The message ${id} is ${row.state}: only one that failed or is uncertain is sent again.`,
    )
  core.pubsub.publish('message.created', { workspaceId, messageId: id, leadId: row.lead_id })
}
const RESEND = statement(
  'resend-message',
  `with found as (
     select id, lead_id, state, exists (select from mailboxes where workspace_id = $1) as server from messages
     where workspace_id = $1 and id = $2 and direction = 'out' and channel = 'email' for update
   ), again as (
     update messages m set state = 'queued', due_at = $3, held_until = null, answer = null from found f
     where m.id = f.id and f.server and f.state in ('failed', 'uncertain') returning m.id
   )
   select lead_id, state, server, exists (select from again) as again from found`,
)
