import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { errorRecord } from '../errors.ts'
import { askTrigger, type TriggerCore } from '../plugins/call-trigger.ts'
import { endEvent, failEvent, type LeasedEvent, leaseEvents, pluginsToTell } from '../plugins/plugin-events.ts'
import { triggersOf } from '../plugins/plugin-triggers.ts'
import type { Installation } from '../plugins/registry.ts'
import { mayRepeat } from '../runs/attempts.ts'
import { mayHear } from './events-to-tell.ts'
import { RepeatedLook } from './repeated-look.ts'

export type TellCore = TriggerCore & Pick<Core, 'plugins' | 'log' | 'pubsub'>

/** Calls of one plugin at once. */
const AT_ONCE = 4
const LOOK_MS = 1000

/**
 * Tells plugins of the events that they listen to. Each plugin has a line of its own, so that a slow one keeps nobody else waiting. A process
 * that dies has told a part of its events, under keys that stay the same; the rest, and what was under way, is told by another
 * when the lease is over.
 */
export class PluginTeller {
  readonly #core: TellCore
  readonly #look: RepeatedLook
  readonly #lines = new Map<string, Promise<void>>()
  #stopped = true

  constructor(core: TellCore, lookMs = LOOK_MS) {
    this.#core = core
    this.#look = new RepeatedLook(() => this.#startLines(), core.log, lookMs)
  }

  start(): void {
    this.#stopped = false
    this.#look.start()
  }

  /** Stops; waits for the calls that are under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#look.stop()
    await Promise.all(this.#lines.values())
  }

  async #startLines(): Promise<void> {
    for (const { installationId, workspaceId } of await pluginsToTell(this.#core)) {
      if (this.#lines.has(installationId)) continue
      const line = this.#tellAll(workspaceId, installationId)
        .catch((error: unknown) =>
          this.#core.log.error(
            { err: error, installationId },
            'a plugin cannot be told of events; the next look tries again',
          ),
        )
        .finally(() => this.#lines.delete(installationId))
      this.#lines.set(installationId, line)
    }
  }

  async #tellAll(workspaceId: string, installationId: string): Promise<void> {
    while (!this.#stopped) {
      const leased = await leaseEvents(this.#core, installationId, AT_ONCE)
      if (leased.length === 0) return
      const here = await this.#core.plugins.current(workspaceId, leased[0]!.pluginsRevision)
      const installation = here.find(({ id }) => id === installationId)
      if (!installation) return // removed this very second, and its events with it
      await Promise.all(leased.map(event => tellPlugin(this.#core, installation, event)))
    }
  }
}

async function tellPlugin(core: TellCore, installation: Installation, event: LeasedEvent): Promise<void> {
  const { manifest, pluginId, workspaceId, defaultAccount: account } = installation
  const { trigger: name, eventId, type, at, leadId, data } = event
  const trigger = Object.hasOwn(manifest.triggers, name) ? manifest.triggers[name]! : undefined
  // An update may have taken the trigger away, or the permission
  if (trigger?.kind !== 'event' || trigger.event !== type || !mayHear(installation, type))
    return endEvent(core, event, undefined)
  try {
    const input = { id: eventId, type, at: at.toISOString(), leadId, data }
    await askTrigger(core, installation, { name, account, call: 'handle', input, key: `event:${event.id}` })
    crashPoint('event.told')
    const row = (await triggersOf(core, installation)).find(one => one.trigger === name)
    await endEvent(core, event, row?.id)
  } catch (error) {
    const record = errorRecord(error)
    const { code, message } = record
    await failEvent(core, event, { code, message, again: mayRepeat(record) })
    core.log.warn({ trigger: `${pluginId}.${name}`, eventId, code, message }, 'a plugin failed at an event')
    core.pubsub.publish('installation.updated', { workspaceId, installationId: installation.id })
  }
}
