import { ask, dashboardOf, type Shown } from './dashboard-query.ts'
import { checkForecast } from './check-forecast.ts'
import { Compared, type Move, time } from './compared.ts'
import type { SalesWorld } from './sales-world.ts'

type Row = Readonly<Record<string, unknown>>
/** The records that figures are of, as plain SQL reads them. */
export type Records = Readonly<Record<'leads' | 'messages' | 'meetings' | 'deals' | 'customers' | 'runs' | 'events' | 'activities' | 'tasks', readonly Row[]>> // prettier-ignore

const DAY_MS = 86_400_000
const OPEN_STAGES = ['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION']
const CURRENCY = { Brl: 'BRL', Usd: 'USD', Eur: 'EUR' } as const

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole)
const name = (value: string) => value.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()
function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return sorted.length === 0 ? null : (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}

/** Every field of the two pages of figures, beside the same counted from the rows. Answers what is wrong, and which fields were compared. */
export async function checkDashboard(world: SalesWorld, records: Records): Promise<Compared> {
  const compared = new Compared()
  for (const days of [120, 30]) await checkPeriod(world, records, days, compared)
  return compared
}

async function checkPeriod(world: SalesWorld, records: Records, days: number, compared: Compared): Promise<void> {
  const now = world.clock.now()
  const [from, to] = [now.getTime() - days * DAY_MS, now.getTime()]
  world.core.cache.drop(world.workspaceId, ['analytics:overview', 'analytics:metrics', 'analytics:funnel', 'analytics:sources', 'analytics:stages', 'analytics:forecast']) // prettier-ignore
  await world.core.cache.settled()
  const { dashboard, figures } = (await ask(world, dashboardOf(days))) as { dashboard: Shown; figures: Shown }
  const { leads, messages, meetings, deals, runs, activities, tasks } = records
  const within = (field: string) => (row: Row) => row[field] !== null && time(row[field]) >= from && time(row[field]) <= to // prettier-ignore
  const of = (rows: readonly Row[], lead: Row) => rows.filter(row => row['lead_id'] === lead['id'])
  const cohort = leads.filter(within('created_at'))
  const count = (rows: readonly Row[], field: string, ...values: unknown[]) => rows.filter(row => values.includes(row[field])).length // prettier-ignore

  for (const [type, shown] of [
    ['Dashboard', dashboard],
    ['Figures', figures],
  ] as const) {
    // prettier-ignore
    compared.same(`${type}.from`, shown['from'], new Date(from).toISOString())
    compared.same(`${type}.to`, shown['to'], now.toISOString())
  }
  const begun = runs.filter(within('created_at'))
  const written = messages.filter(within('created_at'))
  const booked = meetings.filter(within('created_at')).length
  compared.rows('Figures', [figures], [{
    to: now.toISOString(),
    leadsProcessed: cohort.length,
    leadsQualified: count(cohort, 'status', 'QUALIFIED', 'CONVERTED'),
    leadsNurtured: count(cohort, 'status', 'NURTURING'),
    messagesSent: written.filter(row => row['direction'] === 'out' && row['state'] === 'sent').length,
    repliesReceived: count(written, 'direction', 'in'),
    meetingsScheduled: booked,
    conversionRate: share(booked, cohort.length),
    runsCompleted: count(begun, 'status', 'completed'),
    runsFailed: count(begun, 'status', 'failed', 'quarantined'),
    runsOpen: begun.filter(row => row['finished_at'] === null && row['status'] !== 'quarantined').length,
  }], 'to') // prettier-ignore

  const metrics = metricsOf(records, { from, to, now: to })
  const before = metricsOf(records, { from: from - (to - from), to: from, now: to })
  const measured = (metric: string) => ({
    metric: name(metric),
    module: MODULES[metric.replace(/(Brl|Usd|Eur)$/, '')],
    unit: /Brl|Usd|Eur/.test(metric) ? 'MONEY' : /answered|winRate/.test(metric) ? 'SHARE' : 'COUNT',
    currency: CURRENCY[/(Brl|Usd|Eur)$/.exec(metric)?.[1] as 'Brl'] ?? null,
    value: metrics[metric]!,
    before: STANDING.test(metric) ? null : before[metric]!,
  })
  const there = Object.keys(metrics).filter(metric => !/Brl|Usd|Eur/.test(metric) || metrics[metric] || (!STANDING.test(metric) && before[metric])) // prettier-ignore
  compared.rows('MetricValue', dashboard['metrics'] as Shown[], there.map(measured), 'metric')
  compared.fields.add('Dashboard.metrics')

  const held = (row: Row) => row['status'] === 'COMPLETED' || (row['status'] === 'SCHEDULED' && time(row['ends_at']) <= to) // prettier-ignore
  const heldOf = (lead: Row) => of(meetings, lead).filter(held)
  const wonOf = (lead: Row) => of(deals, lead).filter(row => row['stage'] === 'WON')
  const qualifies = (lead: Row) => ['QUALIFIED', 'CONVERTED'].includes(String(lead['status'])) || heldOf(lead).length > 0 || wonOf(lead).length > 0 // prettier-ignore
  const steps = [
    { reached: 'LEAD', is: () => true, at: () => [] as number[] },
    { reached: 'QUALIFIED', is: qualifies, at: (lead: Row) => records.events.filter(row => row['type'] === 'lead.qualified' && row['subject_id'] === lead['id']).map(row => time(row['created_at'])) }, // prettier-ignore
    { reached: 'MET', is: (lead: Row) => heldOf(lead).length > 0, at: (lead: Row) => heldOf(lead).map(row => Math.min(time(row['starts_at']), row['closed_at'] === null ? Infinity : time(row['closed_at']))) }, // prettier-ignore
    { reached: 'DEAL', is: (lead: Row) => of(deals, lead).length > 0, at: (lead: Row) => of(deals, lead).map(row => time(row['created_at'])) }, // prettier-ignore
    { reached: 'WON', is: (lead: Row) => wonOf(lead).length > 0, at: (lead: Row) => wonOf(lead).map(row => time(row['closed_at'])) }, // prettier-ignore
  ]
  compared.rows('FunnelStep', dashboard['funnel'] as Shown[], steps.map(({ reached, is, at }, index) => {
    const [here, earlier] = [cohort.filter(is), cohort.filter(steps[index - 1]?.is ?? (() => false))]
    const took = here.flatMap(lead => {
      const first = Math.min(...at(lead)) - time(lead['created_at'])
      return Number.isFinite(first) && first >= 0 ? [first / DAY_MS] : []
    })
    return { reached, leads: here.length, conversion: share(here.filter(lead => earlier.includes(lead)).length, earlier.length), days: median(took) }
  }), 'reached') // prettier-ignore
  compared.fields.add('Dashboard.funnel')

  for (const by of ['source', 'campaign', 'medium']) {
    const key = (lead: Row) => {
      const utm = lead['utm'] as Row
      return (by === 'source' ? lead['source'] : (utm[by] ?? utm[`utm_${by}`])) ?? null
    }
    const groups = [...Map.groupBy(cohort, key)].map(([value, some]) => ({
      value,
      leads: some.length,
      qualified: some.filter(qualifies).length,
      met: some.filter(lead => heldOf(lead).length > 0).length,
      won: some.filter(lead => wonOf(lead).length > 0).length,
      revenue: moneyOf(some.flatMap(wonOf)),
    }))
    const shown = (dashboard[by] as Shown[]).toSorted((a, b) => String(a['value']).localeCompare(String(b['value'])))
    compared.rows('SourceFigures', shown, groups.toSorted((a, b) => String(a.value).localeCompare(String(b.value))), 'value') // prettier-ignore
  }
  compared.fields.add('Dashboard.sources')

  compared.rows('StageStay', dashboard['stages'] as Shown[], OPEN_STAGES.map(stage => {
    const left = movesOf(activities).filter(move => move.stage === stage && move.until >= from && move.until <= to)
    return {
      stage,
      open: count(deals, 'stage', stage),
      left: left.length,
      onward: left.filter(({ next }) => next !== 'LOST').length,
      days: median(left.map(({ at, until }) => (until - at) / DAY_MS)),
    }
  }), 'stage') // prettier-ignore
  compared.fields.add('Dashboard.stages')

  checkForecast(dashboard['forecast'] as Shown, { deals, moves: movesOf(activities), now: to }, compared)
  checkHistory(dashboard['history'] as Shown[], records, { from, to }, compared)

  const asked = to - 28 * DAY_MS
  const [four, earlier] = [metricsOf(records, { from: asked, to, now: to }), metricsOf(records, { from: asked - 28 * DAY_MS, to: asked, now: to })] // prettier-ignore
  const suggested = dashboard['suggestions'] as Shown[]
  compared.same('SuggestedDecision.name', suggested.some(row => row['name'] === 'at-risk'), four['atRisk']! > 0, 'at-risk') // prettier-ignore
  for (const row of suggested) {
    const answer = tasks.find(
      task => task['source'] === `figures:${String(row['name'])}` && task['status'] !== 'suggested',
    )
    compared.same('SuggestedDecision.from', row['from'], new Date(asked).toISOString())
    compared.same(
      'SuggestedDecision.declined',
      row['declined'],
      answer?.['status'] === 'cancelled',
      String(row['name']),
    )
    compared.same('SuggestedDecision.task', (row['task'] as Shown | null)?.['status'] ?? null, answer ? name(String(answer['status'])) : null) // prettier-ignore
    compared.same('SuggestedDecision.module', row['module'], SUGGESTED[String(row['name'])]?.[0])
    compared.same('SuggestedDecision.action', row['action'], SUGGESTED[String(row['name'])]?.[1])
    for (const figure of row['because'] as Shown[]) {
      const metric = Object.keys(four).find(one => name(one) === figure['metric'])!
      compared.same('SuggestedDecision.because', [figure['value'], figure['before']], [four[metric], STANDING.test(metric) ? null : earlier[metric]], metric) // prettier-ignore
    }
  }
  compared.fields.add('Dashboard.suggestions')
}

const STANDING = /^(customers|atRisk|mrr)/
const MODULES: Readonly<Record<string, string>> = { leads: 'aquisicao', qualified: 'pre_vendas', met: 'pre_vendas', answered: 'pre_vendas', won: 'vendas', lost: 'vendas', winRate: 'vendas', revenue: 'vendas', customers: 'onboarding', started: 'onboarding', churned: 'onboarding', atRisk: 'onboarding', mrr: 'onboarding' } // prettier-ignore
/** As docs and screens name them: whose it is, and what would look into it. */
const SUGGESTED: Readonly<Record<string, readonly [string, string]>> = {
  'fewer-leads': ['aquisicao', 'diagnostico/channel-audit'],
  'few-qualify': ['diagnostico', 'diagnostico/icp-analysis'],
  'no-meetings': ['pre_vendas', 'diagnostico/metrics-analysis'],
  'few-won': ['oferta', 'oferta/price-analysis'],
  'more-churn': ['onboarding', 'diagnostico/cs-diagnostic'],
  'at-risk': ['onboarding', 'diagnostico/cs-diagnostic'],
}

const moneyOf = (won: readonly Row[]) =>
  Object.values(CURRENCY).flatMap(currency => {
    const some = won.filter(row => row['currency'] === currency && row['amount'] !== null)
    const amount = some.reduce((sum, row) => sum + Math.round(Number(row['amount']) * 100), 0)
    return some.length > 0 ? [{ amount: (amount / 100).toFixed(2), currency }] : []
  })

/** The figures of management of a period; standing ones as they are now. */
function metricsOf(
  records: Records,
  { from, to, now }: Readonly<Record<'from' | 'to' | 'now', number>>,
): Readonly<Record<string, number | null>> {
  // prettier-ignore
  const { leads, messages, meetings, deals, customers } = records
  const last = to === now ? to + 1 : to // what is of this very moment counts, and in the period before it does not
  const within = (field: string) => (row: Row) => row[field] !== null && time(row[field]) >= from && time(row[field]) < last // prettier-ignore
  const cohort = leads.filter(within('created_at'))
  const met = (lead: Row) => meetings.some(row => row['lead_id'] === lead['id'] && (row['status'] === 'COMPLETED' || (row['status'] === 'SCHEDULED' && time(row['ends_at']) <= now))) // prettier-ignore
  const bought = (lead: Row) => deals.some(row => row['lead_id'] === lead['id'] && row['stage'] === 'WON')
  const closed = deals.filter(within('closed_at'))
  const won = closed.filter(row => row['stage'] === 'WON')
  const staying = customers.filter(row => row['status'] !== 'CHURNED')
  const sent = messages.filter(row => row['direction'] === 'out' && row['state'] === 'sent' && row['lead_id'] !== null && within('created_at')(row)) // prettier-ignore
  const written = [...Map.groupBy(sent, row => `${String(row['lead_id'])} ${String(row['channel'])}`).values()]
  const answered = written.filter(some => {
    const first = Math.min(...some.map(row => time(row['created_at'])))
    return messages.some(row => row['direction'] === 'in' && row['lead_id'] === some[0]!['lead_id'] && time(row['created_at']) > first) // prettier-ignore
  })
  const sums = (rows: readonly Row[], field: string, label: string) =>
    Object.entries(CURRENCY).map(([suffix, currency]) => [label + suffix, rows.filter(row => row['currency'] === currency).reduce((sum, row) => sum + Number(row[field] ?? 0), 0)] as const) // prettier-ignore
  return {
    leads: cohort.length,
    qualified: cohort.filter(lead => ['QUALIFIED', 'CONVERTED'].includes(String(lead['status'])) || met(lead) || bought(lead)).length, // prettier-ignore
    met: cohort.filter(met).length,
    answered: share(answered.length, written.length),
    won: won.length,
    lost: closed.length - won.length,
    winRate: share(won.length, closed.length),
    ...Object.fromEntries(sums(won, 'amount', 'revenue')),
    customers: staying.length,
    started: customers.filter(within('started_at')).length,
    churned: customers.filter(within('churned_at')).length,
    atRisk: staying.filter(row => row['health'] !== null && Number(row['health']) < 70).length,
    ...Object.fromEntries(sums(staying, 'mrr', 'mrr')),
  }
}

function movesOf(activities: readonly Row[]): Move[] {
  const told = activities.filter(row => row['kind'] === 'DEAL')
  return [...Map.groupBy(told, row => (row['data'] as Row)['dealId'])].flatMap(([deal, some]) => {
    const stages = some
      .toSorted(
        (a, b) => time(a['occurred_at']) - time(b['occurred_at']) || (String(a['id']) < String(b['id']) ? -1 : 1),
      ) // prettier-ignore
      .map(row => ({ stage: String((row['data'] as Row)['stage']), at: time(row['occurred_at']) }))
    return stages.map(({ stage, at }, index) => ({ deal, stage, at, until: stages[index + 1]?.at ?? Infinity, next: stages[index + 1]?.stage, ends: index === stages.length - 2 })) // prettier-ignore
  })
}

/** What the table `metrics` has kept of each day, by the days of São Paulo, which has kept one time since 2019. */
function checkHistory(
  shown: readonly Shown[],
  { leads, events }: Records,
  { from, to }: { from: number; to: number },
  compared: Compared,
): void {
  // prettier-ignore
  const offset = 3 * 3_600_000
  const dayOf = (at: number) => Math.floor((at - offset) / DAY_MS)
  const counted = { LEADS: leads, STARTED: events.filter(row => row['type'] === 'customer.started') }
  compared.fields.add('Dashboard.history')
  compared.holds(
    'MetricPoint.metric',
    shown.every(point => String(point['metric']) in counted),
    shown[0],
  )
  for (const [metric, rows] of Object.entries(counted)) {
    const points = shown.filter(point => point['metric'] === metric)
    const days = points.map(point => dayOf(Date.parse(String(point['at'])) - 1))
    const last = dayOf(to) - 1
    const whole = Array.from({ length: Math.min(dayOf(to) - Math.max(dayOf(from), dayOf(Date.UTC(2026, 2, 2, 12)))) }, (_, index) => last - index) // prettier-ignore
    compared.same('MetricPoint.at', days, whole.toReversed(), metric)
    for (const [index, point] of points.entries())
      compared.same('MetricPoint.value', point['value'], rows.filter(row => dayOf(time(row['created_at'])) === days[index]).length, `${metric} at ${String(point['at'])}`) // prettier-ignore
  }
}
