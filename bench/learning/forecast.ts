import type { Row } from './dataset.ts'
import type { Figure } from './metrics.ts'
import { score, scoringTask, taught } from './scoring-task.ts'

const QUARTER_DAYS = 92
const day = (text: string | number | undefined) => Date.parse(`${text}T00:00:00Z`) / 86_400_000

/**
 * What open deals bring in the next quarter. What became of the deals of the file is held out, so an earlier quarter is forecast:
 * what was known on 2017-06-30, from what became of the deals that were open on 2017-03-31.
 */
export function forecast(deals: readonly Row[], products: readonly Row[]): Figure[] {
  const prices = new Map(products.map(row => [String(row['product']).replaceAll(' ', ''), Number(row['sales_price'])]))
  const openAt = (asOf: string) =>
    deals
      .filter(deal => day(deal['engage_date']) <= day(asOf) && !(day(deal['close_date']) <= day(asOf)))
      .map((deal): Row => ({
        product: deal['product']!,
        agent: deal['sales_agent']!,
        age: day(asOf) - day(deal['engage_date']),
        price: prices.get(String(deal['product']).replaceAll(' ', '')) ?? 0,
        wonThen: Number(deal['deal_stage'] === 'Won' && day(deal['close_date']) <= day(asOf) + QUARTER_DAYS),
        worth: Number(deal['close_value'] || 0),
      }))
  const [before, now] = [openAt('2017-03-31'), openAt('2017-06-30')]
  const task = scoringTask({
    rows: before,
    leaveOut: ['wonThen', 'worth'],
    target: row => row['wonThen'] === 1,
    pace: 'steady',
  })
  const knowledge = taught(task, before.map(task.caseOf))
  const actual = now.reduce((sum, row) => sum + (row['wonThen'] === 1 ? Number(row['worth']) : 0), 0)
  const expected = now.reduce((sum, row) => sum + score(task, knowledge, task.caseOf(row)) * Number(row['price']), 0)
  const rate = before.filter(row => row['wonThen'] === 1).length / before.length
  const naive = now.reduce((sum, row) => sum + rate * Number(row['price']), 0)
  return [
    {
      what: 'forecast of a quarter from open deals: error',
      value: Math.abs(expected / actual - 1),
      goal: 0.15,
      floor: 0.4,
      anchor: 'naive 0.151 (Q4)',
      better: 'lower',
    },
    { what: 'same, naive (share won before x price)', value: Math.abs(naive / actual - 1), better: 'lower' },
  ]
}
