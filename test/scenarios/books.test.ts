import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks, readBooks } from './check-books.ts'
import { checkDashboard } from './check-dashboard.ts'
import { ask, figureFields } from './dashboard-query.ts'
import { playedLeads } from './leads-of-data.ts'
import { playLeads } from './play-leads.ts'
import { openSalesWorld, type SalesWorld } from './sales-world.ts'

const LEADS = 500
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
    `update decisions set chosen = case when chosen = 'email' then 'whatsapp' else 'email' end, comment = 'planted' where id = (select d.id from decisions d join decision_policies p on p.id = d.policy_id where p.slug = 'first-contact' order by d.id limit 1)`,
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
    'a lead that figures leave out',
    `update leads set source = 'SAMPLE', job_title = source where id = (select lead_id from meetings order by id limit 1)`,
    `update leads set source = job_title, job_title = null where source = 'SAMPLE'`,
    /Figures\.leadsProcessed of .*: shown [^]*MetricValue\.value of LEADS[^]*FunnelStep\.leads of LEAD[^]*SourceFigures\.leads of /,
  ],
  [
    'a call whose end was told to nobody',
    `update events set type = 'planted', source = 'planted' where id = (select id from events where type = 'call.ended' order by id limit 1)`,
    `update events set type = 'call.ended', source = 'calls' where source = 'planted'`,
    /call\.ended of .* was told 0 times/,
  ],
  [
    'a proposal that went out without a yes',
    `update approvals set status = 'planted' where id = (select a.id from approvals a join proposals p on p.run_id = a.run_id where p.sent_at is not null order by a.id limit 1)`,
    `update approvals set status = 'approved' where status = 'planted'`,
    /went out without a yes/,
  ],
  [
    'a proposal that was accepted, and told twice',
    `insert into events (id, workspace_id, type, subject_id, data, source, created_at, dispatched_at) select '00000000-0000-7000-8000-000000000004', workspace_id, type, subject_id, data, 'planted', created_at, now() from events where type = 'proposal.accepted' order by id limit 1`,
    `delete from events where source = 'planted'`,
    /proposal\.accepted of .* was told 2 times/,
  ],
  [
    'a bill that nobody owes',
    `update charges set amount = amount + 1, description = 'planted' where id = (select id from charges order by id limit 1)`,
    `update charges set amount = amount - 1, description = 'Primeira fatura' where description = 'planted'`,
    /is of an amount that no deal/,
  ],
  [
    'a won deal that a machine took back',
    `insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, occurred_at) select '00000000-0000-7000-8000-000000000005', workspace_id, lead_id, 'DEAL', 'planted', jsonb_build_object('dealId', id, 'from', 'WON', 'to', 'LOST', 'stage', 'LOST'), (select id from runs limit 1), now() + interval '10 years' from deals order by id limit 1`,
    `delete from activities where summary = 'planted'`,
    /A playbook moved the deal .* from WON to LOST/,
  ],
  [
    'a day whose figure was kept wrong',
    `update metrics set metric_value = metric_value + 1000 where metric_name = 'leads' and "timestamp" = (select max("timestamp") from metrics)`,
    `update metrics set metric_value = metric_value - 1000 where metric_value >= 1000 and metric_name = 'leads'`,
    /MetricPoint\.value of LEADS/,
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
    await ask(
      world,
      'mutation { suggestionAnswer(input: { name: "at-risk", accept: false }) { userErrors { message } } }',
    )
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

  it('and every field of the pages of figures is among them', async () => {
    const { fields } = await checkDashboard(world, await readBooks(world))
    expect(figureFields().filter(field => !fields.has(field))).toEqual([])
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
  (select count(*)::int from meetings where status = 'NO_SHOW') as missed,
  (select count(*)::int from meetings where status = 'CANCELLED') as called_off,
  (select count(*)::int from events where type = 'meeting.moved') as moved,
  (select count(*)::int from calls where status = 'ENDED') as calls,
  (select count(*)::int from calls where jsonb_array_length(summary->'objections') > 0) as calls_with_objections,
  (select count(*)::int from proposals) as proposals,
  (select count(*)::int from proposals where seen_at is not null) as proposals_read,
  (select count(*)::int from proposals where status = 'ACCEPTED') as accepted,
  (select count(*)::int from proposals where status = 'DECLINED') as declined,
  (select count(*)::int from approvals where status = 'approved') as agreed,
  (select count(*)::int from approvals where status = 'rejected') as refused,
  (select count(*)::int from approvals where status = 'timedOut') as unread,
  (select count(*)::int from charges where status = 'PAID') as paid,
  (select count(*)::int from charges where status = 'PENDING') as unpaid,
  (select count(*)::int from messages where external_id like '<help-%') as asked_for_help,
  (select count(*)::int from deals where stage = 'WON') as won,
  (select count(*)::int from events where type = 'deal.lost') as lost,
  (select count(*)::int from events where type = 'deal.reopened') as reopened,
  (select count(*)::int from customers) as customers,
  (select count(*)::int from customers where facts ? 'nps') as graded,
  (select count(*)::int from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'help-customer') as interventions,
  (select count(*)::int from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'suggest-upsell') as upsells`
