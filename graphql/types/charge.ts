import { cancelCharge, type Charge, confirmCharge, getCharge, listCharges } from '../../core/sales/charges.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { follow } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { LeadRef, RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const ChargeStatus = builder.enumType('ChargeStatus', {
  description: 'How a charge stands.',
  values: described(['PENDING', 'OVERDUE', 'PAID', 'CANCELLED'], {
    PENDING: 'It is to be paid.',
    OVERDUE: 'It is to be paid, and its last day is over.',
    PAID: 'A person has seen the money.',
    CANCELLED: 'It is asked for no longer.',
  }),
})

const ChargeRef = builder.objectRef<Charge>('Charge').implement({
  description: 'What a customer owes, in the built-in register.',
  fields: t => ({
    id: t.exposeID('id', { description: 'Of the charge.' }),
    status: t.field({ type: ChargeStatus, description: 'How it stands.', resolve: charge => charge.status }),
    amount: t.exposeFloat('amount', { description: 'A whole number, in the smallest unit of the currency.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    customerName: t.string({ description: 'Who pays.', resolve: ({ customer }) => customer.name }),
    dueOn: t.exposeString('dueOn', { nullable: true, description: 'Last day to pay, as 2030-03-01.' }),
    method: t.exposeString('method', { description: 'ANY, PIX, BOLETO, CARD or TRANSFER.' }),
    note: t.exposeString('note', { nullable: true, description: 'How it was paid, or why it was cancelled.' }),
    paidAt: t.expose('paidAt', { type: 'DateTime', nullable: true, description: 'When a person confirmed it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was entered.' }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it is about.'),
      resolve: ({ leadId }, _args, c) => (leadId ? c.loaders.lead.load(leadId) : null),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that entered it.'),
      resolve: ({ runId }, _args, c) => (runId ? c.loaders.run.load(runId) : null),
    }),
  }),
})
const ChargeConnection = connectionOf<Charge>('Charge', ChargeRef)

const ChargeFilterInput = builder.inputType('ChargeFilter', {
  description: 'Which charges. All conditions must hold.',
  fields: t => ({
    open: t.boolean({ description: 'That are to be paid, late or not; false: all others.' }),
    statuses: t.field({ type: [ChargeStatus], description: 'In one of these.' }),
    leadId: t.id({ description: 'About this lead.' }),
    search: t.string({ description: 'With this anywhere in what it is for.' }),
  }),
})
const ChargeSort = sortInput('Charge', {
  createdAt: 'When it was entered.',
  dueOn: 'The last day to pay.',
  amount: 'Its amount, whatever the currency.',
})

builder.queryField('charges', t =>
  t.field({
    type: ChargeConnection,
    ...guarded('charges:read', 'The register of charges, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: ChargeFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: ChargeSort, description: ORDER }),
      open: t.arg.boolean({
        description: 'Only those that are to be paid, or only the others.',
        deprecationReason: 'Use filter.open. Removal after 2027-12-01.',
      }),
    },
    resolve: (_root, { filter, open, ...page }, c) =>
      listCharges(c.core, workspaceOf(c), {
        ...page,
        filter: { open, ...filter, leadId: filter?.leadId ? rowId('Lead', filter.leadId) : undefined },
      }),
  }),
)

const payload = (name: string) =>
  builder.objectRef<Outcome<{ charge: Charge }>>(name).implement({
    description: 'A charge as it stands now.',
    fields: t => ({
      charge: t.field({ type: ChargeRef, nullable: true, description: 'The charge.', resolve: ({ charge }) => charge }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const ChargeConfirmInput = builder.inputType('ChargeConfirmInput', {
  description: 'A charge that was paid.',
  fields: t => ({
    chargeId: t.id({ required: true, description: 'The charge.' }),
    note: t.string({ description: 'How, for people.' }),
  }),
})
const ChargeCancelInput = builder.inputType('ChargeCancelInput', {
  description: 'A charge that is asked for no longer.',
  fields: t => ({
    chargeId: t.id({ required: true, description: 'The charge.' }),
    reason: t.string({ description: 'Why, for people.' }),
  }),
})
const ChargeConfirmPayload = payload('ChargeConfirmPayload')
const ChargeCancelPayload = payload('ChargeCancelPayload')

builder.mutationFields(t => ({
  chargeConfirm: t.field({
    type: ChargeConfirmPayload,
    ...guarded('charges:write', 'A person has seen the money; playbooks hear payment.received.'),
    args: { input: t.arg({ type: ChargeConfirmInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ charge: null }, async () => ({
        charge: await confirmCharge(c.core, workspaceOf(c), input.chargeId, input.note?.slice(0, 500)),
      })),
  }),
  chargeCancel: t.field({
    type: ChargeCancelPayload,
    ...guarded('charges:write', 'Asks for a charge no longer.'),
    args: { input: t.arg({ type: ChargeCancelInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ charge: null }, async () => ({
        charge: await cancelCharge(c.core, workspaceOf(c), input.chargeId, input.reason?.slice(0, 500)),
      })),
  }),
}))

const ChargeUpdatedPayload = builder.objectRef<{ charge: Charge }>('ChargeUpdatedPayload').implement({
  description: 'A charge that is new or has changed.',
  fields: t => ({
    charge: t.field({ type: ChargeRef, description: 'As it is now.', resolve: ({ charge }) => charge }),
  }),
})

builder.subscriptionField('chargeUpdated', t =>
  t.field({
    type: ChargeUpdatedPayload,
    ...guarded('charges:read', 'A charge was entered, paid or cancelled.'),
    subscribe: (_root, _args, c) =>
      follow(c, 'charge.updated', async ({ chargeId }) => [
        { charge: await getCharge(c.core, workspaceOf(c), chargeId) },
      ]),
    resolve: payload => payload,
  }),
)
