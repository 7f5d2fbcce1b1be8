import { z } from 'zod'
import { TraeError } from '../errors.ts'
import { keepSentText, reportUndelivered } from '../mail/report-text.ts'
import { customerInput, customerPatch, CUSTOMER_STATUSES } from '../sales/customer.ts'
import { findCustomers, listCustomers, startCustomer, updateCustomer } from '../sales/customers.ts'
import { DEAL_STAGES, dealInput, dealPatch } from '../sales/deal.ts'
import { moveDeal, openDeal, updateDeal } from '../sales/deals.ts'
import { ACTIVITY_KINDS, addActivity, listActivities } from '../sales/activities.ts'
import { addToAudience, removeFromAudience } from '../sales/audiences.ts'
import { CAMPAIGN_STATUSES, campaignDays, listCampaigns } from '../sales/campaigns.ts'
import { cancelMeeting, moveMeeting } from '../sales/change-meeting.ts'
import { cancelCharge, createCharge, getCharge } from '../sales/charges.ts'
import { countedBy, customerFigures, dealFigures, leadFigures, messageFigures } from '../sales/figures.ts'
import { forecast } from '../sales/forecast.ts'
import { metricValues } from '../sales/metric.ts'
import { addNotice } from '../sales/notices.ts'
import { queueMessage } from '../sales/outbox.ts'
import type { Proposal } from '../sales/proposal.ts'
import { proposalLink } from '../sales/proposal-link.ts'
import { createProposal, getProposal, markProposalSent } from '../sales/proposals.ts'
import { openObjectives } from '../sales/read-objectives.ts'
import { getLead, leadPatch, updateLead } from '../sales/leads.ts'
import { busy, freeTimes } from '../sales/availability.ts'
import { changeLink } from '../sales/meeting-link.ts'
import { attachBriefing, scheduleMeeting } from '../sales/meetings.ts'
import { findMessage, sendMessage, thread } from '../sales/messages.ts'
import { receiveText } from '../sales/receive-message.ts'
import { findDeals, listDeals } from '../sales/read-deals.ts'
import { suggestions } from '../sales/suggestions.ts'
import { assignLead, nextCloser } from '../sales/team.ts'
import { storable } from '../words.ts'
import { LETTERS } from './letter-records.ts'
import { PROVIDER_MEETINGS } from './meeting-records.ts'
import { type Origin, type RecordsCore, type RecordVerb, verb } from './record-verb.ts'

const id = z.uuid()
const moment = z.iso.datetime({ offset: true })
const text = (max: number) => z.string().min(1).max(max)
const summary = z.string().max(500)
// JSON by birth, as in capabilities.ts
const json = z.unknown().refine(value => value !== undefined, 'is missing')

const period = z.strictObject({ from: moment, to: moment })
const COUNTED_BY =
  'is nothing that leads are counted by; source, status, locale, jobTitle, campaign, medium are, and paths as data.companySize'

const phoneMessage = { channel: z.enum(['sms', 'whatsapp']), externalId: text(200), from: text(40), to: text(40) }
/** What vendors call their messages differs by plugin. */
const externalIdOf = ({ pluginId }: Origin, { externalId }: { readonly externalId: string }) =>
  `plugin:${pluginId}:${externalId}`
/** `noun.verb` → what `ctx.records.<noun>.<verb>(argument)` asks for and does. Answers are plain JSON. */
export const RECORDS: Readonly<Record<string, RecordVerb>> = {
  'leads.get': verb('leads:read', z.strictObject({ id }), getLead),
  'leads.update': verb(
    'leads:write',
    z.strictObject({ id, patch: leadPatch, summary: summary.optional() }),
    updateLead,
  ),
  'messages.send': verb(
    'messages:write',
    z.strictObject({
      leadId: id.optional(),
      to: z.email().max(255),
      subject: text(255),
      body: text(50_000),
      inReplyTo: id.optional(),
      meetingId: id.optional(),
    }),
    sendMessage,
  ),
  'messages.find': verb('messages:read', z.strictObject({ key: text(500) }), findMessage),
  'messages.thread': verb('messages:read', z.strictObject({ leadId: id }), async (core, workspaceId, argument) =>
    (await thread(core, workspaceId, argument)).map(({ id, direction, subject, body, createdAt }) => ({
      id,
      direction,
      subject,
      body,
      createdAt,
    })),
  ),
  'meetings.busy': verb('meetings:read', z.strictObject({ from: moment, to: moment }), busy),
  'meetings.free': verb(
    'meetings:read',
    z.strictObject({
      from: moment,
      to: moment,
      minutes: z.int().min(5).max(480),
      limit: z.int().min(1).max(250).optional(),
    }),
    freeTimes,
  ),
  'meetings.schedule': verb(
    'meetings:write',
    z.strictObject({
      leadId: id,
      title: text(255),
      startsAt: moment,
      endsAt: moment,
      attendees: z.array(z.strictObject({ name: z.string().max(255), email: z.email().max(255) })).max(50),
      location: z.string().max(500).optional(),
    }),
    async (core, workspaceId, meeting, origin) =>
      changeable(core, await scheduleMeeting(core, workspaceId, meeting, origin)),
  ),
  'meetings.attachBriefing': verb('meetings:write', z.strictObject({ id, briefing: json }), attachBriefing),
  'meetings.move': verb(
    'meetings:write',
    z.strictObject({ id: text(255), startsAt: moment }),
    async (core, workspaceId, asked) =>
      changeable(core, await moveMeeting(core, workspaceId, { ...asked, by: 'playbook' })),
  ),
  'meetings.cancel': verb(
    'meetings:write',
    z.strictObject({ id: text(255), reason: text(500).optional() }),
    (core, workspaceId, asked) => cancelMeeting(core, workspaceId, { ...asked, by: 'playbook' }),
  ),
  'messages.queue': verb(
    'messages:write',
    z.strictObject({ channel: z.enum(['sms', 'whatsapp']), to: text(40), body: text(5000), leadId: id.optional() }),
    queueMessage,
  ),
  'messages.receive': verb(
    'messages:receive',
    z.strictObject({ ...phoneMessage, text: z.string().max(20_000) }),
    async (core, workspaceId, argument, origin) => {
      const message = await receiveText(core, workspaceId, {
        ...argument,
        externalId: externalIdOf(origin, argument),
        text: storable(argument.text, 20_000),
      })
      return message && { id: message.id, leadId: message.leadId }
    },
  ),
  'messages.sent': {
    ...verb(
      'messages:report',
      z.strictObject({ ...phoneMessage, text: z.string().max(20_000), leadId: id.optional() }),
      (core, workspaceId, argument, origin) =>
        keepSentText(core, workspaceId, {
          ...argument,
          externalId: externalIdOf(origin, argument),
          text: storable(argument.text, 20_000),
          runId: origin.runId,
        }),
    ),
    tellsOfPast: true,
  },
  'messages.undelivered': verb(
    'messages:report',
    z.strictObject({ ...phoneMessage, reason: text(2000), optedOut: z.boolean().default(false) }),
    (core, workspaceId, argument, origin) =>
      reportUndelivered(core, workspaceId, { ...argument, externalId: externalIdOf(origin, argument) }),
  ),
  ...LETTERS,
  ...PROVIDER_MEETINGS,
  'notices.add': verb(
    'notices:write',
    z.strictObject({
      to: z.email().max(255).optional(),
      title: text(200),
      body: text(5000).optional(),
      urgent: z.boolean().optional(),
      leadId: id.optional(),
    }),
    addNotice,
  ),
  'charges.create': verb(
    'charges:write',
    z.strictObject({
      leadId: id.optional(),
      amount: z.int().min(1),
      currency: text(3),
      description: text(500),
      dueOn: z.iso.date().optional(),
      customer: z.strictObject({
        name: text(255),
        email: z.email().max(255).optional(),
        phone: z.string().max(40).optional(),
        document: z.string().max(40).optional(),
      }),
      method: text(20).optional(),
    }),
    createCharge,
  ),
  'charges.get': verb('charges:read', z.strictObject({ id: text(255) }), (core, workspaceId, { id }) =>
    getCharge(core, workspaceId, id),
  ),
  'charges.cancel': verb(
    'charges:write',
    z.strictObject({ id: text(255), reason: text(500).optional() }),
    (core, workspaceId, { id, reason }) => cancelCharge(core, workspaceId, id, reason),
  ),
  'proposals.create': verb(
    'proposals:write',
    z.strictObject({
      leadId: id,
      title: text(255),
      introduction: text(20_000).optional(),
      items: z
        .array(z.strictObject({ description: text(500), quantity: z.int().min(1), unitAmount: z.int().min(1) }))
        .min(1)
        .max(100),
      currency: text(3),
      validUntil: z.iso.date().optional(),
      terms: text(20_000).optional(),
    }),
    async (core, workspaceId, proposal, origin) =>
      linked(core, await createProposal(core, workspaceId, proposal, origin)),
  ),
  'proposals.get': verb('proposals:read', z.strictObject({ id: text(255) }), async (core, workspaceId, { id }) =>
    linked(core, await getProposal(core, workspaceId, id)),
  ),
  'proposals.markSent': verb('proposals:write', z.strictObject({ id: text(255) }), async (core, workspaceId, { id }) =>
    linked(core, await markProposalSent(core, workspaceId, id)),
  ),
  'campaigns.list': verb(
    'campaigns:read',
    z.strictObject({ status: z.enum(CAMPAIGN_STATUSES).optional() }),
    listCampaigns,
  ),
  'campaigns.figures': verb(
    'campaigns:read',
    z.strictObject({ from: z.iso.date(), to: z.iso.date(), campaignId: text(255).optional() }),
    campaignDays,
  ),
  'audiences.add': verb('audiences:write', z.strictObject({ audience: text(100), leadId: id }), addToAudience),
  'audiences.remove': verb('audiences:write', z.strictObject({ audience: text(100), leadId: id }), removeFromAudience),
  'activities.list': verb('activities:read', z.strictObject({ leadId: id }), async (core, workspaceId, { leadId }) => {
    const { items } = await listActivities(core, workspaceId, { filter: { leadId }, first: 100 })
    return items
      .map(({ node: { kind, summary, data, occurredAt } }) => ({ kind, summary, data, occurredAt }))
      .toReversed()
  }),
  'activities.add': verb(
    'activities:write',
    z.strictObject({
      leadId: id,
      kind: z.enum(ACTIVITY_KINDS),
      summary,
      data: z.record(z.string(), json).default({}),
    }),
    addActivity,
  ),
  'deals.get': verb('deals:read', z.strictObject({ id }), async (core, workspaceId, { id }) =>
    there('deal', id, await findDeals(core, workspaceId, [id])),
  ),
  'deals.ofLead': verb('deals:read', z.strictObject({ leadId: id }), async (core, workspaceId, { leadId }) =>
    (await listDeals(core, workspaceId, { first: 100, filter: { leadId } })).items.map(({ node }) => node),
  ),
  'deals.open': verb('deals:write', dealInput, (core, workspaceId, argument, origin) =>
    openDeal(core, workspaceId, argument, origin),
  ),
  'deals.move': verb(
    'deals:write',
    z.strictObject({ id, stage: z.enum(DEAL_STAGES), lostReason: summary.optional() }),
    (core, workspaceId, argument, origin) => moveDeal(core, workspaceId, argument, origin),
  ),
  'deals.update': verb('deals:write', z.strictObject({ id, patch: dealPatch }), (core, workspaceId, argument, origin) =>
    updateDeal(core, workspaceId, argument, { ...origin, source: `run:${origin.runId}` }),
  ),
  'customers.get': verb('customers:read', z.strictObject({ id }), async (core, workspaceId, { id }) =>
    there('customer', id, await findCustomers(core, workspaceId, [id])),
  ),
  'customers.list': verb(
    'customers:read',
    z.strictObject({ statuses: z.array(z.enum(CUSTOMER_STATUSES)).optional(), after: z.string().max(100).optional() }),
    async (core, workspaceId, { statuses, after }) => {
      const { items, hasNextPage } = await listCustomers(core, workspaceId, { first: 100, after, filter: { statuses } })
      return { customers: items.map(({ node }) => node), next: hasNextPage ? items.at(-1)!.cursor : null }
    },
  ),
  'customers.start': verb('customers:write', customerInput, (core, workspaceId, argument, origin) =>
    startCustomer(core, workspaceId, argument, origin),
  ),
  'customers.update': verb(
    'customers:write',
    z.strictObject({ id, patch: customerPatch }),
    (core, workspaceId, argument, origin) => updateCustomer(core, workspaceId, argument, origin),
  ),
  'figures.leads': verb(
    'figures:read',
    period.extend({ by: text(200).refine(countedBy, COUNTED_BY).optional() }),
    leadFigures,
  ),
  'figures.deals': verb('figures:read', period, dealFigures),
  'figures.customers': verb('figures:read', period, customerFigures),
  'figures.messages': verb('figures:read', period, messageFigures),
  'figures.values': verb('figures:read', period, metricValues),
  'figures.forecast': verb('figures:read', period.extend({ within: z.int().min(1).max(365).optional() }), forecast),
  'figures.objectives': verb('figures:read', z.strictObject({}).optional(), openObjectives),
  'figures.suggestions': verb('figures:read', period, suggestions),
  'team.closer': verb(
    'team:read',
    z.strictObject({ leadId: id.optional(), at: moment.optional() }).optional(),
    async (core, workspaceId, argument) => {
      const { name, email } = await nextCloser(core, workspaceId, argument)
      return { name, email }
    },
  ),
  'leads.assign': verb('leads:write', z.strictObject({ leadId: id, closer: z.email().max(255) }), assignLead),
}

function there<T>(what: string, id: string, [found]: readonly T[]): T {
  if (!found) throw new TraeError('NOT_FOUND', `There is no ${what} ${id} in this workspace.`)
  return found
}

/** With the address at which the lead changes it. */
const changeable = <Meeting extends { readonly id: string }>(core: RecordsCore, meeting: Meeting) => ({
  ...meeting,
  changeLink: changeLink(core, meeting.id),
})

/** With the addresses that the customer gets. */
const linked = (core: RecordsCore, proposal: Proposal) => ({
  ...proposal,
  url: proposalLink(core, proposal, 'page'),
  pdfUrl: proposalLink(core, proposal, 'pdf'),
})
