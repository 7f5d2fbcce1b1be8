import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** Who reads a letter of ours, as far as a page to unsubscribe shows it. */
export interface LetterReader {
  readonly workspaceId: WorkspaceId
  readonly company: string
  readonly locale: string
  readonly address: string
  readonly unsubscribed: boolean
}

/** Null for a letter that is not here, or not to somebody that we sell to. */
export async function readerOf(core: Pick<Core, 'sql'>, messageId: string): Promise<LetterReader | null> {
  const [row] = await core.sql.query<{
    workspace_id: WorkspaceId
    company: string
    locale: string
    address: string
    unsubscribed: boolean
  }>(READER_OF, [messageId])
  if (!row) return null
  const { workspace_id: workspaceId, company, locale, address, unsubscribed } = row
  return { workspaceId, company, locale, address, unsubscribed }
}
const READER_OF = statement(
  'reader-of-letter',
  `select m.workspace_id, w.name as company, l.locale, m.to_address as address, l.unsubscribed_at is not null as unsubscribed
   from messages m join workspaces w on w.id = m.workspace_id join leads l on l.id = m.lead_id
   where m.id = $1 and m.direction = 'out'`,
)

/**
 * The reader of one letter wants no more of us: nobody writes to them, to whichever address, and runs about them see it before their
 * next effect. Done twice it changes nothing. False for a letter that is not here.
 */
export async function unsubscribeReader(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  messageId: string,
): Promise<boolean> {
  const [row] = await core.sql.query<{ workspace_id: WorkspaceId; lead_id: string; news: boolean }>(
    UNSUBSCRIBE_READER,
    [messageId, core.clock.now()],
  )
  if (!row) return false
  if (row.news) core.pubsub.publish('lead.updated', { workspaceId: row.workspace_id, leadId: row.lead_id })
  return true
}
// As the action local-crm/unsubscribe has it: out of the sale, but a customer stays one.
const UNSUBSCRIBE_READER = statement(
  'unsubscribe-reader',
  `with found as (
     select l.id, l.workspace_id, l.status, l.unsubscribed_at is null as news
     from messages m join leads l on l.id = m.lead_id where m.id = $1::uuid and m.direction = 'out' for update of l
   ), marked as (
     update leads l set unsubscribed_at = $2, updated_at = $2, status = case when l.status = 'CONVERTED' then l.status else 'DISQUALIFIED' end
     from found f where l.id = f.id and f.news
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, key, occurred_at)
     select gen_random_uuid(), workspace_id, id, 'STATUS_CHANGED', 'List-Unsubscribe',
       jsonb_build_object('status', case when status = 'CONVERTED' then status else 'DISQUALIFIED' end, 'before', status, 'messageId', $1::uuid),
       'unsubscribe:' || $1::uuid, $2
     from found where news on conflict (workspace_id, key) do nothing
   )
   select workspace_id, id as lead_id, news from found`,
)
