import { analyticsOverview } from '../../core/brain/analytics.ts'
import { REASONS } from '../../core/runs/reason.ts'
import { customerFigures, dealFigures, leadFigures, messageFigures } from '../../core/sales/figures.ts'
import { pipeline } from '../../core/sales/read-deals.ts'
import { MONDAY, type SalesWorld } from './sales-world.ts'

type Row = Record<string, unknown>

type Data = Readonly<Record<string, unknown>>
/** Which playbook takes up which event of the flow, and which of these events where it is not all. */
const FOLLOWERS: Readonly<Record<string, Readonly<Record<string, true | ((data: Data) => boolean)>>>> = {
  'lead.captured': { 'qualify-lead': true, 'attribute-lead': true },
  'lead.nurtured': { 'nurture-lead': true },
  'meeting.scheduled': { 'handoff-to-closer': true, 'watch-meeting': true },
  'lead.handed-off': { 'open-deal': true },
  'call.ended': { 'follow-up-call': ({ lines }) => Number(lines) > 0 },
  'proposal.sent': { 'follow-up-proposal': true },
  'deal.won': { 'convert-lead': true },
  'deal.lost': { 'lose-deal': true },
  'deal.reopened': { 'reopen-deal': true },
  'customer.started': { 'onboard-customer': true },
  'customer.health-changed': {
    'help-customer': ({ score, before }) => Number(score) < 70 && Number(before ?? 100) >= 70,
    'suggest-upsell': ({ score, before }) => Number(score) > 75 && Number(before ?? 0) <= 75,
  },
}
/** Once a customer. */
const ONCE = new Set(['suggest-upsell'])
const CHECK_IN = ['Como estão as coisas?', 'How are things?']
const LETTER = /^(mailbox(@[^/]+)?\/send|outbox(@[^/]+)?\/whatsapp)$/
const STATES = ['NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING', 'DISQUALIFIED', 'CONVERTED']

/** Everything that does not add up, in words; read from the rows alone. */
export async function checkBooks(world: SalesWorld): Promise<string[]> {
  const all = (table: string) => world.rows<Row>(`select * from ${table}`)
  const [leads, messages, meetings, deals, customers, runs, events, effects, notices, decisions] = await Promise.all(
    ['leads', 'messages', 'meetings', 'deals', 'customers', 'runs', 'events', 'effects', 'notices', 'decisions'].map(all),
  ) as [Row[], Row[], Row[], Row[], Row[], Row[], Row[], Row[], Row[], Row[]] // prettier-ignore
  const playbooks = new Map((await all('playbooks')).map(row => [row['id'], row['slug']]))
  const slugOf = (run: Row) => playbooks.get(run['playbook_id'])
  const wrong: string[] = []
  const of = (rows: readonly Row[], leadId: unknown) => rows.filter(row => row['lead_id'] === leadId)
  const time = (value: unknown) => (value === null ? Infinity : (value as Date).getTime())

  for (const lead of leads) {
    const { id, status, name } = lead
    const runsOf = runs.filter(run => run['subject_id'] === id)
    const told = of(notices, id).length > 0
    const open = of(deals, id).some(({ stage }) => stage !== 'WON' && stage !== 'LOST')
    const say = (what: string) => wrong.push(`${String(name)} (${String(status)}): ${what}`)
    if (!STATES.includes(String(status))) say('is in no state that there is')
    if ((status === 'CONVERTED') !== of(customers, id).length > 0)
      say('is a customer, or is said to be one, but not both')
    if (status === 'CONVERTED' && !of(deals, id).some(({ stage }) => stage === 'WON'))
      say('bought, and no deal was won')
    if (of(customers, id).length > 1) say('is a customer twice')
    if (lead['unsubscribed_at'] !== null && !['DISQUALIFIED', 'CONVERTED'].includes(String(status))) say('unsubscribed, and is still sold to') // prettier-ignore
    const waits = runsOf.some(run => run['finished_at'] === null)
    if (['NEW', 'QUALIFYING', 'QUALIFIED'].includes(String(status)) && !waits && !told && !open) say('is stuck: nothing runs, no deal is open, and nobody was told') // prettier-ignore
    for (const message of of(messages, id))
      if (message['direction'] === 'out' && time(message['created_at']) > time(lead['unsubscribed_at'])) say(`was written to after they unsubscribed: ${String(message['subject'])}`) // prettier-ignore
    for (const message of of(messages, id))
      if (message['direction'] === 'out' && String(message['body']).startsWith('Hello') !== (lead['locale'] === 'en'))
        say(`was written to in another language than ${String(lead['locale'])}: ${String(message['subject'])}`)
    const sent = of(messages, id).filter(message => message['direction'] === 'out')
    const captures = events.filter(({ type, subject_id }) => type === 'lead.captured' && subject_id === id).length
    for (const [body, same] of Map.groupBy(sent, ({ body }) => body))
      if (same.length > captures) say(`got the same letter ${same.length} times: ${String(body).slice(0, 60)}`)
  }

  const letters = effects.filter(effect => LETTER.test(String(effect['action'])) && effect['status'] === 'sent')
  const out = messages.filter(({ direction }) => direction === 'out')
  for (const { key } of letters) {
    const count = out.filter(message => message['key'] === key).length
    if (count !== 1) wrong.push(`The step ${String(key)} sent its letter ${count} times.`)
  }
  if (letters.length !== out.length)
    wrong.push(`${letters.length} steps have sent, and there are ${out.length} letters.`)
  for (const effect of effects)
    if (effect['status'] !== 'sent') wrong.push(`The effect ${String(effect['key'])} is ${String(effect['status'])}.`)

  for (const { id, run_id: runId, chosen, outcome, outcome_due_at: due } of decisions) {
    const ofRun = messages.filter(message => message['direction'] === 'out' && message['run_id'] === runId)
    const first = ofRun.toSorted((a, b) => time(a['created_at']) - time(b['created_at']))[0]
    if (first === undefined || first['channel'] !== chosen) wrong.push(`The decision ${String(id)} chose ${String(chosen)}, and the first message went by ${String(first?.['channel'])}.`) // prettier-ignore
    if (outcome === null && time(due) <= world.clock.now().getTime())
      wrong.push(`The decision ${String(id)} has no outcome.`)
  }

  for (const event of events)
    for (const [slug, takes] of Object.entries(FOLLOWERS[String(event['type'])] ?? {})) {
      if (takes !== true && !takes(event['data'] as Data)) continue
      const at = time(event['created_at'])
      const followed = runs.some(
        run =>
          slugOf(run) === slug &&
          (run['event_id'] === event['id'] ||
            (run['subject_id'] === event['subject_id'] &&
              time(run['created_at']) <= at &&
              (ONCE.has(slug) || time(run['finished_at']) >= at))),
      )
      if (!followed)
        wrong.push(`${String(event['type'])} of ${String(event['subject_id'])} was taken up by no ${slug}.`)
    }

  for (const { lead_id: leadId, body, subject, in_reply_to: answered } of messages) {
    const question = messages.find(({ id, subject }) => id === answered && CHECK_IN.includes(String(subject)))
    if (!question || !/^([0-9]|10)$/.test(String(body))) continue
    const nps = (of(customers, leadId)[0]?.['facts'] as Data | undefined)?.['nps']
    if (nps !== Number(body)) wrong.push(`${String(leadId)} answered “${String(subject)}” with ${String(body)}, and their NPS is ${String(nps)}.`) // prettier-ignore
  }

  for (const run of runs) {
    const where = `${String(slugOf(run))} of ${String(run['subject_id'])}`
    const reason = (run['reason'] as { code?: string } | null)?.code
    if (['failed', 'quarantined', 'cancelled'].includes(String(run['status']))) wrong.push(`${where} is ${String(run['status'])}: ${JSON.stringify(run['error'])}`) // prettier-ignore
    if (run['finished_at'] !== null) continue
    if (reason === undefined || !(reason in REASONS))
      wrong.push(`${where} stands without a reason (${String(reason)}).`)
    if (run['due_at'] === null) wrong.push(`${where} waits for nothing that ever comes.`)
  }

  return [...wrong, ...(await checkFigures(world, { leads, messages, meetings, deals, customers, runs }))]
}

/** Each figure that the dashboard shows, beside the same counted from the rows. */
async function checkFigures(
  { core, workspaceId, clock }: SalesWorld,
  { leads, messages, meetings, deals, customers, runs }: Readonly<Record<string, readonly Row[]>>,
): Promise<string[]> {
  const wrong: string[] = []
  const same = (what: string, shown: unknown, counted: unknown) => {
    if (JSON.stringify(shown) !== JSON.stringify(counted)) wrong.push(`${what}: shown ${JSON.stringify(shown)}, counted ${JSON.stringify(counted)}.`) // prettier-ignore
  }
  const count = (rows: readonly Row[] | undefined, fits: (row: Row) => boolean) => rows!.filter(fits).length
  const sum = (rows: readonly Row[]) => rows.reduce((total, { amount }) => total + Number(amount ?? 0), 0)
  const is =
    (field: string, ...values: unknown[]) =>
    (row: Row) =>
      values.includes(row[field])

  const shown = await analyticsOverview(core, workspaceId, 120)
  same('leads', shown.leadsProcessed, leads!.length)
  same('qualified', shown.leadsQualified, count(leads, is('status', 'QUALIFIED', 'CONVERTED')))
  same('nurtured', shown.leadsNurtured, count(leads, is('status', 'NURTURING')))
  same(
    'sent',
    shown.messagesSent,
    count(messages, row => row['direction'] === 'out' && row['state'] === 'sent'),
  )
  same('received', shown.repliesReceived, count(messages, is('direction', 'in')))
  same('meetings', shown.meetingsScheduled, meetings!.length)
  same('conversion', shown.conversionRate, meetings!.length / leads!.length)
  same('runs', shown.runs, {
    completed: count(runs, is('status', 'completed')),
    failed: count(runs, is('status', 'failed', 'quarantined')),
    open: count(runs, row => row['finished_at'] === null && row['status'] !== 'quarantined'),
  })

  for (const { stage, count: number, values } of await pipeline(core, workspaceId, 120)) {
    const own = deals!.filter(is('stage', stage))
    same(`deals in ${stage}`, number, own.length)
    same(
      `value of ${stage}`,
      values.reduce((total, { amount }) => total + Number(amount), 0),
      sum(own),
    )
  }

  const period = { from: MONDAY.toISOString(), to: new Date(clock.now().getTime() + 1).toISOString() }
  const won = deals!.filter(is('stage', 'WON'))
  const leadId = (row: Row) => row['lead_id']
  const [of] = await leadFigures(core, workspaceId, period)
  const over = (row: Row) => row['status'] === 'SCHEDULED' && (row['ends_at'] as Date) <= clock.now()
  const held = meetings!.filter(row => row['status'] === 'COMPLETED' || over(row))
  same('leads that met', of!['met'], new Set(held.map(leadId)).size)
  same('leads that bought', of!['won'], new Set(won.map(leadId)).size)
  same('leads by source', (await leadFigures(core, workspaceId, { ...period, by: 'source' })).reduce((total, row) => total + Number(row['leads']), 0), leads!.length) // prettier-ignore
  const money = await dealFigures(core, workspaceId, period)
  same('deals won', money['won'], won.length)
  same('deals lost', money['lost'], count(deals, is('stage', 'LOST')))
  same('revenue', Number((money['revenue'] as Record<string, string>)['BRL'] ?? 0), sum(won))
  const kept = await customerFigures(core, workspaceId, period)
  same('customers started', kept['started'], customers!.length)
  same('customers that left', kept['churned'], count(customers, is('status', 'CHURNED')))
  const healthOf = (row: Row) => row['status'] !== 'CHURNED' && row['health'] !== null
  same('customers by health', (kept['bands'] as { customers: number }[]).reduce((total, band) => total + band.customers, 0), count(customers, healthOf)) // prettier-ignore
  const byChannel = await messageFigures(core, workspaceId, period)
  const ofAll = (what: string) => byChannel.reduce((total, row) => total + Number(row[what]), 0)
  same('messages', [ofAll('sent'), ofAll('received')], [shown.messagesSent, shown.repliesReceived])
  return wrong
}
