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

/** What counts as lately; longer than a lease. */
const LATELY_MS = 15 * 60_000

/** How the workspace's modules and the engine stand, from the rows of the last 15 minutes. */
export async function brainStatus(
  core: Pick<Core, 'sql' | 'clock' | 'brain'>,
  workspaceId: string,
): Promise<BrainStatus> {
  const now = core.clock.now()
  const rows = await core.sql.query<ModuleRow>(MODULE_FIGURES, [
    workspaceId,
    new Date(now.getTime() - LATELY_MS),
    now,
    new Date(now.getTime() + LATELY_MS),
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
  waiting: boolean
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
  if (row.waiting) return 'waiting'
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

// Each part reads an index, for a workspace has runs by the million: runs_due and runs_gated up to the end of a lease (a run that is
// executed is due when its lease ends), runs_by_end, runs_troubled, and of each playbook its newest run and whether one waits.
const MODULE_FIGURES = statement(
  'module-figures',
  `with soon as (
     select playbook_id, status, due_at, lease_until, finished_at, updated_at from runs
     where workspace_id = $1 and due_at is not null and due_at <= $4 and (concurrency_key is null or lease_owner is not null or cancel_requested_at is not null)
     union all
     select playbook_id, status, due_at, lease_until, finished_at, updated_at from runs
     where workspace_id = $1 and due_at is not null and due_at <= $4 and concurrency_key is not null and lease_owner is null and cancel_requested_at is null
   ), ended as (
     select playbook_id, status, updated_at from runs where workspace_id = $1 and finished_at is not null and finished_at >= $2
   ), troubled as (
     select playbook_id, updated_at from runs where workspace_id = $1 and status = 'quarantined'
   ), figures as (
     select playbook_id, 0 as quarantined, updated_at, 0 as finished, 0 as failed, (status = 'running')::int as executing,
       case when finished_at is null and due_at <= $3 and (lease_until is null or lease_until <= $3) then due_at end as due_at from soon
     union all select playbook_id, 0, updated_at, 1, (status = 'failed')::int, 0, null from ended
     union all select playbook_id, 1, updated_at, 0, 0, 0, null from troubled
   ), by_playbook as (
     select playbook_id, sum(quarantined)::int as quarantined, max(updated_at) as updated_at, sum(finished)::int as finished, sum(failed)::int as failed,
       sum(executing)::int as executing, count(due_at)::int as due, min(due_at) as oldest_due
     from figures group by playbook_id
   )
   select p.module, coalesce(sum(f.due), 0)::int as due, coalesce(sum(f.executing), 0)::int as executing,
     bool_or(exists (select from runs r where r.playbook_id = p.id and r.finished_at is null and r.status in ('waiting', 'retrying'))) as waiting,
     coalesce(sum(f.finished), 0)::int as finished, coalesce(sum(f.failed), 0)::int as failed, coalesce(sum(f.quarantined), 0)::int as quarantined,
     min(f.oldest_due) as oldest_due, greatest(max(f.updated_at), max(newest.created_at)) as last_executed
   from playbooks p left join by_playbook f on f.playbook_id = p.id
     left join lateral (select created_at from runs r where r.workspace_id = $1 and r.playbook_id = p.id order by r.created_at desc limit 1) newest on true
   where p.workspace_id = $1
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
