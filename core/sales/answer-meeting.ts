import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

const WORDS = {
  en: { accepted: 'Accepted', declined: 'Declined', tentative: 'Perhaps' },
  'pt-BR': { accepted: 'Aceitou', declined: 'Recusou', tentative: 'Talvez' },
} as const

/**
 * What an attendee answered to the invitation: it stands at the meeting, in the history of the lead, and is the event `meeting.answered`, all
 * or nothing. False, and nothing stored, for an answer that was known, to a time that holds no more, of somebody who is not invited, or
 * to no meeting of this workspace that is still to come.
 */
export async function answerMeeting(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  given: {
    readonly id: string
    /** Who may have answered: the attendee that the answer names, and whose letter it came in. */
    readonly addresses: readonly string[]
    readonly answer: 'accepted' | 'declined' | 'tentative'
    readonly note: string | null
    /** Null: of the time that holds now. */
    readonly sequence: number | null
    readonly stamp: Date | null
  },
): Promise<boolean> {
  const { locale } = await getWorkspace(core, workspaceId)
  const word = WORDS[locale === 'pt-BR' ? 'pt-BR' : 'en'][given.answer]
  const row = await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const [row] = await tx.query<{ lead_id: string | null; starts_at: Date; sequence: number; told: boolean }>(
      ANSWER_MEETING,
      [
        workspaceId,
        given.id,
        given.answer,
        given.note,
        given.sequence,
        given.stamp ?? now,
        now,
        given.addresses,
        newId(),
        word,
      ],
    )
    if (!row?.told) return undefined
    const { lead_id: leadId, starts_at: startsAt } = row
    const { answer, note } = given
    const data = { leadId, meetingId: given.id, startsAt: startsAt.toISOString(), answer, note }
    await appendEvent(tx, workspaceId, { type: 'meeting.answered', subjectId: leadId, data, source: 'calendar' }, now)
    return row
  })
  if (!row) return false
  core.queue.ring('events')
  core.pubsub.publish('meeting.updated', { workspaceId, meetingId: given.id })
  if (row.lead_id) core.pubsub.publish('lead.updated', { workspaceId, leadId: row.lead_id })
  return true
}

/** A program that answers twice the same tells nothing new, and moves only the stamp on. */
const ANSWER_MEETING = statement(
  'answer-meeting',
  `with found as (
     select id, title, answer, answer_note from meetings
     where workspace_id = $1 and id = $2::uuid and status = 'SCHEDULED' and sequence = coalesce($5::int, sequence)
       and (answer_stamp is null or answer_stamp < $6::timestamptz)
       and exists (select from jsonb_array_elements(attendees) a where lower(a->>'email') = any($8::text[]))
     for update
   ), answered as (
     update meetings m set answer = $3::text, answer_note = $4::text, answer_stamp = $6::timestamptz, answered_at = $7::timestamptz
     from found f where m.id = f.id
     returning m.lead_id, m.starts_at, m.sequence, m.title, (f.answer, f.answer_note) is distinct from ($3::text, $4::text) as told
   ), history as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
     select $9, $1, lead_id, 'MEETING_ANSWERED', $10 || ': ' || title, jsonb_build_object('meetingId', $2::text, 'answer', $3::text, 'note', $4::text), $7
     from answered where told and lead_id is not null
   )
   select lead_id, starts_at, sequence, told from answered`,
)
