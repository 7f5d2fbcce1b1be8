import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { errorRecord } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { parseDuration } from '../playbooks/duration.ts'
import { startKey } from '../plugins/planned-calls.ts'
import { actionVersion } from '../publishing/action-playbook.ts'
import type { PublishCore } from '../publishing/publish-playbook.ts'
import { startRequest } from '../runs/start-request.ts'
import { statement } from '../sql.ts'

const BATCH = 50
const LONGEST_ERROR = 1000

export type PlannedCore = PublishCore & Pick<Core, 'log'>

/**
 * Starts the calls that plugins have planned and that are due: each becomes the event that starts its run, in the statement that takes
 * the row away, or moves it on where it repeats. It takes only what nobody changed meanwhile, so of several processes one has its way,
 * and one that dies leaves a call that is due, or an event that is stored. A call whose plugin is disabled waits. One that cannot begin,
 * because its action is gone, rests and says why. Answers how many were started.
 */
export async function startPlannedCalls(core: PlannedCore): Promise<number> {
  let started = 0
  for (;;) {
    const now = core.clock.now()
    const due = await core.sql.query<DueCall>(DUE_CALLS, [now, BATCH])
    if (due.length === 0) return started
    // what was installed by another process a moment ago has to be known, or its action would seem to be gone
    for (const workspaceId of new Set(due.map(call => call.workspaceId))) await core.plugins.refresh(workspaceId)
    const begun = (await Promise.all(due.map(call => begin(core, call, now)))).filter(one => one !== undefined)
    crashPoint('call.starting')
    const rows = await core.sql.query<{ stored: boolean }>(START_CALLS, [JSON.stringify(begun), now])
    crashPoint('call.started')
    const stored = rows.filter(row => row.stored).length
    if (stored > 0) core.queue.ring('events')
    started += stored
    if (rows.length === 0 || due.length < BATCH) return started
  }
}

interface DueCall {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly installationId: string
  readonly pluginId: string
  readonly key: string
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly account: string | null
  readonly dueAt: Date
  readonly every: string | null
  readonly origin: string
  readonly leadId: string | null
  readonly revision: number
}

/** What becomes of a call, as the statement takes it; undefined where nothing can be said now, and it is looked at again. */
async function begin(core: PlannedCore, call: DueCall, now: Date) {
  const { id, workspaceId, pluginId, key, action, input, account, dueAt, every, leadId, revision } = call
  const installation = core.plugins.installation(workspaceId, pluginId)
  if (installation?.status !== 'ENABLED') return undefined
  const { digest, manifest } = installation
  const seen = { id, revision, digest }
  try {
    const called = { action: `${pluginId}/${action}`, module: manifest.module ?? 'gestao', account } as const
    const source = `plugin:${pluginId}`
    const { target, data } = startRequest(await actionVersion(core, workspaceId, called), {
      inputs: { data: input },
      subjectId: leadId,
      data: { startedBy: source, leadId, planned: { key, action, dueAt: dueAt.toISOString() } },
      source,
    })
    const event = { event_id: newId(), data, subject_id: leadId, source, target }
    if (every !== null) return { ...seen, ...event, due_at: nextTime(dueAt, every, now) }
    return { ...seen, ...event, dedupe_key: startKey(call) }
  } catch (error) {
    const { code, message, retryable } = errorRecord(error)
    core.log.warn({ pluginId, action, key, code, message, event: 'call.refused' }, 'a planned call cannot begin')
    if (code === 'DATABASE' || retryable) return undefined
    return { ...seen, error: `${code}: ${message}`.slice(0, LONGEST_ERROR) }
  }
}

/** The next of its times that is not over: what was missed while nobody looked is made up for once. */
function nextTime(dueAt: Date, every: string, now: Date): Date {
  const everyMs = parseDuration(every)!
  const times = Math.floor((now.getTime() - dueAt.getTime()) / everyMs) + 1
  return new Date(dueAt.getTime() + times * everyMs)
}

/** `leadId`: whom the call is about, where its input says so. */
const DUE_CALLS = statement(
  'due-planned-calls',
  `select c.id, c.workspace_id as "workspaceId", c.installation_id as "installationId", i.plugin_id as "pluginId", c.key, c.action,
     c.input, c.account, c.due_at as "dueAt", c.every, c.origin, c.revision,
     (select l.id from leads l where l.workspace_id = c.workspace_id and l.id::text = c.input ->> 'leadId') as "leadId"
   from planned_calls c join installations i on i.id = c.installation_id
   where c.error is null and c.due_at <= $1 and i.status = 'ENABLED'
   order by c.due_at limit $2`,
)

// The plugin first: whoever updates or removes it locks it before its calls, and what is held to be gone must not be on its way in.
const START_CALLS = statement(
  'start-planned-calls',
  `with x as (
     select * from jsonb_to_recordset($1::jsonb) as x(id uuid, revision int, digest text, event_id uuid, data jsonb, subject_id uuid,
       source text, target jsonb, dedupe_key text, due_at timestamptz, error text)
   ), standing as (
     select i.id, i.digest from installations i
     where i.status = 'ENABLED' and i.id in (select c.installation_id from planned_calls c join x on x.id = c.id)
     order by i.id for share
   ), held as (
     select c.id, c.workspace_id from standing s join planned_calls c on c.installation_id = s.id join x on x.id = c.id
     where s.digest = x.digest and c.revision = x.revision and c.error is null order by c.id for update of c
   ), stored as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at, target)
     select x.event_id, held.workspace_id, 'manual.started', x.subject_id, x.data, x.source, x.dedupe_key, $2, x.target
     from x join held on held.id = x.id where x.event_id is not null order by x.event_id
     on conflict (workspace_id, dedupe_key) do nothing -- a repeat of the call that planned it
     returning id
   ), moved as (
     update planned_calls c set due_at = coalesce(x.due_at, c.due_at), error = x.error, revision = c.revision + 1
     from x join held on held.id = x.id where c.id = x.id and (x.due_at is not null or x.error is not null)
   ), gone as (
     delete from planned_calls c using x join held on held.id = x.id where c.id = x.id and x.due_at is null and x.error is null
   )
   select stored.id is not null as stored from held join x on x.id = held.id left join stored on stored.id = x.event_id`,
)
