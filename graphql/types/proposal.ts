import { listProposals, type Proposal, type ProposalStatus, setProposalStatus } from '../../core/sales/proposals.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { rowId } from '../node-id.ts'
import { LeadRef, RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const ProposalStatusType = builder.enumType('ProposalStatus', {
  description: 'What became of a proposal.',
  values: described(['DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'EXPIRED'], {
    DRAFT: 'Nobody has got it yet.',
    SENT: 'The customer has it.',
    ACCEPTED: 'The customer said yes.',
    DECLINED: 'The customer said no.',
    EXPIRED: 'Its last day is over without an answer.',
  }),
})
const ProposalItemRef = builder.objectRef<Proposal['items'][number]>('ProposalItem').implement({
  description: 'A line of a proposal.',
  fields: t => ({
    description: t.exposeString('description', { description: 'What it is.' }),
    quantity: t.exposeInt('quantity', { description: 'How many.' }),
    unitAmount: t.exposeFloat('unitAmount', { description: 'Of one, in the smallest unit of the currency.' }),
  }),
})
const ProposalRef = builder.objectRef<Proposal>('Proposal').implement({
  description: 'A proposal that is kept here.',
  fields: t => ({
    id: t.exposeID('id', { description: 'Of the proposal.' }),
    number: t.exposeString('number', { description: 'As people name it.' }),
    status: t.field({ type: ProposalStatusType, description: 'What became of it.', resolve: one => one.status }),
    title: t.exposeString('title', { description: 'Its heading.' }),
    introduction: t.exposeString('introduction', { nullable: true, description: 'Plain text above the lines.' }),
    items: t.field({ type: [ProposalItemRef], description: 'Its lines.', resolve: ({ items }) => [...items] }),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
    total: t.exposeFloat('total', { description: 'In the smallest unit of the currency.' }),
    validUntil: t.exposeString('validUntil', { nullable: true, description: 'Its last day, as 2030-03-01.' }),
    terms: t.exposeString('terms', { nullable: true, description: 'Plain text below the lines.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it is for.'),
      resolve: ({ leadId }, _args, c) => c.loaders.lead.load(leadId),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that wrote it.'),
      resolve: ({ runId }, _args, c) => (runId ? c.loaders.run.load(runId) : null),
    }),
  }),
})
const ProposalConnection = connectionOf<Proposal>('Proposal', ProposalRef)

const ProposalFilterInput = builder.inputType('ProposalFilter', {
  description: 'Which proposals. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [ProposalStatusType], description: 'In one of these.' }),
    leadId: t.id({ description: 'For this lead.' }),
    search: t.string({ description: 'With this anywhere in the heading.' }),
  }),
})
const ProposalSort = sortInput('Proposal', {
  createdAt: 'When it was written.',
  total: 'Its sum, whatever the currency.',
  validUntil: 'Its last day.',
})

builder.queryField('proposals', t =>
  t.field({
    type: ProposalConnection,
    ...guarded('proposals:read', 'The proposals, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: ProposalFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: ProposalSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listProposals(c.core, workspaceOf(c), {
        ...page,
        filter: filter && { ...filter, leadId: filter.leadId ? rowId('Lead', filter.leadId) : undefined },
      }),
  }),
)

const ProposalSetStatusInput = builder.inputType('ProposalSetStatusInput', {
  description: 'What became of a proposal.',
  fields: t => ({
    proposalId: t.id({ required: true, description: 'Which.' }),
    status: t.field({
      type: ProposalStatusType,
      required: true,
      description: 'Any but EXPIRED, which comes by itself.',
    }),
  }),
})
const ProposalSetStatusPayload = builder
  .objectRef<Outcome<{ proposal: Proposal }>>('ProposalSetStatusPayload')
  .implement({
    description: 'A proposal as it stands now.',
    fields: t => ({
      proposal: t.field({
        type: ProposalRef,
        nullable: true,
        description: 'The proposal.',
        resolve: ({ proposal }) => proposal,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
builder.mutationField('proposalSetStatus', t =>
  t.field({
    type: ProposalSetStatusPayload,
    ...guarded('proposals:write', 'Says what became of a proposal; playbooks hear proposal.sent, proposal.accepted …'),
    args: { input: t.arg({ type: ProposalSetStatusInput, required: true, description: 'Which, and what.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ proposal: null }, async () => ({
        proposal: await setProposalStatus(c.core, workspaceOf(c), input.proposalId, settable(input.status)),
      })),
  }),
)

function settable(status: ProposalStatus): Exclude<ProposalStatus, 'EXPIRED'> {
  if (status !== 'EXPIRED') return status
  throw new TraeError('BAD_USER_INPUT', 'A proposal expires by itself, on its last day.')
}
