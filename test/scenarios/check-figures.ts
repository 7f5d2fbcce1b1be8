import { customerFigures, dealFigures, leadFigures, messageFigures } from '../../core/sales/figures.ts'
import { pipeline } from '../../core/sales/read-deals.ts'
import type { Books } from './check-books.ts'
import { MONDAY, type SalesWorld } from './sales-world.ts'

type Row = Readonly<Record<string, unknown>>

/** What skills and reports are given besides what the pages show, beside the same counted from the rows. */
export async function checkFigures(
  { core, workspaceId, clock }: SalesWorld,
  { leads, messages, meetings, deals, customers }: Books,
): Promise<string[]> {
  const wrong: string[] = []
  const same = (what: string, shown: unknown, counted: unknown) => {
    if (JSON.stringify(shown) !== JSON.stringify(counted)) wrong.push(`${what}: shown ${JSON.stringify(shown)}, counted ${JSON.stringify(counted)}.`) // prettier-ignore
  }
  const sum = (rows: readonly Row[]) => rows.reduce((total, { amount }) => total + Number(amount ?? 0), 0)
  const is =
    (field: string, ...values: unknown[]) =>
    (row: Row) =>
      values.includes(row[field])

  for (const { stage, count, values } of await pipeline(core, workspaceId, 120)) {
    const own = deals.filter(is('stage', stage))
    same(`deals in ${stage}`, count, own.length)
    same(`value of ${stage}`, values.reduce((total, { amount }) => total + Number(amount), 0), sum(own)) // prettier-ignore
  }

  const period = { from: MONDAY.toISOString(), to: new Date(clock.now().getTime() + 1).toISOString() }
  const won = deals.filter(is('stage', 'WON'))
  const lost = deals.filter(is('stage', 'LOST'))
  const wonOf = new Set(won.map(row => row['lead_id']))
  const over = (row: Row) => row['status'] === 'SCHEDULED' && (row['ends_at'] as Date) <= clock.now()
  const held = meetings.filter(row => row['status'] === 'COMPLETED' || over(row))
  const [of] = await leadFigures(core, workspaceId, period)
  same('leads that met', of!['met'], new Set(held.map(row => row['lead_id'])).size)
  same('leads that bought', of!['won'], wonOf.size)
  same('leads that did not buy', of!['lost'], new Set(lost.map(row => row['lead_id']).filter(id => !wonOf.has(id))).size) // prettier-ignore
  const bySize = await leadFigures(core, workspaceId, { ...period, by: 'data.companySize' })
  const sizeOf = (row: Row) => (row['data'] as Row)['companySize'] ?? null
  for (const [size, some] of Map.groupBy(leads, sizeOf))
    same(`leads of ${String(size)}`, bySize.find(({ value }) => value === size)?.['leads'], some.length)

  const money = await dealFigures(core, workspaceId, period)
  same('deals won', money['won'], won.length)
  same('deals lost', money['lost'], lost.length)
  same('revenue', Number((money['revenue'] as Record<string, string>)['BRL'] ?? 0), sum(won))
  for (const { reason, deals: count } of money['lostReasons'] as { reason: string | null; deals: number }[])
    same(`deals lost because of ${String(reason)}`, count, lost.filter(is('lost_reason', reason)).length)
  same('reasons', (money['lostReasons'] as { deals: number }[]).reduce((total, one) => total + one.deals, 0), lost.length) // prettier-ignore
  const open = money['open'] as { deals: number; unpriced: number; amount: string }[]
  const isOpen = deals.filter(row => row['stage'] !== 'WON' && row['stage'] !== 'LOST')
  same('open deals', open.reduce((total, one) => total + one.deals, 0), isOpen.length) // prettier-ignore
  same('open without a price', open.reduce((total, one) => total + one.unpriced, 0), isOpen.filter(is('amount', null)).length) // prettier-ignore
  same('open amounts', open.reduce((total, one) => total + Number(one.amount), 0), sum(isOpen)) // prettier-ignore

  const kept = await customerFigures(core, workspaceId, period)
  const staying = customers.filter(row => row['status'] !== 'CHURNED')
  same('customers started', kept['started'], customers.length)
  same('customers that left', kept['churned'], customers.length - staying.length)
  same('customers that are welcomed', kept['onboarding'], customers.filter(is('status', 'ONBOARDING')).length)
  same('customers that work with it', kept['active'], customers.filter(is('status', 'ACTIVE')).length)
  same('of whom nothing is known', kept['healthUnknown'], staying.filter(is('health', null)).length)
  for (const { from, to, customers: count } of kept['bands'] as { from: number; to: number; customers: number }[])
    same(`customers from ${from} to ${to}`, count, staying.filter(row => row['health'] !== null && Number(row['health']) >= from && Number(row['health']) <= to).length) // prettier-ignore
  const factors = staying.flatMap(row => (row['health_factors'] ?? []) as { name: string; points: number }[])
  for (const { name, customers: count, points } of kept['factors'] as {
    name: string
    customers: number
    points: number
  }[]) {
    // prettier-ignore
    const own = factors.filter(one => one.name === name)
    const mean = own.reduce((total, one) => total + one.points, 0) / own.length
    same(`customers with ${name}`, count, own.length)
    if (Math.abs(points - mean) > 0.051) wrong.push(`points of ${name}: shown ${points}, counted ${mean}.`)
  }

  for (const row of await messageFigures(core, workspaceId, period)) {
    const own = messages.filter(is('channel', row['channel']))
    const sent = own.filter(one => one['direction'] === 'out' && one['state'] === 'sent')
    same(`sent by ${String(row['channel'])}`, row['sent'], sent.length)
    same(`received by ${String(row['channel'])}`, row['received'], own.filter(is('direction', 'in')).length)
    same(`written to by ${String(row['channel'])}`, row['leadsWritten'], new Set(sent.flatMap(one => one['lead_id'] ?? [])).size) // prettier-ignore
  }
  return wrong
}
