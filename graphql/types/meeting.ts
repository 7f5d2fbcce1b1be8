import { permits } from '../../core/access/permissions.ts'
import { changeLink } from '../../core/sales/meeting-link.ts'
import { listMeetings, type Meeting } from '../../core/sales/meetings.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { follow } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { LeadRef, RunRef } from './refs.ts'
import { UserRef } from './workspace.ts'

const MeetingStatus = builder.enumType('MeetingStatus', {
  description: 'What became of a meeting.',
  values: described(['SCHEDULED', 'COMPLETED', 'CANCELLED', 'NO_SHOW'], {
    SCHEDULED: 'It is in the calendar; where it has ended, nobody has said yet how it went.',
    COMPLETED: 'It took place: a person said so, or its call ended.',
    CANCELLED: 'It was called off.',
    NO_SHOW: 'The lead did not come.',
  }),
})

const MeetingAnswerEnum = builder.enumType('MeetingAnswer', {
  description: 'What the lead answered to the invitation.',
  values: {
    ACCEPTED: { value: 'accepted', description: 'They come.' },
    DECLINED: { value: 'declined', description: 'They do not come.' },
    TENTATIVE: { value: 'tentative', description: 'Perhaps they come.' },
  } as const,
})

const AttendeeRef = builder.objectRef<Meeting['attendees'][number]>('Attendee').implement({
  description: 'Who is invited.',
  fields: t => ({
    name: t.exposeString('name', { description: 'What they are called.' }),
    email: t.exposeString('email', { description: 'Where the invitation went.' }),
  }),
})

export const MeetingRef = builder.objectRef<Meeting>('Meeting').implement({
  description: 'A meeting of the built-in calendar.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Meeting', ({ id }) => id)),
    title: t.exposeString('title', { description: 'What it is about.' }),
    status: t.field({ type: MeetingStatus, description: 'What became of it.', resolve: meeting => meeting.status }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'When it starts.' }),
    endsAt: t.expose('endsAt', { type: 'DateTime', description: 'When it ends.' }),
    attendees: t.field({
      type: [AttendeeRef],
      description: 'Who is invited.',
      resolve: meeting => [...meeting.attendees],
    }),
    location: t.exposeString('location', { nullable: true, description: 'A room or a link.' }),
    changeLink: t.string({
      nullable: true,
      description:
        'The page on which the lead moves or cancels it; whoever has the address can. Null for a meeting with no lead, and for whoever may not change meetings (`meetings:write`).',
      resolve: ({ id, leadId }, _args, { core, viewer }) =>
        leadId !== null && viewer && permits(viewer, 'meetings:write') ? changeLink(core, id) : null,
    }),
    answer: t.field({
      type: MeetingAnswerEnum,
      nullable: true,
      description:
        'What the lead answered to the invitation, of the time that holds now; null while there is no answer.',
      resolve: meeting => meeting.answer,
    }),
    answerNote: t.exposeString('answerNote', { nullable: true, description: 'What they wrote beside it.' }),
    answeredAt: t.expose('answeredAt', { type: 'DateTime', nullable: true, description: 'When the answer came.' }),
    outcomeNote: t.exposeString('outcomeNote', {
      nullable: true,
      description: 'What was said beside the outcome: that it was held, or missed.',
    }),
    closedAt: t.expose('closedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When somebody, or the end of its call, said that it was held or missed; null while nobody has.',
    }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it is with.'),
      resolve: (meeting, _args, c) => (meeting.leadId ? c.loaders.lead.load(meeting.leadId) : null),
    }),
    owner: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Who of the team takes it; null: nobody in particular.'),
      resolve: (meeting, _args, c) => (meeting.ownerId ? c.loaders.user.load(meeting.ownerId) : null),
    }),
    briefing: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the closer should know.',
      resolve: meeting => meeting.briefing,
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that booked it.'),
      resolve: (meeting, _args, c) => (meeting.runId ? c.loaders.run.load(meeting.runId) : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was booked.' }),
  }),
})

export const MeetingConnection = connectionOf<Meeting>('Meeting', MeetingRef)

export const MeetingFilterInput = builder.inputType('MeetingFilter', {
  description: 'Which meetings. All conditions must hold.',
  fields: t => ({
    leadId: t.id({ description: 'With this lead.' }),
    statuses: t.field({ type: [MeetingStatus], description: 'In one of these.' }),
    startsAfter: t.field({ type: 'DateTime', description: 'That start at this moment or later.' }),
    startsBefore: t.field({ type: 'DateTime', description: 'That start before this moment.' }),
    hasBriefing: t.boolean({ description: 'With a briefing; false: without one.' }),
    search: t.string({ description: 'With this anywhere in title or place.' }),
  }),
})
export const MeetingSort = sortInput('Meeting', { startsAt: 'When it starts.', createdAt: 'When it was booked.' })

/** With the ids of rows. Throws `BAD_USER_INPUT` for an id of something else. */
export const meetingFilterOf = (filter: typeof MeetingFilterInput.$inferInput | null | undefined) =>
  filter && { ...filter, leadId: filter.leadId ? rowId('Lead', filter.leadId) : undefined }

builder.queryField('meetings', t =>
  t.field({
    type: MeetingConnection,
    ...guarded('meetings:read', 'The calendar, the latest start first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: MeetingFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: MeetingSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listMeetings(c.core, workspaceOf(c), { ...page, filter: meetingFilterOf(filter) }),
  }),
)

const MeetingUpdatedPayload = builder.objectRef<{ meeting: Meeting }>('MeetingUpdatedPayload').implement({
  description: 'A meeting that was booked or has changed.',
  fields: t => ({
    meeting: t.field({ type: MeetingRef, description: 'As it is now.', resolve: payload => payload.meeting }),
  }),
})

builder.subscriptionField('meetingUpdated', t =>
  t.field({
    type: MeetingUpdatedPayload,
    ...guarded('meetings:read', 'A meeting was booked, moved, cancelled, answered, held, missed, or got its briefing.'),
    args: {
      meetingId: t.arg.id({ description: 'Only this meeting.' }),
      leadId: t.arg.id({ description: 'Only those with this lead; every meeting of the workspace without either.' }),
    },
    subscribe: (_root, { meetingId, leadId }, c) => {
      const only = meetingId ? rowId('Meeting', meetingId) : undefined
      const lead = leadId ? rowId('Lead', leadId) : undefined
      return follow(c, 'meeting.updated', async detail => {
        if (only !== undefined && detail.meetingId !== only) return []
        const meeting = await c.loaders.meeting.load(detail.meetingId)
        return meeting && (lead === undefined || meeting.leadId === lead) ? [{ meeting }] : []
      })
    },
    resolve: payload => payload,
  }),
)
