import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from './check-books.ts'
import { playedLeads } from './leads-of-data.ts'
import { playLeads } from './play-leads.ts'
import { openSalesWorld, type SalesWorld } from './sales-world.ts'

/** `npm run books` plays 500; here fewer, so that it stays within what a runner has. */
const LEADS = Number(process.env['TRAE_BOOKS_LEADS'] ?? 100)
const DAYS = 90

/** What is planted, how it is taken back, and what is said of it. */
const FAULTS: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'a letter that went out twice',
    `insert into messages select (jsonb_populate_record(null::messages, to_jsonb(m) || '{"id": "00000000-0000-7000-8000-000000000001", "key": "twin"}')).* from messages m where direction = 'out' order by id limit 1`,
    `delete from messages where key = 'twin'`,
    /letters\./,
  ],
  [
    'a letter after somebody unsubscribed',
    `update leads set unsubscribed_at = '2026-01-01' where id = (select lead_id from messages where direction = 'out' and lead_id is not null order by id limit 1)`,
    `update leads set unsubscribed_at = null where unsubscribed_at = '2026-01-01'`,
    /after they unsubscribed/,
  ],
  [
    'a decision that said another channel than the message went by',
    `update decisions set chosen = case when chosen = 'email' then 'whatsapp' else 'email' end, comment = 'planted' where id = (select id from decisions order by id limit 1)`,
    `update decisions set chosen = case when chosen = 'email' then 'whatsapp' else 'email' end, comment = null where comment = 'planted'`,
    /chose (whatsapp|email), and the first message went by/,
  ],
  [
    'a lead in two states',
    `update leads set status = 'CONVERTED', job_title = 'planted' where id = (select id from leads where status = 'NURTURING' order by id limit 1)`,
    `update leads set status = 'NURTURING' where job_title = 'planted'`,
    /is a customer, or is said to be one/,
  ],
  [
    'a lead of whom nobody was told',
    `update notices set title = lead_id::text, lead_id = null where lead_id is not null`,
    `update notices set lead_id = title::uuid where lead_id is null and title ~ '^[0-9a-f-]{36}$'`,
    /is stuck: .* nobody was told/,
  ],
  [
    'a grade that was not kept',
    `update customers set facts = facts || jsonb_build_object('planted', facts->'nps', 'nps', -1) where facts ? 'nps'`,
    `update customers set facts = facts - 'planted' || jsonb_build_object('nps', facts->'planted') where facts ? 'planted'`,
    /and their NPS is -1/,
  ],
  [
    'a deal won that nobody took up',
    `insert into events (id, workspace_id, type, subject_id, data, source, created_at, dispatched_at) select '00000000-0000-7000-8000-000000000002', workspace_id, 'deal.won', id, '{}', 'planted', now() + interval '10 years', now() from leads order by id limit 1`,
    `delete from events where source = 'planted'`,
    /deal\.won of .* no convert-lead/,
  ],
  [
    'a customer who slipped and was helped by nobody',
    `insert into events (id, workspace_id, type, subject_id, data, source, created_at, dispatched_at) select '00000000-0000-7000-8000-000000000003', workspace_id, 'customer.health-changed', id, '{"score": 40, "before": 90}', 'planted', now() + interval '10 years', now() from leads where status <> 'CONVERTED' order by id limit 1`,
    `delete from events where source = 'planted'`,
    /customer\.health-changed of .* no help-customer/,
  ],
  [
    'a run that stands without a reason',
    `update runs set reason = reason || '{"code": "PLANTED"}' where finished_at is null`,
    `update runs set reason = reason || '{"code": "TIME"}' where finished_at is null`,
    /without a reason/,
  ],
  [
    'a figure that the rows do not hold',
    `update meetings set created_at = '2020-01-01' where id = (select id from meetings order by id limit 1)`,
    `update meetings set created_at = starts_at where created_at = '2020-01-01'`,
    /meetings: shown/,
  ],
]

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

  it.each(FAULTS)('which would be found: %s', async (_what, plant, undo, found) => {
    await world.rows(plant)
    try {
      expect((await checkBooks(world)).join('\n')).toMatch(found)
    } finally {
      await world.rows(undo)
    }
  })
})

const WHAT_HAPPENED = `select (select count(*)::int from leads) as leads,
  (select count(*)::int from leads where status = 'NURTURING') as nurtured,
  (select count(*)::int from messages where direction = 'out') as letters,
  (select count(*)::int from messages where direction = 'out' and channel = 'whatsapp') as whatsapp,
  (select count(*)::int from messages where direction = 'out' and state = 'to-send') as unsent,
  (select count(*)::int from messages where direction = 'in') as replies,
  (select count(*)::int from decisions where chosen = 'email') as by_email,
  (select count(*)::int from decisions where chosen = 'whatsapp') as by_whatsapp,
  (select count(*)::int from decisions where outcome = 'success') as answered_first,
  (select count(*)::int from decisions where outcome = 'failure') as not_answered_first,
  (select count(*)::int from messages where bounced_at is not null) as bounces,
  (select count(*)::int from leads where unsubscribed_at is not null) as unsubscribed,
  (select count(*)::int from meetings) as meetings,
  (select count(*)::int from deals where stage = 'WON') as won,
  (select count(*)::int from deals where stage = 'LOST') as lost,
  (select count(*)::int from events where type = 'deal.reopened') as reopened,
  (select count(*)::int from customers) as customers,
  (select count(*)::int from customers where facts ? 'nps') as graded,
  (select count(*)::int from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'help-customer') as interventions,
  (select count(*)::int from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'suggest-upsell') as upsells`
