import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { versionOf } from './rollback-playbook.ts'

/** Which text of a playbook is meant; the draft where nothing is said. */
export interface ChosenText {
  readonly source?: string | undefined
  readonly versionId?: string | undefined
}

/**
 * The text that is to be published; of an older version with the tests that stood beside it. `draftHash`: the draft must be this one, else somebody else has saved meanwhile
 * (`STALE_VERSION`). Throws `NOT_FOUND`, and `CONFLICT` where there is no draft.
 */
export async function publishedText(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  playbookId: string,
  chosen: ChosenText,
  draftHash?: string,
): Promise<{ readonly slug: string; readonly source: string; readonly tests?: string | null }> {
  if (chosen.versionId !== undefined) return versionOf(core, workspaceId, playbookId, chosen.versionId)
  const [row] = await core.sql.query<DraftRow>(READ_DRAFT, [workspaceId, playbookId])
  if (!row) throw new TraeError('NOT_FOUND', `There is no playbook ${playbookId} in this workspace.`)
  const { slug, draft, draft_hash } = row
  if (chosen.source !== undefined) return { slug, source: chosen.source }
  if (draft === null) throw new TraeError('CONFLICT', `${slug} has no draft: what is published is its last text.`)
  if (draftHash !== undefined && draftHash !== draft_hash)
    throw new TraeError('STALE_VERSION', `Somebody else has saved another draft of ${slug} meanwhile: read it first.`)
  return { slug, source: draft }
}

interface DraftRow {
  readonly slug: string
  readonly draft: string | null
  readonly draft_hash: string | null
}
const READ_DRAFT = statement(
  'read-draft-to-publish',
  `select p.slug, d.source as draft, d.source_hash as draft_hash
   from playbooks p left join playbook_drafts d on d.playbook_id = p.id where p.workspace_id = $1 and p.id = $2`,
)
