import { REASONS } from '../../core/runs/reason.ts'
import { checkDashboard } from './check-dashboard.ts'
import { checkFigures } from './check-figures.ts'
import { checkSales } from './check-sales.ts'
import type { SalesWorld } from './sales-world.ts'

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

type Table = 'leads' | 'messages' | 'meetings' | 'deals' | 'customers' | 'runs' | 'events' | 'effects' | 'notices' | 'decisions' | 'activities' | 'tasks' | 'proposals' | 'calls' | 'call_lines' | 'charges' | 'approvals' | 'approval_votes' // prettier-ignore
/** Every row there is, by its table. */
export type Books = Readonly<Record<Table, readonly Row[]>>

const TABLES = 'leads messages meetings deals customers runs events effects notices decisions activities tasks proposals calls call_lines charges approvals approval_votes'.split(' ') as Table[] // prettier-ignore

export async function readBooks({ rows }: Pick<SalesWorld, 'rows'>): Promise<Books> {
  const read = TABLES.map(async table => [table, await rows<Row>(`select * from ${table}`)] as const)
  return Object.fromEntries(await Promise.all(read)) as Partial<Books> as Books
}

/** Everything that does not add up, in words; read from the rows alone. */
export async function checkBooks(world: SalesWorld): Promise<string[]> {
  const books = await readBooks(world)
  const { leads, messages, deals, customers, runs, events, effects, notices, decisions } = books
  const playbooks = new Map(
    (await world.rows<Row>('select id, slug from playbooks')).map(row => [row['id'], row['slug']]),
  )
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
  const asked = new Set(books.approval_votes.map(vote => `${String(vote['approval_id'])}/${String(vote['email'])}`))
  const toldOf = messages.filter(({ key }) => asked.has(String(key))) // each person is told of each approval once
  if (toldOf.length !== asked.size) wrong.push(`${asked.size} people were asked for a yes, and ${toldOf.length} letters say so.`) // prettier-ignore
  const out = messages.filter(({ direction, key }) => direction === 'out' && !asked.has(String(key)))
  for (const { key } of letters) {
    const count = out.filter(message => message['key'] === key).length
    if (count !== 1) wrong.push(`The step ${String(key)} sent its letter ${count} times.`)
  }
  if (letters.length !== out.length)
    wrong.push(`${letters.length} steps have sent, and there are ${out.length} letters.`)
  for (const effect of effects)
    if (effect['status'] !== 'sent') wrong.push(`The effect ${String(effect['key'])} is ${String(effect['status'])}.`)

  const policies = new Map(
    (await world.rows<Row>('select id, slug from decision_policies')).map(row => [row['id'], row['slug']]),
  )
  for (const { id, policy_id: policyId, run_id: runId, chosen, outcome, outcome_due_at: due } of decisions) {
    if (outcome === null && time(due) <= world.clock.now().getTime())
      wrong.push(`The decision ${String(id)} has no outcome.`)
    if (policies.get(policyId) !== 'first-contact') continue
    const ofRun = messages.filter(message => message['direction'] === 'out' && message['run_id'] === runId)
    const first = ofRun.toSorted((a, b) => time(a['created_at']) - time(b['created_at']))[0]
    if (first === undefined || first['channel'] !== chosen) wrong.push(`The decision ${String(id)} chose ${String(chosen)}, and the first message went by ${String(first?.['channel'])}.`) // prettier-ignore
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

  const { wrong: shown } = await checkDashboard(world, books)
  return [...wrong, ...checkSales(books), ...shown, ...(await checkFigures(world, books))]
}
