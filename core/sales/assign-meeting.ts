import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { freeFor } from './availability.ts'
import { type LockedMeeting, lockMeeting } from './change-meeting.ts'
import { tellTaker } from './tell-taker.ts'

/**
 * Gives a meeting that is to come to somebody else of the team, who gets a notice; the lead stays whose it is. Whoever has it already changes
 * nothing. Throws `NOT_FOUND` for no such meeting or who takes none here, `CONFLICT` for somebody who is in another meeting or away then.
 */
export async function assignMeeting(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { id, email }: { id: string; email: string },
): Promise<void> {
  const workspace = await getWorkspace(core, workspaceId)
  const assigned = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status !== 'SCHEDULED')
      throw new TraeError('CONFLICT', `The meeting ${id} is ${before.status}; nobody needs to take it.`)
    const [person] = await tx.query<{ id: string; is_free: boolean }>(FREE_PERSON, [workspaceId, email, before.id])
    if (!person)
      throw new TraeError('NOT_FOUND', `${email} takes no meetings here: invite them with a role above VIEWER.`)
    if (person.id === before.owner_id) return null
    if (!person.is_free)
      throw new TraeError('CONFLICT', `${email} is in another meeting or away at ${before.starts_at.toISOString()}.`)
    const [row] = await tx.query<LockedMeeting>(ASSIGN_MEETING, [before.id, person.id])
    await tellTaker(tx, core, workspace, row!)
    return row!
  })
  if (!assigned) return
  core.pubsub.publish('notice.added', { workspaceId })
  core.pubsub.publish('meeting.updated', { workspaceId, meetingId: assigned.id })
}

const ASSIGN_MEETING = statement(
  'assign-meeting',
  `update meetings set owner_id = $2::uuid where id = $1::uuid
   returning id, title, owner_id, owner_id as taker_id, lead_id, status, starts_at, ends_at, sequence`,
)
const FREE_PERSON = statement(
  'person-free-for-meeting',
  `select u.id, ${freeFor('u.id', 'g')} as is_free
   from users u join memberships s on s.user_id = u.id and s.workspace_id = $1 and s.role <> 'VIEWER'
   cross join meetings g
   where g.workspace_id = $1 and g.id = $3::uuid and lower(u.email) = lower($2)`,
)
