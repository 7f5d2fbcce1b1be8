/**
 * Letters that a plugin hands to a vendor, and what the vendor says of them later. The row stands before the vendor is asked, under the key of
 * the step, so that a letter whose answer was lost is seen, and what is said of it later finds it:
 *
 *   sending → sent        the vendor has taken it
 *   sending → (removed)   nothing went out: the step says why
 *   sending → uncertain   no word came in time (`deliverLetters` looks): a person decides, unless the vendor tells of it later
 *   sent → failed         the vendor took it, and then could not hand it over
 *
 * Only letters to a lead that is named are kept: what goes to people of the team may let somebody in, and every member reads the mailbox.
 */
import { type Invitation, invitedMeeting, type InvitedMeetingJson, writeInvitation } from '../calendars/invitation.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { isId, newId, type WorkspaceId } from '../ids.ts'
import { recordBounce } from '../sales/bounces.ts'
import { unsubscribeReader } from '../sales/unsubscribe-reader.ts'
import { statement } from '../sql.ts'
import { messageIdOf, pageToUnsubscribe, unsubscribeHeaders } from './compose.ts'
import { letterHtml } from './letter-html.ts'
import { appendLetterFailed, type FailedLetter } from './letter-failed.ts'
import { tellTeam } from './tell-team.ts'

type LetterCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'config' | 'vault'>

/** How long a vendor may take to answer, with the plugin that waits for it. */
const HOLD_MS = 5 * 60_000

export interface BegunLetter {
  /** Null for one that is not kept: to nobody's thread. */
  readonly id: string | null
  /** When it was taken, of one that an earlier try of the same step has sent: it is not handed over again. */
  readonly sentAt: string | null
  /** With In-Reply-To, References, and to leads the ways to unsubscribe; the names as RFC 5322 and RFC 8058 write them. */
  readonly headers: Readonly<Record<string, string>>
  /** The text as a page, to be sent beside it. */
  readonly html: string
  /** May its reader unsubscribe by a page of ours? */
  readonly unsubscribes: boolean
  readonly invitation: Invitation | null
}

/**
 * A letter is about to be handed to a vendor. Throws `NOT_FOUND` for a lead that is not here, and `CONFLICT` for an address that
 * must not be written to, as the built-in mailbox does. What it answers or tells of is passed over where it is none of ours.
 */
export async function beginLetter(
  core: LetterCore,
  workspaceId: WorkspaceId,
  letter: {
    readonly from: { readonly address: string; readonly name: string }
    readonly to: string
    readonly subject: string
    readonly text: string
    readonly leadId?: string | undefined
    readonly inReplyTo?: string | undefined
    readonly meetingId?: string | undefined
  },
  { key, runId }: { readonly key: string; readonly runId: string | null },
): Promise<BegunLetter> {
  const { from, to, subject, text, leadId, inReplyTo, meetingId } = letter
  const now = core.clock.now()
  const ours = (id: string | undefined) => (isId(id) ? id : null)
  const [row] = await core.sql.query<BegunRow>(BEGIN_LETTER, [
    newId(),
    workspaceId,
    leadId ?? null,
    from.address,
    to.trim().toLowerCase(),
    subject,
    text,
    ours(inReplyTo),
    runId,
    key,
    now,
    ours(meetingId),
    new Date(now.getTime() + HOLD_MS),
  ])
  if (!row!.lead_known) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
  const sentAt = row!.sent_at?.toISOString() ?? null
  if (sentAt === null && (row!.bounced || row!.unsubscribed))
    throw new TraeError(
      'CONFLICT',
      row!.bounced
        ? `Letters to ${to} come back: nothing was sent.`
        : `${to} asked not to be written to: nothing was sent.`,
      { details: { reason: row!.bounced ? 'bounced' : 'unsubscribed' } },
    )
  const { id, references, meeting, locale } = row!
  if (id !== null && sentAt === null) core.pubsub.publish('message.created', { workspaceId, messageId: id, leadId: row!.lead_id }) // prettier-ignore
  const page = id === null ? undefined : pageToUnsubscribe(core, id)
  return {
    id,
    sentAt,
    headers: {
      ...(id === null ? {} : { 'Message-ID': messageIdOf(id, from.address) }),
      ...(references.length === 0 ? {} : { 'In-Reply-To': references.at(-1)!, References: references.join(' ') }),
      ...(id === null ? {} : unsubscribeHeaders(core, id, null)),
    },
    html: letterHtml({ subject, body: text, locale }, page),
    unsubscribes: page !== undefined,
    invitation: (meeting && writeInvitation(core, from, invitedMeeting(meeting), to)) ?? null,
  }
}

/** Which letter of a plugin: keys begin with the name of who handed it over, and nobody speaks for another. */
export interface ReportedLetter {
  readonly id: string
  readonly keysBegin: string
}

/**
 * The vendor has taken it. `messageId` is the Message-ID under which it went out, where the vendor tells. Told again it changes
 * nothing; false for a letter that this plugin has not begun.
 */
export async function letterSent(
  core: LetterCore,
  workspaceId: WorkspaceId,
  { id, keysBegin, messageId }: ReportedLetter & { readonly messageId?: string | undefined },
): Promise<boolean> {
  const values = [workspaceId, id, keysBegin, core.clock.now(), messageId ?? null]
  const [row] = await core.sql.query<{ lead_id: string | null; news: boolean }>(LETTER_SENT, values)
  if (row?.news) show(core, workspaceId, id, row.lead_id)
  return row !== undefined
}

/** Nothing of it went out, and the step says why: as if it had not been begun. */
export async function withdrawLetter(
  core: LetterCore,
  workspaceId: WorkspaceId,
  { id, keysBegin }: ReportedLetter,
): Promise<boolean> {
  const [row] = await core.sql.query<{ lead_id: string | null }>(WITHDRAW_LETTER, [workspaceId, id, keysBegin])
  if (row) show(core, workspaceId, id, row.lead_id)
  return row !== undefined
}

/** The vendor could not hand it over, which says nothing against the address: `message.failed` tells playbooks, and the team is told, once. */
export async function letterFailed(
  core: LetterCore,
  workspaceId: WorkspaceId,
  { id, keysBegin, reason }: ReportedLetter & { readonly reason: string },
): Promise<boolean> {
  if (!(await letterSent(core, workspaceId, { id, keysBegin }))) return false
  const failed = await core.sql.transaction(async tx => {
    const [row] = await tx.query<FailedLetter>(LETTER_FAILED, [workspaceId, id, reason])
    if (row) await appendLetterFailed(tx, row, reason, core.clock.now())
    return row
  })
  if (!failed) return true
  core.queue.ring('events')
  show(core, workspaceId, id, failed.lead_id)
  const detail = `${failed.to_address}: ${reason}`
  await tellTeam(core, workspaceId, 'letter-failed', { key: `letter:${id}:returned`, leadId: failed.lead_id, detail })
  return true
}

/** It came back for good, as `recordBounce` has it. */
export async function letterBounced(
  core: LetterCore,
  workspaceId: WorkspaceId,
  { id, keysBegin, reason }: ReportedLetter & { readonly reason: string },
): Promise<boolean> {
  if (!(await letterSent(core, workspaceId, { id, keysBegin }))) return false
  await recordBounce(core, workspaceId, { messageId: id, reason })
  return true
}

/** Its reader wants no more of us, as `unsubscribeReader` has it. */
export async function letterUnsubscribed(
  core: LetterCore,
  workspaceId: WorkspaceId,
  { id, keysBegin }: ReportedLetter,
): Promise<boolean> {
  if (!(await letterSent(core, workspaceId, { id, keysBegin }))) return false
  return unsubscribeReader(core, id)
}

function show(core: LetterCore, workspaceId: WorkspaceId, messageId: string, leadId: string | null): void {
  core.pubsub.publish('message.created', { workspaceId, messageId, leadId })
  if (leadId) core.pubsub.publish('lead.updated', { workspaceId, leadId })
}

/** One row always. */
interface BegunRow {
  lead_known: boolean
  bounced: boolean
  unsubscribed: boolean
  id: string | null
  lead_id: string | null
  sent_at: Date | null
  references: string[]
  locale: string
  meeting: InvitedMeetingJson | null
}
// Of an earlier try of the step whose end nobody knows a person has decided by now, so it begins anew under its old id; one that was sent
// stays so. What it answers is found upwards, at most ten letters far.
const BEGIN_LETTER = statement(
  'letters.begin',
  `with recursive lead as (
     select id, unsubscribed_at, locale from leads where workspace_id = $2 and id = $3::uuid
   ), known as (
     select $3::uuid is null or exists (select from lead) as lead_known,
       exists (select from leads where workspace_id = $2 and email = $5 and email_bounced_at is not null) as bounced,
       exists (select from leads l where l.workspace_id = $2 and l.unsubscribed_at is not null and (l.id = $3::uuid or l.email = $5
         or l.id in (select a.lead_id from lead_aliases a where a.workspace_id = $2 and a.kind = 'email' and a.value = $5))) as unsubscribed,
       (select m.id from messages m where m.workspace_id = $2 and m.id = $8::uuid) as answered
   ), earlier as (
     select id, lead_id, coalesce(sent_at, created_at) as sent_at from messages
     where workspace_id = $2 and key = $10 and (state = 'sent' or bounced_at is not null)
   ), begun as (
     insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, in_reply_to, run_id, key, created_at,
       state, held_until, meeting_id)
     select $1, $2, lead.id, 'out', 'email', $4, $5, $6, $7, known.answered, $9::uuid, $10, $11::timestamptz, 'sending', $13::timestamptz,
       (select id from meetings where workspace_id = $2 and id = $12::uuid)
     from known, lead where not bounced and not unsubscribed and not exists (select from earlier)
     on conflict (workspace_id, key) do update set state = 'sending', held_until = excluded.held_until, answer = null
       where messages.state in ('sending', 'uncertain', 'failed') and messages.channel = 'email'
     returning id, lead_id, null::timestamptz as sent_at
   ), above as (
     select m.id, m.in_reply_to as next, m.external_id, m.from_address, 0 as depth from messages m, known where m.id = known.answered
     union all
     select m.id, m.in_reply_to, m.external_id, m.from_address, a.depth + 1 from above a join messages m on m.id = a.next where a.depth < 10
   )
   select known.lead_known, known.bounced, known.unsubscribed, it.id, it.lead_id, it.sent_at,
     coalesce((select array_agg(coalesce(a.external_id, '<' || a.id || '@' || split_part(a.from_address, '@', 2) || '>') order by a.depth desc)
       from above a), '{}') as references,
     coalesce((select locale from lead), (select locale from workspaces where id = $2)) as locale,
     (select jsonb_build_object('id', t.id, 'title', t.title, 'status', t.status, 'startsAt', t.starts_at, 'endsAt', t.ends_at,
        'location', t.location, 'sequence', t.sequence, 'attendees', t.attendees)
      from meetings t where t.workspace_id = $2 and t.id = $12::uuid) as meeting
   from known left join (select * from earlier union all select * from begun) it on true`,
)
const LETTER_SENT = statement(
  'letters.reported-sent',
  `with found as (
     select id, lead_id, state, subject, run_id, key, state in ('sending', 'uncertain') as news from messages
     where workspace_id = $1 and id = $2 and starts_with(key, $3) and channel = 'email' and direction = 'out' for update
   ), marked as (
     update messages m set sent_at = case when f.news then $4::timestamptz else m.sent_at end,
       state = case when f.news then 'sent' else m.state end, held_until = null, answer = case when f.news then null else m.answer end,
       external_id = case when exists (select from messages o where o.workspace_id = $1 and o.external_id = $5) then m.external_id
         else coalesce($5, m.external_id) end
     from found f where m.id = f.id and (f.news or $5::text is not null)
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
     select id, $1, lead_id, 'EMAIL_SENT', subject, jsonb_build_object('messageId', id), run_id, key || '#EMAIL_SENT', $4
     from found where news and lead_id is not null
     on conflict (workspace_id, key) do nothing
   )
   select lead_id, news from found`,
)
const WITHDRAW_LETTER = statement(
  'letters.withdraw',
  `delete from messages where workspace_id = $1 and id = $2 and starts_with(key, $3) and state = 'sending' and channel = 'email'
   returning lead_id`,
)
const LETTER_FAILED = statement(
  'letters.reported-failed',
  `update messages set state = 'failed', answer = $3 where workspace_id = $1 and id = $2 and state = 'sent' and bounced_at is null
   returning id, workspace_id, lead_id, run_id, to_address, attempts`,
)
