import { forecast as forecastOf } from '../../core/sales/forecast.ts'
import { openTestCore, type TestCore } from '../../test/support/core.ts'
import type { Row } from './dataset.ts'
import type { Figure } from './metrics.ts'

const DAY_MS = 86_400_000
const instant = (day: string | number) => Date.parse(`${day}T00:00:00Z`)
/** The file knows what happened up to the end of this day, and nothing that was closed before that one. */
const [LAST, FIRST_CLOSED] = ['2017-09-30', '2017-03-01']
/** As of the end of a day, so many days ahead. The first is the stand-in for the quarter that is held out. */
const ASKED = [
  ['2017-06-30', 92],
  ['2017-04-30', 90],
  ['2017-05-31', 90],
  ['2017-07-31', 61],
  ['2017-04-30', 30],
  ['2017-05-31', 30],
  ['2017-06-30', 30],
  ['2017-07-31', 30],
  ['2017-08-31', 30],
] as const

interface Known {
  readonly price: number
  readonly worth: number
  readonly won: boolean
  readonly opened: number
  /** Infinity: not while the file was kept. */
  readonly closed: number
}

/**
 * What open deals bring, by the forecast of the product over a database that has what was known on a day. What became of the deals of the
 * file after its last day is held out, so earlier days are asked, each as far as the file goes.
 */
export async function forecast(deals: readonly Row[], products: readonly Row[]): Promise<Figure[]> {
  const prices = new Map(products.map(row => [String(row['product']).replaceAll(' ', ''), Number(row['sales_price'])]))
  const known = deals.map((deal): Known => ({
    price: prices.get(String(deal['product']).replaceAll(' ', '')) ?? 0,
    worth: Number(deal['close_value'] || 0),
    won: deal['deal_stage'] === 'Won',
    opened: instant(deal['engage_date']!),
    closed: deal['close_date'] ? instant(deal['close_date']) + DAY_MS / 2 : Infinity,
  }))
  const core = await openTestCore('pglite')
  try {
    const figures: Figure[] = []
    for (const [day, days] of ASKED) {
      const to = instant(day) + DAY_MS
      await put(core, known, to)
      const error = async (from: number) => {
        const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
        const [row] = (await forecastOf(core, core.workspaceId, { ...period, within: days })).totals
        return Math.abs(row!.expected / broughtBy(known, to, days) - 1)
      }
      const isFirst = figures.length === 0
      figures.push({
        what: `forecast on ${day}, ${days} days: error`,
        value: await error(to - 365 * DAY_MS),
        better: 'lower',
        ...(isFirst ? { goal: 0.15, floor: 0.4, anchor: 'naive 0.151 (Q4)' } : {}),
      })
      if (days > 30)
        figures.push({
          what: `  seen from ${FIRST_CLOSED} on, ${day}, ${days} days`,
          value: await error(instant(FIRST_CLOSED)),
          better: 'lower',
        })
      figures.push({ what: `  naive on ${day}, ${days} days`, value: naiveError(known, to, days), better: 'lower' })
    }
    return figures
  } finally {
    await core.close()
  }
}

const openAt = (known: readonly Known[], at: number) => known.filter(deal => deal.opened < at && deal.closed >= at)
const wonWithin = ({ won, closed }: Known, from: number, days: number) => won && closed < from + days * DAY_MS

function broughtBy(known: readonly Known[], to: number, days: number): number {
  if (to + days * DAY_MS > instant(LAST) + DAY_MS) throw new Error(`The file ends before ${days} days are over.`)
  return openAt(known, to).reduce((sum, deal) => sum + (wonWithin(deal, to, days) ? deal.worth : 0), 0)
}

/** The share of the deals open as long before that was won since, of what the open ones would bring. */
function naiveError(known: readonly Known[], to: number, days: number): number {
  const since = to - days * DAY_MS
  const before = openAt(known, since)
  const share = before.filter(deal => wonWithin(deal, since, days)).length / before.length
  return Math.abs(
    (share * openAt(known, to).reduce((sum, { price }) => sum + price, 0)) / broughtBy(known, to, days) - 1,
  )
}

/** Makes the workspace's deals those that were known at a moment, each with a lead of its own and all in one stage: the file has no others. */
async function put(core: TestCore, known: readonly Known[], at: number): Promise<void> {
  const rows = known
    .filter(({ opened }) => opened < at)
    .map(({ price, won, opened, closed }) => ({
      price,
      opened: new Date(opened).toISOString(),
      closed: closed < at ? new Date(closed).toISOString() : null,
      stage: closed >= at ? 'PROPOSAL' : won ? 'WON' : 'LOST',
    }))
  await core.sql.query({ name: '', text: 'delete from leads where workspace_id = $1' }, [core.workspaceId])
  await core.sql.query({ name: '', text: PUT }, [core.workspaceId, JSON.stringify(rows)])
}

const PUT = `with rows as (
    select gen_random_uuid() as lead, gen_random_uuid() as deal, r.*
    from jsonb_to_recordset($2::jsonb) as r(price numeric, opened timestamptz, closed timestamptz, stage text)
  ), leads as (
    insert into leads (id, workspace_id, name, source, locale, status, created_at, updated_at)
    select lead, $1, 'Lead', 'API', 'en', 'QUALIFIED', opened, opened from rows
  ), deals as (
    insert into deals (id, workspace_id, lead_id, title, stage, amount, currency, probability, closed_at, created_at, updated_at)
    select deal, $1, lead, 'Deal', stage, price, 'USD', case stage when 'PROPOSAL' then 50 when 'WON' then 100 else 0 end, closed, opened, coalesce(closed, opened) from rows
  )
  insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
  select gen_random_uuid(), $1, lead, 'DEAL', 'Deal', jsonb_build_object('dealId', deal, 'stage', 'PROPOSAL'), opened from rows
  union all
  select gen_random_uuid(), $1, lead, 'DEAL', 'Deal', jsonb_build_object('dealId', deal, 'stage', stage, 'from', 'PROPOSAL', 'to', stage), closed from rows where closed is not null`
