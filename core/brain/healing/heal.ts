import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import { errorRecord } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import type { OperationCore } from '../../runs/operate-run.ts'
import { restartRun } from '../../runs/restart-run.ts'
import { type Sql, statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { makeManual } from '../module-mode.ts'
import { fillInbox } from './fill-inbox.ts'
import { note, resolveIncident } from './incidents.ts'

export type HealCore = OperationCore & Pick<Core, 'log'>

/** Failures are counted over this time: five, or two and more than half of all that ended, are an error of the module. */
const WINDOW_MS = 10 * 60_000
/** A restarted module is watched as long. */
const WATCH_MS = 10 * 60_000
/** A module that restarting has mended so often within an hour is not mended by restarting. */
const MOST_RECOVERIES = 2

/**
 * What the leader does about modules that fail, once a look. An error is seen → the module is found → it is restarted, which means
 * that its plugins begin in new isolates and its failed runs are tried again → where it fails a second time a person is asked
 * and the module is manual: what fails, and what is still to do, waits in its inbox. Each step is stored under the fence of the leader
 * before the next begins, and may be done twice, so it goes on where a dead leader stopped.
 */
export async function heal(core: HealCore, fence: Fence | undefined): Promise<void> {
  if (!fence) return
  const now = core.clock.now()
  const opened = await core.sql.query<OpenIncident>(OPEN_INCIDENTS, [
    fence.owner,
    fence.token,
    now,
    new Date(now.getTime() - WINDOW_MS),
    new Date(now.getTime() + WATCH_MS),
    new Date(now.getTime() - 60 * 60_000),
    MOST_RECOVERIES,
  ])
  for (const one of opened) {
    core.log.warn({ event: 'incident.opened', module: one.module, failures: one.failures }, 'a module fails')
    tell(core, one)
  }
  crashPoint('incident.opened')
  for (const incident of await core.sql.query<OpenIncident>(OPEN_ONES, [fence.owner, fence.token])) {
    if (opened.some(({ id }) => id === incident.id)) continue // every process throws its isolates away first
    if (incident.status === 'restarting') await restart(core, fence, incident)
    else if (incident.status === 'watching') await watch(core, fence, incident)
  }
  await fillInbox(core)
}

interface OpenIncident {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly module: ModuleKey
  readonly status: 'restarting' | 'watching' | 'escalated'
  readonly summary: string
  readonly failures: number
  readonly restarted: number
  readonly failuresFrom: Date
  readonly watchedFrom: Date
  readonly watchedUntil: Date
  /** Restarting has mended it too often. */
  readonly hopeless: boolean
}

async function restart(core: HealCore, fence: Fence, incident: OpenIncident): Promise<void> {
  const { id, workspaceId, module } = incident
  if (incident.hopeless) return escalate(core, fence, incident, { again: true })
  const failed = await core.sql.query<{ id: string }>(FAILED_BEFORE, [
    workspaceId,
    module,
    incident.failuresFrom,
    incident.watchedFrom,
  ])
  let restarted = 0
  for (const { id: runId } of failed)
    try {
      const also = async (tx: Pick<Sql, 'query'>) => void (await tx.query(TASK_RUNS_AGAIN, [runId, core.clock.now()]))
      await restartRun(core, workspaceId, runId, { by: 'healing', also })
      restarted++
      crashPoint('incident.restarting')
    } catch (error) {
      if (errorRecord(error).code === 'DATABASE') throw error
      core.log.info({ err: error, module, event: 'run.not-restarted' }, 'a run cannot be tried again') // a person sees it in the list
    }
  const now = core.clock.now()
  await step(core, fence, id, 'restarting', async tx => {
    await tx.query(WATCH_INCIDENT, [id, restarted, now])
    await note(tx, id, 'restarted', { runs: restarted }, now)
    await note(tx, id, 'watching', { until: incident.watchedUntil.toISOString() }, now)
  })
  tell(core, incident)
}

async function watch(core: HealCore, fence: Fence, incident: OpenIncident): Promise<void> {
  const { id, workspaceId, module, watchedFrom, watchedUntil, restarted } = incident
  const now = core.clock.now()
  const [since] = await core.sql.query<{ failed: number; completed: number }>(SINCE, [workspaceId, module, watchedFrom])
  if (since!.failed > 0) return escalate(core, fence, incident, { failures: since!.failed })
  if (now < watchedUntil && since!.completed < Math.max(1, restarted)) return
  await step(core, fence, id, 'watching', async tx => {
    await resolveIncident(tx, workspaceId, module, { kind: 'recovered', by: 'healing' }, now)
    await tx.query(COUNT_RECOVERY, [workspaceId, module])
  })
  core.log.info({ event: 'module.recovered', module }, 'a module works again')
  tell(core, incident)
}

async function escalate(
  core: HealCore,
  fence: Fence,
  incident: OpenIncident,
  why: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { id, workspaceId, module, summary, status } = incident
  const now = core.clock.now()
  await step(core, fence, id, status, async tx => {
    await tx.query(ESCALATE, [id, now])
    await note(tx, id, 'failedAgain', why, now)
    await makeManual(tx, workspaceId, module, { reason: summary, by: 'healing' }, now)
    await note(tx, id, 'escalated', {}, now)
  })
  crashPoint('incident.escalated')
  core.log.error(
    { event: 'module.manual', module },
    'a module failed again after it was restarted: a person has it now',
  )
  tell(core, incident)
}

/** A step of an incident, in one commit; nothing where another process leads by now, or has done it. */
async function step(
  core: HealCore,
  fence: Fence,
  id: string,
  from: OpenIncident['status'],
  work: (tx: Sql) => Promise<void>,
): Promise<void> {
  await core.sql.transaction(async tx => {
    const held = await tx.query(HOLD_INCIDENT, [fence.owner, fence.token, id, from])
    if (held.length > 0) await work(tx)
  })
}

function tell(core: HealCore, { id, workspaceId }: OpenIncident): void {
  core.pubsub.publish('incident.updated', { workspaceId, incidentId: id })
  core.pubsub.publish('brain.changed', { workspaceId })
}

const COLUMNS = `i.id, i.workspace_id as "workspaceId", i.module, i.status, i.summary, i.failures, i.restarted, i.failures_from as "failuresFrom",
  i.watched_from as "watchedFrom", i.watched_until as "watchedUntil"`

// A run that a restart replaced, or that somebody stopped, is no failure of its module.
const OPEN_INCIDENTS = statement(
  'open-incidents',
  `with ${fenced('$1', '$2')}, ended as (
     select r.workspace_id, p.module, r.status, r.error, r.finished_at, greatest($4::timestamptz, last.at) as since
     from runs r join playbooks p on p.id = r.playbook_id join workspaces w on w.id = r.workspace_id and w.auto_healing
       left join lateral (select max(resolved_at) as at from incidents i where i.workspace_id = r.workspace_id and i.module = p.module) last on true
     where r.finished_at >= $4 and r.finished_at > greatest($4::timestamptz, last.at) and r.status in ('failed', 'completed')
       and coalesce(r.reason->>'code', '') <> 'RESTARTED'
   ), bad as (
     select workspace_id, module, min(since) as since, count(*) filter (where status = 'failed')::int as failures,
       mode() within group (order by coalesce(error->>'code', '') || ': ' || coalesce(error->>'message', '')) filter (where status = 'failed') as summary
     from ended group by workspace_id, module
     having count(*) filter (where status = 'failed') >= 5
       or (count(*) filter (where status = 'failed') >= 2 and count(*) filter (where status = 'failed') * 2 > count(*))
   ), opened as (
     insert into incidents (id, workspace_id, module, status, summary, failures, failures_from, opened_at, watched_from, watched_until, updated_at)
     select gen_random_uuid(), b.workspace_id, b.module, 'restarting', left(b.summary, 500), b.failures, b.since, $3, $3, $5, $3
     from bad b, fence
     where not exists (select from modules m where m.workspace_id = b.workspace_id and m.key = b.module and m.mode = 'manual')
     on conflict (workspace_id, module) where resolved_at is null do nothing
     returning *
   ), told as (
     insert into incident_entries (incident_id, seq, kind, data, at)
     select id, 1, 'opened', jsonb_build_object('failures', failures, 'summary', summary), $3 from opened
   ), restarting as (
     insert into modules (workspace_id, key, mode, changed_by, changed_at, restarts)
     select workspace_id, module, 'auto', 'healing', $3, 1 from opened
     on conflict (workspace_id, key) do update set restarts = modules.restarts + 1
   )
   select ${COLUMNS}, (select count(*) from incidents o where o.workspace_id = i.workspace_id and o.module = i.module and o.resolved_by = 'healing'
     and o.resolved_at > $6) >= $7 as hopeless from opened i`,
)
const OPEN_ONES = statement(
  'open-incidents-to-heal',
  `with ${fenced('$1', '$2')}
   select ${COLUMNS}, (select count(*) from incidents o where o.workspace_id = i.workspace_id and o.module = i.module and o.resolved_by = 'healing'
     and o.resolved_at > i.opened_at - interval '1 hour') >= ${MOST_RECOVERIES} as hopeless
   from incidents i, fence where i.resolved_at is null and i.status in ('restarting', 'watching') order by i.opened_at limit 100`,
)
const HOLD_INCIDENT = statement(
  'hold-incident',
  `with ${fenced('$1', '$2')} select i.id from incidents i, fence where i.id = $3 and i.status = $4 for update of i`,
)
/** Was it tried again at $N or later? Times alone do not tell what ended within one millisecond. */
const triedAgain = (since: string) =>
  `exists (select from journal j where j.run_id = r.id and j.kind = 'run.restarted' and j.at >= ${since})`
const FAILED_BEFORE = statement(
  'failed-runs-of-module',
  `select r.id from runs r join playbooks p on p.id = r.playbook_id
   where r.workspace_id = $1 and p.module = $2 and r.status = 'failed' and r.finished_at > $3 and r.finished_at <= $4 and not ${triedAgain('$4')}
   order by r.finished_at limit 500`,
)
const SINCE = statement(
  'runs-of-module-since',
  `select count(*) filter (where r.status = 'failed')::int as failed, count(*) filter (where r.status = 'completed')::int as completed
   from runs r join playbooks p on p.id = r.playbook_id
   where r.workspace_id = $1 and p.module = $2 and (r.finished_at > $3 or r.finished_at = $3 and ${triedAgain('$3')})
     and coalesce(r.reason->>'code', '') <> 'RESTARTED'`,
)
const TASK_RUNS_AGAIN = statement(
  'task-of-run-runs-again',
  `update tasks set status = 'running', attempts = attempts + 1, error = null, finished_at = null, updated_at = $2
   where run_id = $1 and path is null and status = 'failed'`,
)
const WATCH_INCIDENT = statement(
  'watch-incident',
  `update incidents set status = 'watching', restarted = $2, updated_at = $3 where id = $1`,
)
const ESCALATE = statement(
  'escalate-incident',
  `update incidents set status = 'escalated', escalated_at = $2, updated_at = $2 where id = $1`,
)
const COUNT_RECOVERY = statement(
  'count-recovery',
  `update modules set recoveries = recoveries + 1 where workspace_id = $1 and key = $2`,
)
