/**
 * What a vendor was told over its API: where to post. A row says what is wanted (`mode`, `needed`) and what the vendor has. To
 * register is three commits: that it was begun, the vendor's answer, and what is to be removed. A process that dies in between
 * asks again under the same key, and the plugin finds what is there. What is not wanted any more moves into `old` and is removed
 * from there, so that a vendor that is away loses nothing: it is asked later and later, up to an hour.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { errorRecord, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { askTrigger, eventTypeOf, type TriggerCore } from './call-trigger.ts'
import { sealTriggerSecret } from './plugin-triggers.ts'
import type { Installation } from './registry.ts'
import { hookOf, type ShownHook } from './trigger-hook.ts'

export type ListenMode = 'AUTO' | 'ON' | 'OFF'

/** How a registration stands. */
export interface TriggerRegistration {
  readonly triggerId: string
  readonly mode: ListenMode
  /** Is it wanted now? */
  readonly wanted: boolean
  readonly registeredAt: Date | null
  readonly expiresAt: Date | null
  /** Something is still to be removed there. */
  readonly leftOver: boolean
  readonly dueAt: Date | null
  readonly failures: number
  readonly lastError: string | null
}

/** A registration that one worker has taken for a while. */
export interface LeasedRegistration {
  readonly triggerId: string
  readonly workspaceId: WorkspaceId
  readonly trigger: string
  readonly account: string
  readonly installationId: string
  readonly wanted: boolean
  readonly leaseUntil: Date
  readonly revision: number
  readonly keyNumber: number
  readonly begun: boolean
  readonly data: unknown
  readonly address: string | null
  readonly registeredAt: Date | null
  readonly expiresAt: Date | null
  readonly old: readonly unknown[]
  readonly failures: number
}

/** Longer than any call of a plugin may take. */
export const LEASE_MS = 16 * 60_000
const LONGEST_PAUSE_MS = 60 * 60_000
const SHORTEST_PAUSE_MS = 10_000
/** What costs the vendor nothing: an account that is not connected, an address that is not set. */
const LOCAL_PAUSE_MS = 60_000

/** What `register` answers. */
const registration = z.object({
  data: z.unknown(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  secret: z.string().min(6).max(1000).optional(),
})

/**
 * Brings the vendor to what is wanted, one commit at a time. Answers the row as it stands then; throws what the vendor, the plugin or
 * the host says, after which the row is as far as it came. Throws `LEASE_LOST` where another worker has the row.
 */
export async function settleRegistration(
  core: TriggerCore,
  installation: Installation,
  row: LeasedRegistration,
): Promise<LeasedRegistration> {
  const { manifest, pluginId, version } = installation
  if (manifest.triggers[row.trigger]?.registers !== true)
    throw new TraeError(
      'CONFLICT',
      `${pluginId} ${version} does not register ${row.trigger} any more. Remove the webhook at the vendor, or install the version that made it.`,
    )
  const hook = await hookOf(core, installation, row.trigger, row.account)
  let now = row
  // What was begun is found again first, also where nobody wants it any more: else it would stay at the vendor for ever
  if (row.begun || (row.wanted && !isGood(row, hook, core.clock.now())))
    now = await register(core, installation, now, hook)
  if (!row.wanted && now.registeredAt !== null) now = await write(core, now, RETIRE, [])
  for (const data of now.old) {
    const input = data
    const key = `${row.triggerId}:unregister`
    const standIns = hook?.standIns ?? new Map<string, string>()
    const { trigger: name, account } = row
    await askTrigger(core, installation, { name, account, call: 'unregister', input, key, standIns })
    now = await write(core, now, FORGET_OLD, [JSON.stringify(data)])
  }
  return now
}

const isGood = (row: LeasedRegistration, hook: ShownHook | undefined, now: Date) =>
  row.registeredAt !== null && row.address === hook?.url && (renewAt(row)?.getTime() ?? Infinity) > now.getTime()

/** After three quarters of its life. */
const renewAt = ({ registeredAt, expiresAt }: Pick<LeasedRegistration, 'registeredAt' | 'expiresAt'>) =>
  registeredAt && expiresAt
    ? new Date(registeredAt.getTime() + Math.max(0, expiresAt.getTime() - registeredAt.getTime()) * 0.75)
    : null

async function register(
  core: TriggerCore,
  installation: Installation,
  row: LeasedRegistration,
  hook: ShownHook | undefined,
): Promise<LeasedRegistration> {
  if (!hook)
    throw new TraeError(
      'CONFIG',
      'The vendor cannot be told where to post: set TRAE_PUBLIC_URL to the address of this host.',
    )
  const begun = await write(core, row, BEGIN, [])
  const { url, secret, standIns } = hook
  const key = `${row.triggerId.replaceAll('-', '')}-${row.keyNumber}`
  const input = { url, secret, key }
  const { trigger: name, account } = row
  const answer = await askTrigger(core, installation, { name, account, call: 'register', input, key, standIns })
  crashPoint('webhook.registered')
  const read = registration.safeParse(answer)
  if (!read.success)
    throw new TraeError(
      'VALIDATION',
      `${eventTypeOf(installation.pluginId, row.trigger)}: register must answer { data, expiresAt?, secret? }: ${read.error.issues[0]!.message}.`,
    )
  const { data = null, expiresAt } = read.data
  // What goes on under the same name is no earlier one that could be removed
  const earlier = begun.registeredAt === null ? begun.old : [...begun.old, begun.data]
  const old = earlier.filter(one => !isDeepStrictEqual(one, data))
  const given = read.data.secret
  const sealed = given === undefined ? null : await sealTriggerSecret(core, row.workspaceId, row.triggerId, given)
  const at = core.clock.now()
  const values = [JSON.stringify(data), url, at, expiresAt ?? null, JSON.stringify(old), sealed, row.revision]
  return write(core, begun, KEEP, values)
}

async function write(
  core: Pick<Core, 'sql'>,
  row: LeasedRegistration,
  sql: typeof BEGIN,
  values: readonly unknown[],
): Promise<LeasedRegistration> {
  const [changed] = await core.sql.query<LeasedRegistration>(sql, [row.triggerId, row.leaseUntil, ...values])
  if (!changed) throw new TraeError('LEASE_LOST', `Another worker has the registration of ${row.trigger} by now.`)
  return { ...row, ...changed }
}

/** Takes registrations at which there is something to do, at most so many. */
export function leaseRegistrations(core: Pick<Core, 'sql' | 'clock'>, limit: number): Promise<LeasedRegistration[]> {
  const now = core.clock.now()
  return core.sql.query<LeasedRegistration>(LEASE_DUE, [now, new Date(now.getTime() + LEASE_MS), limit])
}

/**
 * Takes what an installation has at its vendor, due or not. Throws `CONFLICT` while a worker talks to the vendor.
 */
export async function leaseAllOf(
  core: Pick<Core, 'sql' | 'clock'>,
  installation: Pick<Installation, 'id' | 'pluginId'>,
): Promise<LeasedRegistration[]> {
  const now = core.clock.now()
  const rows = await core.sql.query<LeasedRegistration & { taken: boolean }>(LEASE_ALL, [
    installation.id,
    now,
    new Date(now.getTime() + LEASE_MS),
  ])
  if (rows.every(({ taken }) => taken)) return rows
  for (const row of rows) if (row.taken) await releaseRegistration(core, row)
  throw new TraeError('CONFLICT', `${installation.pluginId} talks to its vendor at the moment. Try again in a minute.`)
}

/** Gives the row back after it was settled; `dueAt` says when it is looked at again, without it when it is to be renewed. */
export async function releaseRegistration(
  core: Pick<Core, 'sql'>,
  row: LeasedRegistration,
  dueAt: Date | null = row.wanted ? renewAt(row) : null,
): Promise<void> {
  await core.sql.query(RELEASE, [row.triggerId, row.leaseUntil, dueAt])
}

/** Says why it failed, and when it is tried again. */
export async function failRegistration(
  core: Pick<Core, 'sql' | 'clock'>,
  row: LeasedRegistration,
  error: unknown,
): Promise<void> {
  const { code, message } = errorRecord(error)
  const asked = error instanceof TraeError && error.retryAfter !== undefined ? error.retryAfter * 1000 : 0
  const pauseMs =
    code === 'CREDENTIAL' || code === 'CONFIG'
      ? LOCAL_PAUSE_MS
      : Math.max(asked, Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(row.failures, 20)))
  const dueAt = new Date(core.clock.now().getTime() + pauseMs)
  await core.sql.query(FAIL, [row.triggerId, row.leaseUntil, `${code}: ${message}`.slice(0, 2000), dueAt])
}

/** How a registration stands, in one word. `REMOVING`: something is still to be undone at the vendor. */
export function registrationStatus({
  wanted,
  registeredAt,
  leftOver,
  lastError,
}: TriggerRegistration): RegistrationStatus {
  if (lastError !== null) return 'FAILED'
  if (wanted) return registeredAt === null ? 'PENDING' : 'REGISTERED'
  return registeredAt !== null || leftOver ? 'REMOVING' : 'OFF'
}
export type RegistrationStatus = 'OFF' | 'PENDING' | 'REGISTERED' | 'REMOVING' | 'FAILED'

/** The registrations of an installation, by the id of their trigger. */
export async function registrationsOf(
  core: Pick<Core, 'sql'>,
  installationId: string,
): Promise<ReadonlyMap<string, TriggerRegistration>> {
  const rows = await core.sql.query<TriggerRegistration>(REGISTRATIONS, [installationId])
  return new Map(rows.map(row => [row.triggerId, row]))
}

const WANTED = `case r.mode when 'ON' then true when 'OFF' then false else r.needed end`
const LEASED_COLUMNS = `r.trigger_id as "triggerId", r.workspace_id as "workspaceId", t.trigger, t.account,
  t.installation_id as "installationId", ${WANTED} as wanted, r.lease_until as "leaseUntil",
  r.revision, r.key_number as "keyNumber", r.begun, r.data, r.address, r.registered_at as "registeredAt", r.expires_at as "expiresAt",
  r.old, r.failures`
const STATE = `key_number as "keyNumber", begun, data, address, registered_at as "registeredAt", expires_at as "expiresAt", old`
const MINE = 'trigger_id = $1 and lease_until = $2'
const LEASE_DUE = statement(
  'lease-due-registrations',
  `with due as (
     select r.trigger_id from trigger_registrations r join plugin_triggers t on t.id = r.trigger_id
       join installations i on i.id = t.installation_id
     where r.due_at <= $1 and (r.lease_until is null or r.lease_until <= $1) and i.status = 'ENABLED'
     order by r.due_at limit $3 for update of r skip locked
   )
   update trigger_registrations r set lease_until = $2, due_at = $2 from due, plugin_triggers t
   where r.trigger_id = due.trigger_id and t.id = r.trigger_id
   returning ${LEASED_COLUMNS}`,
)
const LEASE_ALL = statement(
  'lease-registrations-of-installation',
  `with own as (
     select r.trigger_id, r.lease_until is null or r.lease_until <= $2 as free
     from trigger_registrations r join plugin_triggers t on t.id = r.trigger_id
     where t.installation_id = $1 and (r.begun or r.registered_at is not null or jsonb_array_length(r.old) > 0)
     for update of r
   ), taken as (
     update trigger_registrations r set lease_until = $3, due_at = coalesce(r.due_at, $3) from own
     where r.trigger_id = own.trigger_id and own.free returning r.*
   )
   select ${LEASED_COLUMNS}, true as taken from taken r join plugin_triggers t on t.id = r.trigger_id
   union all
   select ${LEASED_COLUMNS}, false as taken from trigger_registrations r join own on own.trigger_id = r.trigger_id
     join plugin_triggers t on t.id = r.trigger_id where not own.free`,
)
const BEGIN = statement(
  'begin-registration',
  `update trigger_registrations set begun = true where ${MINE} returning ${STATE}`,
)
const KEEP = statement(
  'keep-registration',
  `with sealed as (update plugin_triggers set secret_sealed = coalesce($8, secret_sealed) where id = $1)
   update trigger_registrations set begun = false, data = $3::jsonb,
     address = case when revision = $9 then $4 end, registered_at = $5, expires_at = $6,
     old = $7::jsonb, key_number = key_number + 1
   where ${MINE} returning ${STATE}`,
)
const RETIRE = statement(
  'retire-registration',
  `update trigger_registrations set old = old || jsonb_build_array(data), data = null, address = null, registered_at = null,
     expires_at = null
   where ${MINE} returning ${STATE}`,
)
const FORGET_OLD = statement(
  'forget-old-registration',
  `update trigger_registrations set
     old = coalesce((select jsonb_agg(one) from jsonb_array_elements(old) as one where one <> $3::jsonb), '[]')
   where ${MINE} returning ${STATE}`,
)
const RELEASE = statement(
  'release-registration',
  `update trigger_registrations r set lease_until = null, failures = 0, last_error = null,
     due_at = case when due_at < lease_until then due_at else $3 end
   where ${MINE}`,
)
const FAIL = statement(
  'fail-registration',
  `update trigger_registrations set lease_until = null, failures = failures + 1, last_error = $3,
     due_at = case when due_at < lease_until then due_at else $4 end
   where ${MINE}`,
)
const REGISTRATIONS = statement(
  'registrations-of-installation',
  `select r.trigger_id as "triggerId", r.mode, ${WANTED} as wanted, r.registered_at as "registeredAt",
     r.expires_at as "expiresAt", (r.begun and r.registered_at is null) or jsonb_array_length(r.old) > 0 as "leftOver",
     r.due_at as "dueAt", r.failures, r.last_error as "lastError"
   from trigger_registrations r join plugin_triggers t on t.id = r.trigger_id where t.installation_id = $1`,
)
