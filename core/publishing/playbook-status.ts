import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { PlaybookEntity, type PlaybookStatus } from './entities.ts'
import { bumpRevision } from './playbook-registry.ts'

type StatusCore = Pick<Core, 'sql' | 'orm' | 'clock' | 'playbooks'>

/** Starts no runs from now on: events, schedules and webhooks pass it by. Runs under way go on. Done twice it changes nothing. */
export function pausePlaybook(core: StatusCore, workspaceId: WorkspaceId, id: string): Promise<PlaybookEntity> {
  return setStatus(core, workspaceId, id, { to: 'PAUSED', from: ['ACTIVE'] })
}

/** Starts runs again; also what was archived. What happened meanwhile starts nothing. */
export function resumePlaybook(core: StatusCore, workspaceId: WorkspaceId, id: string): Promise<PlaybookEntity> {
  return setStatus(core, workspaceId, id, { to: 'ACTIVE', from: ['PAUSED', 'ARCHIVED'] })
}

/** Puts it away: it starts no runs and takes no new version; its runs and versions stay. */
export function archivePlaybook(core: StatusCore, workspaceId: WorkspaceId, id: string): Promise<PlaybookEntity> {
  return setStatus(core, workspaceId, id, { to: 'ARCHIVED', from: ['ACTIVE', 'PAUSED'] })
}

async function setStatus(
  core: StatusCore,
  workspaceId: WorkspaceId,
  id: string,
  { to, from }: { to: PlaybookStatus; from: readonly PlaybookStatus[] },
): Promise<PlaybookEntity> {
  await core.sql.query(SET_STATUS, [workspaceId, id, to, from, core.clock.now()])
  const playbook = await core.orm.em.fork().findOne(PlaybookEntity, { workspaceId, id })
  if (!playbook) throw new TraeError('NOT_FOUND', `There is no playbook ${id} in this workspace.`)
  if (playbook.status === to) return playbook
  throw new TraeError(
    'CONFLICT',
    `The playbook ${playbook.slug} is ${playbook.status.toLowerCase()} and cannot become ${to.toLowerCase()}. Resume it first.`,
  )
}

const SET_STATUS = statement(
  'set-playbook-status',
  `with turn as ( -- before the playbook, as whoever publishes takes the two
     select id from workspaces where id = $1 for no key update
   ), changed as (
     update playbooks p set status = $3, status_reason = null, updated_at = $5 from turn
     where p.workspace_id = turn.id and p.id = $2 and p.status = any($4::text[]) returning p.workspace_id
   )
   ${bumpRevision('select workspace_id from changed')}`,
)
