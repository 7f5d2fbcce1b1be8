import { type Deal, DEAL_STAGES } from '../../core/sales/deal.ts'
import { moveDeal, openDeal, updateDeal } from '../../core/sales/deals.ts'
import { listDeals, pipeline, type StageSummary } from '../../core/sales/read-deals.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { follow } from '../follow.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { MoneyInput, MoneyRef } from './money.ts'
import { Node, nodeId } from './node.ts'
import { DealRef, LeadRef, RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

export const DealStage = builder.enumType('DealStage', {
  description: 'How far a deal has come.',
  values: described(DEAL_STAGES, {
    PROSPECTING: 'There may be something in it.',
    QUALIFICATION: 'Need, budget and people are being understood.',
    PROPOSAL: 'A proposal is with them.',
    NEGOTIATION: 'Terms are being agreed.',
    WON: 'They bought.',
    LOST: 'They did not.',
  }),
})

DealRef.implement({
  description: 'A sale that may come about.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Deal', ({ id }) => id)),
    title: t.exposeString('title', { description: 'What is being sold.' }),
    stage: t.field({ type: DealStage, description: 'How far it has come.', resolve: deal => deal.stage }),
    value: t.field({
      type: MoneyRef,
      nullable: true,
      description: 'What it is worth; null until somebody says.',
      resolve: deal => deal.value,
    }),
    probability: t.exposeInt('probability', {
      description: 'How likely it is won, in percent: of its stage, or a person’s own.',
    }),
    expectedCloseOn: t.exposeString('expectedCloseOn', {
      nullable: true,
      description: 'The day on which it should be decided, as 2026-12-31.',
    }),
    closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true, description: 'When it was won or lost.' }),
    lostReason: t.exposeString('lostReason', { nullable: true, description: 'Why it was lost.' }),
    lead: t.field({
      type: LeadRef,
      ...guarded('leads:read', 'With whom.'),
      resolve: (deal, _args, c) => present(c.loaders.lead.load(deal.leadId), 'A lead'),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that opened it.'),
      resolve: (deal, _args, c) => (deal.runId ? c.loaders.run.load(deal.runId) : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was opened.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of it changed.' }),
  }),
})

export const DealConnection = connectionOf<Deal>('Deal', DealRef)

const DealFilter = builder.inputType('DealFilter', {
  description: 'Which deals. All conditions must hold.',
  fields: t => ({
    stages: t.field({ type: [DealStage], description: 'In one of these.' }),
    leadId: t.id({ description: 'With this lead.' }),
    search: t.string({ description: 'With this anywhere in the title, or in name or company of the lead.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Opened at this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Opened before this moment.' }),
    closedAfter: t.field({ type: 'DateTime', description: 'Won or lost at this moment or later.' }),
    closedBefore: t.field({ type: 'DateTime', description: 'Won or lost before this moment.' }),
  }),
})

const DealSort = sortInput('Deal', {
  createdAt: 'When it was opened.',
  updatedAt: 'When anything of it changed.',
  amount: 'Its amount, whatever the currency.',
  expectedCloseOn: 'When it is expected to be closed.',
})

const StageValueRef = builder.objectRef<StageSummary['values'][number]>('StageValue').implement({
  description: 'What the deals of a stage are worth in one currency.',
  fields: t => ({
    total: t.field({ type: MoneyRef, description: 'Their sum.', resolve: value => value }),
    weighted: t.field({
      type: MoneyRef,
      description: 'Their sum, each counted by its probability.',
      resolve: ({ weighted, currency }) => ({ amount: weighted, currency }),
    }),
  }),
})
const StageSummaryRef = builder.objectRef<StageSummary>('StageSummary').implement({
  description: 'One stage of the pipeline.',
  fields: t => ({
    stage: t.field({ type: DealStage, description: 'Which one.', resolve: summary => summary.stage }),
    count: t.exposeInt('count', { description: 'How many deals it holds.' }),
    values: t.field({
      type: [StageValueRef],
      description: 'What they are worth, by currency; deals without a value do not count.',
      resolve: summary => [...summary.values],
    }),
  }),
})

builder.queryFields(t => ({
  deals: t.field({
    type: DealConnection,
    ...guarded('deals:read', 'The deals, newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: DealFilter, description: 'Which ones.' }),
      sort: t.arg({ type: DealSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listDeals(c.core, workspaceOf(c), {
        ...page,
        filter: { ...filter, leadId: filter?.leadId ? rowId('Lead', filter.leadId) : undefined },
      }),
  }),
  pipeline: t.field({
    type: [StageSummaryRef],
    ...guarded(
      'deals:read',
      'Every stage with what it holds: the open ones as they are, won and lost of the last days.',
    ),
    args: { days: t.arg.int({ defaultValue: 30, description: 'How far back won and lost count, 1 to 366.' }) },
    resolve: (_root, { days }, c) => pipeline(c.core, workspaceOf(c), days ?? 30),
  }),
}))

const payload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ deal: Deal }>>(name).implement({
    description,
    fields: t => ({
      deal: t.field({ type: DealRef, nullable: true, description: 'As it is now.', resolve: ({ deal }) => deal }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const DealOpenInput = builder.inputType('DealOpenInput', {
  description: 'A deal as it begins.',
  fields: t => ({
    leadId: t.id({ required: true, description: 'With whom.' }),
    title: t.string({ required: true, description: 'What is being sold.' }),
    value: t.field({ type: MoneyInput, description: 'What it is worth.' }),
    stage: t.field({ type: DealStage, description: 'PROSPECTING without it; not WON or LOST.' }),
    expectedCloseOn: t.string({ description: 'A day, as 2026-12-31.' }),
    idempotencyKey: t.string({ description: 'The same key again answers with the first deal and changes nothing.' }),
  }),
})
const DealMoveStageInput = builder.inputType('DealMoveStageInput', {
  description: 'Where a deal goes.',
  fields: t => ({
    dealId: t.id({ required: true, description: 'Which one.' }),
    stage: t.field({ type: DealStage, required: true, description: 'Where to; out of WON or LOST it is reopened.' }),
    lostReason: t.string({ description: 'Why it was lost, for LOST.' }),
  }),
})
const DealPatchInput = builder.inputType('DealPatchInput', {
  description: 'What changes; what is left out stays.',
  fields: t => ({
    title: t.string({ description: 'What is being sold.' }),
    value: t.field({ type: MoneyInput, description: 'What it is worth; null empties it.' }),
    probability: t.int({ description: 'Percent, 0 to 100, until the next stage.' }),
    expectedCloseOn: t.string({ description: 'A day, as 2026-12-31; null empties it.' }),
  }),
})
const DealUpdateInput = builder.inputType('DealUpdateInput', {
  description: 'A change of a deal.',
  fields: t => ({
    dealId: t.id({ required: true, description: 'Which one.' }),
    patch: t.field({ type: DealPatchInput, required: true, description: 'What changes.' }),
  }),
})

builder.mutationFields(t => ({
  dealOpen: t.field({
    type: payload('DealOpenPayload', 'A deal that was opened.'),
    ...guarded('deals:write', 'Opens a deal with a lead; playbooks hear `deal.opened`.'),
    args: { input: t.arg({ type: DealOpenInput, required: true, description: 'The deal.' }) },
    resolve: (_root, { input: { idempotencyKey, leadId, stage, ...rest } }, c) =>
      outcome({ deal: null }, async () => ({
        deal: await openDeal(
          c.core,
          workspaceOf(c),
          { ...rest, leadId: rowId('Lead', leadId), ...(stage ? { stage: stage as 'PROSPECTING' } : {}) },
          { source: 'graphql', key: idempotencyKey ? `graphql:${idempotencyKey}` : undefined },
        ),
      })),
  }),
  dealMoveStage: t.field({
    type: payload('DealMoveStagePayload', 'A deal that was moved.'),
    ...guarded(
      'deals:write',
      'Moves a deal to another stage; playbooks hear `deal.moved`, `deal.won`, `deal.lost`, `deal.reopened`.',
    ),
    args: { input: t.arg({ type: DealMoveStageInput, required: true, description: 'Where it goes.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ deal: null }, async () => ({
        deal: await moveDeal(
          c.core,
          workspaceOf(c),
          { ...input, id: rowId('Deal', input.dealId) },
          { source: 'graphql' },
        ),
      })),
  }),
  dealUpdate: t.field({
    type: payload('DealUpdatePayload', 'A deal that was changed.'),
    ...guarded('deals:write', 'Changes what is known about a deal; playbooks hear `deal.updated`.'),
    args: { input: t.arg({ type: DealUpdateInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input: { dealId, patch } }, c) =>
      outcome({ deal: null }, async () => ({
        deal: await updateDeal(
          c.core,
          workspaceOf(c),
          {
            id: rowId('Deal', dealId),
            patch: { ...patch, title: patch.title ?? undefined, probability: patch.probability ?? undefined },
          },
          { source: 'graphql' },
        ),
      })),
  }),
}))

const DealUpdatedPayload = builder.objectRef<{ deal: Deal }>('DealUpdatedPayload').implement({
  description: 'A deal that has changed.',
  fields: t => ({ deal: t.field({ type: DealRef, description: 'As it is now.', resolve: ({ deal }) => deal }) }),
})

builder.subscriptionField('dealUpdated', t =>
  t.field({
    type: DealUpdatedPayload,
    ...guarded('deals:read', 'A deal was opened, moved or changed.'),
    args: { dealId: t.arg.id({ description: 'Only this one; every deal of the workspace without it.' }) },
    subscribe: (_root, { dealId }, c) => {
      const only = dealId ? rowId('Deal', dealId) : undefined
      return follow(c, 'deal.updated', async detail => {
        if (only !== undefined && detail.dealId !== only) return []
        const deal = await c.loaders.deal.load(detail.dealId)
        return deal ? [{ deal }] : []
      })
    },
    resolve: payload => payload,
  }),
)
