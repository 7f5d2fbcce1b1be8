import { type CalendarFeed, createFeed, listFeeds, revokeFeed } from '../../core/calendars/feed.ts'
import { addSource, type CalendarSource, listSources, removeSource } from '../../core/calendars/sources.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf } from '../context.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const FeedScope = builder.enumType('CalendarFeedScope', {
  description: 'Whose meetings a feed shows.',
  values: {
    MINE: { value: 'mine', description: 'Those that the viewer takes.' },
    TEAM: { value: 'team', description: 'All of the workspace.' },
  } as const,
})

const FeedRef = builder.objectRef<CalendarFeed>('CalendarFeed').implement({
  description: 'A secret address at which another calendar reads meetings of the viewer (iCalendar).',
  fields: t => ({
    id: t.id({ description: 'For calendarFeedRevoke.', resolve: ({ id }) => encodeNodeId('CalendarFeed', id) }),
    scope: t.field({ type: FeedScope, description: 'Whose meetings.', resolve: ({ scope }) => scope }),
    url: t.exposeString('url', { description: 'Whoever has it reads them.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

const SourceRef = builder.objectRef<CalendarSource>('CalendarSource').implement({
  description:
    'A calendar elsewhere; while it is busy the viewer takes no meetings here. Its address is told to nobody.',
  fields: t => ({
    id: t.id({ description: 'For calendarSourceRemove.', resolve: ({ id }) => encodeNodeId('CalendarSource', id) }),
    host: t.exposeString('host', { description: 'Where it is.' }),
    readAt: t.expose('readAt', { type: 'DateTime', nullable: true, description: 'When it was last read in full.' }),
    problem: t.exposeString('problem', {
      nullable: true,
      description: 'Why it is not read; its last times still count.',
    }),
    busy: t.exposeInt('busy', { description: 'Busy times of the next 60 days.' }),
  }),
})

builder.queryFields(t => ({
  calendarFeeds: t.field({
    type: [FeedRef],
    ...guarded('meetings:read', 'The viewer’s own; at most one a scope.'),
    resolve: (_root, _args, c) => listFeeds(c.core, viewerOf(c)),
  }),
  calendarSources: t.field({
    type: [SourceRef],
    ...guarded('meetings:read', 'The viewer’s own; at most ten.'),
    resolve: (_root, _args, c) => listSources(c.core, viewerOf(c)),
  }),
}))

const FeedPayload = builder.objectRef<Outcome<{ feed: CalendarFeed }>>('CalendarFeedPayload').implement({
  description: 'What became of it.',
  fields: t => ({
    feed: t.field({
      type: FeedRef,
      nullable: true,
      description: 'The feed; null once it is gone.',
      resolve: p => p.feed,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: p => [...p.userErrors],
    }),
  }),
})
const SourcePayload = builder.objectRef<Outcome<{ source: CalendarSource }>>('CalendarSourcePayload').implement({
  description: 'What became of it.',
  fields: t => ({
    source: t.field({
      type: SourceRef,
      nullable: true,
      description: 'The calendar; null once it is gone.',
      resolve: p => p.source,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: p => [...p.userErrors],
    }),
  }),
})

const FeedCreateInput = builder.inputType('CalendarFeedCreateInput', {
  description: 'A feed that is to be.',
  fields: t => ({ scope: t.field({ type: FeedScope, required: true, description: 'Whose meetings.' }) }),
})
const FeedRevokeInput = builder.inputType('CalendarFeedRevokeInput', {
  description: 'A feed whose address is to answer nobody any more.',
  fields: t => ({ feedId: t.id({ required: true, description: 'Which.' }) }),
})
const SourceAddInput = builder.inputType('CalendarSourceAddInput', {
  description: 'A calendar elsewhere.',
  fields: t => ({
    address: t.string({ required: true, description: 'Its secret address: https://… or webcal://….' }),
  }),
})
const SourceRemoveInput = builder.inputType('CalendarSourceRemoveInput', {
  description: 'A calendar that is read no more.',
  fields: t => ({ sourceId: t.id({ required: true, description: 'Which.' }) }),
})

builder.mutationFields(t => ({
  calendarFeedCreate: t.field({
    type: FeedPayload,
    ...guarded('account:write', 'Gives the viewer an address for another calendar; the same where there is one.'),
    args: { input: t.arg({ type: FeedCreateInput, required: true, description: 'Whose meetings.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ feed: null }, async () => ({ feed: await createFeed(c.core, viewerOf(c), input.scope) })),
  }),
  calendarFeedRevoke: t.field({
    type: FeedPayload,
    ...guarded('account:write', 'Its address answers nobody any more. Done twice it changes nothing.'),
    args: { input: t.arg({ type: FeedRevokeInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome<{ feed: CalendarFeed }>({ feed: null }, async () => {
        await revokeFeed(c.core, viewerOf(c), rowId('CalendarFeed', input.feedId))
        return { feed: null } as never
      }),
  }),
  calendarSourceAdd: t.field({
    type: SourcePayload,
    ...guarded('account:write', 'Reads a calendar elsewhere: while it is busy the viewer takes no meetings here.'),
    args: { input: t.arg({ type: SourceAddInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ source: null }, async () => ({ source: await addSource(c.core, viewerOf(c), input.address) })),
  }),
  calendarSourceRemove: t.field({
    type: SourcePayload,
    ...guarded('account:write', 'Its times count no more. Done twice it changes nothing.'),
    args: { input: t.arg({ type: SourceRemoveInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome<{ source: CalendarSource }>({ source: null }, async () => {
        await removeSource(c.core, viewerOf(c), rowId('CalendarSource', input.sourceId))
        return { source: null } as never
      }),
  }),
}))
