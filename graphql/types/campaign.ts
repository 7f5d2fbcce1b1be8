import { z } from 'zod'
import {
  type Campaign,
  type CampaignDay,
  campaignDays,
  CAMPAIGN_STATUSES,
  listCampaigns,
  putCampaign,
  putCampaignDay,
} from '../../core/sales/campaigns.ts'
import { accepted } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const CampaignStatusType = builder.enumType('CampaignStatus', {
  description: 'Does a campaign run?',
  values: described(CAMPAIGN_STATUSES, { ACTIVE: 'Yes.', PAUSED: 'Not now.', ENDED: 'Not any more.' }),
})
const CampaignRef = builder.objectRef<Campaign>('Campaign').implement({
  description: 'A campaign whose figures people enter.',
  fields: t => ({
    id: t.exposeID('id', { description: 'Of the campaign.' }),
    name: t.exposeString('name', { description: 'Unique in the workspace.' }),
    channel: t.exposeString('channel', { description: 'Where it runs: meta, google, linkedin …' }),
    status: t.field({ type: CampaignStatusType, description: 'Does it run?', resolve: one => one.status }),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
  }),
})
const CampaignDayRef = builder.objectRef<CampaignDay>('CampaignDay').implement({
  description: 'What a campaign cost and brought on a day.',
  fields: t => ({
    campaignId: t.exposeID('campaignId', { description: 'The campaign.' }),
    day: t.exposeString('day', { description: 'As 2030-03-01.' }),
    currency: t.exposeString('currency', { description: 'Of the spend.' }),
    impressions: t.exposeInt('impressions', { description: 'Times it was shown.' }),
    clicks: t.exposeInt('clicks', { description: 'Times it was followed.' }),
    leads: t.exposeInt('leads', { description: 'Leads that it brought.' }),
    spend: t.exposeFloat('spend', { description: 'In the smallest unit of the currency.' }),
  }),
})

builder.queryFields(t => ({
  campaigns: t.field({
    type: [CampaignRef],
    ...guarded('campaigns:read', 'The campaigns that are kept here, newest first; at most 500.'),
    resolve: (_root, _args, c) => listCampaigns(c.core, workspaceOf(c)),
  }),
  campaignDays: t.field({
    type: [CampaignDayRef],
    ...guarded('campaigns:read', 'Their figures by day, both days included.'),
    args: {
      from: t.arg.string({ required: true, description: 'First day, as 2030-03-01.' }),
      to: t.arg.string({ required: true, description: 'Last day.' }),
    },
    resolve: (_root, { from, to }, c) =>
      campaignDays(c.core, workspaceOf(c), {
        from: accepted(z.iso.date(), from, 'from'),
        to: accepted(z.iso.date(), to, 'to'),
      }),
  }),
}))

const CampaignPutInput = builder.inputType('CampaignPutInput', {
  description: 'A campaign.',
  fields: t => ({
    name: t.string({ required: true, description: 'Unique in the workspace; one of this name is changed.' }),
    channel: t.string({ required: true, description: 'Where it runs.' }),
    status: t.field({ type: CampaignStatusType, description: 'Does it run? ACTIVE without it.' }),
    currency: t.string({ description: 'ISO 4217; BRL without it.' }),
  }),
})
const campaignInput = z.object({
  name: z.string().trim().min(1).max(200),
  channel: z.string().trim().min(1).max(50),
  status: z.enum(CAMPAIGN_STATUSES).default('ACTIVE'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency as BRL')
    .default('BRL'),
})
const CampaignDayPutInput = builder.inputType('CampaignDayPutInput', {
  description: 'Figures of a day, in place of what was there.',
  fields: t => ({
    campaignId: t.id({ required: true, description: 'The campaign.' }),
    day: t.string({ required: true, description: 'As 2030-03-01.' }),
    impressions: t.int({ required: true, description: 'Times it was shown.' }),
    clicks: t.int({ required: true, description: 'Times it was followed.' }),
    leads: t.int({ required: true, description: 'Leads that it brought.' }),
    spend: t.int({ required: true, description: 'In the smallest unit of the currency.' }),
  }),
})
const count = z.int().min(0).max(2_000_000_000)
const dayInput = z.object({
  campaignId: z.uuid(),
  day: z.iso.date(),
  impressions: count,
  clicks: count,
  leads: count,
  spend: z.int().min(0),
})

const CampaignPutPayload = builder.objectRef<Outcome<{ campaign: Campaign }>>('CampaignPutPayload').implement({
  description: 'A campaign as it is now.',
  fields: t => ({
    campaign: t.field({
      type: CampaignRef,
      nullable: true,
      description: 'The campaign.',
      resolve: ({ campaign }) => campaign,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
const CampaignDayPutPayload = builder.objectRef<Outcome<{ day: string }>>('CampaignDayPutPayload').implement({
  description: 'What became of the figures.',
  fields: t => ({
    day: t.exposeString('day', { nullable: true, description: 'The day that was entered.' }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
const given = <T extends object>(input: T) =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))

builder.mutationFields(t => ({
  campaignPut: t.field({
    type: CampaignPutPayload,
    ...guarded('campaigns:write', 'Adds a campaign, or changes the one of that name.'),
    args: { input: t.arg({ type: CampaignPutInput, required: true, description: 'The campaign.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ campaign: null }, async () => ({
        campaign: await putCampaign(c.core, workspaceOf(c), campaignInput.parse(given(input))),
      })),
  }),
  campaignDayPut: t.field({
    type: CampaignDayPutPayload,
    ...guarded('campaigns:write', 'Enters the figures of a day.'),
    args: { input: t.arg({ type: CampaignDayPutInput, required: true, description: 'The figures.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ day: null }, async () => {
        const day = dayInput.parse({ ...input, campaignId: String(input.campaignId) })
        await putCampaignDay(c.core, workspaceOf(c), day)
        return { day: day.day }
      }),
  }),
}))
