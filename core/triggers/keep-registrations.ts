import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { eventTypeOf, type TriggerCore } from '../plugins/call-trigger.ts'
import { triggersOf } from '../plugins/plugin-triggers.ts'
import {
  failRegistration,
  type LeasedRegistration,
  leaseRegistrations,
  releaseRegistration,
  settleRegistration,
} from '../plugins/registrations.ts'
import type { Installation } from '../plugins/registry.ts'
import { eventsListenedTo } from '../publishing/events-listened-to.ts'
import { statement } from '../sql.ts'

export type RegistrationCore = TriggerCore & Pick<Core, 'plugins' | 'playbooks' | 'log'>

/** Vendors that are talked to at once. */
const BATCH = 10

/**
 * Notes which triggers playbooks need, and brings the vendors of those that register by themselves to it: registers, registers
 * anew before the vendor ends it, undoes. Answers at how many there was something to do.
 */
export async function keepRegistrations(core: RegistrationCore): Promise<number> {
  const registering = core.plugins
    .all()
    .filter(({ manifest }) => Object.values(manifest.triggers).some(({ registers }) => registers))
  if (registering.length === 0) return 0
  for (const installation of registering) await noteNeeds(core, installation)
  const leased = await leaseRegistrations(core, BATCH)
  await Promise.all(leased.map(row => settle(core, row)))
  return leased.length
}

async function noteNeeds(core: RegistrationCore, installation: Installation): Promise<void> {
  const { workspaceId, pluginId, manifest } = installation
  const rows = (await triggersOf(core, installation)).filter(({ trigger }) => manifest.triggers[trigger]!.registers)
  const isListenedTo = await eventsListenedTo(core, workspaceId)
  // What it says in words of the trade (`payment.received`) it says because its vendor has told it
  const emits = manifest.permissions.events.filter(({ name }) => name.startsWith('emit:'))
  const isWaitedFor = emits.some(({ name }) => isListenedTo({ type: name.slice('emit:'.length) }))
  const needs = rows.map(({ id, trigger, account }) => {
    const heard = { name: account, isDefault: account === installation.defaultAccount }
    return { id, needed: isWaitedFor || isListenedTo({ type: eventTypeOf(pluginId, trigger), account: heard }) }
  })
  await core.sql.query(NOTE_NEEDS, [workspaceId, JSON.stringify(needs), core.clock.now()])
}

async function settle(core: RegistrationCore, row: LeasedRegistration): Promise<void> {
  const installation = core.plugins.list(row.workspaceId).find(({ id }) => id === row.installationId)
  if (!installation) return // installed elsewhere this very second, or removed: the next look knows
  try {
    await releaseRegistration(core, await settleRegistration(core, installation, row))
  } catch (error) {
    const { code, message } = errorRecord(error)
    if (code === 'LEASE_LOST') return
    await failRegistration(core, row, error)
    core.log.warn(
      { trigger: `${installation.pluginId}.${row.trigger}`, code, message },
      'a vendor was not told where to post',
    )
  }
  core.pubsub.publish('installation.updated', { workspaceId: row.workspaceId, installationId: installation.id })
}

const NOTE_NEEDS = statement(
  'note-trigger-needs',
  `insert into trigger_registrations (trigger_id, workspace_id, needed, due_at)
   select x.id, $1, x.needed, case when x.needed then $3::timestamptz end
   from jsonb_to_recordset($2::jsonb) as x(id uuid, needed boolean)
   on conflict (trigger_id) do update set needed = excluded.needed, due_at = $3::timestamptz
     where trigger_registrations.needed <> excluded.needed`,
)
