import { randomUUID } from 'node:crypto'
import { chancesOfDeals, type Forecast, forecast as forecastOf } from '../../core/sales/forecast.ts'
import { forecastRecords, type ForecastRecords } from '../../core/sales/forecast-records.ts'
import { openTestCore, type TestCore } from '../../test/support/core.ts'
import type { Row } from './dataset.ts'
import { type Figure, mean } from './metrics.ts'

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

/** Days of the quarter that is held out. */
const QUARTER = 92

interface Known {
  readonly id: string
  readonly lead: string
  readonly agent: string
  readonly price: number
  readonly worth: number
  readonly won: boolean
  readonly opened: number
  /** Infinity: not while the file was kept. */
  readonly closed: number
}

/** What the forecast of the product says on a day, over a database that has what was known on that day. */
type Ask = (to: number, days: number, from?: number) => Promise<Forecast>

/**
 * What open deals bring, by the forecast of the product over a database that has what was known on a day. What became of the deals of the
 * file after its last day is held out, so earlier days are asked, each as far as the file goes.
 */
export async function forecast(deals: readonly Row[], products: readonly Row[]): Promise<Figure[]> {
  const known = knownOf(deals, products)
  return asking(known, async ask => {
    const figures: Figure[] = []
    for (const [day, days] of ASKED) {
      const to = instant(day) + DAY_MS
      const error = async (from?: number) => {
        const [row] = (await ask(to, days, from)).totals
        return Math.abs(row!.expected / broughtBy(known, to, days) - 1)
      }
      const isFirst = figures.length === 0
      figures.push({
        what: `forecast on ${day}, ${days} days: error`,
        value: await error(),
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
    return [...figures, ...(await backTest(known, ask, [30, 60, 90]))]
  })
}

/** Of open deals, as they stood after the last day of the file: the chance to be won in the quarter that follows, and what that brings. */
export async function forecastLines(
  asked: readonly Row[],
  deals: readonly Row[],
  products: readonly Row[],
): Promise<string[]> {
  const at = instant(LAST) + DAY_MS
  const open = knownOf(asked, products)
  const chances = await asking(knownOf(deals, products), async (_ask, { recordsAt, owners }) =>
    chancesOfDeals(
      {
        ...(await recordsAt(at)),
        open: open.map(({ agent, price, opened }) => ({
          month: null,
          currency: 'USD',
          stage: 'PROPOSAL',
          probability: 50,
          amount: price,
          age: Math.floor((at - opened) / DAY_MS),
          owner: owners.get(agent) ?? null,
        })),
      },
      { at, within: QUARTER },
    ),
  )
  return [
    'id,prob,revenue',
    ...open.map(({ id, price }, index) => `${id},${chances[index]!},${(chances[index]! * price).toFixed(2)}`),
  ]
}

/** Every week from two months after the first closing on, as long as the file knows what became of it: how often it came between the limits, and the error. */
async function backTest(known: readonly Known[], ask: Ask, horizons: readonly number[]): Promise<Figure[]> {
  const found = horizons.map(days => ({ days, errors: [] as number[], inside: [] as number[] }))
  const costs: number[] = []
  const end = instant(LAST) + DAY_MS
  for (let to = instant('2017-05-01'); to <= end; to += 7 * DAY_MS)
    for (const { days, errors, inside } of found) {
      if (to + days * DAY_MS > end) continue
      const brought = broughtBy(known, to, days)
      const before = process.cpuUsage()
      const [row] = (await ask(to, days)).totals
      const { user, system } = process.cpuUsage(before)
      if (days !== horizons[0]) costs.push((user + system) / 1000) // the first puts the deals of the day there
      errors.push(Math.abs(row!.expected / brought - 1))
      inside.push(Number(row!.p10 <= brought && brought <= row!.p90))
    }
  return [
    ...found.flatMap(({ days, errors, inside }): Figure[] => [
      {
        what: `${errors.length} weeks, ${days} days: between p10 and p90`,
        value: mean(inside),
        anchor: '0.8',
        better: 'higher',
      },
      { what: `${errors.length} weeks, ${days} days: median error`, value: median(errors), better: 'lower' },
    ]),
    { what: 'a forecast, CPU ms beside the database', value: mean(costs), better: 'lower' },
  ]
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

const nameOf = (product: string | number | undefined) => String(product).replaceAll(' ', '')

function knownOf(deals: readonly Row[], products: readonly Row[]): Known[] {
  const prices = new Map(products.map(row => [nameOf(row['product']), Number(row['sales_price'])]))
  return deals.map(deal => ({
    id: String(deal['opportunity_id']),
    lead: randomUUID(),
    agent: String(deal['sales_agent']),
    price: priceOf(deal, prices),
    worth: Number(deal['close_value'] || 0),
    won: deal['deal_stage'] === 'Won',
    opened: instant(deal['engage_date']!),
    closed: deal['close_date'] ? instant(deal['close_date']) + DAY_MS / 2 : Infinity,
  }))
}

function priceOf(deal: Row, prices: ReadonlyMap<string, number>): number {
  const price = prices.get(nameOf(deal['product']))
  if (price === undefined)
    throw new Error(`Deal ${deal['opportunity_id']}: the product ${JSON.stringify(deal['product'])} has no price.`)
  return price
}

interface Asked {
  recordsAt(to: number): Promise<ForecastRecords>
  /** Ids of the agents as users. */
  readonly owners: ReadonlyMap<string, string>
}

/** A workspace whose deals are put there as they were known on each day that is asked; what was seen in the year before it counts. */
async function asking<T>(known: readonly Known[], work: (ask: Ask, asked: Asked) => Promise<T>): Promise<T> {
  const core = await openTestCore('postgres')
  try {
    const owners = new Map([...new Set(known.map(({ agent }) => agent))].map(agent => [agent, randomUUID() as string]))
    const people = [...owners].map(([name, id]) => ({ id, name, email: `${id}@example.com` }))
    await core.sql.query({ name: '', text: PUT_PEOPLE }, [JSON.stringify(people)])
    const leads = known.map(({ lead }) => lead)
    await core.sql.query({ name: '', text: PUT_LEADS }, [core.workspaceId, JSON.stringify(leads)])
    let at: number | undefined
    const periodUpTo = async (to: number, from = to - 365 * DAY_MS) => {
      if (at !== to) await put(core, known, to, owners)
      at = to
      return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    }
    return await work(
      async (to, days, from) => forecastOf(core, core.workspaceId, { ...(await periodUpTo(to, from)), within: days }),
      { owners, recordsAt: async to => forecastRecords(core, core.workspaceId, await periodUpTo(to)) },
    )
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
async function put(
  core: TestCore,
  known: readonly Known[],
  at: number,
  agents: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = known
    .filter(({ opened }) => opened < at)
    .map(({ lead, agent, price, won, opened, closed }) => ({
      lead,
      price,
      owner: agents.get(agent)!,
      opened: new Date(opened).toISOString(),
      closed: closed < at ? new Date(closed).toISOString() : null,
      stage: closed >= at ? 'PROPOSAL' : won ? 'WON' : 'LOST',
    }))
  for (const table of ['activities', 'deals'])
    await core.sql.query({ name: '', text: `delete from ${table} where workspace_id = $1` }, [core.workspaceId])
  await core.sql.query({ name: '', text: PUT }, [core.workspaceId, JSON.stringify(rows)])
  await core.sql.query({ name: '', text: 'analyze deals, activities' }) // as autovacuum does where deals come one by one
}

const PUT_PEOPLE = `insert into users (id, email, name, password_hash, locale, created_at) select id, email, name, '', 'en', now() from jsonb_to_recordset($1::jsonb) as r(id uuid, email text, name text)`
const PUT_LEADS = `insert into leads (id, workspace_id, name, source, locale, status, created_at, updated_at)
  select id, $1, 'Lead', 'API', 'en', 'QUALIFIED', now(), now() from jsonb_array_elements_text($2::jsonb) as r(lead), lateral (select lead::uuid as id) l`
const PUT = `with rows as (
    select gen_random_uuid() as deal, r.*
    from jsonb_to_recordset($2::jsonb) as r(lead uuid, price numeric, owner uuid, opened timestamptz, closed timestamptz, stage text)
  ), deals as (
    insert into deals (id, workspace_id, lead_id, title, stage, amount, currency, probability, owner_id, closed_at, created_at, updated_at)
    select deal, $1, lead, 'Deal', stage, price, 'USD', case stage when 'PROPOSAL' then 50 when 'WON' then 100 else 0 end, owner, closed, opened, coalesce(closed, opened) from rows
  )
  insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
  select gen_random_uuid(), $1, lead, 'DEAL', 'Deal', jsonb_build_object('dealId', deal, 'stage', 'PROPOSAL'), opened from rows
  union all
  select gen_random_uuid(), $1, lead, 'DEAL', 'Deal', jsonb_build_object('dealId', deal, 'stage', stage, 'from', 'PROPOSAL', 'to', stage), closed from rows where closed is not null`
