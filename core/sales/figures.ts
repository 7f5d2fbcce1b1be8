import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { metIf } from './held-meeting.ts'
import { notOfSample, notOfSampleRun } from './sample-lead.ts'

type FiguresCore = Pick<Core, 'sql'>

/** Two instants; `to` is no part of it. */
export interface FigurePeriod {
  readonly from: string
  readonly to: string
}
/** Counts and sums, in the shapes that the SDK shows them in (`sdk/figures.ts`). */
type Row = Readonly<Record<string, unknown>>

/** Columns that leads can be counted by; anything else is a path in their data: `data.companySize`. */
const COLUMNS: Readonly<Record<string, string>> = {
  source: 'l.source',
  status: 'l.status',
  locale: 'l.locale',
  jobTitle: 'l.job_title',
  campaign: `coalesce(l.utm->>'campaign', l.utm->>'utm_campaign')`,
  medium: `coalesce(l.utm->>'medium', l.utm->>'utm_medium')`,
}
const DATA_PATH = /^data(\.[A-Za-z_][A-Za-z0-9_-]{0,59}){1,3}$/
export const countedBy = (by: string): boolean => Object.hasOwn(COLUMNS, by) || DATA_PATH.test(by)

/**
 * The leads that came in a period, and what has become of them until now, by a value that they have: the 50 largest groups. Without
 * `by` one row, of all. `value` is null for leads that do not have it.
 */
export async function leadFigures(
  core: FiguresCore & Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  { from, to, by }: FigurePeriod & { by?: string | undefined },
): Promise<Row[]> {
  const path = by?.startsWith('data.') ? by.split('.').slice(1) : []
  const column = by === undefined ? 'null::text' : (COLUMNS[by] ?? `nullif(left(l.data #>> $4::text[], 200), '')`)
  return core.sql.query<Row>(
    statement(`lead-figures-${by === undefined ? 'all' : path.length > 0 ? 'data' : by}`, leadText(column)),
    [workspaceId, from, to, path, core.clock.now()],
  )
}
const leadText = (column: string) => `
  with cohort as (
    select ${column} as value, l.status,
      ${metIf('$5::timestamptz')} as met,
      d.won, d.lost, d.revenue
    from leads l
    left join lateral (
      select count(*) filter (where stage = 'WON') as won, count(*) filter (where stage = 'LOST') as lost,
        jsonb_object_agg(currency, amount) filter (where stage = 'WON' and amount is not null) as revenue
      from (select stage, currency, sum(amount) as amount from deals where workspace_id = $1 and lead_id = l.id group by stage, currency) s
    ) d on true
    where l.workspace_id = $1 and ${notOfSample('l.id')} and l.created_at >= $2::timestamptz and l.created_at < $3::timestamptz and $4::text[] is not null
  ), money as (
    select value, jsonb_object_agg(currency, amount) as revenue from (
      select c.value, r.key as currency, sum(r.value::numeric)::text as amount
      from cohort c, jsonb_each_text(c.revenue) r group by 1, 2) s
    group by value
  )
  select c.value, count(*)::int as leads,
    (count(*) filter (where c.status in ('QUALIFIED', 'CONVERTED') or c.met or c.won > 0))::int as qualified,
    (count(*) filter (where c.met))::int as met,
    (count(*) filter (where c.won > 0))::int as won,
    (count(*) filter (where c.lost > 0 and c.won = 0))::int as lost,
    coalesce((select m.revenue from money m where m.value is not distinct from c.value), '{}') as revenue
  from cohort c group by c.value order by leads desc, c.value limit 50`

/** Deals that are open now, and those that were closed in a period. */
export async function dealFigures(
  core: FiguresCore,
  workspaceId: WorkspaceId,
  { from, to }: FigurePeriod,
): Promise<Row> {
  const [row] = await core.sql.query<{ figures: Row }>(DEALS, [workspaceId, from, to])
  return row!.figures
}
const DEALS = statement(
  'deal-figures',
  `with closed as (
     select stage, currency, amount, created_at, closed_at, lost_reason from deals
     where workspace_id = $1 and ${notOfSample('lead_id')} and stage in ('WON', 'LOST') and closed_at >= $2::timestamptz and closed_at < $3::timestamptz
   ), open as (
     select stage, currency, amount, probability, expected_close_on from deals
     where workspace_id = $1 and ${notOfSample('lead_id')} and stage not in ('WON', 'LOST')
   )
   select jsonb_build_object(
     'won', (select count(*) from closed where stage = 'WON'),
     'lost', (select count(*) from closed where stage = 'LOST'),
     'daysToWin', (select percentile_cont(0.5) within group (order by extract(epoch from closed_at - created_at) / 86400) from closed where stage = 'WON'),
     'revenue', coalesce((select jsonb_object_agg(currency, amount) from
       (select currency, sum(amount)::text as amount from closed where stage = 'WON' and amount is not null group by currency) s), '{}'),
     'lostReasons', coalesce((select jsonb_agg(jsonb_build_object('reason', reason, 'deals', deals)) from
       (select left(lost_reason, 200) as reason, count(*) as deals from closed where stage = 'LOST' group by 1 order by 2 desc, 1 limit 30) s), '[]'),
     'closed', coalesce((select jsonb_agg(jsonb_build_object('won', stage = 'WON', 'amount', amount::text, 'currency', currency)) from
       (select * from closed where amount is not null order by closed_at desc limit 1000) s), '[]'),
     'open', coalesce((select jsonb_agg(jsonb_build_object('stage', stage, 'currency', currency, 'month', month, 'probability', probability,
         'deals', deals, 'amount', amount, 'unpriced', unpriced)) from
       (select stage, currency, to_char(expected_close_on, 'YYYY-MM') as month, probability, count(*) as deals,
          coalesce(sum(amount), 0)::text as amount, count(*) filter (where amount is null) as unpriced
        from open group by 1, 2, 3, 4 order by 3 nulls last, 1, 2, 4 limit 500) s), '[]')
   ) as figures`,
)

/** Customers as they are now, who came and who left in a period, and what their health is made of. */
export async function customerFigures(
  core: FiguresCore,
  workspaceId: WorkspaceId,
  { from, to }: FigurePeriod,
): Promise<Row> {
  const [row] = await core.sql.query<{ figures: Row }>(CUSTOMERS, [workspaceId, from, to])
  return row!.figures
}
const CUSTOMERS = statement(
  'customer-figures',
  `with ours as (select * from customers where workspace_id = $1 and ${notOfSample('lead_id')}),
   staying as (select * from ours where status <> 'CHURNED')
   select jsonb_build_object(
     'onboarding', (select count(*) from ours where status = 'ONBOARDING'),
     'active', (select count(*) from ours where status = 'ACTIVE'),
     'started', (select count(*) from ours where started_at >= $2::timestamptz and started_at < $3::timestamptz),
     'churned', (select count(*) from ours where churned_at >= $2::timestamptz and churned_at < $3::timestamptz),
     'atStart', (select count(*) from ours where started_at < $2::timestamptz and (churned_at is null or churned_at >= $2::timestamptz)),
     'mrr', coalesce((select jsonb_object_agg(currency, amount) from
       (select currency, sum(mrr)::text as amount from staying where mrr is not null group by currency) s), '{}'),
     'healthUnknown', (select count(*) from staying where health is null),
     'bands', (select jsonb_agg(jsonb_build_object('from', lower, 'to', upper, 'customers',
         (select count(*) from staying where health between lower and upper)))
       from (values (0, 49), (50, 69), (70, 75), (76, 100)) b(lower, upper)),
     'factors', coalesce((select jsonb_agg(jsonb_build_object('name', name, 'customers', customers, 'points', points)) from
       (select f->>'name' as name, count(*) as customers, round(avg((f->>'points')::numeric), 1)::float8 as points
        from staying, jsonb_array_elements(health_factors) f group by 1 order by 1 limit 20) s), '[]')
   ) as figures`,
)

/** Messages of a period by channel, and how many of those who were written to have answered. */
export async function messageFigures(
  core: FiguresCore,
  workspaceId: WorkspaceId,
  { from, to }: FigurePeriod,
): Promise<Row[]> {
  return core.sql.query<Row>(MESSAGES, [workspaceId, from, to])
}
const MESSAGES = statement(
  'message-figures',
  `with sent as (select lead_id, channel, min(created_at) as at from messages
     where workspace_id = $1 and ${notOfSample('lead_id')} and direction = 'out' and state = 'sent' and lead_id is not null and created_at >= $2::timestamptz and created_at < $3::timestamptz
     group by 1, 2)
   select m.channel, (count(*) filter (where direction = 'out' and state = 'sent'))::int as sent, (count(*) filter (where direction = 'in'))::int as received,
     (select count(*) from sent s where s.channel = m.channel)::int as "leadsWritten",
     (select count(*) from sent s where s.channel = m.channel and exists (select from messages r
        where r.workspace_id = $1 and r.lead_id = s.lead_id and r.direction = 'in' and r.created_at > s.at))::int as "leadsAnswered"
   from messages m where workspace_id = $1 and ${notOfSample('lead_id')} and ${notOfSampleRun('run_id')} and created_at >= $2::timestamptz and created_at < $3::timestamptz
   group by m.channel order by m.channel`,
)
