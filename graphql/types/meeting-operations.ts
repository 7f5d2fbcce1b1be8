import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { findMeetings, type Meeting } from '../../core/sales/meetings.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
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
const MeetingCancelInput = builder.inputType('MeetingCancelInput', {
  description: 'A meeting that will not take place.',
  fields: t => ({
    meetingId: t.id({ required: true, description: 'Which.' }),
    reason: t.string({ description: 'Why, for who reads it.' }),
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
}))
