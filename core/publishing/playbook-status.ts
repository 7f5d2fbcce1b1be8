import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import { statement } from '../sql.ts'
import { checkAgain } from './check-again.ts'
import { lookAgain, type Looked, lookedAt, requireUnchanged } from './look-again.ts'
import type { PlaybookRecord, PlaybookStatus } from './playbook-record.ts'
import { bumpRevision } from './playbook-registry.ts'
import { findPlaybooks } from './read-playbooks.ts'

type StatusCore = Pick<Core, 'sql' | 'clock'>

/**
 * Starts no runs from now on: events, schedules and webhooks pass it by. Runs under way go on. What was archived comes back
 * and may be edited. Done twice it changes nothing.
 */
export function pausePlaybook(core: StatusCore, workspaceId: WorkspaceId, id: string): Promise<PlaybookRecord> {
  return setStatus(core, workspaceId, id, 'PAUSED')
}

/**
 * Starts runs again; also what was archived. What happened meanwhile starts nothing. Refused (`CONFLICT`, `details.diagnostics`) while
 * something that it names is missing: nothing kept that from being taken away from a playbook that was put away.
 */
export function resumePlaybook(
  core: StatusCore & Pick<Core, 'plugins' | 'playbooks' | 'hold'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<PlaybookRecord> {
  return lookAgain(async () => {
    const seen = await lookedAt(core, workspaceId)
    const [before] = await findPlaybooks(core, workspaceId, [id])
    const missing = before?.publishedVersionId ? await checkAgain(core, workspaceId, before.publishedVersionId) : []
    if (before && missing.length > 0) throw notResumed(before, missing)
    return setStatus(core, workspaceId, id, 'ACTIVE', seen)
  })
}

/** Puts it away: it starts no runs and takes no new version; its runs and versions stay. */
export function archivePlaybook(core: StatusCore, workspaceId: WorkspaceId, id: string): Promise<PlaybookRecord> {
  return setStatus(core, workspaceId, id, 'ARCHIVED')
}

async function setStatus(
  core: StatusCore,
  workspaceId: WorkspaceId,
  id: string,
  to: PlaybookStatus,
  seen?: Looked,
): Promise<PlaybookRecord> {
  await core.sql.transaction(async tx => {
    if (seen) await requireUnchanged(tx, workspaceId, seen)
    await tx.query(SET_STATUS, [workspaceId, id, to, core.clock.now()])
  })
  const [playbook] = await findPlaybooks(core, workspaceId, [id])
  if (playbook) return playbook
  throw new TraeError('NOT_FOUND', `There is no playbook ${id} in this workspace.`)
}

function notResumed({ slug, status }: PlaybookRecord, diagnostics: readonly Diagnostic[]): TraeError {
  const missing = diagnostics.map(({ line, message }) => `Line ${line}: ${message}`).join(' ')
  const way =
    status === 'ARCHIVED' ? 'bring it back paused, publish it without that and resume it' : 'publish it without that'
  return new TraeError(
    'CONFLICT',
    `${slug} cannot be resumed, for it names what is not here any more. ${missing} Bring that back, or ${way}.`,
    { details: { diagnostics } },
  )
}

const SET_STATUS = statement(
  'set-playbook-status',
  `with turn as ( -- before the playbook, as whoever publishes takes the two
     select id from workspaces where id = $1 for no key update
   ), changed as (
     update playbooks p set status = $3, status_reason = null, updated_at = $4 from turn
     where p.workspace_id = turn.id and p.id = $2 and p.status <> $3 returning p.workspace_id
   )
   ${bumpRevision('select workspace_id from changed')}`,
)
