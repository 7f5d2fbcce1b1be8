import { type Customer, CUSTOMER_STATUSES } from '../../core/sales/customer.ts'
import { listCustomers, startCustomer, updateCustomer } from '../../core/sales/customers.ts'
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
import { CustomerRef, DealRef, LeadRef } from './refs.ts'
import { ScoreFactorRef } from './score-factor.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const CustomerStatus = builder.enumType('CustomerStatus', {
  description: 'Where a customer stands.',
  values: described(CUSTOMER_STATUSES, {
    ONBOARDING: 'They bought, and are being shown how.',
    ACTIVE: 'They work with it.',
    CHURNED: 'They left.',
  }),
})

const CustomerHealthRef = builder.objectRef<NonNullable<Customer['health']>>('CustomerHealth').implement({
  description: 'How a customer is doing.',
  fields: t => ({
    score: t.exposeInt('score', {
      description: '0 to 100: below 70 somebody steps in, above 75 there is something to sell.',
    }),
    factors: t.field({
      type: [ScoreFactorRef],
      description: 'What the score is made of.',
      resolve: ({ factors }) => [...factors],
    }),
    computedAt: t.expose('computedAt', { type: 'DateTime', description: 'When it was computed.' }),
  }),
})

CustomerRef.implement({
  description: 'A lead who bought.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Customer', ({ id }) => id)),
    name: t.exposeString('name', { description: 'The company, or the person where there is none.' }),
    status: t.field({ type: CustomerStatus, description: 'Where they stand.', resolve: customer => customer.status }),
    plan: t.exposeString('plan', { nullable: true, description: 'What they bought.' }),
    mrr: t.field({
      type: MoneyRef,
      nullable: true,
      description: 'What they pay a month.',
      resolve: customer => customer.mrr,
    }),
    facts: t.field({
      type: 'JSON',
      description:
        'What health is made of: lastContactAt, activeUsers, seats, openTickets, overdueDays, nps and what else is known.',
      resolve: customer => customer.facts,
    }),
    health: t.field({
      type: CustomerHealthRef,
      nullable: true,
      description: 'How they are doing; null until it was computed.',
      resolve: customer => customer.health,
    }),
    lead: t.field({
      type: LeadRef,
      ...guarded('leads:read', 'Who they were before.'),
      resolve: (customer, _args, c) => present(c.loaders.lead.load(customer.leadId), 'A lead'),
    }),
    deal: t.field({
      type: DealRef,
      nullable: true,
      ...guarded('deals:read', 'The deal that made them one.'),
      resolve: (customer, _args, c) => (customer.dealId ? c.loaders.deal.load(customer.dealId) : null),
    }),
    lastHeardAt: t.expose('lastHeardAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When they last wrote to us.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'Since when.' }),
    churnedAt: t.expose('churnedAt', { type: 'DateTime', nullable: true, description: 'When they left.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of this changed.' }),
  }),
})

const CustomerConnection = connectionOf<Customer>('Customer', CustomerRef)

const CustomerFilter = builder.inputType('CustomerFilter', {
  description: 'Which customers. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [CustomerStatus], description: 'In one of these.' }),
    healthMax: t.int({ description: 'With a health of at most this.' }),
    healthMin: t.int({ description: 'With a health of at least this.' }),
    startedAfter: t.field({ type: 'DateTime', description: 'Began at this moment or later.' }),
    startedBefore: t.field({ type: 'DateTime', description: 'Began before this moment.' }),
    churnedAfter: t.field({ type: 'DateTime', description: 'Left at this moment or later.' }),
    churnedBefore: t.field({ type: 'DateTime', description: 'Left before this moment.' }),
    search: t.string({ description: 'With this anywhere in the name.' }),
  }),
})

const CustomerSort = sortInput('Customer', {
  startedAt: 'Since when they are customers.',
  updatedAt: 'When anything of them changed.',
  health: 'Their health.',
  name: 'Their name, without regard to case.',
  mrr: 'What they pay a month, whatever the currency.',
})

builder.queryField('customers', t =>
  t.field({
    type: CustomerConnection,
    ...guarded('customers:read', 'The customers, the newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: CustomerFilter, description: 'Which ones.' }),
      sort: t.arg({ type: CustomerSort, description: ORDER }),
    },
    resolve: (_root, args, c) => listCustomers(c.core, workspaceOf(c), args),
  }),
)

const payload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ customer: Customer }>>(name).implement({
    description,
    fields: t => ({
      customer: t.field({
        type: CustomerRef,
        nullable: true,
        description: 'As they are now.',
        resolve: ({ customer }) => customer,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const CustomerStartInput = builder.inputType('CustomerStartInput', {
  description: 'A customer as they begin.',
  fields: t => ({
    leadId: t.id({ required: true, description: 'The lead who bought.' }),
    dealId: t.id({ description: 'The deal that was won.' }),
    name: t.string({ description: 'The company or the name of the lead without it.' }),
    plan: t.string({ description: 'What they bought.' }),
    mrr: t.field({ type: MoneyInput, description: 'What they pay a month.' }),
  }),
})
const CustomerPatchInput = builder.inputType('CustomerPatchInput', {
  description: 'What changes; what is left out stays.',
  fields: t => ({
    status: t.field({ type: CustomerStatus, description: 'Where they stand.' }),
    plan: t.string({ description: 'What they have.' }),
    mrr: t.field({ type: MoneyInput, description: 'What they pay a month.' }),
    facts: t.field({ type: 'JSON', description: 'An object that is merged into the facts that health is made of.' }),
  }),
})
const CustomerUpdateInput = builder.inputType('CustomerUpdateInput', {
  description: 'A change of a customer.',
  fields: t => ({
    customerId: t.id({ required: true, description: 'Which one.' }),
    patch: t.field({ type: CustomerPatchInput, required: true, description: 'What changes.' }),
  }),
})

builder.mutationFields(t => ({
  customerStart: t.field({
    type: payload('CustomerStartPayload', 'A lead who is a customer now.'),
    ...guarded(
      'customers:write',
      'Makes a customer of a lead; playbooks hear `customer.started`. A lead is one customer.',
    ),
    args: { input: t.arg({ type: CustomerStartInput, required: true, description: 'The customer.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ customer: null }, async () => ({
        customer: await startCustomer(
          c.core,
          workspaceOf(c),
          {
            leadId: rowId('Lead', input.leadId),
            dealId: input.dealId ? rowId('Deal', input.dealId) : undefined,
            name: input.name ?? undefined,
            plan: input.plan ?? undefined,
            mrr: input.mrr,
          },
          { source: 'graphql' },
        ),
      })),
  }),
  customerUpdate: t.field({
    type: payload('CustomerUpdatePayload', 'A customer who was changed.'),
    ...guarded('customers:write', 'Changes a customer. Facts may change their health the next time it is computed.'),
    args: { input: t.arg({ type: CustomerUpdateInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input: { customerId, patch } }, c) =>
      outcome({ customer: null }, async () => ({
        customer: await updateCustomer(
          c.core,
          workspaceOf(c),
          {
            id: rowId('Customer', customerId),
            patch: {
              status: patch.status ?? undefined,
              plan: patch.plan ?? undefined,
              mrr: patch.mrr ?? undefined,
              facts: (patch.facts ?? undefined) as Record<string, never> | undefined,
            },
          },
          { source: 'graphql' },
        ),
      })),
  }),
}))

const CustomerUpdatedPayload = builder.objectRef<{ customer: Customer }>('CustomerUpdatedPayload').implement({
  description: 'A customer who has changed.',
  fields: t => ({
    customer: t.field({ type: CustomerRef, description: 'As they are now.', resolve: ({ customer }) => customer }),
  }),
})

builder.subscriptionField('customerUpdated', t =>
  t.field({
    type: CustomerUpdatedPayload,
    ...guarded('customers:read', 'A customer began or changed.'),
    args: { customerId: t.arg.id({ description: 'Only this one; every customer of the workspace without it.' }) },
    subscribe: (_root, { customerId }, c) => {
      const only = customerId ? rowId('Customer', customerId) : undefined
      return follow(c, 'customer.updated', async detail => {
        if (only !== undefined && detail.customerId !== only) return []
        const customer = await c.loaders.customer.load(detail.customerId)
        return customer ? [{ customer }] : []
      })
    },
    resolve: payload => payload,
  }),
)
