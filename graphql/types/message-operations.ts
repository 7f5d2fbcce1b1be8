import { z } from 'zod'
import { recordBounce } from '../../core/sales/bounces.ts'
import { findMessages, type Message } from '../../core/sales/messages.ts'
import { markSent, resendMessage } from '../../core/sales/outbox.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { writeToLead } from '../../core/sales/write-to-lead.ts'
import { accepted } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { MessageRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const MessageReplyInput = builder.inputType('MessageReplyInput', {
  description: 'An answer of a lead.',
  fields: t => ({
    messageId: t.id({ required: true, description: 'The message of ours that is answered.' }),
    body: t.string({ required: true, description: 'Plain text, at most 20 000 characters.' }),
  }),
})

const MessageReplyPayload = builder.objectRef<Outcome<{ message: Message }>>('MessageReplyPayload').implement({
  description: 'What became of an answer.',
  fields: t => ({
    message: t.field({
      type: MessageRef,
      nullable: true,
      description: 'The answer as it is stored.',
      resolve: payload => payload.message,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationField('messageReply', t =>
  t.field({
    type: MessageReplyPayload,
    ...guarded('messages:write', 'Answers a message of the built-in mailbox as the lead would.'),
    args: { input: t.arg({ type: MessageReplyInput, required: true, description: 'The answer.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ message: null }, async () => ({
        message: await receiveReply(c.core, workspaceOf(c), {
          messageId: rowId('Message', input.messageId),
          body: input.body,
        }),
      })),
  }),
)

const MessageBouncedInput = builder.inputType('MessageBouncedInput', {
  description: 'A letter of ours that came back for good.',
  fields: t => ({
    messageId: t.id({ required: true, description: 'The letter.' }),
    reason: t.string({ required: true, description: 'As the mail server said it: 550 user unknown.' }),
  }),
})
builder.mutationField('messageBounced', t =>
  t.field({
    type: MessageMarkSentPayload,
    ...guarded(
      'messages:write',
      'This letter came back: its address is written to no more, and playbooks hear message.bounced. Done twice it changes nothing.',
    ),
    args: { input: t.arg({ type: MessageBouncedInput, required: true, description: 'Which, and why.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ message: null }, async () => {
        const id = rowId('Message', input.messageId)
        await recordBounce(c.core, workspaceOf(c), { messageId: id, reason: input.reason })
        return { message: (await findMessages(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
)

const MessageMarkSentInput = builder.inputType('MessageMarkSentInput', {
  description: 'A message that a person has sent.',
  fields: t => ({ messageId: t.id({ required: true, description: 'The message.' }) }),
})
const MessageMarkSentPayload = builder.objectRef<Outcome<{ message: Message }>>('MessageMarkSentPayload').implement({
  description: 'A message as it stands now.',
  fields: t => ({
    message: t.field({
      type: MessageRef,
      nullable: true,
      description: 'The message.',
      resolve: payload => payload.message,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})
builder.mutationField('messageMarkSent', t =>
  t.field({
    type: MessageMarkSentPayload,
    ...guarded(
      'messages:write',
      'A person has sent this message by hand, or knows that an UNCERTAIN one arrived. Done twice it changes nothing.',
    ),
    args: { input: t.arg({ type: MessageMarkSentInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ message: null }, async () => {
        const id = rowId('Message', input.messageId)
        await markSent(c.core, workspaceOf(c), id)
        return { message: (await findMessages(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
)

const MessageResendInput = builder.inputType('MessageResendInput', {
  description: 'A letter that is to go out once more.',
  fields: t => ({ messageId: t.id({ required: true, description: 'The letter.' }) }),
})
builder.mutationField('messageResend', t =>
  t.field({
    type: MessageMarkSentPayload,
    ...guarded(
      'messages:write',
      'Sends a letter again that is FAILED or UNCERTAIN. An uncertain one may then arrive twice: a person decides that.',
    ),
    args: { input: t.arg({ type: MessageResendInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ message: null }, async () => {
        const id = rowId('Message', input.messageId)
        await resendMessage(c.core, workspaceOf(c), id)
        return { message: (await findMessages(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
)

const MessageSendInput = builder.inputType('MessageSendInput', {
  description: 'A letter that a person writes to a lead.',
  fields: t => ({
    leadId: t.id({ required: true, description: 'To whom.' }),
    subject: t.string({ required: true, description: 'At most 255 characters.' }),
    body: t.string({ required: true, description: 'Plain text, at most 20 000 characters.' }),
    inReplyToId: t.id({ description: 'The message that it answers.' }),
    key: t.string({ required: true, description: 'Of your choice: the same again sends nothing again. A UUID.' }),
  }),
})
builder.mutationField('messageSend', t =>
  t.field({
    type: MessageMarkSentPayload,
    ...guarded(
      'messages:write',
      'Writes to a lead through the built-in mailbox. It goes out where the workspace has a mail server, else it stays on this host.',
    ),
    args: { input: t.arg({ type: MessageSendInput, required: true, description: 'To whom, and what.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ message: null }, async () => {
        const written = accepted(WRITTEN, { subject: input.subject, body: input.body, key: input.key }, 'input')
        const id = await writeToLead(c.core, workspaceOf(c), {
          ...written,
          leadId: rowId('Lead', input.leadId),
          inReplyTo: input.inReplyToId ? rowId('Message', input.inReplyToId) : undefined,
        })
        return { message: (await findMessages(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
)
const WRITTEN = z.object({
  subject: z.string().trim().min(1).max(255),
  body: z.string().trim().min(1).max(20_000),
  key: z.string().min(8).max(100),
})
