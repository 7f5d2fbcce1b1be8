import { adviseCallSoon } from '../../core/plugins/advise-call.ts'
import {
  type Call,
  CALL_STATUSES,
  type CallAdvice,
  type CallLine,
  type CallLineInput as LineInput,
  SPEAKERS,
  type CallSummary,
} from '../../core/sales/call.ts'
import { addCallLines, endCall, startCall } from '../../core/sales/calls.ts'
import { callAdvice, callLinesOf, listCalls } from '../../core/sales/read-calls.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { follow } from '../follow.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { DealRef, LeadRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const CallStatusType = builder.enumType('CallStatus', {
  description: 'Is a call under way?',
  values: described(CALL_STATUSES, { OPEN: 'It is under way.', ENDED: 'It is over.' }),
})
const SpeakerType = builder.enumType('Speaker', {
  description: 'Who speaks in a call.',
  values: Object.fromEntries(
    SPEAKERS.map(who => [who.toUpperCase(), { value: who, description: who === 'us' ? 'We.' : 'The other side.' }]),
  ) as { US: { value: 'us'; description: string }; THEM: { value: 'them'; description: string } },
})
const LineRef = builder.objectRef<CallLine>('CallLine').implement({
  description: 'Something that was said in a call.',
  fields: t => ({
    seq: t.exposeInt('seq', { description: 'Its place in the call.' }),
    who: t.field({ type: SpeakerType, description: 'Who said it.', resolve: ({ who }) => who }),
    text: t.exposeString('text', { description: 'What.' }),
    saidAt: t.expose('saidAt', { type: 'DateTime', description: 'When.' }),
  }),
})
const AdviceRef = builder.objectRef<CallAdvice>('CallAdvice').implement({
  description: 'What the closer’s assistant said after a line.',
  fields: t => ({
    afterSeq: t.exposeInt('afterSeq', { description: 'The last line that it knew.' }),
    action: t.exposeString('action', { description: 'The skill that was asked.' }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'Its answer: unanswered, objections, open, talkShare, facts, draft (null without a language model) …',
      resolve: ({ output }) => output,
    }),
    problem: t.string({
      nullable: true,
      description: 'Why there is no answer.',
      resolve: ({ error }) => error?.message,
    }),
    madeAt: t.expose('madeAt', { type: 'DateTime', description: 'When.' }),
  }),
})
const ObjectionRef = builder.objectRef<CallSummary['objections'][number]>('CallObjection').implement({
  description: 'What speaks against buying.',
  fields: t => ({
    kind: t.exposeString('kind', { description: 'Which kind.' }),
    ask: t.exposeString('ask', { description: 'What to ask about it.' }),
  }),
})
const SummaryRef = builder.objectRef<CallSummary>('CallSummary').implement({
  description: 'What a call came to.',
  fields: t => ({
    lines: t.exposeInt('lines', { description: 'How many things were said.' }),
    minutes: t.exposeInt('minutes', { description: 'From beginning to end.' }),
    talkShare: t.exposeFloat('talkShare', { nullable: true, description: 'Share of the words that are ours, 0 to 1.' }),
    objections: t.field({ type: [ObjectionRef], description: 'Heard.', resolve: one => [...one.objections] }),
    unanswered: t.stringList({
      description: 'Their questions that nobody answered.',
      resolve: one => [...one.unanswered],
    }),
    open: t.stringList({ description: 'What was not talked about.', resolve: one => [...one.open] }),
  }),
})
const CallRef = builder.objectRef<Call>('Call').implement({
  description: 'A call with a lead.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Call', ({ id }) => id)),
    status: t.field({ type: CallStatusType, description: 'Is it under way?', resolve: ({ status }) => status }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
    summary: t.field({
      type: SummaryRef,
      nullable: true,
      description: 'What it came to, once it is over.',
      resolve: ({ summary }) => summary,
    }),
    lines: t.field({
      type: [LineRef],
      description: 'What was said, in order; the last 1,000.',
      resolve: async (call, _args, c) => [...(await c.loaders.callLines.load(call))],
    }),
    advice: t.field({
      type: [AdviceRef],
      description: 'What was suggested, newest first, at most 20.',
      resolve: async (call, _args, c) => [...(await c.loaders.callAdvice.load(call))],
    }),
    lead: t.field({
      type: LeadRef,
      ...guarded('leads:read', 'With whom.'),
      resolve: ({ leadId }, _args, c) => present(c.loaders.lead.load(leadId), 'A lead'),
    }),
    deal: t.field({
      type: DealRef,
      nullable: true,
      ...guarded('deals:read', 'What is being sold.'),
      resolve: ({ dealId }, _args, c) => (dealId ? c.loaders.deal.load(dealId) : null),
    }),
  }),
})
const CallFilterInput = builder.inputType('CallFilter', {
  description: 'Which calls. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [CallStatusType], description: 'One of these.' }),
    leadId: t.id({ description: 'With this lead.' }),
    dealId: t.id({ description: 'About this deal.' }),
    meetingId: t.id({ description: 'Of this meeting.' }),
    startedAfter: t.field({ type: 'DateTime', description: 'That began at this moment or later.' }),
    startedBefore: t.field({ type: 'DateTime', description: 'That began before this moment.' }),
    search: t.string({ description: 'With this anywhere in the name or the company of the lead.' }),
  }),
})
builder.queryField('calls', t =>
  t.field({
    type: connectionOf<Call>('Call', CallRef),
    ...guarded('calls:read', 'The calls, newest first.'),
    args: { ...pageArgs, filter: t.arg({ type: CallFilterInput, description: 'Which ones.' }) },
    resolve: (_root, { filter, ...page }, c) =>
      listCalls(c.core, workspaceOf(c), {
        ...page,
        filter: filter && {
          ...filter,
          leadId: filter.leadId ? rowId('Lead', filter.leadId) : undefined,
          dealId: filter.dealId ? rowId('Deal', filter.dealId) : undefined,
          meetingId: filter.meetingId ? rowId('Meeting', filter.meetingId) : undefined,
        },
      }),
  }),
)

const payload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ call: Call; stored: readonly number[] }>>(name).implement({
    description,
    fields: t => ({
      call: t.field({ type: CallRef, nullable: true, description: 'As it is now.', resolve: ({ call }) => call }),
      stored: t.intList({
        description: 'The numbers of lines that were new.',
        resolve: ({ stored }) => stored?.slice() ?? [],
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
const StartInput = builder.inputType('CallStartInput', {
  description: 'A call as it begins: of a meeting, of a deal, or with a lead.',
  fields: t => ({
    meetingId: t.id({ description: 'Of this meeting, which has one call.' }),
    dealId: t.id({ description: 'About this deal.' }),
    leadId: t.id({ description: 'With this lead; found by meeting or deal without it.' }),
    idempotencyKey: t.string({ description: 'The same key again answers with the first.' }),
  }),
})
const LineInputType = builder.inputType('CallLineInput', {
  description: 'Something that was said.',
  fields: t => ({
    seq: t.int({ description: 'Its place, from 1; the same again changes nothing. The next one without it.' }),
    who: t.field({ type: SpeakerType, required: true, description: 'Who said it.' }),
    text: t.string({ required: true, description: 'What, at most 2,000 characters.' }),
    saidAt: t.field({ type: 'DateTime', description: 'When; now without it.' }),
  }),
})
const AddLinesInput = builder.inputType('CallAddLinesInput', {
  description: 'What was said in a call.',
  fields: t => ({
    callId: t.id({ required: true, description: 'Which call.' }),
    lines: t.field({ type: [LineInputType], required: true, description: 'At most 200.' }),
  }),
})
const EndInput = builder.inputType('CallEndInput', {
  description: 'A call that is over.',
  fields: t => ({ callId: t.id({ required: true, description: 'Which call.' }) }),
})
const inputArg = { required: true, description: 'Which, and what.' } as const

builder.mutationFields(t => ({
  callStart: t.field({
    type: payload('CallStartPayload', 'A call that has begun.'),
    ...guarded('calls:write', 'Begins a call.'),
    args: { input: t.arg({ type: StartInput, ...inputArg }) },
    resolve: (_root, { input: { meetingId, dealId, leadId, idempotencyKey } }, c) =>
      outcome({ call: null, stored: null }, async () => ({
        call: await startCall(
          c.core,
          workspaceOf(c),
          {
            meetingId: meetingId ? rowId('Meeting', meetingId) : null,
            dealId: dealId ? rowId('Deal', dealId) : null,
            leadId: leadId ? rowId('Lead', leadId) : null,
          },
          { by: viewerOf(c).userId, key: idempotencyKey ? `graphql:${idempotencyKey}` : undefined },
        ),
        stored: [],
      })),
  }),
  callAddLines: t.field({
    type: payload('CallAddLinesPayload', 'A call to which something was added.'),
    ...guarded('calls:write', 'Adds what was said; suggestions follow over `callUpdated`.'),
    args: { input: t.arg({ type: AddLinesInput, ...inputArg }) },
    resolve: (_root, { input: { callId, lines } }, c) =>
      outcome({ call: null, stored: null }, async () => {
        const id = rowId('Call', callId)
        const { call, stored } = await addCallLines(c.core, workspaceOf(c), id, lines as readonly LineInput[])
        if (stored.length > 0) adviseCallSoon(c.host, workspaceOf(c), id) // goes on when this request is over
        return { call, stored: stored.map(({ seq }) => seq) }
      }),
  }),
  callEnd: t.field({
    type: payload('CallEndPayload', 'A call that is over.'),
    ...guarded('calls:write', 'Ends a call; playbooks hear `call.ended`.'),
    args: { input: t.arg({ type: EndInput, ...inputArg }) },
    resolve: (_root, { input }, c) =>
      outcome({ call: null, stored: null }, async () => ({
        call: await endCall(c.core, workspaceOf(c), rowId('Call', input.callId)),
        stored: [],
      })),
  }),
}))

/** What happened in a call; lines and advice are read for who asks for them. */
interface News {
  readonly call: Call
  /** The first line that is new; null when none is. */
  readonly from: number | null
}
const UpdatedPayload = builder.objectRef<News>('CallUpdatedPayload').implement({
  description: 'A call that has begun, in which something was said or suggested, or that is over.',
  fields: t => ({
    call: t.field({ type: CallRef, description: 'As it is now.', resolve: ({ call }) => call }),
    lines: t.field({
      type: [LineRef],
      description: 'What is new, in order.',
      resolve: ({ call, from }, _args, c) => (from === null ? [] : callLinesOf(c.core, workspaceOf(c), call.id, from)),
    }),
    advice: t.field({
      type: AdviceRef,
      nullable: true,
      description: 'The newest suggestion.',
      resolve: async ({ call }, _args, c) => (await callAdvice(c.core, workspaceOf(c), call.id))[0],
    }),
  }),
})
builder.subscriptionField('callUpdated', t =>
  t.field({
    type: UpdatedPayload,
    ...guarded('calls:read', 'A call has begun, something was said or suggested in it, or it is over.'),
    args: { callId: t.arg.id({ description: 'Only this one; every call of the workspace without it.' }) },
    subscribe: (_root, { callId }, c) => {
      const only = callId ? rowId('Call', callId) : undefined
      return follow(c, 'call.updated', async detail => {
        if (only !== undefined && detail.callId !== only) return []
        const call = await c.loaders.call.load(detail.callId)
        return call ? [{ call, from: detail.from }] : []
      })
    },
    resolve: payload => payload,
  }),
)
