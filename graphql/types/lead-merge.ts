import { type MERGE_FIELDS, mergeLeads } from '../../core/privacy/merge-leads.ts'
import type { Lead } from '../../core/sales/lead.ts'
import type { Alike, PossibleDuplicate } from '../../core/sales/possible-duplicates.ts'
import { actorOf } from '../../core/access/audit.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { LeadRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const AlikeType = builder.enumType('LeadAlike', {
  description: 'What two leads have in common.',
  values: renamed<Alike>({
    phone: 'The phone number.',
    nameAndCompany: 'The name and the company.',
    email: 'The address, but for what stands behind a + in it.',
  }),
})
const PossibleDuplicateRef = builder.objectRef<PossibleDuplicate>('PossibleDuplicate').implement({
  description: 'Another lead that may be the same person.',
  fields: t => ({
    lead: t.field({ type: LeadRef, description: 'Which one.', resolve: ({ lead }) => lead }),
    alike: t.field({ type: [AlikeType], description: 'What says so.', resolve: ({ alike }) => [...alike] }),
  }),
})
builder.objectField(LeadRef, 'possibleDuplicates', t =>
  t.field({
    type: [PossibleDuplicateRef],
    description: 'Other leads that may be the same person, at most 5. `leadMerge` makes one of two.',
    resolve: async (lead, _args, c) => [...(await c.loaders.possibleDuplicates.load(lead))],
  }),
)

const MergeFieldType = builder.enumType('LeadMergeField', {
  description: 'What the lead that goes may give to the one that stays.',
  values: renamed<(typeof MERGE_FIELDS)[number]>({
    name: 'What they are called.',
    email: 'The address that they are written to.',
    phone: 'The phone number.',
    company: 'Where they work.',
    jobTitle: 'What they do there.',
    locale: 'The language that they are written to in.',
  }),
})
const LeadMergeInput = builder.inputType('LeadMergeInput', {
  description: 'Two leads that are one person.',
  fields: t => ({
    keep: t.id({ required: true, description: 'The lead that stays.' }),
    merge: t.id({ required: true, description: 'The lead that goes: its address and number become aliases.' }),
    take: t.field({
      type: [MergeFieldType],
      description: 'What is taken of the one that goes. Of the rest the other keeps its own, and gets what it lacks.',
    }),
  }),
})
const LeadMergePayload = builder.objectRef<Outcome<{ lead: Lead }>>('LeadMergePayload').implement({
  description: 'The lead that stays.',
  fields: t => ({
    lead: t.field({ type: LeadRef, nullable: true, description: 'As it is now.', resolve: ({ lead }) => lead }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
builder.mutationField('leadMerge', t =>
  t.field({
    type: LeadMergePayload,
    ...guarded(
      'leads:write',
      'Makes one of two leads that are one person. Everything of the one that goes is then of the one that stays; what runs about it is stopped, so that nobody is written to twice, and who asked for silence under either has it. Playbooks hear lead.merged. It cannot be undone; done twice it changes nothing.',
    ),
    args: { input: t.arg({ type: LeadMergeInput, required: true, description: 'Which, and what is taken.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ lead: null }, async () => {
        const [keepId, mergeId] = [rowId('Lead', input.keep), rowId('Lead', input.merge)]
        const take = input.take ?? []
        await mergeLeads(c.core, workspaceOf(c), { keepId, mergeId, take }, actorOf(viewerOf(c).userId))
        return { lead: await present(c.loaders.lead.load(keepId), 'A lead') }
      }),
  }),
)
