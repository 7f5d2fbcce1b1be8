import { countUnread, listNotices, type Notice, readNotices } from '../../core/sales/notices.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { follow } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { LeadRef, RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const NoticeRef = builder.objectRef<Notice>('Notice').implement({
  description: 'Something that a person of the team should know.',
  fields: t => ({
    id: t.exposeID('id', { description: 'Of the notice.' }),
    title: t.exposeString('title', { description: 'In one line.' }),
    body: t.exposeString('body', { nullable: true, description: 'Plain text.' }),
    isUrgent: t.boolean({ description: 'Should it interrupt?', resolve: ({ urgent }) => urgent }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it is about.'),
      resolve: ({ leadId }, _args, c) => (leadId ? c.loaders.lead.load(leadId) : null),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that told it.'),
      resolve: ({ runId }, _args, c) => (runId ? c.loaders.run.load(runId) : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was told.' }),
    readAt: t.expose('readAt', { type: 'DateTime', nullable: true, description: 'When the viewer has read it.' }),
  }),
})
const NoticeConnection = connectionOf<Notice>('Notice', NoticeRef)

const unread = (c: Context) => countUnread(c.core, workspaceOf(c), viewerOf(c).userId)

const NoticeFilterInput = builder.inputType('NoticeFilter', {
  description: 'Which notices. All conditions must hold.',
  fields: t => ({
    unread: t.boolean({ description: 'That the viewer has not read; false: that they have.' }),
    urgent: t.boolean({ description: 'That should interrupt; false: all others.' }),
    leadId: t.id({ description: 'About this lead.' }),
    search: t.string({ description: 'With this anywhere in title or text.' }),
  }),
})
const NoticeSort = sortInput('Notice', { createdAt: 'When it was told.' })

builder.queryFields(t => ({
  notices: t.field({
    type: NoticeConnection,
    ...guarded('notices:read', 'What the viewer was told, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: NoticeFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: NoticeSort, description: ORDER }),
      unread: t.arg.boolean({
        description: 'Only what the viewer has not read, or only what they have.',
        deprecationReason: 'Use filter.unread. Removal after 2027-12-01.',
      }),
    },
    resolve: (_root, { filter, unread: only, ...page }, c) =>
      listNotices(c.core, workspaceOf(c), viewerOf(c).userId, {
        ...page,
        filter: { unread: only, ...filter, leadId: filter?.leadId ? rowId('Lead', filter.leadId) : undefined },
      }),
  }),
  noticesUnread: t.int({
    ...guarded('notices:read', 'How many of them the viewer has not read.'),
    resolve: (_root, _args, c) => unread(c),
  }),
}))

const NoticesReadInput = builder.inputType('NoticesReadInput', {
  description: 'Which notices were read.',
  fields: t => ({ ids: t.idList({ description: 'These; all of the viewer’s without it.' }) }),
})
const NoticesReadPayload = builder.objectRef<Outcome<{ unread: number }>>('NoticesReadPayload').implement({
  description: 'What is left to read.',
  fields: t => ({
    unread: t.exposeInt('unread', { nullable: true, description: 'How many the viewer has not read.' }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
builder.mutationField('noticesRead', t =>
  t.field({
    type: NoticesReadPayload,
    ...guarded('notices:read', 'The viewer has read notices. Those of others stay as they are.'),
    args: { input: t.arg({ type: NoticesReadInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ unread: null }, async () => {
        await readNotices(c.core, workspaceOf(c), viewerOf(c).userId, input.ids?.filter(isRowId))
        return { unread: await unread(c) }
      }),
  }),
)

const isRowId = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)

builder.subscriptionField('noticesUnreadChanged', t =>
  t.int({
    ...guarded('notices:read', 'How many notices the viewer has not read, whenever there is news.'),
    subscribe: (_root, _args, c) => follow(c, 'notice.added', async () => [await unread(c)]),
    resolve: (count: number) => count,
  }),
)
