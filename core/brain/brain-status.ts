import type { Core } from '../context.ts'
import { MODULE_KEYS, type ModuleKey } from '../playbooks/playbook.ts'
import { statement } from '../sql.ts'

export type ModuleStatus = 'idle' | 'running' | 'waiting' | 'error' | 'completed' | 'manual'

export interface ModuleState {
  readonly key: ModuleKey
  readonly title: string
  readonly status: ModuleStatus
  /** Share of failed among finished runs of the last 15 minutes, 0–1. */
  readonly errorRate: number
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
  readonly modules: readonly ModuleState[]
  readonly observedAt: string
}

const MODULE_TITLES: Readonly<Record<ModuleKey, string>> = {
  diagnostico: 'Diagnóstico',
  posicionamento: 'Posicionamento',
  oferta: 'Oferta',
  aquisicao: 'Aquisição',
  pre_vendas: 'Pré-vendas',
  vendas: 'Vendas',
  onboarding: 'Onboarding',
  gestao: 'Gestão',
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
  const [outbox] = await core.sql.query<{ pending: number; oldest: Date | null }>(OUTBOX_FIGURES, [workspaceId])
  const byKey = new Map(rows.map(row => [row.module, row]))
  const modules = MODULE_KEYS.map(key => moduleState(key, byKey.get(key)))
  const sum = (pick: (row: ModuleRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  const queueSize = sum(row => row.due) + outbox!.pending
  const oldest = [outbox!.oldest, ...rows.map(row => row.oldest_due)]
    .filter(at => at !== null)
    .map(at => now.getTime() - at.getTime())
  const healthFactors = factors({
    running: core.brain.running,
    finished: sum(row => row.finished),
    failed: sum(row => row.failed),
    quarantined: sum(row => row.quarantined),
    oldestMs: Math.max(0, ...oldest),
  })
  return {
    running: core.brain.running,
    healthScore: Math.max(0, Math.round(100 + healthFactors.reduce((total, factor) => total + factor.points, 0))),
    healthFactors,
    queueSize,
    modules,
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

function moduleState(key: ModuleKey, row: ModuleRow | undefined): ModuleState {
  const errorRate = row && row.finished > 0 ? row.failed / row.finished : 0
  const status: ModuleStatus = !row
    ? 'idle'
    : errorRate > 0.5
      ? 'error'
      : row.executing + row.due > 0
        ? 'running'
        : row.waiting > 0
          ? 'waiting'
          : row.finished > 0
            ? 'completed'
            : 'idle'
  return {
    key,
    title: MODULE_TITLES[key],
    status,
    errorRate,
    queueSize: row?.due ?? 0,
    lastExecutedAt: row?.last_executed?.toISOString() ?? null,
  }
}

/** Points off 100, each from one figure: stopped −50; failures up to −40; runs in quarantine −5 each, up to −20; delay up to −30. */
function factors(figures: {
  running: boolean
  finished: number
  failed: number
  quarantined: number
  oldestMs: number
}): BrainStatus['healthFactors'] {
  const { running, finished, failed, quarantined, oldestMs } = figures
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
const OUTBOX_FIGURES = statement(
  'outbox-figures',
  `select count(*)::int as pending, min(created_at) as oldest from events where workspace_id = $1 and dispatched_at is null`,
)
