import { type Compared, type Move, time } from './compared.ts'
import type { Shown } from './dashboard-query.ts'

type Row = Readonly<Record<string, unknown>>

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
const isOpen = (stage: unknown) => stage !== 'WON' && stage !== 'LOST'

/**
 * The counts of a forecast are counted, and its amounts that are sums are added up; what it believes of chances can only be held to what
 * every forecast holds: limits in order, no more than the pipeline, and the months' means are the total's.
 */
export function checkForecast(
  shown: Shown,
  { deals, moves, now }: { readonly deals: readonly Row[]; readonly moves: readonly Move[]; readonly now: number },
  compared: Compared,
): void {
  const open = deals.filter(row => isOpen(row['stage']))
  const priced = open.filter(row => row['amount'] !== null)
  // What was closed in the year and is closed still: a deal that was reopened was not
  const inYear = (at: number) => at >= now - YEAR_MS && at <= now
  const closings = moves.filter(({ stage, next, ends, until }) => isOpen(stage) && next && !isOpen(next) && ends && inYear(until)) // prettier-ignore
  const won = closings.filter(({ next }) => next === 'WON')
  const month = (row: Row) => (row['expected_close_on'] === null ? null : dayOf(row['expected_close_on']).slice(0, 7))
  compared.fields.add('Dashboard.forecast')
  compared.rows('Forecast', [shown], [{
    within: 60,
    closedNeeded: 5,
    enough: closings.length >= 5 && priced.length > 0,
    won: won.length,
    lost: closings.length - won.length,
    open: open.length,
    unpriced: open.length - priced.length,
    undated: open.filter(row => month(row) === null).length,
  }], 'within') // prettier-ignore
  compared.holds('Forecast.correction', Number(shown['correction']) > 0, shown['correction'])

  const [totals, months] = [shown['totals'] as Shown[], shown['months'] as Shown[]]
  const enough = shown['enough'] === true
  const cents = (money: unknown) => Math.round(Number((money as Shown)['amount']) * 100)
  const sum = (rows: readonly Row[]) => rows.reduce((total, row) => total + Math.round(Number(row['amount']) * 100), 0)
  compared.same('Forecast.totals', totals.map(row => [row['deals'], cents(row['pipeline'])]), enough && priced.length > 0 ? [[priced.length, sum(priced)]] : []) // prettier-ignore
  const byMonth = [...Map.groupBy(priced, month)].toSorted(([a], [b]) => (a ?? '9').localeCompare(b ?? '9'))
  compared.same('Forecast.months', months.map(row => [row['month'], row['deals'], cents(row['pipeline'])]), enough ? byMonth.map(([of, rows]) => [of, rows.length, sum(rows)]) : []) // prettier-ignore
  for (const field of ['month', 'deals', 'pipeline']) compared.fields.add(`ForecastAmounts.${field}`)
  for (const row of [...totals, ...months]) {
    const [low, middle, high, whole, expected] = ['low', 'median', 'high', 'pipeline', 'expected'].map(field => cents(row[field])) as [number, number, number, number, number] // prettier-ignore
    compared.holds('ForecastAmounts.low', low >= 0 && low <= middle, row)
    compared.holds('ForecastAmounts.median', middle <= high, row)
    compared.holds('ForecastAmounts.high', high <= whole, row)
    compared.holds('ForecastAmounts.expected', expected > 0 && expected <= whole, row)
  }
  const expected = (rows: readonly Shown[]) => rows.reduce((total, row) => total + cents(row['expected']), 0)
  compared.holds('ForecastAmounts.expected', Math.abs(expected(totals) - expected(months)) <= months.length + 1, [totals, months]) // prettier-ignore

  const age = (row: Row) => Math.floor((now - time(row['created_at'])) / DAY_MS)
  const bands = [[0, 30], [30, 90], [90, 180], [180, null]] as const // prettier-ignore
  const ages = bands.flatMap(([from, to]) => {
    const count = open.filter(row => age(row) >= from && (to === null || age(row) < to)).length
    return count > 0 ? [{ from, to, open: count }] : []
  })
  compared.rows('ForecastAge', shown['ages'] as Shown[], ages, 'from')
  compared.fields.add('Forecast.ages')
  for (const one of shown['ages'] as Shown[]) {
    compared.holds('ForecastAge.seen', Number(one['seen']) >= 0 && Number(one['seen']) <= deals.length, one)
    const chance = one['won']
    compared.holds('ForecastAge.won', chance === null ? Number(one['seen']) < 10 : Number(chance) >= 0 && Number(chance) <= 1, one) // prettier-ignore
  }

  const ofDeal = ({ deal }: Move) => deals.find(row => row['id'] === deal)!
  const groups: Readonly<Record<string, (closing: Move) => readonly unknown[]>> = {
    OWNER: closing => [ofDeal(closing)['owner_id']],
    SIZE: closing => (ofDeal(closing)['amount'] === null ? [] : [`1${'0'.repeat(String(Math.floor(Number(ofDeal(closing)['amount']))).length - 1)}`]), // prettier-ignore
    STAGE: closing => [...new Set(moves.filter(one => one.deal === closing.deal && isOpen(one.stage)).map(one => one.stage))], // prettier-ignore
  }
  compared.fields.add('Forecast.factors')
  for (const factor of shown['factors'] as Shown[]) {
    const kind = String(factor['kind'])
    compared.holds('ForecastFactor.kind', kind === 'QUARTER' || kind === 'LEVEL' || kind in groups, factor)
    compared.holds('ForecastFactor.times', Number(factor['times']) > 0, factor)
    const key = kind === 'OWNER' ? (factor['owner'] as Shown | null)?.['id'] : factor['of']
    compared.holds('ForecastFactor.of', kind === 'QUARTER' || kind === 'LEVEL' ? key === null : key !== null, factor)
    compared.holds('ForecastFactor.owner', (factor['owner'] === null) === (kind !== 'OWNER'), factor)
    const group = groups[kind]
    if (!group || kind === 'OWNER') continue // GraphQL shows another id of a person than the row has
    const some = closings.filter(closing => group(closing).includes(key))
    compared.same('ForecastFactor.won', factor['won'], some.filter(({ next }) => next === 'WON').length, `${kind} ${String(key)}`) // prettier-ignore
    compared.holds('ForecastFactor.expected', Number(factor['expected']) >= 0 && Number(factor['expected']) <= some.length, factor) // prettier-ignore
  }
}

/** A day of the calendar, which the driver gives as the midnight of this process. */
function dayOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 10)
  const day = value as Date
  return new Date(day.getTime() - day.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}
