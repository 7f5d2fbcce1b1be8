import type { Lead } from '../../core/sales/lead.ts'
import { ALL_LEAD_SOURCES, LEAD_STATUSES, LEGAL_BASES, leadInput } from '../../core/sales/lead.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import type { Reached } from '../../core/sales/funnel.ts'
import { captureSampleLead } from '../../core/sales/sample-lead.ts'
import { removeSampleLead } from '../../core/privacy/remove-sample.ts'
import { countLeads, listLeads } from '../../core/sales/leads.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { described, renamed } from '../described.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { follow } from '../follow.ts'
import { ActivityConnection, ActivityFilterInput, ActivitySort } from './activity.ts'
import { MeetingConnection, MeetingFilterInput, meetingFilterOf, MeetingSort } from './meeting.ts'
import { MessageConnection, MessageFilterInput, messageFilterOf, MessageSort } from './message.ts'
import { Node, nodeId } from './node.ts'
import { filterOf, RunConnection, RunFilterInput, RunSort } from './run.ts'
import { ScoreFactorRef } from './score-factor.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { LeadRef } from './refs.ts'

const LeadStatus = builder.enumType('LeadStatus', {
  description: 'How far a lead has come.',
  values: described(LEAD_STATUSES, {
    NEW: 'Captured, nothing done yet.',
    QUALIFYING: 'Being enriched and scored.',
    QUALIFIED: 'Scored high enough to be called.',
    NURTURING: 'Not ready: kept warm.',
    DISQUALIFIED: 'Will not buy.',
    CONVERTED: 'Became a customer.',
  }),
})
const LeadSource = builder.enumType('LeadSource', {
  description: 'How a lead came.',
  values: described(ALL_LEAD_SOURCES, {
    WEBSITE: 'By a form on a page.',
    EMAIL: 'By writing.',
    REFERRAL: 'By somebody who knows us.',
    EVENT: 'At a fair or a webinar.',
    IMPORT: 'In a file.',
    API: 'By a program.',
    SAMPLE:
      'The sample lead of the first steps: it counts in no figure. No lead is taken in with it but by `sampleLeadCreate`.',
  }),
})
export const ReachedType = builder.enumType('FunnelReached', {
  description: 'How far a lead has got, as the figures count it.',
  values: renamed<Reached>({
    lead: 'It came in.',
    qualified: 'It is qualified, came to a meeting or bought.',
    met: 'It was at a meeting that was held, or that has ended and of which nobody has said yet how it went.',
    deal: 'It has a deal.',
    won: 'It bought.',
  }),
})
const LegalBasis = builder.enumType('LegalBasis', {
  description: 'Why personal data may be kept (LGPD, article 7).',
  values: described(LEGAL_BASES, {
    CONSENT: 'The person agreed.',
    LEGITIMATE_INTEREST: 'A legitimate interest of the company.',
    CONTRACT: 'A contract with the person.',
    LEGAL_OBLIGATION: 'A duty by law.',
  }),
})

interface Consent {
  readonly basis: (typeof LEGAL_BASES)[number]
  readonly grantedAt?: string
  readonly withdrawnAt?: string
  readonly text?: string
  readonly version?: string
}
const ConsentRef = builder.objectRef<Consent>('Consent').implement({
  description: 'Why and since when the data of a lead may be kept.',
  fields: t => ({
    basis: t.field({ type: LegalBasis, description: 'The legal basis.', resolve: consent => consent.basis }),
    grantedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when.',
      resolve: consent => consent.grantedAt,
    }),
    withdrawnAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken back.',
      resolve: consent => consent.withdrawnAt,
    }),
    text: t.string({
      nullable: true,
      description: 'What the person agreed to, word for word.',
      resolve: consent => consent.text,
    }),
    version: t.string({
      nullable: true,
      description: 'Which wording that is: of a landing page, its address and version.',
      resolve: consent => consent.version,
    }),
  }),
})

LeadRef.implement({
  description: 'Somebody who may buy.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Lead', ({ id }) => id)),
    name: t.exposeString('name', { description: 'What they are called.' }),
    email: t.exposeString('email', { nullable: true, description: 'In lower case; one lead for each address.' }),
    phone: t.exposeString('phone', { nullable: true, description: 'E.164, as +5511987654321.' }),
    company: t.exposeString('company', { nullable: true, description: 'Where they work.' }),
    jobTitle: t.exposeString('jobTitle', { nullable: true, description: 'What they do there.' }),
    source: t.field({
      type: LeadSource,
      description: 'How they came.',
      resolve: lead => lead.source as (typeof ALL_LEAD_SOURCES)[number],
    }),
    locale: t.exposeString('locale', { description: 'The language they are written to in.' }),
    status: t.field({ type: LeadStatus, description: 'How far they have come.', resolve: lead => lead.status }),
    score: t.exposeInt('score', { nullable: true, description: '0 to 100; null until they were scored.' }),
    scoreFactors: t.field({
      type: [ScoreFactorRef],
      description: 'What the score is made of.',
      resolve: lead => [...lead.scoreFactors],
    }),
    data: t.field({
      type: 'JSON',
      description: 'What else is known: answers of forms, enrichment.',
      resolve: lead => lead.data,
    }),
    utm: t.field({ type: 'JSON', description: 'The campaign they came by.', resolve: lead => lead.utm }),
    consent: t.field({
      type: ConsentRef,
      nullable: true,
      description: 'Why their data may be kept.',
      resolve: ({ consent }) => ('basis' in consent ? (consent as unknown as Consent) : null),
    }),
    unsubscribedAt: t.expose('unsubscribedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When they asked not to be written to.',
    }),
    emailBounced: t.exposeBoolean('emailBounced', { description: 'Do letters to their address come back?' }),
    phoneOptedOut: t.exposeBoolean('phoneOptedOut', {
      description: 'Has their phone answered STOP? Then it is written to no more.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they were captured.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of this changed.' }),
    runs: t.field({
      type: RunConnection,
      ...guarded('runs:read', 'Runs about this lead, newest first.'),
      args: {
        ...pageArgs,
        filter: t.arg({ type: RunFilterInput, description: 'Which ones.' }),
        sort: t.arg({ type: RunSort, description: ORDER }),
      },
      resolve: (lead, { filter, ...page }, c) =>
        c.loaders.runsOf.load({ id: lead.id, page: { ...page, filter: filterOf(filter) } }),
    }),
    messages: t.field({
      type: MessageConnection,
      ...guarded('messages:read', 'What was written, newest first.'),
      args: {
        ...pageArgs,
        filter: t.arg({ type: MessageFilterInput, description: 'Which ones.' }),
        sort: t.arg({ type: MessageSort, description: ORDER }),
      },
      resolve: (lead, { filter, ...page }, c) =>
        c.loaders.messagesOf.load({ id: lead.id, page: { ...page, filter: messageFilterOf(filter) } }),
    }),
    meetings: t.field({
      type: MeetingConnection,
      ...guarded('meetings:read', 'Meetings, the latest start first.'),
      args: {
        ...pageArgs,
        filter: t.arg({ type: MeetingFilterInput, description: 'Which ones.' }),
        sort: t.arg({ type: MeetingSort, description: ORDER }),
      },
      resolve: (lead, { filter, ...page }, c) =>
        c.loaders.meetingsOf.load({ id: lead.id, page: { ...page, filter: meetingFilterOf(filter) } }),
    }),
    activities: t.field({
      type: ActivityConnection,
      ...guarded('activities:read', 'What happened, newest first.'),
      args: {
        ...pageArgs,
        filter: t.arg({ type: ActivityFilterInput, description: 'Which ones.' }),
        sort: t.arg({ type: ActivitySort, description: ORDER }),
      },
      resolve: (lead, page, c) => c.loaders.activitiesOf.load({ id: lead.id, page }),
    }),
  }),
})

const LeadConnection = connectionOf<Lead>('Lead', LeadRef)

const LeadFilter = builder.inputType('LeadFilter', {
  description: 'Which leads. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [LeadStatus], description: 'In one of these.' }),
    sources: t.field({ type: [LeadSource], description: 'That came in one of these ways.' }),
    scoreMin: t.int({ description: 'With at least this score.' }),
    scoreMax: t.int({ description: 'With at most this score.' }),
    unsubscribed: t.boolean({ description: 'That asked not to be written to; false: all others.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Captured at this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Captured before this moment.' }),
    reached: t.field({ type: ReachedType, description: 'Got so far by now, as `dashboard.funnel` counts it.' }),
    search: t.string({ description: 'With this anywhere in name, e-mail or company.' }),
  }),
})

const LeadSort = sortInput('Lead', {
  createdAt: 'When they were captured.',
  score: 'Their score.',
  name: 'Their name, without regard to case.',
})

builder.queryField('leads', t =>
  t.field({
    type: LeadConnection,
    ...guarded('leads:read', 'The leads, newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: LeadFilter, description: 'Which ones.' }),
      sort: t.arg({ type: LeadSort, description: ORDER }),
    },
    resolve: async (_root, args, c) => ({
      ...(await listLeads(c.core, workspaceOf(c), args)),
      ...(args.filter ? {} : { totalCount: () => countLeads(c.core, workspaceOf(c)) }),
    }),
  }),
)

const LeadCreateInput = builder.inputType('LeadCreateInput', {
  description: 'A lead as it is captured. It needs an e-mail or a phone.',
  fields: t => ({
    name: t.string({ required: true, description: 'What they are called.' }),
    email: t.string({ description: 'A lead with this address is brought up to date, not doubled.' }),
    phone: t.string({ description: 'As people write it; a number without a country is Brazilian.' }),
    company: t.string({ description: 'Where they work.' }),
    jobTitle: t.string({ description: 'What they do there.' }),
    source: t.field({ type: LeadSource, required: true, description: 'How they came.' }),
    legalBasis: t.field({ type: LegalBasis, required: true, description: 'Why their data may be kept.' }),
    locale: t.string({ description: 'pt-BR (without it) or en.' }),
    data: t.field({ type: 'JSON', description: 'An object with what else is known, at most 32 KiB.' }),
    idempotencyKey: t.string({ description: 'The same key again answers with the first lead and changes nothing.' }),
  }),
})

const LeadCreatePayload = builder
  .objectRef<Outcome<{ lead: Lead; duplicateOf: Lead | null }>>('LeadCreatePayload')
  .implement({
    description: 'What became of a captured lead.',
    fields: t => ({
      lead: t.field({
        type: LeadRef,
        nullable: true,
        description: 'The lead as it is stored.',
        resolve: payload => payload.lead,
      }),
      duplicateOf: t.field({
        type: LeadRef,
        nullable: true,
        description: 'Set where the address was known: the lead that was brought up to date.',
        resolve: payload => payload.duplicateOf,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

builder.mutationField('leadCreate', t =>
  t.field({
    type: LeadCreatePayload,
    ...guarded('leads:write', 'Captures a lead and starts the playbooks that wait for one.'),
    args: { input: t.arg({ type: LeadCreateInput, required: true, description: 'The lead.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ lead: null, duplicateOf: null }, async () => {
        const { legalBasis, idempotencyKey, ...rest } = input
        const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
        const captured = await captureLead(
          c.core,
          workspaceOf(c),
          leadInput.parse({ ...fields, consent: { basis: legalBasis } }),
          {
            source: 'graphql',
            dedupeKey: idempotencyKey ? `graphql:${idempotencyKey}` : undefined,
          },
        )
        const lead = await present(c.loaders.lead.load(captured.leadId), 'A lead')
        return { lead, duplicateOf: captured.created || captured.repeated ? null : lead }
      }),
  }),
)

const SampleLeadCreateInput = builder.inputType('SampleLeadCreateInput', {
  description: 'The sample lead.',
  fields: t => ({ locale: t.string({ description: 'The language it is written to in: pt-BR (without it) or en.' }) }),
})
const SampleLeadCreatePayload = builder.objectRef<Outcome<{ lead: Lead }>>('SampleLeadCreatePayload').implement({
  description: 'The sample lead.',
  fields: t => ({
    lead: t.field({ type: LeadRef, nullable: true, description: 'As it is stored.', resolve: payload => payload.lead }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})
const SampleLeadRemovePayload = builder.objectRef<Outcome<{ lead: Lead | null }>>('SampleLeadRemovePayload').implement({
  description: 'What became of the sample lead.',
  fields: t => ({
    lead: t.field({
      type: LeadRef,
      nullable: true,
      description:
        'It, while its runs are coming to their end: then it is removed without being asked again. Null: it is removed.',
      resolve: payload => payload.lead,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationFields(t => ({
  sampleLeadCreate: t.field({
    type: SampleLeadCreatePayload,
    ...guarded(
      'leads:write',
      'Captures a lead that is marked as a sample, as a form does, and starts the playbooks that wait for one. There is one at a time.',
    ),
    args: { input: t.arg({ type: SampleLeadCreateInput, required: true, description: 'In which language.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ lead: null }, async () => {
        const locale = leadInput.shape.locale.parse(input.locale ?? undefined)
        const { leadId } = await captureSampleLead(c.core, workspaceOf(c), locale)
        return { lead: await present(c.loaders.lead.load(leadId), 'A lead') }
      }),
  }),
  sampleLeadRemove: t.field({
    type: SampleLeadRemovePayload,
    ...guarded(
      'leads:write',
      'Stops the runs of the sample lead and removes it with everything that came of it here. Without one nothing is done.',
    ),
    resolve: (_root, _args, c) =>
      outcome({ lead: null }, async () => {
        const left = await removeSampleLead(c.core, workspaceOf(c), viewerOf(c).userId)
        return { lead: left === undefined ? null : await c.loaders.lead.load(left) }
      }),
  }),
}))

const LeadUpdatedPayload = builder.objectRef<{ lead: Lead }>('LeadUpdatedPayload').implement({
  description: 'A lead that has changed.',
  fields: t => ({ lead: t.field({ type: LeadRef, description: 'As it is now.', resolve: payload => payload.lead }) }),
})

builder.subscriptionField('leadUpdated', t =>
  t.field({
    type: LeadUpdatedPayload,
    ...guarded('leads:read', 'A lead was captured or changed.'),
    args: { leadId: t.arg.id({ description: 'Only this lead; every lead of the workspace without it.' }) },
    subscribe: (_root, { leadId }, c) => {
      const only = leadId ? rowId('Lead', leadId) : undefined
      return follow(c, 'lead.updated', async detail => {
        if (only !== undefined && detail.leadId !== only) return []
        const lead = await c.loaders.lead.load(detail.leadId)
        return lead ? [{ lead }] : []
      })
    },
    resolve: payload => payload,
  }),
)
