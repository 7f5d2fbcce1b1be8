import type { Core } from '../context.ts'
import type { Reading } from '../metrics.ts'
import { notOfSample } from '../sales/sample-lead.ts'
import { statement } from '../sql.ts'
import { brainStatus } from './brain-status.ts'
import { readScaling } from './scaling/scaling.ts'

/**
 * The seed's figures of the brain and the business, and their companions. They are of the whole database, so only the process
 * that leads gives them: of many replicas each would be a multiple. `leads` says whether this one does.
 */
export function businessMetrics(core: Omit<Core, 'brain'>, brain: Core['brain'], leads: () => boolean): void {
  const { metrics } = core
  const ofLeader = (read: () => Promise<Reading>) => async () => (leads() ? read() : [])
  const rows = (name: string, text: string) => {
    const asked = statement(`metrics.${name}`, text)
    return ofLeader(async () => {
      const found = await core.sql.query<{ labels: Record<string, string>; value: number }>(asked)
      return found.map(({ labels, value }) => ({ labels, value: Number(value) }))
    })
  }
  const both = (names: readonly [string, string], help: string, labels: string[], read: () => Promise<Reading>) => {
    const once = shared(read)
    for (const name of names) metrics.gauge(name, help, labels, once)
  }
  const states = shared(async () => {
    const workspaces = await core.sql.query<{ id: string }>(WORKSPACES)
    return Promise.all(workspaces.map(({ id }) => brainStatus({ ...core, brain }, id)))
  })

  metrics.gauge('trae_leader', 'Does this process lead? 1 or 0.', [], async () => [
    { labels: {}, value: leads() ? 1 : 0 },
  ])
  metrics.gauge('trae_db_up', 'Does the database answer? 1 or 0.', [], async () => [
    {
      labels: {},
      value: await core.sql.query(PING).then(
        () => 1,
        () => 0,
      ),
    },
  ])
  metrics.gauge('trae_runs_executing', 'Runs in the hands of this process.', [], async () => [
    { labels: {}, value: brain.activeRuns },
  ])
  metrics.gauge(
    'trae_memory_search_bytes',
    'What searches of the memory are answered from, held in this process; TRAE_MEMORY_SEARCH_MB bounds it.',
    [],
    async () => [{ labels: {}, value: core.memory.budget.bytes }],
  )
  const { sockets } = core.egress
  metrics.gauge(
    'trae_plugin_sockets',
    'Connections of plugins to vendors that this process holds: in_use, or idle and kept for the next request.',
    ['state'],
    async () => [
      { labels: { state: 'in_use' }, value: sockets?.inUse ?? 0 },
      { labels: { state: 'idle' }, value: sockets?.idle ?? 0 },
    ],
  )
  metrics.total(
    'trae_plugin_socket_reuses_total',
    'Requests of plugins that went out by a connection which was open already: without a handshake.',
    [],
    async () => [{ labels: {}, value: sockets?.reuses ?? 0 }],
  )
  metrics.gauge(
    'brain_health_score',
    'Health from 0 to 100; of several workspaces the lowest.',
    [],
    ofLeader(async () => [{ labels: {}, value: Math.min(...(await states()).map(({ healthScore }) => healthScore)) }]),
  )
  both(
    ['modules_active_count', 'trae_modules_active'],
    'Modules that work: neither in error nor in the hands of a person.',
    [],
    ofLeader(async () => {
      const modules = (await states()).flatMap(state => state.modules)
      return [{ labels: {}, value: modules.filter(({ status }) => status !== 'error' && status !== 'manual').length }]
    }),
  )
  metrics.gauge(
    'trae_module_status',
    'How many workspaces have the module in this state.',
    ['module', 'status'],
    ofLeader(async () => {
      const counts = Map.groupBy(
        (await states()).flatMap(state => state.modules),
        one => `${one.key} ${one.status}`,
      )
      return [...counts.values()].map(([one, ...more]) => ({
        labels: { module: one!.key, status: one!.status },
        value: more.length + 1,
      }))
    }),
  )
  metrics.gauge('task_queue_size', 'What waits for its turn.', ['queue'], rows('queue-size', QUEUE_SIZE))
  metrics.gauge(
    'trae_queue_oldest_task_age_seconds',
    'How long the oldest has been waiting that could begin.',
    ['queue'],
    ofLeader(async () => {
      const found = await core.sql.query<{ queue: string; oldest: Date | null }>(QUEUE_AGE, [core.clock.now()])
      const now = core.clock.now().getTime()
      return found.map(({ queue, oldest }) => ({
        labels: { queue },
        value: oldest === null ? 0 : Math.max(0, (now - oldest.getTime()) / 1000),
      }))
    }),
  )
  const scaling = shared(() => readScaling(core))
  metrics.gauge(
    'trae_workers',
    'Processes whose engine runs.',
    [],
    ofLeader(async () => [{ labels: {}, value: (await scaling()).workers }]),
  )
  metrics.gauge(
    'trae_recommended_workers',
    'How many there should be: what an autoscaler follows.',
    [],
    ofLeader(async () => [{ labels: {}, value: (await scaling()).recommendedWorkers }]),
  )
  const backups = shared(async () => {
    const now = core.clock.now()
    const [state] = await core.sql.query<{ taken: number; drilled: number }>(BACKUPS, [now])
    return state
  })
  metrics.gauge(
    'trae_backup_age_seconds',
    'Since the moment that the last backup of this host is of; nothing where it takes none.',
    [],
    ofLeader(async () => ((await backups()) ? [{ labels: {}, value: (await backups())!.taken }] : [])),
  )
  metrics.gauge(
    'trae_backup_drill_age_seconds',
    'Since a backup was last restored on trial and compared; nothing where this host takes none.',
    [],
    ofLeader(async () => ((await backups()) ? [{ labels: {}, value: (await backups())!.drilled }] : [])),
  )
  const executions = rows('module-executions', EXECUTIONS)
  metrics.total('trae_module_executions_total', 'Runs that are over.', ['module', 'outcome'], executions)
  metrics.total('leads_processed_total', 'Leads, by what became of them.', ['outcome'], rows('leads', LEADS))
  metrics.total(
    'meetings_scheduled_total',
    'Meetings, by what became of them.',
    ['outcome'],
    rows('meetings', MEETINGS),
  )
  metrics.total('deals_closed_total', 'Deals that were won or lost.', ['outcome'], rows('deals', DEALS))
  const revenue = rows('revenue', REVENUE)
  metrics.gauge('revenue_generated', 'Sum of the deals that were won, in units of the currency.', ['currency'], revenue)
  metrics.total('trae_revenue_closed_total', 'The same, as a total.', ['currency'], revenue)
  const memory = ofLeader(async () => {
    const [there] = await core.sql.query<{ there: boolean }>(MEMORY_THERE)
    return there?.there ? rows('memory', MEMORY)() : [{ labels: {}, value: 0 }]
  })
  both(['memory_entries_count', 'trae_memory_entries'], 'What the shared memory holds.', [], memory)
}

/** Figures of one scrape that come from one read, made once. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => {
    if (!reading) {
      reading = read()
      void reading.catch(() => {}).finally(() => setTimeout(() => (reading = undefined), 500).unref())
    }
    return reading
  }
}

const PING = statement('metrics.ping', 'select 1')
const WORKSPACES = statement('metrics.workspaces', 'select id from workspaces')
const QUEUE_SIZE = `select jsonb_build_object('queue', queue) as labels, n as value from (
  select 'tasks' as queue, count(*)::int as n from tasks where status = 'queued'
  union all select 'events', count(*)::int from events where dispatched_at is null
  union all select 'runs', count(*)::int from runs where status = 'queued' and finished_at is null) q`
const QUEUE_AGE = statement(
  'metrics.queue-age',
  `select 'tasks' as queue, min(scheduled_for) filter (where scheduled_for <= $1) as oldest from tasks where status = 'queued'
   union all select 'events', min(created_at) from events where dispatched_at is null
   union all select 'runs', min(due_at) from runs where status = 'queued' and finished_at is null and due_at <= $1`,
)
const BACKUPS = statement(
  'metrics.backups',
  `select extract(epoch from $1::timestamptz - coalesce(taken_at, since))::float8 as taken,
     extract(epoch from $1::timestamptz - coalesce(drilled_at, since))::float8 as drilled from backup_state`,
)
const EXECUTIONS = `select jsonb_build_object('module', p.module, 'outcome', r.status) as labels, count(*)::int as value
  from runs r join playbooks p on p.id = r.playbook_id where r.finished_at is not null and ${notOfSample('r.subject_id', 'host')} group by p.module, r.status`
const LEADS = `select jsonb_build_object('outcome', lower(status)) as labels, count(*)::int as value from leads
  where ${notOfSample('id', 'host')} group by status`
const MEETINGS = `select jsonb_build_object('outcome', lower(status)) as labels, count(*)::int as value from meetings
  where ${notOfSample('lead_id', 'host')} group by status`
const DEALS = `select jsonb_build_object('outcome', lower(stage)) as labels, count(*)::int as value
  from deals where stage in ('WON', 'LOST') and ${notOfSample('lead_id', 'host')} group by stage`
const REVENUE = `select jsonb_build_object('currency', currency) as labels, sum(amount)::float8 as value
  from deals where stage = 'WON' and amount is not null and ${notOfSample('lead_id', 'host')} group by currency`
const MEMORY_THERE = statement('metrics.memory-there', `select to_regclass('memory_entries') is not null as there`)
const MEMORY = `select '{}'::jsonb as labels, count(*)::int as value from memory_entries`
