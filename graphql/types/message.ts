import { z } from 'zod'
import { accepted } from '../accepted.ts'
import { listMessages, type Message } from '../../core/sales/messages.ts'
import { withoutApprovalLinks } from '../../core/runs/approvals/approval-link.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { cursorAt } from '../../core/listing.ts'
import { follow, readOnce } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { LeadRef, MessageRef, RunRef } from './refs.ts'

const MessageDirection = builder.enumType('MessageDirection', {
  description: 'Who wrote.',
  values: renamed({ out: 'We wrote to the lead.', in: 'The lead wrote to us.' }),
})

const MessageState = builder.enumType('MessageState', {
  description: 'How far a message has come.',
  values: {
    TO_SEND: { value: 'to-send', description: 'A person has yet to send it by hand.' },
    QUEUED: { value: 'queued', description: 'It waits for the mail server.' },
    SENDING: { value: 'sending', description: 'It is on its way to the mail server.' },
    SENT: { value: 'sent', description: 'It is out; or it came in, or stays on this host.' },
    UNCERTAIN: {
      value: 'uncertain',
      description:
        'The mail server may have taken it, and did not say: a person decides by messageResend or messageMarkSent.',
    },
    FAILED: { value: 'failed', description: 'It did not go out; `serverAnswer` says why.' },
  } as const,
})

MessageRef.implement({
  description: 'A message of the built-in mailbox.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Message', ({ id }) => id)),
    direction: t.field({ type: MessageDirection, description: 'Who wrote.', resolve: message => message.direction }),
    channel: t.exposeString('channel', { description: 'By what: email, sms or whatsapp.' }),
    state: t.field({ type: MessageState, description: 'How far it has come.', resolve: ({ state }) => state }),
    serverAnswer: t.exposeString('answer', { nullable: true, description: 'What the mail server last said of it.' }),
    bouncedAt: t.expose('bouncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it came back for good: its address is written to no more.',
    }),
    isAutomatic: t.exposeBoolean('isAutomatic', {
      description: 'Did a program write it: an absence, a receipt? Then it is nobody’s answer.',
    }),
    isToSend: t.exposeBoolean('isToSend', { description: 'Has a person yet to send it by hand?' }),
    from: t.exposeString('from', { description: 'Address of the sender.' }),
    to: t.exposeString('to', { description: 'Address of the recipient.' }),
    subject: t.exposeString('subject', { description: 'Subject line.' }),
    body: t.string({
      description: 'Plain text. Links to decide an approval are whole only for whom they are meant.',
      resolve: async (message, _args, c) => {
        if (!message.body.includes('/approvals/')) return message.body
        const user = await c.loaders.user.load(viewerOf(c).userId)
        return user?.email === message.to.toLowerCase() ? message.body : withoutApprovalLinks(message.body)
      },
    }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it was exchanged with.'),
      resolve: (message, _args, c) => (message.leadId ? c.loaders.lead.load(message.leadId) : null),
    }),
    inReplyTo: t.field({
      type: MessageRef,
      nullable: true,
      description: 'The message it answers.',
      resolve: (message, _args, c) => (message.inReplyTo ? c.loaders.message.load(message.inReplyTo) : null),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that sent it.'),
      resolve: (message, _args, c) => (message.runId ? c.loaders.run.load(message.runId) : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent or came in.' }),
  }),
})

export const MessageConnection = connectionOf<Message>('Message', MessageRef)

export const MessageFilterInput = builder.inputType('MessageFilter', {
  description: 'Which messages. All conditions must hold.',
  fields: t => ({
    leadId: t.id({ description: 'Exchanged with this lead.' }),
    runId: t.id({ description: 'Sent by this run.' }),
    direction: t.field({ type: MessageDirection, description: 'By who wrote.' }),
    channels: t.stringList({ description: 'By one of these: email, sms, whatsapp.' }),
    isToSend: t.boolean({ description: 'That a person has yet to send by hand; false: all others.' }),
    search: t.string({ description: 'With this anywhere in subject, text or addresses.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Of this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})
export const MessageSort = sortInput('Message', { createdAt: 'When it was sent or came in.' })

/** With the ids of rows. Throws `BAD_USER_INPUT` for an id of something else. */
export const messageFilterOf = (filter: typeof MessageFilterInput.$inferInput | null | undefined) =>
  filter && {
    ...filter,
    channels: filter.channels ? accepted(CHANNELS, filter.channels, 'filter.channels') : undefined,
    leadId: filter.leadId ? rowId('Lead', filter.leadId) : undefined,
    runId: filter.runId ? rowId('Run', filter.runId) : undefined,
  }
const CHANNELS = z.array(z.enum(['email', 'sms', 'whatsapp']))

builder.queryField('messages', t =>
  t.field({
    type: MessageConnection,
    ...guarded('messages:read', 'The mailbox, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: MessageFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: MessageSort, description: ORDER }),
      toSend: t.arg.boolean({
        description: 'Only those that a person has yet to send by hand, or only the others.',
        deprecationReason: 'Use filter.isToSend. Removal after 2027-12-01.',
      }),
      channels: t.arg.stringList({
        description: 'Only by these: email, sms, whatsapp.',
        deprecationReason: 'Use filter.channels. Removal after 2027-12-01.',
      }),
    },
    resolve: (_root, { filter, toSend, channels, ...page }, c) =>
      listMessages(c.core, workspaceOf(c), {
        ...page,
        filter: messageFilterOf({ isToSend: toSend, channels, ...filter }),
      }),
  }),
)

interface MessageNews {
  readonly message: Message
  readonly cursor: string
}
const MessageCreatedPayload = builder.objectRef<MessageNews>('MessageCreatedPayload').implement({
  description: 'A message that was sent, came in, or was sent by hand at last.',
  fields: t => ({
    message: t.field({ type: MessageRef, description: 'The message.', resolve: payload => payload.message }),
    cursor: t.exposeString('cursor', {
      description: 'Give it as `after` to go on from here. Also a cursor of `messages` by CREATED_AT.',
    }),
  }),
})

builder.subscriptionField('messageCreated', t =>
  t.field({
    type: MessageCreatedPayload,
    ...guarded(
      'messages:read',
      'A message was sent or came in; first those there are after `after`, the oldest first.',
    ),
    args: {
      leadId: t.arg.id({ description: 'Only of this lead; of everybody without it.' }),
      after: t.arg.string({ description: 'The cursor to go on from; only what is new without it.' }),
    },
    subscribe: (_root, { leadId, after }, c) =>
      followMessages(c, leadId ? rowId('Lead', leadId) : undefined, after ?? undefined),
    resolve: payload => payload,
  }),
)

async function followMessages(c: Context, leadId: string | undefined, after: string | undefined) {
  const workspaceId = workspaceOf(c)
  const pageAfter = (cursor: string) =>
    listMessages(c.core, workspaceId, {
      first: 100,
      after: cursor,
      filter: { leadId },
      sort: { by: 'createdAt', direction: 'asc' },
    })
  if (after !== undefined) await pageAfter(after) // a wrong cursor is refused before anything is streamed
  /** Read already, and told of while that was read. */
  const caughtUp = new Set<string>()
  return follow<'message.created', MessageNews>(
    c,
    'message.created',
    async detail => {
      if (caughtUp.delete(detail.messageId) || (leadId !== undefined && detail.leadId !== leadId)) return []
      // the same object for all, so that it is executed once
      return readOnce(detail, 'message', async () => {
        const message = await c.loaders.message.load(detail.messageId)
        return message ? [{ message, cursor: cursorAt('createdAt', new Date(message.createdAt), message.id) }] : []
      })
    },
    {
      own: true, // what it has caught up on
      async *start() {
        for (let cursor = after; cursor !== undefined;) {
          const { items, hasNextPage } = await pageAfter(cursor)
          for (const { node } of items) caughtUp.add(node.id)
          if (items.length > 0) yield items.map(({ node, cursor }) => ({ message: node, cursor }))
          cursor = hasNextPage ? items.at(-1)!.cursor : undefined
        }
      },
    },
  )
}
