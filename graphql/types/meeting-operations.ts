import { assignMeeting } from '../../core/sales/assign-meeting.ts'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { closeMeeting, MEETING_OUTCOMES } from '../../core/sales/close-meeting.ts'
import { findMeetings, type Meeting } from '../../core/sales/meetings.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { rowId } from '../node-id.ts'
import { MeetingRef } from './meeting.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const MeetingPayload = builder.objectRef<Outcome<{ meeting: Meeting }>>('MeetingPayload').implement({
  description: 'A meeting as it stands now.',
  fields: t => ({
    meeting: t.field({
      type: MeetingRef,
      nullable: true,
      description: 'The meeting.',
      resolve: ({ meeting }) => meeting,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
const MeetingMoveInput = builder.inputType('MeetingMoveInput', {
  description: 'A meeting and its new time.',
  fields: t => ({
    meetingId: t.id({ required: true, description: 'Which.' }),
    startsAt: t.field({ type: 'DateTime', required: true, description: 'The new start; it stays as long as it was.' }),
  }),
})
const MeetingAssignInput = builder.inputType('MeetingAssignInput', {
  description: 'A meeting and who is to take it.',
  fields: t => ({
    meetingId: t.id({ required: true, description: 'Which.' }),
    email: t.string({ required: true, description: 'Of the person of the team.' }),
  }),
})
const MeetingCancelInput = builder.inputType('MeetingCancelInput', {
  description: 'A meeting that will not take place.',
  fields: t => ({
    meetingId: t.id({ required: true, description: 'Which.' }),
    reason: t.string({ description: 'Why, for who reads it.' }),
  }),
})
const MeetingOutcomeEnum = builder.enumType('MeetingOutcome', {
  description: 'How a meeting went that has begun.',
  values: described(MEETING_OUTCOMES, { COMPLETED: 'It took place.', NO_SHOW: 'The lead did not come.' }),
})
const MeetingCloseInput = builder.inputType('MeetingCloseInput', {
  description: 'A meeting that has begun, and what became of it.',
  fields: t => ({
    meetingId: t.id({ required: true, description: 'Which.' }),
    outcome: t.field({ type: MeetingOutcomeEnum, required: true, description: 'What became of it.' }),
    note: t.string({ description: 'What is worth knowing of it, for who reads it; up to 2,000 characters.' }),
  }),
})

builder.mutationFields(t => ({
  meetingMove: t.field({
    type: MeetingPayload,
    ...guarded(
      'meetings:write',
      'Gives a meeting another time; playbooks hear meeting.moved. The same time again changes nothing.',
    ),
    args: { input: t.arg({ type: MeetingMoveInput, required: true, description: 'Which, and when.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ meeting: null }, async () => {
        const id = rowId('Meeting', input.meetingId)
        await moveMeeting(c.core, workspaceOf(c), { id, startsAt: input.startsAt.toISOString() })
        return { meeting: (await findMeetings(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
  meetingAssign: t.field({
    type: MeetingPayload,
    ...guarded(
      'meetings:write',
      'Gives a meeting to somebody else of the team, who gets a notice; the lead stays whose it is. CONFLICT where they are in another meeting or away.',
    ),
    args: { input: t.arg({ type: MeetingAssignInput, required: true, description: 'Which, and to whom.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ meeting: null }, async () => {
        const id = rowId('Meeting', input.meetingId)
        await assignMeeting(c.core, workspaceOf(c), { id, email: input.email })
        return { meeting: (await findMeetings(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
  meetingCancel: t.field({
    type: MeetingPayload,
    ...guarded('meetings:write', 'Cancels a meeting; playbooks hear meeting.cancelled. Done twice it changes nothing.'),
    args: { input: t.arg({ type: MeetingCancelInput, required: true, description: 'Which, and why.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ meeting: null }, async () => {
        const id = rowId('Meeting', input.meetingId)
        await cancelMeeting(c.core, workspaceOf(c), { id, reason: input.reason ?? undefined })
        return { meeting: (await findMeetings(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
  meetingClose: t.field({
    type: MeetingPayload,
    ...guarded(
      'meetings:write',
      'Says whether a meeting that has begun was held; playbooks hear meeting.held or meeting.missed. The same outcome again changes nothing, the other one corrects it.',
    ),
    args: { input: t.arg({ type: MeetingCloseInput, required: true, description: 'Which, and how it went.' }) },
    resolve: (_root, { input: { meetingId, outcome: became, note } }, c) =>
      outcome({ meeting: null }, async () => {
        const id = rowId('Meeting', meetingId)
        const said = { id, outcome: became, note: note?.trim() || undefined }
        await closeMeeting(c.core, workspaceOf(c), said, viewerOf(c).userId)
        return { meeting: (await findMeetings(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
}))
