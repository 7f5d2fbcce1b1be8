/**
 * Letters that wait to go out, by SMTP. A letter is `queued` in the statement that stores it. A process claims it for a while
 * (`held_until` is its fence), and commits `sending` when the server has agreed to sender and recipient, before the first byte of
 * the letter: from then on only the server's own word ends it.
 *
 *   queued → sending → sent | failed, or queued again where the server said: not now
 *   sending → uncertain   no word came, or the process died: it may have arrived, so it is not sent again; a person decides
 *
 * What goes wrong before `sending` costs time, never a letter.
 */
import { invitedMeeting, type InvitedMeetingJson, writeInvitation } from '../calendars/invitation.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { recordBounce } from '../sales/bounces.ts'
import { statement } from '../sql.ts'
import { compose } from './compose.ts'
import { appendLetterFailed, type FailedLetter, giveUpLetters } from './letter-failed.ts'
import { noteOutgoing, openMailbox, type OpenedMailbox } from './mailbox.ts'
import { type Handed, openSmtp, type SmtpSession } from './smtp.ts'
import { isServerProblem } from './server-address.ts'
import { tellTeam } from './tell-team.ts'

type MailCore = Pick<Core, 'sql' | 'clock' | 'vault' | 'config' | 'egress' | 'queue' | 'pubsub' | 'log'>

/** How long one process may be at a letter. */
const HOLD_MS = 5 * 60_000
/** Letters of one round. */
const AT_ONCE = 50
/** Before the next try, by how many there were; then the last again. */
const PAUSES_MS = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000, 4 * 60 * 60_000]
/** After which a letter has failed: nobody waits longer. */
const PATIENCE_MS = 48 * 60 * 60_000

/** Sends what is due. Any number of processes may look. */
export async function deliverLetters(core: MailCore): Promise<void> {
  const now = core.clock.now()
  const left = await core.sql.query<Held & { state: 'sending' | 'queued' }>(LEFT_BEHIND, [now])
  if (left.some(({ state }) => state === 'queued')) {
    await core.sql.transaction(tx => giveUpLetters(tx, null, now))
    core.queue.ring('events')
  }
  for (const row of left.filter(({ state }) => state === 'sending')) {
    const answer = 'The process that sent this ended before the mail server answered.'
    await settle(core, row, { state: 'uncertain', answer })
  }
  const rows = await core.sql.query<LetterRow>(CLAIM_LETTERS, [now, new Date(now.getTime() + HOLD_MS), AT_ONCE])
  for (const [workspaceId, letters] of Map.groupBy(rows, row => row.workspace_id))
    await deliverOf(core, workspaceId, letters).catch((error: unknown) =>
      // other workspaces have their own; these are claimed anew when their hold is over
      core.log.error({ workspaceId, err: error }, 'letters cannot be sent; a later look tries again'),
    )
}

async function deliverOf(core: MailCore, workspaceId: WorkspaceId, letters: readonly LetterRow[]): Promise<void> {
  const mailbox = await openMailbox(core, workspaceId)
  if (!mailbox) return // disconnected this moment: they have failed, or do at the next look
  let session: SmtpSession | undefined
  try {
    for (const letter of letters) {
      const refusal = refusalOf(letter)
      if (refusal !== undefined) {
        await settle(core, letter, { state: 'failed', answer: refusal, unwanted: true })
        continue
      }
      session ??= await openSmtp(core, mailbox)
      const handed = await handOver(core, mailbox, session, letter)
      if (handed !== 'lost') await conclude(core, letter, handed)
      if (handed === 'lost' || handed.kind === 'unanswered' || handed.kind === 'untouched') session = undefined
      else if (handed.kind === 'taken') await noteOutgoing(core, mailbox.id, null)
    }
  } catch (error) {
    if (!isServerProblem(error)) throw error
    await stopped(core, mailbox, letters, error)
  } finally {
    session?.close()
  }
}

/** The server does not let us in: the letters wait, and people see why. */
async function stopped(
  core: MailCore,
  mailbox: OpenedMailbox,
  letters: readonly LetterRow[],
  error: TraeError,
): Promise<void> {
  await noteOutgoing(core, mailbox.id, error.message)
  if (mailbox.outgoingProblem === null)
    await tellTeam(core, mailbox.workspaceId, 'outgoing-stopped', {
      key: `mailbox:${mailbox.id}:outgoing:${core.clock.now().toISOString().slice(0, 10)}`,
      detail: error.message,
    })
  for (const letter of letters) await again(core, letter, error.message)
}

/** `lost`: another process has the letter by now, and nothing of it was sent from here. */
async function handOver(
  core: MailCore,
  mailbox: OpenedMailbox,
  session: SmtpSession,
  letter: LetterRow,
): Promise<Handed | 'lost'> {
  const { id, to_address: to, subject, body, created_at: createdAt, references, lead_id: leadId, locale } = letter
  const invitation = letter.meeting ? writeInvitation(core, mailbox, invitedMeeting(letter.meeting), to) : undefined
  const toLead = leadId !== null
  const raw = await compose(core, mailbox, { id, to, subject, body, createdAt, references, toLead, invitation, locale })
  let lost = false
  const handed = session.hand({ from: mailbox.address, to, raw }, async () => {
    const [held] = await core.sql.query<{ id: string }>(MARK_SENDING, [id, letter.held_until, core.clock.now()])
    lost = !held
    if (lost) throw new TraeError('LEASE_LOST', `Another process is at the letter ${id}.`)
    crashPoint('letter.sending')
  })
  return handed.catch(error => {
    if (lost) return 'lost' as const
    throw error
  })
}

async function conclude(core: MailCore, letter: LetterRow, handed: Handed): Promise<void> {
  switch (handed.kind) {
    case 'taken':
      crashPoint('letter.taken')
      return settle(core, letter, { state: 'sent', answer: handed.answer, externalId: handed.messageId })
    case 'untouched':
    case 'later':
      return again(core, letter, handed.answer)
    case 'refused':
      if (handed.recipient)
        await recordBounce(core, letter.workspace_id, { messageId: letter.id, reason: handed.answer })
      return settle(core, letter, { state: 'failed', answer: handed.answer, bounced: handed.recipient })
    case 'unanswered':
      return settle(core, letter, { state: 'uncertain', answer: handed.answer })
    default:
      handed satisfies never
  }
}

/** What came to light since the letter was stored, and forbids it. */
function refusalOf(letter: LetterRow): string | undefined {
  if (letter.unsubscribed) return 'They asked not to be written to before this went out.'
  if (letter.bounced) return 'Letters to this address come back.'
  if (!letter.to_address.includes('@')) return 'There is no address any more.'
  return undefined
}

async function again(core: MailCore, letter: LetterRow, answer: string): Promise<void> {
  const now = core.clock.now()
  if (now.getTime() - letter.created_at.getTime() > PATIENCE_MS)
    return settle(core, letter, { state: 'failed', answer })
  const pause = PAUSES_MS[Math.min(letter.attempts, PAUSES_MS.length) - 1] ?? PAUSES_MS[0]!
  await core.sql.query(TRY_LATER, [letter.id, letter.held_until, answer, new Date(now.getTime() + pause)])
  core.pubsub.publish('message.created', of(letter))
}

/**
 * People are told first, once a try: who dies in between tells nobody twice, and nothing is left unsaid. That a letter to a lead went
 * out to nobody is an event besides, so that no playbook takes it for silence.
 */
async function settle(
  core: MailCore,
  letter: Held,
  outcome: {
    readonly state: 'sent' | 'uncertain' | 'failed'
    readonly answer: string
    readonly externalId?: string | undefined
    /** It came back: `message.bounced` has told people and playbooks. */
    readonly bounced?: boolean
    /** They want no letter, or none arrives there: playbooks know that from the record of the lead. */
    readonly unwanted?: boolean
  },
): Promise<void> {
  const { state, answer, externalId, bounced = false, unwanted = false } = outcome
  if (state !== 'sent' && !bounced)
    await tellTeam(core, letter.workspace_id, state === 'uncertain' ? 'letter-uncertain' : 'letter-failed', {
      key: `letter:${letter.id}:${letter.attempts}`,
      leadId: letter.lead_id,
      detail: `${letter.to_address}: ${answer}`,
    })
  const now = core.clock.now()
  const { id, lead_id: leadId } = letter
  const tells = state === 'failed' && leadId !== null && !bounced && !unwanted
  await core.sql.transaction(async tx => {
    const settled = await tx.query(SETTLE_LETTER, [id, letter.held_until, state, answer, externalId ?? null, now])
    if (settled.length === 0 || !tells) return
    await appendLetterFailed(tx, letter, answer, now)
  })
  if (tells) core.queue.ring('events')
  core.pubsub.publish('message.created', of(letter))
}

const of = ({ workspace_id: workspaceId, id: messageId, lead_id: leadId }: Held) => ({
  workspaceId,
  messageId,
  leadId,
})

/** A letter that a process is at, or was. */
interface Held extends FailedLetter {
  held_until: Date
}
interface LetterRow extends Held {
  subject: string
  body: string
  created_at: Date
  /** Of the lead, else of the workspace. */
  locale: string
  unsubscribed: boolean
  bounced: boolean
  references: string[]
  /** As it stands now; null where the letter is about none. */
  meeting: InvitedMeetingJson | null
}

/** By a process that ended, and by a mail server that was disconnected. */
const LEFT_BEHIND = statement(
  'letters.left-behind',
  `select id, workspace_id, lead_id, run_id, to_address, attempts, held_until, state from messages m
   where state in ('queued', 'sending') and case when state = 'sending' then held_until <= $1
     else not exists (select from mailboxes b where b.workspace_id = m.workspace_id) end`,
)
/** What a letter answers is found upwards, at most ten letters far. */
const CLAIM_LETTERS = statement(
  'letters.claim',
  `with recursive due as (
     select m.id from messages m join mailboxes b on b.workspace_id = m.workspace_id
     where m.state = 'queued' and m.due_at <= $1 and (m.held_until is null or m.held_until <= $1)
     order by m.due_at, m.id limit $3 for update of m skip locked
   ), claimed as (
     update messages m set held_until = $2, attempts = m.attempts + 1 from due where m.id = due.id returning m.*
   ), above as (
     select c.id, c.in_reply_to as next, 0 as depth from claimed c
     union all
     select a.id, m.in_reply_to, a.depth + 1 from above a join messages m on m.id = a.next where a.depth < 10
   ), answered as (
     select a.id, array_agg(coalesce(m.external_id, '<' || m.id || '@' || split_part(m.from_address, '@', 2) || '>') order by a.depth desc) as ids
     from above a join messages m on m.id = a.next group by a.id
   )
   select c.id, c.workspace_id, c.lead_id, c.run_id, c.to_address, c.subject, c.body, c.created_at, c.attempts, c.held_until,
     exists (select from leads l where l.workspace_id = c.workspace_id and (l.id = c.lead_id or l.email = c.to_address
         or l.id in (select a.lead_id from lead_aliases a where a.workspace_id = c.workspace_id and a.kind = 'email' and a.value = c.to_address))
       and l.unsubscribed_at is not null) as unsubscribed,
     exists (select from leads l where l.workspace_id = c.workspace_id and l.email = c.to_address and l.email_bounced_at is not null) as bounced,
     coalesce((select l.locale from leads l where l.workspace_id = c.workspace_id and l.id = c.lead_id),
       (select w.locale from workspaces w where w.id = c.workspace_id)) as locale,
     coalesce(r.ids, '{}') as references,
     (select jsonb_build_object('id', t.id, 'title', t.title, 'status', t.status, 'startsAt', t.starts_at, 'endsAt', t.ends_at,
        'location', t.location, 'sequence', t.sequence, 'attendees', t.attendees)
      from meetings t where t.workspace_id = c.workspace_id and t.id = c.meeting_id) as meeting
   from claimed c left join answered r on r.id = c.id order by c.due_at, c.id`,
)
const MARK_SENDING = statement(
  'letters.mark-sending',
  `update messages set state = 'sending' where id = $1 and state = 'queued' and held_until = $2 and held_until > $3 returning id`,
)
const TRY_LATER = statement(
  'letters.try-later',
  `update messages set state = 'queued', held_until = null, answer = $3, due_at = $4
   where id = $1 and state in ('queued', 'sending') and held_until = $2`,
)
const SETTLE_LETTER = statement(
  'letters.settle',
  `update messages set state = $3::text, held_until = null, due_at = null, answer = $4, external_id = coalesce($5, external_id),
     sent_at = case when $3::text = 'sent' then $6::timestamptz else sent_at end
   where id = $1 and state in ('queued', 'sending') and held_until = $2 returning id`,
)
