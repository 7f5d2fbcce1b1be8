import { TraeError } from '../../core/errors.ts'
import type {
  Proposal,
  ProposalStatus,
  ProposalTextInput as TextInput,
  StoredProposalStatus,
} from '../../core/sales/proposal.ts'
import { createProposal, readProposalText, setProposalStatus, updateProposal } from '../../core/sales/proposals.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { CurrencyCode } from './money.ts'
import { ProposalRef, ProposalStatusType } from './proposal.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const ItemInput = builder.inputType('ProposalItemInput', {
  description: 'A line of a proposal.',
  fields: t => ({
    description: t.string({ required: true, description: 'What it is.' }),
    quantity: t.int({ required: true, description: 'How many, from 1.' }),
    unitPrice: t.field({ type: 'Decimal', required: true, description: 'Of one, as "1990.00".' }),
  }),
})
const TextInputType = builder.inputType('ProposalTextInput', {
  description: 'What a proposal says. Texts are plain; an empty line begins a paragraph.',
  fields: t => ({
    title: t.string({ required: true, description: 'Its heading.' }),
    introduction: t.string({ description: 'Above the lines.' }),
    items: t.field({ type: [ItemInput], required: true, description: 'Its lines, 1 to 100.' }),
    currency: t.field({ type: CurrencyCode, required: true, description: 'Of all prices.' }),
    validUntil: t.string({ description: 'The last day on which it can be accepted, as 2030-03-01.' }),
    terms: t.string({ description: 'Below the lines.' }),
  }),
})
const CreateInput = builder.inputType('ProposalCreateInput', {
  description: 'A new proposal.',
  fields: t => ({
    leadId: t.id({ required: true, description: 'Whom it is for.' }),
    text: t.field({ type: TextInputType, required: true, description: 'What it says.' }),
    idempotencyKey: t.string({ description: 'The same key again answers with the first and changes nothing.' }),
  }),
})
const UpdateInput = builder.inputType('ProposalUpdateInput', {
  description: 'A draft that was changed.',
  fields: t => ({
    proposalId: t.id({ required: true, description: 'Which.' }),
    revision: t.int({ required: true, description: 'Of the draft that was changed.' }),
    text: t.field({ type: TextInputType, required: true, description: 'What it says now.' }),
  }),
})
const SetStatusInput = builder.inputType('ProposalSetStatusInput', {
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

const payload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ proposal: Proposal }>>(name).implement({
    description,
    fields: t => ({
      proposal: t.field({
        type: ProposalRef,
        nullable: true,
        description: 'As it is now.',
        resolve: ({ proposal }) => proposal,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

builder.mutationFields(t => ({
  proposalCreate: t.field({
    type: payload('ProposalCreatePayload', 'A proposal that was written.'),
    ...guarded('proposals:write', 'Writes a proposal, as a draft with the next number.'),
    args: { input: t.arg({ type: CreateInput, required: true, description: 'For whom, and what.' }) },
    resolve: (_root, { input: { leadId, text, idempotencyKey } }, c) =>
      outcome({ proposal: null }, async () => ({
        proposal: await createProposal(
          c.core,
          workspaceOf(c),
          { leadId: rowId('Lead', leadId), ...read(text) },
          { key: idempotencyKey ? `graphql:${idempotencyKey}` : null, runId: null },
        ),
      })),
  }),
  proposalUpdate: t.field({
    type: payload('ProposalUpdatePayload', 'A proposal that was changed.'),
    ...guarded('proposals:write', 'Changes a draft; what the customer has stays as it is.'),
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'Which, and what.' }) },
    resolve: (_root, { input: { proposalId, revision, text } }, c) =>
      outcome({ proposal: null }, async () => ({
        proposal: await updateProposal(c.core, workspaceOf(c), {
          id: rowId('Proposal', proposalId),
          revision,
          ...read(text),
        }),
      })),
  }),
  proposalSetStatus: t.field({
    type: payload('ProposalSetStatusPayload', 'A proposal as it stands now.'),
    ...guarded('proposals:write', 'Says what became of a proposal; playbooks hear proposal.sent, proposal.accepted …'),
    args: { input: t.arg({ type: SetStatusInput, required: true, description: 'Which, and what.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ proposal: null }, async () => ({
        proposal: await setProposalStatus(
          c.core,
          workspaceOf(c),
          rowId('Proposal', input.proposalId),
          settable(input.status),
        ),
      })),
  }),
}))

const read = (text: typeof TextInputType.$inferInput) => readProposalText(text as TextInput)

function settable(status: ProposalStatus): StoredProposalStatus {
  if (status !== 'EXPIRED') return status
  throw new TraeError('BAD_USER_INPUT', 'A proposal expires by itself, on its last day.')
}
