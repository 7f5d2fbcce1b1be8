import type { Core } from '../context.ts'
import { errorRecord, TraeError } from '../errors.ts'
import type { TriggerCore } from './call-trigger.ts'
import {
  failRegistration,
  leaseAllOf,
  type LeasedRegistration,
  releaseRegistration,
  settleRegistration,
} from './registrations.ts'
import type { Installation } from './registry.ts'

/**
 * Undoes all that an installation has registered at its vendor, before it is removed. The rows stay taken, so that nobody registers
 * anything meanwhile; `goOn` gives them back. Throws `CONFLICT` naming what could not be undone; with `force` that is
 * answered in `left`.
 */
export async function endRegistrations(
  core: TriggerCore & Pick<Core, 'clock'>,
  installation: Installation,
  { force }: { readonly force: boolean },
): Promise<{ readonly left: readonly string[]; goOn(): Promise<void> }> {
  const rows = (await leaseAllOf(core, installation)).map(row => ({ ...row, wanted: false }))
  const left: string[] = []
  const settled: LeasedRegistration[] = []
  for (const row of rows) {
    try {
      settled.push(await settleRegistration(core, installation, row))
    } catch (error) {
      left.push(`${row.trigger}: ${errorRecord(error).message}`)
      if (force) settled.push(row)
      else await failRegistration(core, row, error)
    }
  }
  const goOn = async () => {
    for (const row of settled) await releaseRegistration(core, row, core.clock.now())
  }
  if (left.length === 0 || force) return { left, goOn }
  await goOn()
  throw new TraeError(
    'CONFLICT',
    `${installation.pluginId} has told its vendor to post here, and that could not be undone. ${left.join(' ')} Try again later; or remove it by force, and remove the webhook at the vendor by hand.`,
  )
}
