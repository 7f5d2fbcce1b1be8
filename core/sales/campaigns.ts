import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

export const CAMPAIGN_STATUSES = ['ACTIVE', 'PAUSED', 'ENDED'] as const
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number]

/** A campaign whose figures people enter. */
export interface Campaign {
  readonly id: string
  readonly name: string
  readonly channel: string
  readonly status: CampaignStatus
  readonly currency: string
}

/** Counts of one day; `spend` in the smallest unit of the currency. */
export interface CampaignDay {
  readonly campaignId: string
  readonly day: string
  readonly currency: string
  readonly impressions: number
  readonly clicks: number
  readonly leads: number
  readonly spend: number
}

/** Newest first, at most 500. */
export async function listCampaigns(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { status }: { status?: CampaignStatus | undefined } = {},
): Promise<Campaign[]> {
  return core.sql.query<Campaign>(LIST_CAMPAIGNS, [workspaceId, status ?? null])
}
const LIST_CAMPAIGNS = statement(
  'list-campaigns',
  `select id, name, channel, status, currency from campaigns where workspace_id = $1 and ($2::text is null or status = $2)
   order by created_at desc, id desc limit 500`,
)

/** Figures by day and campaign, both days included; at most 10,000 rows. */
export async function campaignDays(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to, campaignId }: { from: string; to: string; campaignId?: string | undefined },
): Promise<CampaignDay[]> {
  return core.sql.query<CampaignDay>(CAMPAIGN_DAYS, [workspaceId, from, to, campaignId ?? null])
}
const CAMPAIGN_DAYS = statement(
  'campaign-days',
  `select d.campaign_id as "campaignId", d.day::text as day, c.currency, d.impressions, d.clicks, d.leads, d.spend::float8 as spend
   from campaign_days d join campaigns c on c.id = d.campaign_id
   where c.workspace_id = $1 and d.day between $2::date and $3::date and ($4::text is null or c.id::text = $4)
   order by d.day, c.name limit 10000`,
)

/** Adds a campaign, or changes the one with this name. */
export async function putCampaign(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  campaign: Omit<Campaign, 'id'>,
): Promise<Campaign> {
  const { name, channel, status, currency } = campaign
  const values = [newId(), workspaceId, name, channel, status, currency, core.clock.now()]
  return (await core.sql.query<Campaign>(PUT_CAMPAIGN, values))[0]!
}
const PUT_CAMPAIGN = statement(
  'put-campaign',
  `insert into campaigns (id, workspace_id, name, channel, status, currency, created_at) values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (workspace_id, name) do update set channel = excluded.channel, status = excluded.status, currency = excluded.currency
   returning id, name, channel, status, currency`,
)

/** Enters the figures of a day, in place of what was there. Throws `NOT_FOUND`. */
export async function putCampaignDay(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  day: Omit<CampaignDay, 'currency'>,
): Promise<void> {
  const values = [workspaceId, day.campaignId, day.day, day.impressions, day.clicks, day.leads, day.spend]
  const rows = await core.sql.query(PUT_CAMPAIGN_DAY, values)
  if (rows.length === 0) throw new TraeError('NOT_FOUND', `There is no campaign ${day.campaignId} in this workspace.`)
}
const PUT_CAMPAIGN_DAY = statement(
  'put-campaign-day',
  `insert into campaign_days (campaign_id, day, impressions, clicks, leads, spend)
   select id, $3::date, $4, $5, $6, $7 from campaigns where workspace_id = $1 and id = $2
   on conflict (campaign_id, day) do update set impressions = excluded.impressions, clicks = excluded.clicks,
     leads = excluded.leads, spend = excluded.spend
   returning day`,
)
