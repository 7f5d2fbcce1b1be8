import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { disablePlugin, type LifeCore } from './set-plugin-status.ts'

/** So many dead sandboxes within this time are no accident. */
export const MOST_CRASHES = 5
const WINDOW_MS = 10 * 60_000

type WatchCore = LifeCore & Pick<Core, 'log'>

/**
 * Counts the sandbox processes that a plugin's calls have killed in a workspace, in this process. One that does it again and
 * again is disabled and its steps wait, so that it costs no more; the alert `plugin-disabled` tells those who run the workspace.
 */
export class CrashWatch {
  #core: WatchCore | undefined
  readonly #crashes = new Map<string, number[]>()

  open(core: WatchCore): void {
    this.#core = core
  }

  /** `isolate` as the sandbox names it: `<SHA-256 of the bundle> <workspace id>`. */
  count(isolate: string): void {
    const now = Date.now()
    const recent = [...(this.#crashes.get(isolate) ?? []), now].filter(at => at > now - WINDOW_MS)
    this.#crashes.set(isolate, recent)
    if (recent.length < MOST_CRASHES || !this.#core) return
    this.#crashes.delete(isolate)
    const [bundle, workspaceId] = isolate.split(' ') as [string, WorkspaceId]
    const pluginId = this.#core.plugins.pluginOfBundle(bundle)
    if (pluginId === undefined) return // a script of a playbook: its step fails, and that is all
    this.#disable(this.#core, workspaceId, pluginId).catch(error =>
      this.#core?.log.error({ err: error, pluginId, workspaceId }, 'a plugin that crashes could not be disabled'),
    )
  }

  async #disable(core: WatchCore, workspaceId: WorkspaceId, pluginId: string): Promise<void> {
    if (core.plugins.installation(workspaceId, pluginId)?.status !== 'ENABLED') return
    const { locale } = await getWorkspace(core, workspaceId)
    const reason = locale.startsWith('pt')
      ? `Derrubou a própria sandbox ${MOST_CRASHES} vezes em ${WINDOW_MS / 60_000} minutos.`
      : `It ended its sandbox ${MOST_CRASHES} times within ${WINDOW_MS / 60_000} minutes.`
    await disablePlugin(core, workspaceId, pluginId, { reason })
    core.log.error({ pluginId, workspaceId, reason }, 'a plugin was disabled')
  }
}
