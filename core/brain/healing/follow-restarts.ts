import type { Core } from '../../context.ts'
import { statement } from '../../sql.ts'

/**
 * What every process does when a module is restarted, whoever leads: the isolates of the plugins that its playbooks use are
 * thrown away, so that nothing that went wrong inside them lives on. Answers the look.
 */
export function followRestarts(core: Pick<Core, 'sql' | 'sandbox' | 'playbooks' | 'plugins'>): () => Promise<void> {
  let seen: ReadonlyMap<string, number> | undefined
  return async () => {
    const rows = await core.sql.query<{ workspaceId: string; key: string; restarts: number }>(READ_RESTARTS)
    const now = new Map(rows.map(row => [`${row.workspaceId} ${row.key}`, row.restarts]))
    const before = seen
    seen = now
    if (!before) return // a process that has just begun has nothing to throw away
    for (const { workspaceId, key, restarts } of rows) {
      if ((before.get(`${workspaceId} ${key}`) ?? 0) === restarts) continue
      const versions = (await core.playbooks.current(workspaceId)).filter(({ playbook }) => playbook.module === key)
      const digests = versions.flatMap(({ lock }) => Object.values(lock.plugins))
      core.sandbox.restart(digests.flatMap(digest => core.plugins.manifest(digest)?.bundle.sha256 ?? []))
    }
  }
}

const READ_RESTARTS = statement(
  'read-module-restarts',
  `select workspace_id as "workspaceId", key, restarts from modules where restarts > 0`,
)
