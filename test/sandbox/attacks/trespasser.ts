import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EgressSettings } from '../../../core/credentials/egress.ts'
import type { WorkspaceId } from '../../../core/ids.ts'
import { buildPlugin } from '../../../core/plugins/build-plugin.ts'
import { callAction } from '../../../core/plugins/call-action.ts'
import { installPlugin } from '../../../core/plugins/install-plugin.ts'
import { resolveAction } from '../../../core/plugins/resolve-action.ts'
import { FIXTURES, openPluginWorld } from '../../plugins/world.ts'

/** What a plugin that was refused sees, or got. */
export interface Outcome {
  readonly code?: string
  readonly message?: string
  readonly answer?: unknown
}

/** A world with the hostile plugin of `plugins/fixtures/trespasser` in it; `ports` of the hosts that it was granted. */
export async function openTrespasser(port?: number) {
  const world = await openPluginWorld('postgres')
  /** Installs it in a workspace, under the name given: the same code as another plugin. */
  const install = async (workspaceId: WorkspaceId, id = 'trespasser') => {
    const path = join(world.folder, `${id}-${randomUUID()}`)
    const manifest = await buildPlugin(join(FIXTURES, 'trespasser'), path)
    for (const host of manifest.permissions.hosts) host.port = port
    await writeFile(join(path, 'plugin.json'), JSON.stringify({ ...manifest, id }))
    return installPlugin(world.core, { workspaceId, from: { kind: 'folder', path }, grant: 'all-declared' })
  }
  const call = async (
    uses: string,
    input: unknown,
    { workspaceId = world.workspaceId, egress }: { workspaceId?: WorkspaceId; egress?: EgressSettings } = {},
  ) => {
    const core = { ...world.core, ...(egress ? { egress } : {}) }
    const { output } = await callAction(core, {
      workspaceId,
      action: resolveAction(core, workspaceId, uses),
      input,
      run: { id: randomUUID(), path: 'step', attempt: 1, key: randomUUID(), playbookId: 'p' },
      locale: 'en',
      timeZone: 'UTC',
    })
    return output as Outcome
  }
  await install(world.workspaceId)
  return { world, install, call }
}
