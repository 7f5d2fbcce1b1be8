import { amountOf } from '../../core/sales/money.ts'
import type { Proposal, ProposalItem } from '../../core/sales/proposal.ts'
import { proposalLink } from '../../core/sales/proposal-link.ts'
import { listProposals } from '../../core/sales/proposals.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { follow } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { Node, nodeId } from './node.ts'
import { LeadRef, RunRef } from './refs.ts'

export const ProposalStatusType = builder.enumType('ProposalStatus', {
  description: 'What became of a proposal.',
  values: described(['DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'EXPIRED'], {
    DRAFT: 'Nobody has got it yet.',
    SENT: 'The customer has it.',
    ACCEPTED: 'The customer said yes.',
    DECLINED: 'The customer said no.',
    EXPIRED: 'Its last day is over without an answer.',
  }),
})
const ProposalItemRef = builder.objectRef<ProposalItem>('ProposalItem').implement({
  description: 'A line of a proposal.',
  fields: t => ({
    description: t.exposeString('description', { description: 'What it is.' }),
    quantity: t.exposeInt('quantity', { description: 'How many.' }),
    unitAmount: t.exposeFloat('unitAmount', { description: 'Of one, in the smallest unit of the currency.' }),
    unitPrice: t.field({
      type: 'Decimal',
      description: 'Of one, with two decimals.',
      resolve: ({ unitAmount }) => amountOf(unitAmount),
    }),
    price: t.field({
      type: 'Decimal',
      description: 'Of the line, with two decimals.',
      resolve: ({ unitAmount, quantity }) => amountOf(unitAmount * quantity),
    }),
  }),
})
export const ProposalRef = builder.objectRef<Proposal>('Proposal').implement({
  description: 'A proposal that is kept here.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Proposal', ({ id }) => id)),
    number: t.exposeString('number', { description: 'As people name it.' }),
    status: t.field({ type: ProposalStatusType, description: 'What became of it.', resolve: one => one.status }),
    title: t.exposeString('title', { description: 'Its heading.' }),
    introduction: t.exposeString('introduction', { nullable: true, description: 'Plain text above the lines.' }),
    items: t.field({ type: [ProposalItemRef], description: 'Its lines.', resolve: ({ items }) => [...items] }),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
    total: t.exposeFloat('total', { description: 'In the smallest unit of the currency.' }),
    totalPrice: t.field({
      type: 'Decimal',
      description: 'Of all lines, with two decimals.',
      resolve: ({ total }) => amountOf(total),
    }),
    validUntil: t.exposeString('validUntil', {
      nullable: true,
      description: 'Its last day in the time zone of the workspace, as 2030-03-01.',
    }),
    terms: t.exposeString('terms', { nullable: true, description: 'Plain text below the lines.' }),
    revision: t.exposeInt('revision', { description: 'Of the draft: give it back when you change it.' }),
    url: t.string({
      ...guarded('proposals:write', 'Where the customer reads and answers it; whoever has the address can.'),
      resolve: (proposal, _args, c) => proposalLink(c.core, proposal, 'page'),
    }),
    pdfUrl: t.string({
      description: 'The file, for the next hour.',
      resolve: (proposal, _args, c) =>
        proposalLink(c.core, proposal, 'pdf', new Date(c.core.clock.now().getTime() + 3_600_000)),
    }),
    sentAt: t.expose('sentAt', { type: 'DateTime', nullable: true, description: 'Since when the customer has it.' }),
    seenAt: t.expose('seenAt', { type: 'DateTime', nullable: true, description: 'When its address was opened first.' }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When it was answered.' }),
    decidedBy: t.exposeString('decidedBy', {
      nullable: true,
      description: 'The name that was typed with the answer; null where somebody of the workspace entered it.',
    }),
    decisionNote: t.exposeString('decisionNote', { nullable: true, description: 'What was written with the answer.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of it changed.' }),
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

const ProposalFilter = builder.inputType('ProposalFilter', {
  description: 'Which proposals. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [ProposalStatusType], description: 'One of these.' }),
    leadId: t.id({ description: 'For this lead.' }),
    search: t.string({
      description: 'With this anywhere in the title, or in name or company of the lead; or with this number.',
    }),
  }),
})

const ProposalSort = sortInput('Proposal', {
  createdAt: 'When it was written.',
  total: 'Its sum, whatever the currency.',
  validUntil: 'Its last day.',
})

builder.queryField('proposals', t =>
  t.field({
    type: connectionOf<Proposal>('Proposal', ProposalRef),
    ...guarded('proposals:read', 'The proposals, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: ProposalFilter, description: 'Which ones.' }),
      sort: t.arg({ type: ProposalSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listProposals(c.core, workspaceOf(c), {
        ...page,
        filter: filter && { ...filter, leadId: filter.leadId ? rowId('Lead', filter.leadId) : undefined },
      }),
  }),
)

const ProposalUpdatedPayload = builder.objectRef<{ proposal: Proposal }>('ProposalUpdatedPayload').implement({
  description: 'A proposal that was written, changed, opened or answered.',
  fields: t => ({
    proposal: t.field({ type: ProposalRef, description: 'As it is now.', resolve: ({ proposal }) => proposal }),
  }),
})
builder.subscriptionField('proposalUpdated', t =>
  t.field({
    type: ProposalUpdatedPayload,
    ...guarded('proposals:read', 'A proposal was written, changed, opened or answered.'),
    args: { proposalId: t.arg.id({ description: 'Only this one; every proposal of the workspace without it.' }) },
    subscribe: (_root, { proposalId }, c) => {
      const only = proposalId ? rowId('Proposal', proposalId) : undefined
      return follow(c, 'proposal.updated', async detail => {
        if (only !== undefined && detail.proposalId !== only) return []
        const proposal = await c.loaders.proposal.load(detail.proposalId)
        return proposal ? [{ proposal }] : []
      })
    },
    resolve: payload => payload,
  }),
)
