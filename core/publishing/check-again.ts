import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import { findVersions } from './read-playbooks.ts'
import { workspaceCatalog } from './workspace-catalog.ts'

type CheckCore = Pick<Core, 'sql' | 'plugins' | 'playbooks' | 'hold'>

/**
 * What a published version names and the workspace no longer has: plugins that were removed, accounts, playbooks, policies. The plugins that are
 * here count in the versions that it locked, whether enabled or not: its steps wait for what is disabled.
 */
export async function checkAgain(core: CheckCore, workspaceId: WorkspaceId, versionId: string): Promise<Diagnostic[]> {
  const [version] = await findVersions(core, workspaceId, [versionId])
  if (!version) return []
  const { source, plugins, providers } = version
  await core.plugins.loadPackages(Object.values(plugins))
  const here = Object.entries(plugins).filter(([id]) => core.plugins.installation(workspaceId, id) !== undefined)
  const locked = core.plugins.lockedCatalog(workspaceId, { plugins: Object.fromEntries(here), providers })
  const catalog = { ...(await workspaceCatalog(core, workspaceId)), ...locked }
  return compilePlaybook(source, catalog).diagnostics.filter(
    ({ severity, code }) => severity === 'error' && NOT_HERE.has(code),
  )
}

const NOT_HERE: ReadonlySet<string> = new Set<Diagnostic['code']>([
  'UNKNOWN_ACTION',
  'UNKNOWN_ACCOUNT',
  'UNKNOWN_EVENT',
  'UNKNOWN_PLAYBOOK',
  'UNKNOWN_POLICY',
])
