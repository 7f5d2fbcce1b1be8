import type { Core } from '../context.ts'
import { newId, type PlaybookVersionId, type RunId, type WorkspaceId } from '../ids.ts'
import { keptSteps } from '../playbooks/compare-playbooks.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { type Sql, statement } from '../sql.ts'
import { MIGRATE_RUNS } from './migrate-runs.ts'
import { RESTART_RUNS } from './restart-runs.ts'

/** What a new version means to the runs under way: they keep theirs, go on with the new one, or begin anew with it. */
export const IN_FLIGHT_POLICIES = ['finish', 'migrate', 'restart'] as const
export type InFlightPolicy = (typeof IN_FLIGHT_POLICIES)[number]

/**
 * Why runs finish on their version. POLICY: that was wanted. STEP_GONE: they have been at `path`, which is not the same
 * step any more. EXECUTING: a worker has them. UNSETTLED_EFFECT: the effect at `path` is not known to be sent. CHILD: another
 * run waits for them. ENDING: they are asked to stop, or at their `finally`. TWIN: their event has a run of the new version.
 */
export const FINISHING_REASONS = [
  'POLICY',
  'STEP_GONE',
  'EXECUTING',
  'UNSETTLED_EFFECT',
  'CHILD',
  'ENDING',
  'TWIN',
] as const
export interface Finishing {
  readonly reason: (typeof FINISHING_REASONS)[number]
  readonly path: string | null
  readonly count: number
}

export interface InFlightOutcome {
  readonly policy: InFlightPolicy
  /** Runs that go on with the new version, or were begun anew with it. */
  readonly moved: number
  readonly finishing: readonly Finishing[]
}

export const UNTOUCHED: InFlightOutcome = { policy: 'finish', moved: 0, finishing: [] }

/** The version that runs move to. */
export interface Target {
  readonly playbookId: string
  readonly id: PlaybookVersionId
  readonly number: number
  readonly slug: string
  readonly source: string
}

/**
 * Moves the runs of earlier versions that no worker holds to a new one, as the policy says; in the transaction of the
 * publication. Their rows are locked first (by id, as everybody does), and only then it is asked what they have done: a worker
 * that had one in between is seen. A moved run gets a new epoch, so that nothing older is written to it.
 */
export async function moveRuns(tx: Sql, policy: InFlightPolicy, target: Target, now: Date): Promise<InFlightOutcome> {
  if (policy === 'finish') {
    const [row] = await tx.query<{ count: number }>(COUNT_OLDER, [target.playbookId, target.id])
    return { policy, moved: 0, finishing: grouped(policy, { POLICY: row!.count }) }
  }
  const parked = await tx.query<{ id: RunId; version_id: string }>(LOCK_PARKED, [target.playbookId, target.id])
  const [executing] = await tx.query<{ count: number }>(COUNT_EXECUTING, [target.playbookId, target.id])
  const shapes = JSON.stringify(await shapesOf(tx, [...new Set(parked.map(run => run.version_id))], target.source))
  const asked = parked.map(run => run.id)
  const told: MovedRow[] =
    parked.length === 0
      ? []
      : policy === 'migrate'
        ? await tx.query(MIGRATE_RUNS, [target.id, asked, shapes, now, target.number])
        : await tx.query(RESTART_RUNS, [
            target.id,
            JSON.stringify(asked.map(old => ({ old, new: newId<RunId>() }))),
            shapes,
            now,
            target.number,
            target.slug,
          ])
  const stays = told.filter(row => row.reason !== null)
  return {
    policy,
    moved: told.length - stays.length,
    finishing: grouped(policy, { EXECUTING: executing!.count }, stays),
  }
}

/** How long the publisher waits for runs that a worker held: most are parked again within moments. */
const PATIENCE_MS = 2000

/**
 * After the commit: moves what workers held at that moment, as they let go of it, for a short while; then rings. What is
 * still held, or is left because the process dies here, finishes on its version.
 */
export async function moveStragglers(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  policy: InFlightPolicy,
  target: Target,
  first: InFlightOutcome,
): Promise<InFlightOutcome> {
  let outcome = first
  let moved = first.moved
  const held = () => outcome.finishing.some(({ reason }) => reason === 'EXECUTING')
  for (const deadline = Date.now() + PATIENCE_MS; held() && Date.now() < deadline;) {
    await new Promise(resolve => setTimeout(resolve, 50))
    outcome = await core.sql.transaction(tx => moveRuns(tx, policy, target, core.clock.now()))
    moved += outcome.moved
  }
  if (moved > 0) {
    const changed = await core.sql.query<{ id: string; due: boolean }>(CHANGED_RUNS, [target.id, core.clock.now()])
    for (const { id, due } of changed) {
      if (due) core.queue.ring('run', id)
      core.pubsub.publish('run.updated', { workspaceId, runId: id })
    }
  }
  return { ...outcome, moved }
}

/** A run that was asked for: `reason` null where it has moved. */
export interface MovedRow {
  readonly id: RunId
  readonly reason: Finishing['reason'] | null
  readonly path: string | null
}

/** What the statements must know of an earlier version; paths as in the playbook, `each[].send`. */
export interface Shape {
  readonly version_id: string
  readonly number: number
  /** Steps that are not the same any more in the new version. */
  readonly gone: readonly string[]
  /** Waits whose terms differ: one that is open begins anew. */
  readonly anew: readonly string[]
  /** Steps that emit events. */
  readonly emits: readonly string[]
}

export async function shapesOf(
  sql: Pick<Sql, 'query'>,
  versionIds: readonly string[],
  after: string,
): Promise<Shape[]> {
  if (versionIds.length === 0) return []
  const versions = await sql.query<{ id: string; number: number; source: string }>(READ_SOURCES, [versionIds])
  return versions.map(({ id, number, source }) => {
    const kept = new Map(keptSteps(source, after).map(step => [step.path, step]))
    const paths = [...(readPlaybookText(source)?.steps.keys() ?? [])]
    const of = (...kinds: string[]) => [...kept.values()].filter(step => kinds.includes(step.kind))
    return {
      version_id: id,
      number,
      gone: paths.filter(path => !kept.has(path)),
      anew: of('wait', 'waitFor').flatMap(step => (step.changed ? [step.path] : [])),
      emits: of('emit').map(step => step.path),
    }
  })
}

function grouped(
  policy: InFlightPolicy,
  counts: Partial<Record<Finishing['reason'], number>>,
  rows: readonly MovedRow[] = [],
): Finishing[] {
  const groups = Map.groupBy(rows, ({ reason, path }) => `${reason} ${path ?? ''}`)
  return [
    ...Array.from(groups.values(), of => ({ reason: of[0]!.reason!, path: of[0]!.path, count: of.length })),
    ...Object.entries(counts).flatMap(([reason, count]) =>
      count > 0 ? [{ reason: reason as Finishing['reason'], path: null, count }] : [],
    ),
  ].sort((a, b) => b.count - a.count)
}

const OLDER = 'playbook_id = $1 and version_id <> $2 and finished_at is null'
const COUNT_OLDER = statement('count-older-runs', `select count(*)::int as count from runs where ${OLDER}`)
const COUNT_EXECUTING = statement(
  'count-executing-older-runs',
  `select count(*)::int as count from runs where ${OLDER} and lease_owner is not null`,
)
const LOCK_PARKED = statement(
  'lock-parked-runs',
  `select id, version_id from runs where ${OLDER} and lease_owner is null order by id for update`,
)
const READ_SOURCES = statement(
  'read-version-sources',
  `select id, number, source from playbook_versions where id = any($1::uuid[])`,
)
/** Bounded: who watches more than these reads them when they move on. */
const CHANGED_RUNS = statement(
  'read-moved-runs',
  `select id, due_at is not null and due_at <= $2 as due from runs
   where version_id = $1 and finished_at is null order by updated_at desc limit 1000`,
)
