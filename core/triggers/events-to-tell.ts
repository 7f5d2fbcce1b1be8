import type { Core } from '../context.ts'
import { type EventId, newId, type WorkspaceId } from '../ids.ts'
import type { Installation } from '../plugins/registry.ts'
import type { StartingEvent } from '../runs/start-run.ts'

/** That a plugin is to be told of an event: a row of `plugin_events` to be. */
export interface EventToTell {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly installation_id: string
  readonly trigger: string
  readonly event_id: EventId
}

/**
 * Which plugins are to be told of these events: those that listen to their type and were granted to. A disabled one is told when it is
 * enabled again. The firing of a trigger of one playbook is nobody else's, and no plugin hears what came of its own hearing.
 */
export async function eventsToTell(
  core: Pick<Core, 'plugins'>,
  events: readonly (StartingEvent & { readonly source: string })[],
  revisions: ReadonlyMap<WorkspaceId, number>,
): Promise<EventToTell[]> {
  const listeners = new Map<WorkspaceId, readonly Listener[]>()
  for (const [workspaceId, revision] of revisions)
    listeners.set(workspaceId, listenersOf(core, workspaceId, await core.plugins.current(workspaceId, revision)))
  return events
    .filter(({ target }) => target === null)
    .flatMap(({ id, workspaceId, type, source }) =>
      listeners
        .get(workspaceId)!
        .filter(({ event, own }) => event === type && own !== source)
        .map(({ installationId, trigger }) => ({
          id: newId(),
          workspace_id: workspaceId,
          installation_id: installationId,
          trigger,
          event_id: id,
        })),
    )
}

interface Listener {
  readonly event: string
  /** The source of what its triggers tell. */
  readonly own: string
  readonly installationId: string
  readonly trigger: string
}

const listenersOf = (core: Pick<Core, 'plugins'>, workspaceId: string, installations: readonly Installation[]) =>
  core.plugins.memo(workspaceId, 'listeners', (): readonly Listener[] =>
    installations.flatMap(installation =>
      Object.entries(installation.manifest.triggers).flatMap(([trigger, described]) =>
        described.kind === 'event' && mayHear(installation, described.event)
          ? [
              {
                event: described.event,
                own: `plugin:${installation.pluginId}`,
                installationId: installation.id,
                trigger,
              },
            ]
          : [],
      ),
    ),
  )

/** Was it granted to hear of events of this type? */
export const mayHear = ({ granted }: Installation, type: string): boolean =>
  granted.events.some(({ name }) => name === `on:${type}`)
