import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** Who takes the next handoff: of those who may sell, the one with the fewest meetings ahead, then the longest here. */
export async function nextCloser(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
): Promise<{ id: string; name: string; email: string }> {
  const [row] = await core.sql.query<{ id: string; name: string; email: string }>(NEXT_CLOSER, [
    workspaceId,
    core.clock.now(),
  ])
  if (!row)
    throw new TraeError(
      'NOT_FOUND',
      'Nobody in this workspace can take a handoff: invite a user with a role above VIEWER.',
    )
  return row
}
const NEXT_CLOSER = statement(
  'next-closer',
  `select u.id, u.name, u.email
   from memberships m join users u on u.id = m.user_id
   left join leads l on l.workspace_id = m.workspace_id and l.owner_id = u.id
   left join meetings g on g.lead_id = l.id and g.status = 'SCHEDULED' and g.starts_at > $2
   where m.workspace_id = $1 and m.role <> 'VIEWER'
   group by u.id, u.name, u.email, m.created_at
   order by count(g.id), m.created_at, u.id limit 1`,
)
