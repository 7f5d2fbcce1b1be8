import type { Approval, APPROVAL_STATUSES, Vote } from '../../core/runs/approvals/approval.ts'
import { decideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { approvalAt, countOpenApprovals, listApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { findUsers } from '../../core/access/users.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { follow } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const ApprovalStatus = builder.enumType('ApprovalStatus', {
  description: 'How an approval stands.',
  values: renamed({
    open: 'People are asked.',
    approved: 'Enough of them approved.',
    rejected: 'It was rejected.',
    timedOut: 'Time was up before it was decided.',
    withdrawn: 'The run needs the decision no longer.',
  } satisfies Record<(typeof APPROVAL_STATUSES)[number], string>),
})
const ApprovalDecision = builder.enumType('ApprovalDecision', {
  description: 'What one person decided.',
  values: renamed({ approved: 'Yes.', rejected: 'No.' }),
})

const ApprovalVoteRef = builder.objectRef<Vote>('ApprovalVote').implement({
  description: 'A person who is asked, and what they decided.',
  fields: t => ({
    email: t.exposeString('email', { description: 'E-mail address.' }),
    name: t.exposeString('name', { nullable: true, description: 'Null for a person without an account.' }),
    decision: t.field({
      type: ApprovalDecision,
      nullable: true,
      description: 'Null where they have not decided.',
      resolve: vote => vote.decision,
    }),
    comment: t.exposeString('comment', { nullable: true, description: 'What they wrote with it.' }),
    form: t.field({ type: 'JSON', nullable: true, description: 'What they filled in.', resolve: vote => vote.form }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When they decided.' }),
    isViewer: t.boolean({
      description: 'Is it you?',
      resolve: async (vote, _args, c) => vote.email === (await emailOf(c)),
    }),
  }),
})

const ApprovalRef = builder.objectRef<Approval>('Approval').implement({
  description: 'People who were asked by a step of a run.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Approval', ({ id }) => id)),
    title: t.exposeString('title', { description: 'What they decide on.' }),
    message: t.exposeString('message', { nullable: true, description: 'What they should know.' }),
    status: t.field({ type: ApprovalStatus, description: 'How it stands.', resolve: approval => approval.status }),
    required: t.exposeInt('required', { description: 'Approvals that it takes.' }),
    veto: t.exposeBoolean('veto', { description: 'Does the first rejection decide?' }),
    form: t.field({
      type: 'JSON',
      description: 'What whoever approves fills in: a list of {name, type, required, default, enum, description}.',
      resolve: approval => approval.form,
    }),
    votes: t.field({
      type: [ApprovalVoteRef],
      description: 'Everybody who is asked.',
      resolve: approval => [...approval.votes],
    }),
    path: t.exposeString('path', { description: 'The step of the run that asks.' }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that asks.'),
      resolve: (approval, _args, c) => c.loaders.run.load(approval.runId),
    }),
    dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'When time is up.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked.' }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
  }),
})

/** The viewer as approvals know them. */
async function emailOf(context: Context): Promise<string> {
  const [user] = await findUsers(context.core, workspaceOf(context), [viewerOf(context).userId])
  if (!user) throw new TraeError('UNAUTHENTICATED', 'You are no member of this workspace any more.')
  return user.email
}

const ApprovalFilterInput = builder.inputType('ApprovalFilter', {
  description: 'Which approvals.',
  fields: t => ({
    statuses: t.field({ type: [ApprovalStatus], description: 'Only those that stand like this.' }),
    mine: t.boolean({ description: 'Only those that ask you.' }),
    runId: t.id({ description: 'Only those of this run.' }),
    search: t.string({ description: 'With this anywhere in title or message.' }),
  }),
})
const ApprovalSort = sortInput('Approval', {
  createdAt: 'When it was asked.',
  dueAt: 'Until when it can be decided; without those that have no such time.',
})

const ApprovalConnection = connectionOf<Approval>('Approval', ApprovalRef)

builder.queryFields(t => ({
  approvals: t.field({
    type: ApprovalConnection,
    ...guarded('runs:read', 'What people are and were asked, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: ApprovalFilterInput, description: 'Which.' }),
      sort: t.arg({ type: ApprovalSort, description: ORDER }),
    },
    resolve: async (_root, { filter, ...page }, c) =>
      listApprovals(c.core, workspaceOf(c), {
        ...page,
        filter: {
          statuses: filter?.statuses,
          search: filter?.search,
          email: filter?.mine ? await emailOf(c) : undefined,
          runId: filter?.runId ? rowId('Run', filter.runId) : undefined,
        },
      }),
  }),
  openApprovals: t.int({
    ...guarded('runs:read', 'How many approvals wait for you.'),
    resolve: async (_root, _args, c) => countOpenApprovals(c.core, workspaceOf(c), await emailOf(c)),
  }),
}))

const ApprovalDecideInput = builder.inputType('ApprovalDecideInput', {
  description: 'A decision.',
  fields: t => ({
    approvalId: t.id({ required: true, description: 'What is decided on.' }),
    decision: t.field({ type: ApprovalDecision, required: true, description: 'Yes or no.' }),
    comment: t.string({ description: 'At most 2000 characters.' }),
    form: t.field({ type: 'JSON', description: 'What the form asks for, by name.' }),
  }),
})

const ApprovalDecidePayload = builder.objectRef<Outcome<{ approval: Approval }>>('ApprovalDecidePayload').implement({
  description: 'What became of a decision.',
  fields: t => ({
    approval: t.field({
      type: ApprovalRef,
      nullable: true,
      description: 'The approval as it stands now.',
      resolve: payload => payload.approval,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationField('approvalDecide', t =>
  t.field({
    type: ApprovalDecidePayload,
    ...guarded('runs:read', 'Decides where you are asked. Everybody decides once.'),
    args: { input: t.arg({ type: ApprovalDecideInput, required: true, description: 'The decision.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ approval: null }, async () => ({
        approval: await decideApproval(c.core, workspaceOf(c), {
          approvalId: rowId('Approval', input.approvalId),
          email: await emailOf(c),
          decision: input.decision,
          comment: input.comment,
          form: input.form as Record<string, unknown> | undefined,
        }),
      })),
  }),
)

const ApprovalUpdatedPayload = builder.objectRef<{ approval: Approval }>('ApprovalUpdatedPayload').implement({
  description: 'An approval that was asked for, voted on, decided or withdrawn.',
  fields: t => ({
    approval: t.field({ type: ApprovalRef, description: 'As it stands.', resolve: payload => payload.approval }),
  }),
})

builder.subscriptionField('approvalUpdated', t =>
  t.field({
    type: ApprovalUpdatedPayload,
    ...guarded('runs:read', 'An approval was asked for, voted on, decided or withdrawn.'),
    subscribe: (_root, _args, c) =>
      follow(c, 'approval.updated', async ({ runId, path }) => [{ approval: await approvalAt(c.core, runId, path) }]),
    resolve: payload => payload,
  }),
)
