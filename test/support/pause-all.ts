import type { OpenCore } from '../../core/core.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import { pausePlaybook, resumePlaybook } from '../../core/publishing/playbook-status.ts'

type Paused = Pick<OpenCore, 'sql' | 'clock' | 'plugins' | 'playbooks'> & { readonly workspaceId: WorkspaceId }

/** Pauses every playbook of the workspace. Answers how they are resumed. */
export async function pauseAll(core: Paused): Promise<() => Promise<void>> {
  const rows = await core.sql.query<{ id: string }>({
    name: '',
    text: `select id from playbooks where status = 'ACTIVE'`,
  })
  for (const { id } of rows) await pausePlaybook(core, core.workspaceId, id)
  return async () => {
    for (const { id } of rows) await resumePlaybook(core, core.workspaceId, id)
  }
}
