import { actorOf } from '../../core/access/audit.ts'
import { readRetention, type Retention, setRetention } from '../../core/privacy/retention.ts'
import {
  createRequest,
  type DataSubjectRequest,
  downloadExport,
  listRequests,
  REQUEST_KINDS,
  REQUEST_STATUSES,
} from '../../core/privacy/requests.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { decodeNodeId, rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const Kind = builder.enumType('DataSubjectRequestKind', {
  description: 'What a person asks for.',
  values: described(REQUEST_KINDS, {
    EXPORT: 'All that is known of them.',
    ERASURE: 'That it is forgotten.',
    CORRECTION: 'That it is put right.',
  }),
})
const Status = builder.enumType('DataSubjectRequestStatus', {
  description: 'How a request stands.',
  values: described(REQUEST_STATUSES, {
    RECEIVED: 'Nothing was done yet.',
    PROCESSING: 'Begun; an erasure waits for runs of the person to end.',
    COMPLETED: 'Done.',
    REFUSED: 'It cannot be done; `note` says why.',
  }),
})

const RequestRef = builder.objectRef<DataSubjectRequest>('DataSubjectRequest').implement({
  description: 'What a person asked for about their data (LGPD, art. 18).',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('DataSubjectRequest', ({ id }) => id)),
    kind: t.field({ type: Kind, description: 'What was asked for.', resolve: request => request.kind }),
    status: t.field({ type: Status, description: 'How it stands.', resolve: request => request.status }),
    subject: t.exposeString('subject', {
      description: 'Their e-mail, phone or lead; after an erasure something that says nothing.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'Why it was refused.' }),
    report: t.field({
      type: 'JSON',
      nullable: true,
      description: 'How many rows of each table were found, put right or erased.',
      resolve: request => request.report,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it came in.' }),
    dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When the law wants it answered: 15 days later.' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
  }),
})
const RequestConnection = connectionOf<DataSubjectRequest>('DataSubjectRequest', RequestRef)

const RetentionRef = builder.objectRef<Retention>('Retention').implement({
  description: 'How long things are kept, in days; null: for ever.',
  fields: t => ({
    runDays: t.exposeInt('runDays', { nullable: true, description: 'Runs that are over, with their journals.' }),
    personDays: t.exposeInt('personDays', {
      nullable: true,
      description: 'People with whom nothing happened for so long, and who are no customers, are erased.',
    }),
  }),
})

const RequestFilterInput = builder.inputType('DataSubjectRequestFilter', {
  description: 'Which requests. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [Status], description: 'In one of these.' }),
    kinds: t.field({ type: [Kind], description: 'Of one of these kinds.' }),
    search: t.string({ description: 'With this anywhere in who asks.' }),
  }),
})
const RequestSort = sortInput('DataSubjectRequest', {
  createdAt: 'When it came in.',
  dueAt: 'When the law wants it answered.',
})

builder.queryFields(t => ({
  dataSubjectRequests: t.field({
    type: RequestConnection,
    ...guarded('privacy:read', 'Requests of people about their data, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: RequestFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: RequestSort, description: ORDER }),
      status: t.arg({
        type: Status,
        description: 'Only these.',
        deprecationReason: 'Use filter.statuses. Removal after 2027-12-01.',
      }),
    },
    resolve: (_root, { filter, status, ...page }, c) =>
      listRequests(c.core, workspaceOf(c), {
        ...page,
        filter: { ...(status ? { statuses: [status] } : {}), ...filter },
      }),
  }),
  retention: t.field({
    type: RetentionRef,
    ...guarded('privacy:read', 'How long things are kept.'),
    resolve: (_root, _args, c) => readRetention(c.core, workspaceOf(c)),
  }),
}))

const CorrectionInput = builder.inputType('PersonCorrectionInput', {
  description: 'What is right; what is left out stays.',
  fields: t => ({
    name: t.string({ description: 'Their name.' }),
    email: t.string({ description: 'Their e-mail.' }),
    phone: t.string({ description: 'Their phone.' }),
    company: t.string({ description: 'Where they work.' }),
    jobTitle: t.string({ description: 'As what.' }),
  }),
})
const CreateInput = builder.inputType('DataSubjectRequestCreateInput', {
  description: 'What who asks for.',
  fields: t => ({
    kind: t.field({ type: Kind, required: true, description: 'What is asked for.' }),
    subject: t.string({ required: true, description: 'Who: an e-mail, a phone number, or the `id` of a lead.' }),
    correction: t.field({ type: CorrectionInput, description: 'Of a CORRECTION: what is right.' }),
  }),
})
const CreatePayload = builder
  .objectRef<Outcome<{ request: DataSubjectRequest }>>('DataSubjectRequestCreatePayload')
  .implement({
    description: 'A request that was taken in, and done as far as possible.',
    fields: t => ({
      request: t.field({ type: RequestRef, nullable: true, description: 'The request.', resolve: p => p.request }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

const ExportInput = builder.inputType('DataSubjectRequestExportInput', {
  description: 'Which request.',
  fields: t => ({ requestId: t.id({ required: true, description: 'A request of the kind EXPORT.' }) }),
})
const ExportPayload = builder.objectRef<Outcome<{ bundle: unknown }>>('DataSubjectRequestExportPayload').implement({
  description: 'All that is known of a person, at this moment.',
  fields: t => ({
    bundle: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Rows by table, and how decisions about them were taken.',
      resolve: payload => payload.bundle,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

const RetentionInput = builder.inputType('RetentionSetInput', {
  description: 'How long things are kept: 7 to 3650 days each, null for ever.',
  fields: t => ({
    runDays: t.int({ description: 'Runs that are over.' }),
    personDays: t.int({ description: 'People with whom nothing happens.' }),
  }),
})
const RetentionPayload = builder.objectRef<Outcome<{ retention: Retention }>>('RetentionSetPayload').implement({
  description: 'How long things are kept now.',
  fields: t => ({
    retention: t.field({ type: RetentionRef, nullable: true, description: 'As set.', resolve: p => p.retention }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

const given = (correction: Readonly<Record<string, string | null | undefined>> | null | undefined) =>
  Object.fromEntries(Object.entries(correction ?? {}).flatMap(([name, value]) => (value ? [[name, value]] : [])))

builder.mutationFields(t => ({
  dataSubjectRequestCreate: t.field({
    type: CreatePayload,
    ...guarded(
      'privacy:write',
      'Takes in what a person asks for about their data, and does it. An erasure is for good.',
    ),
    args: { input: t.arg({ type: CreateInput, required: true, description: 'What who asks for.' }) },
    resolve: (_root, { input: { kind, subject, correction } }, c) =>
      outcome({ request: null }, async () => ({
        request: await createRequest(
          c.core,
          workspaceOf(c),
          { kind, subject: decodeNodeId(subject)?.id ?? subject, correction: given(correction) },
          viewerOf(c).userId,
        ),
      })),
  }),
  dataSubjectRequestExport: t.field({
    type: ExportPayload,
    ...guarded('privacy:write', 'Hands out all that is known of a person; who took it is written down.'),
    args: { input: t.arg({ type: ExportInput, required: true, description: 'Which request.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ bundle: null }, async () => ({
        bundle: await downloadExport(
          c.core,
          workspaceOf(c),
          rowId('DataSubjectRequest', input.requestId),
          viewerOf(c).userId,
        ),
      })),
  }),
  retentionSet: t.field({
    type: RetentionPayload,
    ...guarded('privacy:write', 'Says how long things are kept; what is older is removed from then on.'),
    args: { input: t.arg({ type: RetentionInput, required: true, description: 'How long.' }) },
    resolve: (_root, { input: { runDays, personDays } }, c) =>
      outcome({ retention: null }, async () => ({
        retention: await setRetention(
          c.core,
          workspaceOf(c),
          { runDays: runDays ?? null, personDays: personDays ?? null },
          actorOf(viewerOf(c).userId),
        ),
      })),
  }),
}))
