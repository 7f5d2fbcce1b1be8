import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from './check-books.ts'
import { playedLeads } from './leads-of-data.ts'
import { playLeads } from './play-leads.ts'
import { openSalesWorld, type SalesWorld } from './sales-world.ts'

/** `npm run books` plays 500; here fewer, so that it stays within what a runner has. */
const LEADS = Number(process.env['TRAE_BOOKS_LEADS'] ?? 100)
const DAYS = 90

describe(`ninety days of ${LEADS} leads`, () => {
  let world: SalesWorld
  let spoken: Record<string, number>
  beforeAll(async () => {
    const { real, leads } = playedLeads(LEADS)
    if (!real)
      process.stderr.write(
        '\nMADE LEADS: TRAE_DATASETS names no data set, so these leads come from a seeded generator.\n\n',
      )
    world = await openSalesWorld()
    await world.addCloser('Bia')
    const { arrivals, look } = playLeads(world, leads, DAYS)
    const began = process.cpuUsage()
    await world.days(DAYS, arrivals, look)
    const { user, system } = process.cpuUsage(began)
    const [figures] = await world.rows<Record<string, number>>(WHAT_HAPPENED)
    spoken = figures!
    process.stderr.write(
      `${real ? 'real' : 'made'} leads, ${Math.round((user + system) / 1e6)} s of CPU in this process: ${JSON.stringify(spoken)}\n`,
    )
  }, 1_800_000)
  afterAll(() => world?.close())

  it('go through every stage', () => {
    for (const [stage, count] of Object.entries(spoken)) expect(count, stage).toBeGreaterThan(0)
  })

  it('and the books add up: one state each, nothing twice, nobody after they unsubscribed, nothing stuck, every figure', async () => {
    expect(await checkBooks(world)).toEqual([])
  })
})

const WHAT_HAPPENED = `select (select count(*)::int from leads) as leads,
  (select count(*)::int from leads where status = 'NURTURING') as nurtured,
  (select count(*)::int from messages where direction = 'out') as letters,
  (select count(*)::int from messages where direction = 'in') as replies,
  (select count(*)::int from messages where bounced_at is not null) as bounces,
  (select count(*)::int from leads where unsubscribed_at is not null) as unsubscribed,
  (select count(*)::int from meetings) as meetings,
  (select count(*)::int from deals where stage = 'WON') as won,
  (select count(*)::int from deals where stage = 'LOST') as lost,
  (select count(*)::int from customers) as customers,
  (select count(*)::int from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'help-customer') as interventions,
  (select count(*)::int from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'suggest-upsell') as upsells`
