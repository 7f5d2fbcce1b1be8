import type { Core } from '../context.ts'
import { recordDueOutcomes } from '../decisions/record-outcome.ts'
import { judgeSlas } from '../runs/sla.ts'
import { fireSchedules } from './fire-schedules.ts'
import { triggersOf } from '../plugins/plugin-triggers.ts'
import type { Installation } from '../plugins/registry.ts'
import { keepRegistrations, type RegistrationCore } from './keep-registrations.ts'
import { pollPlugins, type PollCore } from './poll-plugins.ts'

/**
 * Fires the schedules that are due, judges the runs that take too long, and records how decisions went; what fails of the
 * one keeps nothing from the other.
 */
export async function lookForTimes(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log'>): Promise<void> {
  const results = await Promise.allSettled([fireSchedules(core), judgeSlas(core), recordDueOutcomes(core)])
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Asks the polls of plugins that are due. Costs nothing where no plugin has any. */
export function lookForPolls(core: PollCore): () => Promise<void> {
  const prepared = new WeakSet<Installation>() // as they are now: their polls have their rows
  return async () => {
    const polling = core.plugins
      .all()
      .filter(({ manifest }) => Object.values(manifest.triggers).some(({ kind }) => kind === 'poll'))
    if (polling.length === 0) return
    for (const installation of polling) {
      if (prepared.has(installation)) continue
      await triggersOf(core, installation)
      prepared.add(installation)
    }
    await pollPlugins(core)
  }
}

/** How often published playbooks are asked what they need of vendors. */
const NEEDS_MS = 5000

/** Tells vendors where to post. Costs nothing where no plugin does it. */
export function lookForRegistrations(core: RegistrationCore): () => Promise<void> {
  let lookedAt = -Infinity
  return async () => {
    const now = performance.now()
    if (now - lookedAt < NEEDS_MS) return
    lookedAt = now
    await keepRegistrations(core)
  }
}
