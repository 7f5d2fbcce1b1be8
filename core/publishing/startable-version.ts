import type { Core } from '../context.ts'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { PublishedVersion } from './playbook-registry.ts'

/** The version that new runs of a playbook take. Throws `NOT_FOUND`, and `CONFLICT` for a playbook that starts none. */
export async function startableVersion(
  core: Pick<Core, 'sql' | 'playbooks'>,
  workspaceId: WorkspaceId,
  slug: string,
): Promise<PublishedVersion> {
  const version = (await core.playbooks.current(workspaceId)).find(version => version.slug === slug)
  if (version) return version
  const rows = await core.sql.query<{ slug: string; status: string }>(PLAYBOOK_SLUGS, [workspaceId])
  const known = rows.find(row => row.slug === slug)
  if (known) {
    const state = known.status === 'ACTIVE' ? 'not published' : known.status.toLowerCase()
    throw new TraeError('CONFLICT', `The playbook ${slug} is ${state} and starts no runs.`)
  }
  const meant = didYouMean(
    slug,
    rows.map(row => row.slug),
  )
  throw new TraeError('NOT_FOUND', `There is no playbook ${slug}${meant ? `; did you mean ${meant}?` : '.'}`)
}
const PLAYBOOK_SLUGS = statement('playbook-slugs', `select slug, status from playbooks where workspace_id = $1`)
