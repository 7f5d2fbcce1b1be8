import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { freeFor, lockCalendar } from './availability.ts'

/**
 * Who takes the next handoff: of those who may sell and are not away at `at` (ISO 8601; now without it), who has the meeting with this lead that is
 * then, then who has the lead already, then whoever takes meetings at all, has the fewest ahead, and is longest here. Where everybody is away,
 * away counts for nothing. Throws `NOT_FOUND`.
 */
export async function nextCloser(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  { leadId, at }: { leadId?: string | undefined; at?: string | undefined } = {},
): Promise<{ id: string; name: string; email: string }> {
  const now = core.clock.now()
  const [row] = await core.sql.query<{ id: string; name: string; email: string }>(NEXT_CLOSER, [
    workspaceId,
    now,
    leadId ?? null,
    at === undefined ? now : new Date(at),
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
   where m.workspace_id = $1 and m.role <> 'VIEWER'
   order by exists (select from absences a where a.workspace_id = $1 and a.user_id = u.id and a.source = 'hand' and a.starts_at <= $4 and a.ends_at > $4),
     exists (select from meetings g where g.workspace_id = $1 and g.lead_id = $3::uuid and g.owner_id = u.id and g.status = 'SCHEDULED' and g.starts_at <= $4 and g.ends_at > $4) desc,
     exists (select from leads l where l.workspace_id = $1 and l.id = $3::uuid and l.owner_id = u.id) desc,
     exists (select from working_hours h where h.workspace_id = $1 and h.user_id = u.id and h.days = '{}'),
     (select count(*) from meetings g left join leads l on l.id = g.lead_id
      where g.workspace_id = $1 and coalesce(g.owner_id, l.owner_id) = u.id and g.status = 'SCHEDULED' and g.starts_at > $2),
     m.created_at, u.id limit 1`,
)

/**
 * The lead is this person's from now on, and so is what is still to come with it, but for meetings at which they are in another or away: those
 * stay whose they are. Throws `NOT_FOUND` for who is not of the team.
 */
export async function assignLead(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { leadId, closer }: { leadId: string; closer: string },
): Promise<{ leadId: string; closer: string }> {
  const [row] = await core.sql.transaction(async tx => {
    await lockCalendar(tx, workspaceId)
    return tx.query(ASSIGN_LEAD, [workspaceId, leadId, closer, core.clock.now()])
  })
  if (!row)
    throw new TraeError(
      'NOT_FOUND',
      `There is no lead ${leadId} in this workspace, or ${closer} is nobody of this team.`,
    )
  core.pubsub.publish('lead.updated', { workspaceId, leadId })
  return { leadId, closer }
}
const ASSIGN_LEAD = statement(
  'assign-lead',
  `with person as (
     select u.id from users u join memberships m on m.user_id = u.id where m.workspace_id = $1 and lower(u.email) = lower($3)
   ), mine as (
     update leads l set owner_id = person.id, updated_at = $4 from person where l.workspace_id = $1 and l.id = $2::uuid returning l.id
   ), ahead as (
     update meetings m set owner_id = person.id from person
     where m.workspace_id = $1 and m.lead_id = $2::uuid and m.status = 'SCHEDULED' and m.starts_at > $4 and ${freeFor('person.id', 'm')}
   )
   select id from mine`,
)
