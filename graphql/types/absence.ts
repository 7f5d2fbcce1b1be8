import { type Absence, addAbsence, listAbsences, removeAbsence } from '../../core/sales/absences.ts'
import { z } from 'zod'
import { accepted } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, workspaceOf } from '../context.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { MeetingRef } from './meeting.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

const AbsenceRef = builder.objectRef<Absence>('Absence').implement({
  description:
    'When somebody of the team takes no meetings: others get the handoffs, and while all are away nothing is offered.',
  fields: t => ({
    id: t.id({ description: 'For absenceRemove.', resolve: ({ id }) => encodeNodeId('Absence', id) }),
    user: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Who is away.'),
      resolve: ({ userId }, _args, c) => c.loaders.user.load(userId),
    }),
    title: t.exposeString('title', { description: 'Why, in a few words.' }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'From when on.' }),
    endsAt: t.expose('endsAt', { type: 'DateTime', description: 'Until when; that moment is no part of it.' }),
    meetings: t.field({
      type: [MeetingRef],
      description: 'Booked meetings of theirs in that time, by their start: each needs somebody else or another time.',
      resolve: ({ meetingIds }, _args, c) => meetingsOf(c, meetingIds),
    }),
  }),
})

builder.queryField('absences', t =>
  t.field({
    type: [AbsenceRef],
    ...guarded('meetings:read', 'Who is away and who will be, by the start; at most 500.'),
    resolve: (_root, _args, c) => listAbsences(c.core, workspaceOf(c)),
  }),
)

const meetingsOf = async (c: Context, ids: readonly string[]) =>
  (await Promise.all(ids.map(id => c.loaders.meeting.load(id)))).filter(meeting => meeting !== null)

const TITLE = z.string().trim().min(1).max(200)

interface Changed {
  readonly absenceId: string | null
  readonly meetingIds: readonly string[] | null
}
const NOTHING = { absenceId: null, meetingIds: null }
const AbsencePayload = builder.objectRef<Outcome<Changed>>('AbsencePayload').implement({
  description: 'What became of it.',
  fields: t => ({
    absenceId: t.id({
      nullable: true,
      description: 'Of the absence.',
      resolve: ({ absenceId }) => (absenceId === null ? null : encodeNodeId('Absence', absenceId)),
    }),
    meetings: t.field({
      type: [MeetingRef],
      description: 'Booked meetings of theirs in that time: each needs somebody else or another time.',
      resolve: ({ meetingIds }, _args, c) => meetingsOf(c, meetingIds ?? []),
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const AbsenceAddInput = builder.inputType('AbsenceAddInput', {
  description: 'When somebody is away.',
  fields: t => ({
    email: t.string({ required: true, description: 'Of the person of the team.' }),
    title: t.string({ required: true, description: 'Why, in a few words: Férias.' }),
    startsAt: t.field({ type: 'DateTime', required: true, description: 'From when on.' }),
    endsAt: t.field({ type: 'DateTime', required: true, description: 'Until when.' }),
  }),
})
const AbsenceRemoveInput = builder.inputType('AbsenceRemoveInput', {
  description: 'An absence that is none after all.',
  fields: t => ({ absenceId: t.id({ required: true, description: 'Which.' }) }),
})

builder.mutationFields(t => ({
  absenceAdd: t.field({
    type: AbsencePayload,
    ...guarded(
      'meetings:write',
      'Enters when somebody of the team takes no meetings. Everybody is told of meetings of theirs in that time.',
    ),
    args: { input: t.arg({ type: AbsenceAddInput, required: true, description: 'Who and when.' }) },
    resolve: (_root, { input }, c) =>
      outcome<Changed>(NOTHING, async () => {
        const { id, meetingIds } = await addAbsence(c.core, workspaceOf(c), {
          email: input.email,
          title: accepted(TITLE, input.title, 'title'),
          startsAt: input.startsAt.toISOString(),
          endsAt: input.endsAt.toISOString(),
        })
        return { absenceId: id, meetingIds }
      }),
  }),
  absenceRemove: t.field({
    type: AbsencePayload,
    ...guarded('meetings:write', 'Takes an absence back. Done twice it changes nothing.'),
    args: { input: t.arg({ type: AbsenceRemoveInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome<Changed>(NOTHING, async () => {
        const absenceId = rowId('Absence', input.absenceId)
        await removeAbsence(c.core, workspaceOf(c), absenceId)
        return { absenceId, meetingIds: [] }
      }),
  }),
}))
