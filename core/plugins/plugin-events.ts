/**
 * Events of the host that plugins listen to. A row is stored when the event is dispatched (`core/triggers/dispatch-events.ts`), leased by who
 * tells the plugin, and gone when the plugin has taken it. One that fails is told again later and later; one that the plugin refuses
 * for good, or too often, rests until somebody has it tried again or another version of the plugin is installed.
 */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** An event that one process has taken to tell a plugin of. */
export interface LeasedEvent {
  readonly id: string
  /** What was installed when it was taken. */
  readonly pluginsRevision: number
  readonly trigger: string
  readonly failures: number
  readonly leaseUntil: Date
  readonly eventId: string
  readonly type: string
  readonly at: Date
  readonly leadId: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Longer than any call of a plugin may take. */
const LEASE_MS = 16 * 60_000
const SHORTEST_PAUSE_MS = 10_000
const LONGEST_PAUSE_MS = 60 * 60_000
/** Some three hours. */
const MOST_FAILURES = 10

/** The enabled plugins that are to be told of something now. */
export function pluginsToTell(
  core: Pick<Core, 'sql' | 'clock'>,
): Promise<{ readonly installationId: string; readonly workspaceId: WorkspaceId }[]> {
  return core.sql.query(PLUGINS_TO_TELL, [core.clock.now()])
}

/** Takes up to `limit` events of one plugin, the oldest first; none while it is disabled. */
export function leaseEvents(
  core: Pick<Core, 'sql' | 'clock'>,
  installationId: string,
  limit: number,
): Promise<LeasedEvent[]> {
  const now = core.clock.now()
  return core.sql.query(LEASE_EVENTS, [installationId, now, new Date(now.getTime() + LEASE_MS), limit])
}

/** The plugin has taken it, or does not listen any more. */
export async function endEvent(
  core: Pick<Core, 'sql' | 'clock'>,
  { id, leaseUntil }: LeasedEvent,
  toldBy: string | undefined,
): Promise<void> {
  await core.sql.query(END_EVENT, [id, leaseUntil, toldBy ?? null, core.clock.now()])
}

/** It failed. `again`: another try makes sense; `BUSY`: it does, and this one was none. */
export async function failEvent(
  core: Pick<Core, 'sql' | 'clock'>,
  { id, leaseUntil, failures }: LeasedEvent,
  error: { readonly code: string; readonly message: string; readonly again: boolean },
): Promise<void> {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** failures)
  const failed = error.code === 'BUSY' ? failures : failures + 1
  const rests = !error.again || failed >= MOST_FAILURES
  const dueAt = rests ? null : new Date(core.clock.now().getTime() + pauseMs)
  await core.sql.query(FAIL_EVENT, [id, leaseUntil, dueAt, `${error.code}: ${error.message}`.slice(0, 2000), failed])
}

/** Of a trigger: how many events it is still to be told of. */
export interface Backlog {
  readonly waiting: number
  /** Of those that are not told again by themselves. */
  readonly resting: number
  /** What the last failure said, of what is still to be told. */
  readonly lastError: string | null
}
export const NO_BACKLOG: Backlog = { waiting: 0, resting: 0, lastError: null }

/** By the name of the trigger; those with nothing are left out. */
export async function backlogsOf(
  core: Pick<Core, 'sql'>,
  installationId: string,
): Promise<ReadonlyMap<string, Backlog>> {
  const rows = await core.sql.query<Backlog & { trigger: string }>(BACKLOGS, [installationId])
  return new Map(rows.map(row => [row.trigger, row]))
}

const PLUGINS_TO_TELL = statement(
  'plugins-to-tell',
  `select i.id as "installationId", i.workspace_id as "workspaceId"
   from (select distinct installation_id from plugin_events where due_at <= $1 and (lease_until is null or lease_until <= $1)) p
     join installations i on i.id = p.installation_id where i.status = 'ENABLED'`,
)
const LEASE_EVENTS = statement(
  'lease-plugin-events',
  `with due as (
     select p.id from plugin_events p join installations i on i.id = p.installation_id
     where p.installation_id = $1 and p.due_at <= $2 and (p.lease_until is null or p.lease_until <= $2) and i.status = 'ENABLED'
     order by p.due_at, p.event_id limit $4 for update of p skip locked
   )
   update plugin_events p set lease_until = $3 from due, events e, workspaces w
   where p.id = due.id and e.id = p.event_id and w.id = p.workspace_id
   returning p.id, w.plugins_revision as "pluginsRevision", p.trigger, p.failures, p.lease_until as "leaseUntil", e.id as "eventId", e.type, e.created_at as at,
             e.subject_id as "leadId", e.data`,
)
const END_EVENT = statement(
  'end-plugin-event',
  `with ended as (delete from plugin_events where id = $1 and lease_until = $2 returning id)
   update plugin_triggers set last_event_at = $4 where id = $3::uuid and exists (select from ended)`,
)
const FAIL_EVENT = statement(
  'fail-plugin-event',
  `update plugin_events set failures = $5, last_error = $4, due_at = $3, lease_until = null
   where id = $1 and lease_until = $2`,
)
const BACKLOGS = statement(
  'plugin-event-backlogs',
  `select trigger, count(*)::int as waiting, count(*) filter (where due_at is null)::int as resting,
     (array_agg(last_error order by due_at nulls last, id desc) filter (where last_error is not null))[1] as "lastError"
   from plugin_events where installation_id = $1 group by trigger`,
)
/** What rests is told again: of one trigger, or (`null`) of all of the plugin. */
export const TELL_AGAIN = statement(
  'tell-plugin-events-again',
  `update plugin_events set due_at = $2, failures = 0
   where installation_id = $1 and due_at is null and ($3::text is null or trigger = $3) returning id`,
)
