import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/**
 * One of our letters came back for good: the address is written to no more, and `message.bounced` tells playbooks, all or nothing.
 * The same again changes nothing. A letter that is only late (a full mailbox, a server that is away) is no bounce. Throws `NOT_FOUND`
 * for a message that is none of ours.
 */
export async function recordBounce(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { messageId, reason }: { messageId: string; reason: string },
): Promise<void> {
  const now = core.clock.now()
  const row = await core.sql.transaction(async tx => {
    const [row] = await tx.query<BouncedRow>(RECORD_BOUNCE, [
      workspaceId,
      messageId,
      reason.slice(0, 500),
      now,
      newId(),
    ])
    if (row?.news && row.lead_id !== null) {
      const data = { leadId: row.lead_id, messageId, to: row.to_address, reason }
      await appendEvent(
        tx,
        workspaceId,
        { type: 'message.bounced', subjectId: row.lead_id, data, source: 'mailbox', dedupeKey: `bounce:${messageId}` },
        now,
      )
    }
    return row
  })
  if (!row) throw new TraeError('NOT_FOUND', `There is no message ${messageId} of ours in this workspace.`)
  if (!row.news) return
  core.queue.ring('events')
  core.pubsub.publish('message.created', { workspaceId, messageId, leadId: row.lead_id })
  if (row.lead_id) core.pubsub.publish('lead.updated', { workspaceId, leadId: row.lead_id })
}

interface BouncedRow {
  lead_id: string | null
  to_address: string
  news: boolean
}
// The address is that of the letter: a lead whose address was put right meanwhile can be written to.
const RECORD_BOUNCE = statement(
  'record-bounce',
  `with found as (
     select id, lead_id, to_address, bounced_at is null as news from messages
     where workspace_id = $1 and id::text = $2 and direction = 'out' for update
   ), marked as (
     update messages m set bounced_at = $4, bounce_reason = $3 from found where m.id = found.id and found.news returning m.id
   ), suppressed as (
     update leads l set email_bounced_at = $4, updated_at = $4 from found
     where found.news and l.workspace_id = $1 and l.email = found.to_address
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
     select $5, $1, lead_id, 'EMAIL_BOUNCED', left($3, 500), jsonb_build_object('messageId', id, 'to', to_address), $4
     from found where news and lead_id is not null
   )
   select lead_id, to_address, news from found`,
)
