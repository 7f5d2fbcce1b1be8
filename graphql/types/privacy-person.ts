import { actorOf } from '../../core/access/audit.ts'
import { type HeldInTable, type HeldOfPerson, heldOfPerson } from '../../core/privacy/held-of-person.ts'
import { countSuppressions, setSuppression } from '../../core/privacy/suppressions.ts'
import { withdrawConsent } from '../../core/privacy/withdraw-consent.ts'
import type { Lead } from '../../core/sales/lead.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { decodeNodeId, rowId } from '../node-id.ts'
import { LeadRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const HeldInTableRef = builder.objectRef<HeldInTable>('HeldInTable').implement({
  description: 'What one table has of a person.',
  fields: t => ({
    table: t.exposeString('table', { description: 'Its name in the register of personal data.' }),
    rows: t.exposeInt('rows', { description: 'Rows about the person, or that mention them.' }),
    keptBecause: t.exposeString('keptBecause', {
      nullable: true,
      description: 'On what ground an erasure leaves them; null: it scrubs them.',
    }),
  }),
})

const HeldOfPersonRef = builder.objectRef<HeldOfPerson>('HeldOfPerson').implement({
  description: 'What the workspace has of somebody, and what an erasure would come to.',
  fields: t => ({
    leads: t.field({
      type: [LeadRef],
      ...guarded('leads:read', 'The leads that they are.'),
      resolve: async ({ leadIds }, _args, c) =>
        (await c.loaders.lead.loadMany([...leadIds])).filter(
          (lead): lead is Lead => lead !== null && !(lead instanceof Error),
        ),
    }),
    tables: t.field({
      type: [HeldInTableRef],
      description: 'By table, those with none left out.',
      resolve: ({ tables }) => [...tables],
    }),
    openRuns: t.exposeInt('openRuns', {
      description: 'Runs about them that are not over: an erasure asks them to stop and waits for them.',
    }),
    suppressed: t.exposeBoolean('suppressed', { description: 'Are they on the list of who is not taken in again?' }),
  }),
})

builder.queryFields(t => ({
  heldOfPerson: t.field({
    type: HeldOfPersonRef,
    ...guarded('privacy:read', 'Looks through every table of the register for somebody. Changes nothing.'),
    args: {
      subject: t.arg.string({ required: true, description: 'Who: an e-mail, a phone number, or the `id` of a lead.' }),
    },
    resolve: (_root, { subject }, c) =>
      heldOfPerson(c.core, workspaceOf(c), decodeNodeId(subject.trim())?.id ?? subject),
  }),
  suppressionCount: t.int({
    ...guarded('privacy:read', 'How many addresses and numbers are on the list of who is not taken in again.'),
    resolve: (_root, _args, c) => countSuppressions(c.core, workspaceOf(c)),
  }),
}))

const SuppressionSetInput = builder.inputType('SuppressionSetInput', {
  description: 'Who is, or is not, to be on the list.',
  fields: t => ({
    subject: t.string({ required: true, description: 'An e-mail, a phone number, or the `id` of a lead.' }),
    suppressed: t.boolean({
      required: true,
      description: 'True: they are not taken in again, unless they come by a form.',
    }),
  }),
})
const SuppressionSetPayload = builder.objectRef<Outcome<{ count: number }>>('SuppressionSetPayload').implement({
  description: 'The list afterwards.',
  fields: t => ({
    count: t.exposeInt('count', { nullable: true, description: 'How many are on it.' }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

const ConsentWithdrawInput = builder.inputType('ConsentWithdrawInput', {
  description: 'Whose consent.',
  fields: t => ({ leadId: t.id({ required: true, description: 'The lead.' }) }),
})
const ConsentWithdrawPayload = builder
  .objectRef<Outcome<{ lead: Lead; stoppedRuns: number }>>('ConsentWithdrawPayload')
  .implement({
    description: 'What was stopped.',
    fields: t => ({
      lead: t.field({ type: LeadRef, nullable: true, description: 'As they are now.', resolve: p => p.lead }),
      stoppedRuns: t.exposeInt('stoppedRuns', { nullable: true, description: 'Runs that were asked to stop.' }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

builder.mutationFields(t => ({
  suppressionSet: t.field({
    type: SuppressionSetPayload,
    ...guarded('privacy:write', 'Puts somebody on the list of who is not taken in again, or takes them off.'),
    args: { input: t.arg({ type: SuppressionSetInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input: { subject, suppressed } }, c) =>
      outcome({ count: null }, async () => {
        const whom = { subject: decodeNodeId(subject)?.id ?? subject, suppressed }
        await setSuppression(c.core, workspaceOf(c), whom, actorOf(viewerOf(c).userId))
        return { count: await countSuppressions(c.core, workspaceOf(c)) }
      }),
  }),
  consentWithdraw: t.field({
    type: ConsentWithdrawPayload,
    ...guarded(
      'privacy:write',
      'A lead takes back their consent: they are not written to any more, and runs about them are asked to stop.',
    ),
    args: { input: t.arg({ type: ConsentWithdrawInput, required: true, description: 'Whose.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ lead: null, stoppedRuns: null }, async () => {
        const id = rowId('Lead', input.leadId)
        const { stoppedRuns } = await withdrawConsent(c.core, workspaceOf(c), id, actorOf(viewerOf(c).userId))
        return { lead: (await c.loaders.lead.load(id))!, stoppedRuns }
      }),
  }),
}))
