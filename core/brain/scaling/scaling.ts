import { hostname } from 'node:os'
import { z } from 'zod'
import type { Core } from '../../context.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { type Load, type Recommendation, recommendWorkers, type ScalingReason } from './recommend-workers.ts'

/** Who has not said for so long that it is at work, is not. */
const GONE_MS = 30_000

/** How many processes there are and should be, for people and autoscalers. */
export interface Scaling {
  readonly workers: number
  readonly recommendedWorkers: number
  readonly reasons: readonly ScalingReason[]
  readonly changedAt: string | null
}

/** What every process does while its engine runs: it says that it is at work, and how busy it is. Answers the look. */
export function keepProcess(core: Pick<Core, 'sql' | 'clock'>, id: string): () => Promise<void> {
  let [used, at] = [process.cpuUsage(), performance.now()]
  return async () => {
    const [usedNow, now] = [process.cpuUsage(used), performance.now()]
    const cpu = now > at ? (usedNow.user + usedNow.system) / 1000 / (now - at) : 0
    ;[used, at] = [process.cpuUsage(), now]
    await core.sql.query(KEEP_PROCESS, [id, `${hostname()}:${process.pid}`, cpu, core.clock.now()])
  }
}

/**
 * What the leader does, once a look: it reads the load of the host, decides how many processes there should be, and stores
 * it under its fence, so a new leader goes on where the old one stood. A change is told as `brain.changed`, and stands in the same commit as
 * the event `scaling.recommended` of every workspace: {from, to, reason, figure, reasons}.
 */
export async function lookAtScaling(
  core: Pick<Core, 'sql' | 'clock' | 'config' | 'log' | 'pubsub' | 'queue'>,
  fence: Fence | undefined,
): Promise<void> {
  if (!fence) return
  const now = core.clock.now()
  const load = await readLoad(core, now)
  const before = (await readRecommendation(core)) ?? {
    workers: Math.max(1, load.workers),
    reasons: [],
    changedAt: now,
    wanted: null,
    wantedSince: null,
  }
  const { workersMin: least, workersMax: most } = core.config
  const after = recommendWorkers(before, load, { least, most }, now)
  const values = [after.workers, JSON.stringify(after.reasons), after.changedAt, after.wanted, after.wantedSince]
  const told = [before.workers, JSON.stringify(load), now]
  const [stored] = await core.sql.query(STORE, [fence.owner, fence.token, ...values, ...told])
  await core.sql.query(FORGET_PROCESSES, [new Date(now.getTime() - 100 * GONE_MS)])
  if (!stored || after.workers === before.workers) return
  const { workers, reasons } = after
  core.log.info(
    { event: 'scaling.changed', from: before.workers, to: workers, reasons, load },
    'another number of processes is recommended',
  )
  core.queue.ring('events')
  core.pubsub.publish('brain.changed', { workspaceId: null })
}

/** Another number of processes was recommended. */
export interface ScalingChange {
  readonly at: Date
  readonly from: number
  readonly to: number
  readonly reasons: readonly ScalingReason[]
  /** What it was decided by. */
  readonly queued: number
  readonly oldestSeconds: number
}

/** The last changes of the whole host, the newest first. */
export async function scalingChanges(core: Pick<Core, 'sql'>, first: number): Promise<ScalingChange[]> {
  const rows = await core.sql.query<ScalingChange>(READ_CHANGES, [first])
  return rows.map(row => ({ ...row, reasons: reasonsSchema.parse(row.reasons) }))
}

export async function readScaling(core: Pick<Core, 'sql' | 'clock'>): Promise<Scaling> {
  const since = new Date(core.clock.now().getTime() - GONE_MS)
  const [[row], recommendation] = await Promise.all([
    core.sql.query<{ workers: number }>(COUNT_PROCESSES, [since]),
    readRecommendation(core),
  ])
  const workers = row!.workers
  return {
    workers,
    recommendedWorkers: recommendation?.workers ?? Math.max(1, workers),
    reasons: recommendation?.reasons ?? [],
    changedAt: recommendation?.changedAt.toISOString() ?? null,
  }
}

const SENTENCES: Readonly<Record<'pt-BR' | 'en', Record<ScalingReason['code'], (figure: number) => string>>> = {
  'pt-BR': {
    queue: n => `${n.toLocaleString('pt-BR')} eventos e execuções esperam: mais de 20 por processo.`,
    age: n => `O mais antigo espera há ${Math.round(n)} s.`,
    arrivals: n => `Chegam ${Math.round(n).toLocaleString('pt-BR')} por minuto, mais do que terminam.`,
    cpu: n => `Os processos usam ${Math.round(n * 100)}% de um núcleo, em média.`,
    idle: n => `Nada espera, e os processos usam ${Math.round(n * 100)}% de um núcleo: um a menos basta.`,
  },
  en: {
    queue: n => `${n.toLocaleString('en')} events and runs wait: more than 20 a process.`,
    age: n => `The oldest has been waiting for ${Math.round(n)} s.`,
    arrivals: n => `${Math.round(n).toLocaleString('en')} arrive a minute, more than are finished.`,
    cpu: n => `The processes use ${Math.round(n * 100)}% of a core on average.`,
    idle: n => `Nothing waits, and the processes use ${Math.round(n * 100)}% of a core: one less will do.`,
  },
}
/** A reason for people. */
export const scalingSentence = (locale: string, { code, figure }: ScalingReason): string =>
  SENTENCES[locale.startsWith('pt') ? 'pt-BR' : 'en'][code](figure)

async function readLoad(core: Pick<Core, 'sql'>, now: Date): Promise<Load> {
  const minutes = 5
  const [row] = await core.sql.query<Load & { oldest: Date | null }>(READ_LOAD, [
    now,
    new Date(now.getTime() - GONE_MS),
    new Date(now.getTime() - minutes * 60_000),
  ])
  const { oldest, ...counted } = row!
  return {
    ...counted,
    oldestSeconds: oldest ? Math.max(0, Math.round((now.getTime() - oldest.getTime()) / 1000)) : 0,
    arrivals: counted.arrivals / minutes,
    finished: counted.finished / minutes,
  }
}

const reasonsSchema = z.array(
  z.object({ code: z.enum(['queue', 'age', 'arrivals', 'cpu', 'idle']), figure: z.number() }),
)
async function readRecommendation(core: Pick<Core, 'sql'>): Promise<Recommendation | undefined> {
  const [row] = await core.sql.query<Recommendation>(READ_RECOMMENDATION)
  return row && { ...row, reasons: reasonsSchema.parse(row.reasons) }
}

const KEEP_PROCESS = statement(
  'keep-process',
  `insert into processes (id, process, cpu, seen_at) values ($1, $2, $3, $4)
   on conflict (id) do update set process = excluded.process, cpu = excluded.cpu, seen_at = excluded.seen_at`,
)
const FORGET_PROCESSES = statement('forget-processes', 'delete from processes where seen_at < $1')
const COUNT_PROCESSES = statement(
  'count-processes',
  'select count(*)::int as workers from processes where seen_at >= $1',
)
// A run that waits for its turn behind others of its key is not due: it would not go faster with more processes. Each part reads an
// index: runs_due, runs_newest and runs_by_end, for runs that wait for a year are many.
const READ_LOAD = statement(
  'read-load',
  `with due as (
     select due_at as at from runs where due_at is not null and due_at <= $1 and finished_at is null and (lease_until is null or lease_until <= $1)
       and (concurrency_key is null or lease_owner is not null or cancel_requested_at is not null)
     union all select created_at from events where dispatched_at is null
   ), there as (select count(*)::int as workers, coalesce(avg(cpu), 0)::float8 as cpu from processes where seen_at >= $2)
   select there.workers, there.cpu, (select count(*)::int from due) as queued, (select min(at) from due) as oldest,
     (select coalesce(sum(n), 0)::int from workspaces w, lateral (
       select count(*) as n from runs where workspace_id = w.id and created_at >= $3) r) as arrivals,
     (select coalesce(sum(n), 0)::int from workspaces w, lateral (
       select count(*) as n from runs where workspace_id = w.id and finished_at is not null and finished_at >= $3) r) as finished
   from there`,
)
const READ_RECOMMENDATION = statement(
  'read-scaling',
  `select workers, reasons, changed_at as "changedAt", wanted, wanted_since as "wantedSince" from scaling where id = 1`,
)
const READ_CHANGES = statement(
  'read-scaling-changes',
  `select at, from_workers as "from", to_workers as "to", reasons, (load ->> 'queued')::int as queued, (load ->> 'oldestSeconds')::int as "oldestSeconds"
   from scaling_changes order by at desc limit $1`,
)
const STORE = statement(
  'store-scaling',
  `with ${fenced('$1', '$2')}, stored as (
     insert into scaling (id, workers, reasons, changed_at, wanted, wanted_since)
     select 1, $3::int, $4::jsonb, $5::timestamptz, $6::text, $7::timestamptz from fence
     on conflict (id) do update set workers = excluded.workers, reasons = excluded.reasons, changed_at = excluded.changed_at,
       wanted = excluded.wanted, wanted_since = excluded.wanted_since
     returning id
   ), told as (
     insert into scaling_changes (at, from_workers, to_workers, reasons, load)
     select $10::timestamptz, $8::int, $3::int, $4::jsonb, $9::jsonb from stored where $8::int <> $3::int
     on conflict (at) do nothing
   ), events_of as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at)
     select gen_random_uuid(), w.id, 'scaling.recommended', null,
       jsonb_build_object('from', $8::int, 'to', $3::int, 'reason', $4::jsonb -> 0 ->> 'code', 'figure', $4::jsonb -> 0 -> 'figure', 'reasons', $4::jsonb),
       'host', 'scaling:' || extract(epoch from $10::timestamptz), $10::timestamptz
     from workspaces w, stored where $8::int <> $3::int
     on conflict (workspace_id, dedupe_key) do nothing
   )
   select id from stored`,
)
