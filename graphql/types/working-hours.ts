import {
  type HoursInput,
  type HoursOf,
  listWorkingHours,
  resetWorkingHours,
  setWorkingHours,
} from '../../core/sales/working-hours.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

const Weekday = builder.enumType('Weekday', {
  description: 'A day of the week.',
  values: {
    MONDAY: { value: 'mon', description: 'Monday.' },
    TUESDAY: { value: 'tue', description: 'Tuesday.' },
    WEDNESDAY: { value: 'wed', description: 'Wednesday.' },
    THURSDAY: { value: 'thu', description: 'Thursday.' },
    FRIDAY: { value: 'fri', description: 'Friday.' },
    SATURDAY: { value: 'sat', description: 'Saturday.' },
    SUNDAY: { value: 'sun', description: 'Sunday.' },
  } as const,
})
const IN_ORDER = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const WorkingHoursRef = builder.objectRef<HoursOf>('WorkingHours').implement({
  description: 'When meetings are taken: by the workspace, or by a person who keeps hours of their own.',
  fields: t => ({
    user: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Whose; null: the workspace’s, for whoever has none of their own.'),
      resolve: ({ userId }, _args, c) => (userId === null ? null : c.loaders.user.load(userId)),
    }),
    own: t.exposeBoolean('own', {
      description: 'False: a person follows the workspace, the workspace has Monday to Friday, 9:00 to 18:00.',
    }),
    days: t.field({
      type: [Weekday],
      description: 'On which days; none: this person takes no meetings.',
      resolve: ({ hours }) => IN_ORDER.filter(day => hours.days.includes(day)),
    }),
    from: t.string({ description: 'From when on: 09:00.', resolve: ({ hours }) => timeOfDay(hours.opens) }),
    to: t.string({ description: 'By when a meeting is over: 18:00.', resolve: ({ hours }) => timeOfDay(hours.closes) }),
    timeZone: t.string({ description: 'In which they are meant (IANA).', resolve: ({ hours }) => hours.timeZone }),
  }),
})

const timeOfDay = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

builder.queryField('workingHours', t =>
  t.field({
    type: [WorkingHoursRef],
    ...guarded('meetings:read', 'The workspace’s first, then those of each person who may take meetings.'),
    resolve: (_root, _args, c) => listWorkingHours(c.core, workspaceOf(c)),
  }),
)

interface Changed {
  readonly workingHours: readonly HoursOf[]
}
const WorkingHoursPayload = builder.objectRef<Outcome<Changed>>('WorkingHoursPayload').implement({
  description: 'What became of it.',
  fields: t => ({
    workingHours: t.field({
      type: [WorkingHoursRef],
      description: 'All of them, as they are now; none where something stood in the way.',
      resolve: ({ workingHours }) => [...(workingHours ?? [])],
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const WorkingHoursSetInput = builder.inputType('WorkingHoursSetInput', {
  description: 'When meetings are taken.',
  fields: t => ({
    email: t.string({ description: 'Of the person; without it they are the workspace’s.' }),
    days: t.field({
      type: [Weekday],
      required: true,
      description: 'On which days. None, for a person: they take no meetings.',
    }),
    from: t.string({ required: true, description: 'From when on: 09:00.' }),
    to: t.string({ required: true, description: 'By when a meeting is over: 18:00; 24:00 is the end of the day.' }),
    timeZone: t.string({ description: 'Of a person who is elsewhere (IANA); the workspace’s without it.' }),
  }),
})
const WorkingHoursResetInput = builder.inputType('WorkingHoursResetInput', {
  description: 'Whose hours are none of their own any more.',
  fields: t => ({ email: t.string({ description: 'Of the person; without it the workspace’s.' }) }),
})

builder.mutationFields(t => ({
  workingHoursSet: t.field({
    type: WorkingHoursPayload,
    ...guarded('meetings:write', 'Says when the workspace, or a person of it, takes meetings. Booked ones stay.'),
    args: { input: t.arg({ type: WorkingHoursSetInput, required: true, description: 'Whose, and when.' }) },
    resolve: (_root, { input }, c) =>
      outcome<Changed>({ workingHours: null }, async () => {
        const { email = null, timeZone = null, ...hours } = input
        await setWorkingHours(c.core, viewerOf(c), { ...hours, email, timeZone } satisfies HoursInput)
        return { workingHours: await listWorkingHours(c.core, workspaceOf(c)) }
      }),
  }),
  workingHoursReset: t.field({
    type: WorkingHoursPayload,
    ...guarded(
      'meetings:write',
      'A person follows the workspace again, the workspace has Monday to Friday, 9:00 to 18:00. Done twice it changes nothing.',
    ),
    args: { input: t.arg({ type: WorkingHoursResetInput, required: true, description: 'Whose.' }) },
    resolve: (_root, { input }, c) =>
      outcome<Changed>({ workingHours: null }, async () => {
        await resetWorkingHours(c.core, viewerOf(c), input.email ?? null)
        return { workingHours: await listWorkingHours(c.core, workspaceOf(c)) }
      }),
  }),
}))
