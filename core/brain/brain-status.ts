import type { Core } from '../context.ts'
import { MODULE_KEYS, type ModuleKey } from '../playbooks/playbook.ts'
import { statement } from '../sql.ts'
import { readLeader } from './leadership.ts'
import { dependsOn, MODULES } from './modules.ts'
import { readScaling, type Scaling } from './scaling/scaling.ts'
import type { Priority } from './tasks/task.ts'

export type ModuleStatus = 'idle' | 'running' | 'waiting' | 'error' | 'completed' | 'manual'

export interface ModuleState {
  readonly key: ModuleKey
  readonly title: string
  readonly status: ModuleStatus
  /** 0–100, as far as this module goes. */
  readonly healthScore: number
  readonly healthFactors: BrainStatus['healthFactors']
  /** `manual`: a person works in it; its tasks wait in an inbox. */
  readonly mode: 'auto' | 'manual'
  /** Why it is manual. */
  readonly modeReason: string | null
  /** Of tasks that say nothing else. */
  readonly priority: Priority
  /** Modules that work on with what it has done, and those whose work it takes up. */
  readonly feeds: readonly ModuleKey[]
  readonly dependsOn: readonly ModuleKey[]
  /** Tasks that are not over, by status. */
  readonly tasks: {
    readonly suggested: number
    readonly queued: number
    readonly running: number
    readonly manual: number
  }
  /** Times that it was restarted, and that this was all it needed. */
  readonly restarts: number
  readonly recoveries: number
  /** Share of failed among finished runs of the last 15 minutes, 0–1. */
  readonly errorRate: number
  /** Runs that were over within them. */
  readonly finished: number
  readonly queueSize: number
  readonly lastExecutedAt: string | null
}

export interface BrainStatus {
  readonly running: boolean
  /** 0–100: what is left of 100 after `healthFactors`. */
  readonly healthScore: number
  /** What takes points away, with the figure it comes from. */
  readonly healthFactors: readonly {
    readonly name: string
    readonly points: number
    readonly value: string
    readonly reason: string
  }[]
  readonly queueSize: number
  /** Age of what has been due longest and is not taken up. */
  readonly oldestSeconds: number
  readonly modules: readonly ModuleState[]
  /** Which process leads: schedules, hands out tasks, heals; null where none does. */
  readonly leader: { readonly process: string; readonly since: string } | null
  /** Of the host: how many processes there are and should be. */
  readonly scaling: Scaling
  readonly observedAt: string
}

/** How the workspace's modules and the engine stand, from the rows of the last 15 minutes. */
export async function brainStatus(
  core: Pick<Core, 'sql' | 'clock' | 'brain'>,
  workspaceId: string,
): Promise<BrainStatus> {
  const now = core.clock.now()
  const rows = await core.sql.query<ModuleRow>(MODULE_FIGURES, [
    workspaceId,
    new Date(now.getTime() - 15 * 60_000),
    now,
  ])
  const modes = new Map((await core.sql.query<ModeRow>(MODULE_MODES, [workspaceId])).map(row => [row.key, row]))
  const leader = await readLeader(core)
  const [outbox] = await core.sql.query<{ pending: number; oldest: Date | null }>(OUTBOX_FIGURES, [workspaceId])
  const byKey = new Map(rows.map(row => [row.module, row]))
  const modules = MODULE_KEYS.map(key => moduleState(key, byKey.get(key), modes.get(key), now))
  const sum = (pick: (row: ModuleRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  const queueSize = sum(row => row.due) + outbox!.pending + modules.reduce((n, { tasks }) => n + tasks.queued, 0)
  const oldest = [outbox!.oldest, ...rows.map(row => row.oldest_due)]
    .filter(at => at !== null)
    .map(at => now.getTime() - at.getTime())
  const oldestMs = Math.max(0, ...oldest)
  const healthFactors = factors({
    running: core.brain.running,
    finished: sum(row => row.finished),
    failed: sum(row => row.failed),
    quarantined: sum(row => row.quarantined),
    oldestMs,
    manual: modules.some(({ mode }) => mode === 'manual'),
  })
  return {
    running: core.brain.running,
    healthScore: scoreOf(healthFactors),
    healthFactors,
    queueSize,
    oldestSeconds: Math.round(oldestMs / 1000),
    modules,
    leader: leader && { process: leader.process, since: leader.since.toISOString() },
    scaling: await readScaling(core),
    observedAt: now.toISOString(),
  }
}

interface ModuleRow {
  module: string
  due: number
  executing: number
  waiting: number
  finished: number
  failed: number
  quarantined: number
  oldest_due: Date | null
  last_executed: Date | null
}

interface ModeRow {
  readonly key: string
  readonly mode: 'auto' | 'manual' | null
  readonly reason: string | null
  readonly priority: Priority | null
  readonly restarts: number | null
  readonly recoveries: number | null
  readonly suggested: number
  readonly queued: number
  readonly running: number
  readonly manual: number
}

function moduleState(key: ModuleKey, row: ModuleRow | undefined, own: ModeRow | undefined, now: Date): ModuleState {
  const errorRate = row && row.finished > 0 ? row.failed / row.finished : 0
  const tasks = {
    suggested: own?.suggested ?? 0,
    queued: own?.queued ?? 0,
    running: own?.running ?? 0,
    manual: own?.manual ?? 0,
  }
  const mode = own?.mode ?? 'auto'
  const healthFactors = factors({
    running: true,
    finished: row?.finished ?? 0,
    failed: row?.failed ?? 0,
    quarantined: row?.quarantined ?? 0,
    oldestMs: row?.oldest_due ? now.getTime() - row.oldest_due.getTime() : 0,
    manual: mode === 'manual',
  })
  return {
    key,
    title: MODULES[key].title,
    status: mode === 'manual' ? 'manual' : statusOf(row, errorRate, tasks.queued),
    healthScore: scoreOf(healthFactors),
    healthFactors,
    mode,
    modeReason: own?.reason ?? null,
    priority: own?.priority ?? 'medium',
    feeds: MODULES[key].feeds,
    dependsOn: dependsOn(key),
    tasks,
    restarts: own?.restarts ?? 0,
    recoveries: own?.recoveries ?? 0,
    errorRate,
    finished: row?.finished ?? 0,
    queueSize: (row?.due ?? 0) + tasks.queued,
    lastExecutedAt: row?.last_executed?.toISOString() ?? null,
  }
}

function statusOf(row: ModuleRow | undefined, errorRate: number, queued: number): ModuleStatus {
  if (errorRate > 0.5) return 'error'
  if ((row ? row.executing + row.due : 0) + queued > 0) return 'running'
  if (!row) return 'idle'
  if (row.waiting > 0) return 'waiting'
  return row.finished > 0 ? 'completed' : 'idle'
}

const scoreOf = (factors: BrainStatus['healthFactors']) =>
  Math.max(0, Math.round(100 + factors.reduce((total, factor) => total + factor.points, 0)))

/** Points off 100, each from one figure: stopped −50; failures up to −40; runs in quarantine −5 each, up to −20; delay up to −30; manual −10. */
function factors(figures: {
  running: boolean
  finished: number
  failed: number
  quarantined: number
  oldestMs: number
  manual: boolean
}): BrainStatus['healthFactors'] {
  const { running, finished, failed, quarantined, oldestMs, manual } = figures
  const share = finished === 0 ? 0 : failed / finished
  const seconds = Math.round(oldestMs / 1000)
  return [
    {
      name: 'stopped',
      points: running ? 0 : -50,
      value: running ? 'running' : 'stopped',
      reason: 'A stopped brain schedules and claims nothing.',
    },
    {
      name: 'failures',
      points: -Math.round(40 * share),
      value: `${failed} of ${finished}`,
      reason: 'Runs that failed among those finished in the last 15 minutes.',
    },
    {
      name: 'quarantine',
      points: -Math.min(20, 5 * quarantined),
      value: String(quarantined),
      reason: 'Runs in quarantine wait for a person.',
    },
    {
      name: 'delay',
      points: -Math.min(30, Math.floor(seconds / 10)),
      value: `${seconds} s`,
      reason: 'Age of the oldest event or run that is due and not taken up.',
    },
    {
      name: 'manual',
      points: manual ? -10 : 0,
      value: 'manual',
      reason: 'A person does what a module did by itself.',
    },
  ].filter(factor => factor.points < 0)
}

const MODULE_FIGURES = statement(
  'module-figures',
  `select p.module,
     count(*) filter (where r.finished_at is null and r.due_at <= $3 and (r.lease_until is null or r.lease_until <= $3))::int as due,
     count(*) filter (where r.status = 'running')::int as executing,
     count(*) filter (where r.status in ('waiting', 'retrying'))::int as waiting,
     count(*) filter (where r.finished_at >= $2)::int as finished,
     count(*) filter (where r.finished_at >= $2 and r.status = 'failed')::int as failed,
     count(*) filter (where r.status = 'quarantined')::int as quarantined,
     min(r.due_at) filter (where r.finished_at is null and r.due_at <= $3 and (r.lease_until is null or r.lease_until <= $3)) as oldest_due,
     max(r.updated_at) as last_executed
   from runs r join playbooks p on p.id = r.playbook_id
   where r.workspace_id = $1 and (r.due_at is not null or r.updated_at >= $2 or r.status in ('quarantined', 'waiting'))
   group by p.module`,
)
const MODULE_MODES = statement(
  'module-modes',
  `select coalesce(m.key, t.module) as key, m.mode, m.reason, m.priority, m.restarts, m.recoveries, coalesce(t.suggested, 0) as suggested,
     coalesce(t.queued, 0) as queued, coalesce(t.running, 0) as running, coalesce(t.manual, 0) as manual
   from (select * from modules where workspace_id = $1) m
   full join (
     select module, count(*) filter (where status = 'suggested')::int as suggested, count(*) filter (where status = 'queued')::int as queued,
       count(*) filter (where status = 'running')::int as running, count(*) filter (where status = 'manual')::int as manual
     from tasks where workspace_id = $1 and status in ('suggested', 'manual', 'queued', 'running') group by module
   ) t on t.module = m.key`,
)
const OUTBOX_FIGURES = statement(
  'outbox-figures',
  `select count(*)::int as pending, min(created_at) as oldest from events where workspace_id = $1 and dispatched_at is null`,
)
