import type { Core } from '../context.ts'
import { notOfSample, notOfSampleRun } from '../sales/sample-lead.ts'
import { statement } from '../sql.ts'

/** What happened in a period, counted from the rows; shares are 0–1, null where there is nothing to divide by. */
export interface AnalyticsOverview {
  readonly period: { readonly from: string; readonly to: string }
  readonly leadsProcessed: number
  readonly leadsQualified: number
  readonly leadsNurtured: number
  /** That have left: not those that wait for a person or for the mail server. */
  readonly messagesSent: number
  readonly repliesReceived: number
  readonly meetingsScheduled: number
  /** Meetings scheduled by leads processed. */
  readonly conversionRate: number | null
  readonly runs: { readonly completed: number; readonly failed: number; readonly open: number }
}

/** The workspace's figures of the last `days` days. */
export async function analyticsOverview(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: string,
  days: number,
): Promise<AnalyticsOverview> {
  const to = core.clock.now()
  const from = new Date(to.getTime() - days * 86_400_000)
  const [row] = await core.sql.query<Record<string, number>>(ANALYTICS_OVERVIEW, [workspaceId, from])
  const figure = (name: string) => row![name]!
  const leads = figure('leads')
  return {
    period: { from: from.toISOString(), to: to.toISOString() },
    leadsProcessed: leads,
    leadsQualified: figure('qualified'),
    leadsNurtured: figure('nurtured'),
    messagesSent: figure('sent'),
    repliesReceived: figure('received'),
    meetingsScheduled: figure('meetings'),
    conversionRate: leads === 0 ? null : figure('meetings') / leads,
    runs: { completed: figure('completed'), failed: figure('failed'), open: figure('open') },
  }
}

const ANALYTICS_OVERVIEW = statement(
  'analytics-overview',
  `select
     (select count(*) from leads where workspace_id = $1 and ${notOfSample('id')} and created_at >= $2)::int as leads,
     (select count(*) from leads where workspace_id = $1 and ${notOfSample('id')} and created_at >= $2 and status in ('QUALIFIED', 'CONVERTED'))::int as qualified,
     (select count(*) from leads where workspace_id = $1 and ${notOfSample('id')} and created_at >= $2 and status = 'NURTURING')::int as nurtured,
     (select count(*) from messages where workspace_id = $1 and ${notOfSample('lead_id')} and created_at >= $2 and direction = 'out' and state = 'sent' and ${notOfSampleRun('run_id')})::int as sent,
     (select count(*) from messages where workspace_id = $1 and ${notOfSample('lead_id')} and created_at >= $2 and direction = 'in')::int as received,
     (select count(*) from meetings where workspace_id = $1 and ${notOfSample('lead_id')} and created_at >= $2)::int as meetings,
     (select count(*) from runs where workspace_id = $1 and ${notOfSample('subject_id')} and created_at >= $2 and status = 'completed')::int as completed,
     (select count(*) from runs where workspace_id = $1 and ${notOfSample('subject_id')} and created_at >= $2 and status in ('failed', 'quarantined'))::int as failed,
     (select count(*) from runs where workspace_id = $1 and ${notOfSample('subject_id')} and created_at >= $2 and finished_at is null and status <> 'quarantined')::int as open`,
)
