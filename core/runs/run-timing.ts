import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { RunRecord } from './read-runs.ts'

/** Where the time of a run went, in milliseconds. The five parts add up to `totalMs`; of a run that goes on, up to now. */
export interface RunTiming {
  readonly totalMs: number
  /** Due, and in nobody's hands: before its start, after each wait, after the death of a worker. */
  readonly queueMs: number
  /** From the claim to the first line of its journal. */
  readonly startMs: number
  /** Its steps, with all that they call. */
  readonly executeMs: number
  /** Intents and the end, from when they were handed over until the write began. */
  readonly persistMs: number
  /** For a time, an event, people, another run, the next attempt, or an operation. */
  readonly waitMs: number
}

/** A line of the journal as far as it tells of time. `until`: when a wait or a next attempt is due. */
export interface TimedEntry {
  readonly kind: string
  readonly path: string | null
  readonly at: Date
  readonly until: Date | null
}

export interface TimedRun {
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly status: RunRecord['status']
  readonly dueAt: number | null
  readonly journal: readonly TimedEntry[]
  /** When the write of an intent began, by the path of its step. */
  readonly intents: ReadonlyMap<string, number>
  /** Waits for a send window, which the journal does not tell of. */
  readonly windows: readonly { readonly from: number; readonly to: number }[]
}

/** Reads where the time of these runs went, in two statements; nothing is measured for it while they execute. */
export async function readTimings(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  runs: readonly RunRecord[],
): Promise<Map<string, RunTiming>> {
  const ids = runs.map(({ id }) => id)
  const [entries, times] = await Promise.all([
    core.sql.query<TimedEntry & { run_id: string }>(TIMED_ENTRIES, [workspaceId, ids]),
    core.sql.query<OtherTime>(OTHER_TIMES, [workspaceId, ids]),
  ])
  const journals = Map.groupBy(entries, row => row.run_id)
  const others = Map.groupBy(times, row => row.run_id)
  const now = core.clock.now().getTime()
  return new Map(
    runs.map(run => [run.id, timingOf(timedOf(run, journals.get(run.id) ?? [], others.get(run.id) ?? []), now)]),
  )
}

interface OtherTime {
  readonly run_id: string
  readonly kind: 'due' | 'intent' | 'window'
  readonly path: string
  readonly from: Date | null
  readonly to: Date | null
}

const timedOf = (run: RunRecord, journal: readonly TimedEntry[], others: readonly OtherTime[]): TimedRun => ({
  createdAt: Date.parse(run.createdAt),
  startedAt: run.startedAt === null ? null : Date.parse(run.startedAt),
  finishedAt: run.finishedAt === null ? null : Date.parse(run.finishedAt),
  status: run.status,
  dueAt: others.find(({ kind }) => kind === 'due')?.from?.getTime() ?? null,
  journal,
  intents: new Map(others.flatMap(row => (row.kind === 'intent' ? [[row.path, row.from!.getTime()]] : []))),
  windows: others.flatMap(row =>
    row.kind === 'window' && row.to ? [{ from: row.from!.getTime(), to: row.to.getTime() }] : [],
  ),
})

// What was held back is called when its time comes, as what is tried again.
const TIMED_ENTRIES = statement(
  'timed-entries',
  `select j.* from unnest($2::uuid[]) as p(id), lateral (
     select run_id, seq, case when data ? 'held' then 'step.retrying' else kind end as kind, path, at, case kind when 'step.waiting' then data->>'until' when 'step.retrying' then data->>'at' end::timestamptz as until
     from journal where workspace_id = $1 and run_id = p.id and kind <> 'log' order by seq limit 100000
   ) j order by j.run_id, j.seq`,
)
const OTHER_TIMES = statement(
  'other-times',
  `select id as run_id, 'due' as kind, '' as path, due_at as "from", null::timestamptz as "to" from runs where workspace_id = $1 and id = any($2::uuid[])
   union all select run_id, 'intent', path, intended_at, null from effects where workspace_id = $1 and run_id = any($2::uuid[])
   union all select run_id, 'window', path, created_at, due_at from waits where workspace_id = $1 and run_id = any($2::uuid[]) and kind = 'window'`,
)

type Part = 'queue' | 'start' | 'execute' | 'persist' | 'wait'

/**
 * Gives every stretch between two lines of the journal to what it was spent on; pure. Where branches of a `parallel`
 * work while others wait, a stretch belongs to the line that ends it.
 */
export function timingOf(run: TimedRun, now: number): RunTiming {
  const end = Math.max(run.createdAt, run.finishedAt ?? now)
  const parts: Record<Part, number> = { queue: 0, start: 0, execute: 0, persist: 0, wait: 0 }
  let at = run.createdAt
  /** Everything up to `to` was spent on `part`; time never goes back, and is counted once. */
  const spend = (part: Part, to: number | null) => {
    if (to === null || to <= at) return
    const until = Math.min(to, end)
    if (until > at) parts[part] += until - at
    at = Math.max(at, until)
  }
  const execute = (to: number) => {
    for (const window of run.windows) {
      if (window.to <= at || window.from >= to) continue
      spend('execute', Math.min(window.from, to))
      spend('wait', Math.min(window.to, to))
    }
    spend('execute', to)
  }

  const waits = new Map<string, { readonly until: number | null; readonly isRetry: boolean }>()
  let begun = false
  spend('queue', run.startedAt ?? (run.finishedAt === null ? now : run.finishedAt))
  for (const entry of run.journal) {
    const time = entry.at.getTime()
    if (run.startedAt === null || time < run.startedAt) continue // carried over by a replay
    const wait = entry.path === null ? undefined : waits.get(entry.path)
    if (!begun) spend('start', time)
    else if (entry.kind === 'run.recovered') spend('queue', time)
    else if (BY_HAND.has(entry.kind)) spend('wait', time)
    else if (wait) {
      spend('wait', wait.until === null ? time : Math.min(wait.until, time))
      if (wait.isRetry) execute(time)
      else spend('queue', time)
    } else execute(time)
    begun = true
    if (entry.path !== null) waits.delete(entry.path)
    if (entry.kind === 'step.waiting' || entry.kind === 'step.retrying')
      waits.set(entry.path!, { until: entry.until?.getTime() ?? null, isRetry: entry.kind === 'step.retrying' })
    if (entry.kind === 'step.started') spend('persist', run.intents.get(entry.path!) ?? null)
  }
  if (run.finishedAt !== null) spend('persist', end)
  else if (run.status === 'running') execute(end)
  else {
    if (run.status !== 'queued') spend('wait', run.dueAt ?? end)
    spend('queue', end)
  }
  return {
    totalMs: end - run.createdAt,
    queueMs: parts.queue,
    startMs: parts.start,
    executeMs: parts.execute,
    persistMs: parts.persist,
    waitMs: parts.wait,
  }
}

/** Until a person did this, the run lay there. */
const BY_HAND: ReadonlySet<string> = new Set(['run.restarted', 'run.released', 'effect.decided'])
