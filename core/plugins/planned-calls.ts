/**
 * Calls of its own actions that a plugin has planned for later. A call is a row until its moment; then it becomes a run
 * (`core/triggers/start-planned-calls.ts`), and the row is gone, or moved on where it repeats. What is planned waits while the
 * plugin is disabled and goes with it when it is removed.
 */
import type { Core } from '../context.ts'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Listing, readListOf } from '../listing.ts'
import type { Page, PageRequest } from '../page.ts'
import { parseDuration } from '../playbooks/duration.ts'
import { type Sql, statement } from '../sql.ts'
import type { Installation } from './registry.ts'
import { checkKey, LOCK_INSTALLATION, requireStorable, shown } from './storage.ts'
import { checkInput } from './validators.ts'

const MAX_INPUT_BYTES = 64 * 1024
const LONGEST_AHEAD_MS = 5 * 366 * 86_400_000
const SHORTEST_EVERY_MS = 60_000

/** What a plugin asks for: `at` an instant, or `every` so long, first after that; with both, first at `at`. */
export interface ToPlan {
  readonly key: string
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly at?: Date | undefined
  readonly every?: string | undefined
}

export interface PlannedCall {
  readonly key: string
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly dueAt: Date
  /** As `1d`; null: once. */
  readonly every: string | null
  /** Why it could not begin; null while it waits for its moment. */
  readonly error: string | null
}

interface PlannedBy {
  /** Of the plugin's accounts: the call is made with that of whoever planned it. */
  readonly account: string | undefined
  /** The key of the call that plans: a repeat of that call, after a crash, plans nothing twice. */
  readonly origin: string
  /** How many may be planned at once. */
  readonly limit: number
}

/**
 * Plans a call under a key, in the place of what was planned under it. Throws `VALIDATION` for a key, a time or an input that
 * cannot be, `NOT_FOUND` for an action that the plugin does not have, `PERMISSION` over the limit; nothing is changed then.
 */
export async function planCall(
  core: Pick<Core, 'sql' | 'clock'>,
  installation: Installation,
  call: ToPlan,
  { account, origin, limit }: PlannedBy,
): Promise<void> {
  const { id: installationId, workspaceId, pluginId } = installation
  const { action, every } = call
  const key = checkKey('schedule', call.key)
  const input = checkedInput(installation, call)
  const now = core.clock.now()
  const dueAt = firstTime(call, now)
  await core.sql.transaction(async tx => {
    if ((await tx.query(LOCK_INSTALLATION, [installationId])).length === 0)
      throw new TraeError('CONFLICT', `schedule.set: ${pluginId} is not installed in this workspace any more.`)
    const [others] = await tx.query<{ count: number; origin: string | null }>(COUNT_PLANNED, [installationId, key])
    if (others!.origin === origin) return
    const over = await tx.query(IS_OVER, [workspaceId, startKey({ installationId, key, origin })])
    if (over.length > 0) return
    if (others!.count >= limit)
      throw new TraeError(
        'PERMISSION',
        `schedule.set: ${shown(key)} cannot be planned: ${others!.count} calls are planned, and ${limit} were granted. Cancel one, or wait until one has begun.`,
      )
    const values = [key, action, input, account ?? null, dueAt, every ?? null, origin, now]
    await tx.query(WRITE_PLANNED, [newId(), workspaceId, installationId, ...values])
  })
}

/** The event that starts a call that is made once, or says that it was taken back, has this key: whoever plans it again after that is known by it. */
export const startKey = (of: { readonly installationId: string; readonly key: string; readonly origin: string }) =>
  `plan:${of.installationId}:${of.key}:${of.origin}`

/** What is planned under a key; undefined where nothing is, or it has begun. */
export async function readPlanned(
  core: Pick<Core, 'sql'>,
  { id }: Installation,
  key: string,
): Promise<PlannedCall | undefined> {
  const [row] = await core.sql.query<PlannedCall>(READ_PLANNED, [id, checkKey('schedule', key)])
  return row
}

/** All that the plugin has planned, by key. */
export function listPlanned(core: Pick<Core, 'sql'>, { id }: Installation): Promise<PlannedCall[]> {
  return core.sql.query<PlannedCall>(LIST_PLANNED, [id])
}

/** As people are shown it: without its input, which may speak of anybody. */
export interface ListedCall extends Omit<PlannedCall, 'input'> {
  readonly account: string | null
  readonly plannedAt: Date
}

/** Of each of these installations one page of what is planned, the next call first. */
export const listPlannedOf = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: PageRequest,
): Promise<Map<string, Page<ListedCall>>> =>
  readListOf(core.sql, LISTED, workspaceId, { column: 'c.installation_id', ids }, request, (call: ListedCall) => call)

/** The plugin cancels what it has planned, in the call `runKey`. Answers whether something was planned under the key. */
export function cancelPlanned(
  core: Pick<Core, 'sql' | 'clock'>,
  installation: Installation,
  key: string,
  runKey: string,
): Promise<boolean> {
  const checked = checkKey('schedule', key)
  const by = `plugin:${installation.pluginId}`
  return core.sql.transaction(async tx => {
    const taken = await removePlanned(tx, installation, { key: checked, by, runKey }, core.clock.now())
    return taken !== undefined
  })
}

/** What was planned, for whoever says that it is taken back. */
export interface TakenBack {
  readonly action: string
  readonly dueAt: Date
  readonly every: string | null
}

/**
 * Takes a planned call away, in the caller's transaction; undefined where nothing is planned under the key. The event that says so stands
 * where the one that starts the call would have stood, so that a repeat of the call that planned it plans nothing again; a call that cancels what
 * it planned itself (`runKey`) comes to the same when it is repeated.
 */
export async function removePlanned(
  tx: Pick<Sql, 'query'>,
  { id, workspaceId, pluginId }: Installation,
  { key, by, runKey }: { readonly key: string; readonly by: string; readonly runKey?: string },
  now: Date,
): Promise<TakenBack | undefined> {
  const [taken] = await tx.query<TakenBack & { origin: string }>(REMOVE_PLANNED, [id, key])
  if (!taken || taken.origin === runKey) return taken
  const { action, dueAt, origin } = taken
  await appendEvent(
    tx,
    workspaceId,
    {
      type: 'plugin.call-taken-back',
      subjectId: null,
      data: { pluginId, action, dueAt: dueAt.toISOString(), by },
      source: 'host',
      dedupeKey: startKey({ installationId: id, key, origin }),
    },
    now,
  )
  return taken
}

/** The input as JSON: it is checked now, as the plugin is now, and again when the call is made. */
function checkedInput({ manifest, pluginId, version }: Installation, { key, action, input }: ToPlan): string {
  if (!Object.hasOwn(manifest.actions, action)) {
    const meant = didYouMean(action, Object.keys(manifest.actions))
    throw new TraeError(
      'NOT_FOUND',
      `schedule.set: ${pluginId} ${version} has no action ${shown(action)}.${meant ? ` Did you mean ${meant}?` : ''}`,
    )
  }
  const text = JSON.stringify(input)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_INPUT_BYTES)
    throw new TraeError(
      'VALIDATION',
      `schedule.set: the input of ${shown(key)} has ${bytes} bytes; it may have ${MAX_INPUT_BYTES}.`,
    )
  requireStorable('schedule.set', key, text)
  checkInput(`${pluginId}/${action}`, manifest.actions[action]!, structuredClone(input))
  return text
}

function firstTime({ key, at, every }: ToPlan, now: Date): Date {
  const everyMs = every === undefined ? undefined : parseDuration(every)
  if (every !== undefined && (everyMs === undefined || everyMs < SHORTEST_EVERY_MS || everyMs > LONGEST_AHEAD_MS))
    throw new TraeError(
      'VALIDATION',
      `schedule.set: every of ${shown(key)} must be a duration of 1m or more and five years at most, as 1d; found ${shown(every)}.`,
    )
  if (at === undefined && everyMs === undefined)
    throw new TraeError('VALIDATION', `schedule.set: ${shown(key)} needs at, an instant, or every, a duration.`)
  const first = at ?? new Date(now.getTime() + everyMs!)
  if (first.getTime() - now.getTime() > LONGEST_AHEAD_MS)
    throw new TraeError(
      'VALIDATION',
      `schedule.set: at of ${shown(key)} is ${first.toISOString()}; a call is planned five years ahead at most.`,
    )
  return first
}

/** `origin`: of what is planned under the key itself, which is not among those counted. */
const COUNT_PLANNED = statement(
  'count-planned',
  `select count(*) filter (where key <> $2)::int as count, max(origin) filter (where key = $2) as origin
   from planned_calls where installation_id = $1`,
)
/** It has begun, or was taken back. */
const IS_OVER = statement('planned-is-over', `select id from events where workspace_id = $1 and dedupe_key = $2`)
const WRITE_PLANNED = statement(
  'write-planned',
  `insert into planned_calls (id, workspace_id, installation_id, key, action, input, account, due_at, every, origin, planned_at)
   values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)
   on conflict (installation_id, key) do update set action = excluded.action, input = excluded.input, account = excluded.account,
     due_at = excluded.due_at, every = excluded.every, origin = excluded.origin, planned_at = excluded.planned_at, error = null,
     revision = planned_calls.revision + 1`,
)
const LISTED: Listing<Record<never, never>, 'dueAt'> = {
  name: 'list-planned-calls',
  columns: 'c.id, c.key, c.action, c.account, c.due_at as "dueAt", c.every, c.error, c.planned_at as "plannedAt"',
  from: 'planned_calls c',
  of: 'c.workspace_id = $1',
  id: 'c.id',
  conditions: {},
  orders: { dueAt: { by: 'c.due_at', type: 'timestamptz' } },
  usual: { by: 'dueAt', direction: 'asc' },
}
const PLANNED = `select key, action, input, due_at as "dueAt", every, error from planned_calls where installation_id = $1`
const READ_PLANNED = statement('read-planned', `${PLANNED} and key = $2`)
const LIST_PLANNED = statement('list-planned', `${PLANNED} order by key`)
const REMOVE_PLANNED = statement(
  'remove-planned',
  'delete from planned_calls where installation_id = $1 and key = $2 returning action, due_at as "dueAt", every, origin',
)
