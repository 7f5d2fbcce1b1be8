import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { publishPlaybook, type Publication, type PublishCore, type PublishOptions } from './publish-playbook.ts'

/**
 * Publishes the text of an older version again, as a new version with the plugins of now: what was published in between
 * stays in the list. It is checked like any text. Throws as `publishPlaybook` does.
 */
export async function rollbackPlaybook(
  core: PublishCore,
  workspaceId: WorkspaceId,
  playbookId: string,
  versionId: string,
  options: Pick<PublishOptions, 'note' | 'by' | 'inFlight' | 'expected'> = {},
): Promise<Publication> {
  const { slug, number, source, tests } = await versionOf(core, workspaceId, playbookId, versionId)
  return publishPlaybook(core, workspaceId, source, {
    ...options,
    slug,
    tests,
    file: `${slug} version ${number}`,
    origin: 'rollback',
    rolledBackTo: number,
  })
}

/** One version of a playbook. Throws `NOT_FOUND`. */
export async function versionOf(
  core: Pick<PublishCore, 'sql'>,
  workspaceId: WorkspaceId,
  playbookId: string,
  versionId: string,
): Promise<{ readonly slug: string; readonly number: number; readonly source: string; readonly tests: string | null }> {
  const [row] = await core.sql.query<{ slug: string; number: number; source: string; tests: string | null }>(
    READ_VERSION,
    [workspaceId, playbookId, versionId],
  )
  if (!row) throw new TraeError('NOT_FOUND', `The playbook has no version ${versionId}.`)
  return row
}
const READ_VERSION = statement(
  'read-version-of-playbook',
  `select p.slug, v.number, v.source, v.tests from playbook_versions v join playbooks p on p.id = v.playbook_id
   where v.workspace_id = $1 and v.playbook_id = $2 and v.id = $3`,
)
