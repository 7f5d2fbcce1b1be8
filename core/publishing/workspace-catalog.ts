import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Catalog, CatalogPlaybook, CatalogPolicy } from '../playbooks/catalog.ts'
import { catalogPlaybookOf, UNREADABLE } from '../playbooks/started-playbooks.ts'
import { knownAccounts } from '../plugins/known-accounts.ts'
import { statement } from '../sql.ts'

/**
 * What a playbook of the workspace can use now: actions and services of its plugins with their accounts, the other playbooks
 * that are published; decision policies; `beside` stand for those of the same id. In a rehearsal nobody knows which playbooks there are.
 */
export async function workspaceCatalog(
  core: Pick<Core, 'sql' | 'plugins' | 'playbooks' | 'hold'>,
  workspaceId: WorkspaceId,
  beside: ReadonlyMap<string, CatalogPlaybook> = new Map(),
): Promise<Catalog> {
  const catalog = core.plugins.catalog(workspaceId)
  if (core.hold) return catalog
  const rows = await core.sql.query<{ slug: string; id: string }>(PUBLISHED_PLAYBOOKS, [workspaceId])
  const published = await Promise.all(rows.map(async ({ slug, id }) => [slug, await read(core, id)] as const))
  const policies = await core.sql.query<CatalogPolicy & { slug: string }>(POLICIES, [workspaceId])
  return {
    ...catalog,
    accounts: await knownAccounts(core, workspaceId),
    playbooks: new Map([...published, ...beside]),
    policies: new Map(policies.map(({ slug, input, options }) => [slug, { input, options }])),
  }
}

/** A version that cannot be read any more is there all the same. */
async function read({ playbooks }: Pick<Core, 'playbooks'>, id: string): Promise<CatalogPlaybook> {
  try {
    return catalogPlaybookOf((await playbooks.get(id)).playbook)
  } catch (error) {
    if (errorRecord(error).code === 'DATABASE') throw error
    return UNREADABLE
  }
}

const POLICIES = statement(
  'policies-of-catalog',
  `select slug, input, options from decision_policies where workspace_id = $1 order by slug`,
)
const PUBLISHED_PLAYBOOKS = statement(
  'published-playbooks',
  `select slug, published_version_id as id from playbooks
   where workspace_id = $1 and status <> 'ARCHIVED' and made_for is null and published_version_id is not null order by slug`,
)
