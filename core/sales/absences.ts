import { getWorkspace, type Workspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { localMoment, lockCalendar, whoCouldTake } from './availability.ts'
import { storeNotice } from './notices.ts'

/**
 * Enters when somebody of the team takes no meetings. Meetings of theirs that are booked in that time stay: the lead knows whom it meets, so a person
 * decides who else takes each, or when else it is. `meetings` names them, by their start, and everybody is told by a notice, which says of each who is
 * free. Throws `NOT_FOUND` for who is not of the team, `BAD_USER_INPUT` for an end before its start.
 */
export async function addAbsence(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { email, startsAt, endsAt, title }: { email: string; startsAt: string; endsAt: string; title: string },
): Promise<{ id: string; meetingIds: string[] }> {
  if (!(new Date(endsAt) > new Date(startsAt)))
    throw new TraeError('BAD_USER_INPUT', `An absence must end after it starts; found ${startsAt} to ${endsAt}.`)
  const workspace = await getWorkspace(core, workspaceId)
  const added = await core.sql.transaction(async tx => {
    await lockCalendar(tx, workspaceId)
    const now = core.clock.now()
    const values = [newId(), workspaceId, email, startsAt, endsAt, title, now]
    const [row] = await tx.query<{ id: string }>(ADD_ABSENCE, values)
    if (!row) throw new TraeError('NOT_FOUND', `${email} is nobody of this team.`)
    const covered = await tx.query<Covered>(COVERED, [row.id, now])
    if (covered.length > 0) await tellOfCovered(tx, core, workspace, row.id, covered)
    return { id: row.id, meetingIds: covered.map(({ id }) => id) }
  })
  if (added.meetingIds.length > 0) core.pubsub.publish('notice.added', { workspaceId })
  return added
}

async function tellOfCovered(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspace: Workspace,
  absenceId: string,
  covered: readonly Covered[],
): Promise<void> {
  const people = await tx.query<{ id: string; name: string }>(NAMES, [workspace.id])
  const words = WORDS[workspace.locale === 'pt-BR' ? 'pt-BR' : 'en']
  const lines: string[] = []
  for (const meeting of covered.slice(0, 20)) {
    const { id: meetingId, title, lead_id: leadId, starts_at: startsAt, ends_at: endsAt } = meeting
    const able = await whoCouldTake(tx, workspace, { startsAt, endsAt, leadId, meetingId })
    const free = people.flatMap(({ id, name }) => (able.includes(id) ? [name] : []))
    lines.push(
      `${localMoment(startsAt, workspace)}: ${title.slice(0, 100)} (${words.free(free.slice(0, 5).join(', '))})`,
    )
  }
  const title = words.title(covered[0]!.person, covered.length).slice(0, 200)
  const notice = { title, body: lines.join('\n'), urgent: true }
  await storeNotice(tx, core, workspace.id, notice, { key: `absence:${absenceId}`, runId: null })
}

const WORDS = {
  en: {
    title: (name: string, count: number) =>
      `${name} will be away: ${count === 1 ? '1 meeting needs' : `${count} meetings need`} somebody else or another time`,
    free: (names: string) => (names === '' ? 'nobody else is free' : `free: ${names}`),
  },
  'pt-BR': {
    title: (name: string, count: number) =>
      `${name} vai estar fora: ${count === 1 ? '1 reunião precisa' : `${count} reuniões precisam`} de outra pessoa ou de outro horário`,
    free: (names: string) => (names === '' ? 'ninguém mais está livre' : `livre: ${names}`),
  },
} as const

interface Covered {
  id: string
  title: string
  lead_id: string | null
  starts_at: Date
  ends_at: Date
  /** Who is away. */
  person: string
}
const ADD_ABSENCE = statement(
  'add-absence',
  `insert into absences (id, workspace_id, user_id, starts_at, ends_at, title, source, created_at)
   select $1, $2, u.id, $4::timestamptz, $5::timestamptz, $6, 'hand', $7
   from users u join memberships m on m.user_id = u.id where m.workspace_id = $2 and lower(u.email) = lower($3)
   returning id`,
)

/** SQL: booked meetings of whoever is away, in that time and still to come after `now`. */
const coveredBy = (now: string) =>
  `from absences a join meetings m on m.workspace_id = a.workspace_id and m.status = 'SCHEDULED'
     and m.starts_at < a.ends_at and m.ends_at > a.starts_at and m.ends_at > ${now}
   left join leads l on l.id = m.lead_id
   where coalesce(m.owner_id, l.owner_id) = a.user_id`
const COVERED = statement(
  'meetings-in-absence',
  `select x.*, u.name as person from (
     select m.id, m.title, m.lead_id, m.starts_at, m.ends_at, a.user_id ${coveredBy('$2')} and a.id = $1::uuid
   ) x join users u on u.id = x.user_id order by x.starts_at, x.id`,
)
const NAMES = statement(
  'names-of-team',
  `select u.id, u.name from users u join memberships m on m.user_id = u.id where m.workspace_id = $1 order by m.created_at, u.id`,
)

/** When somebody of the team is away. Times are ISO 8601 in UTC. */
export interface Absence {
  readonly id: string
  readonly userId: string
  readonly startsAt: string
  readonly endsAt: string
  readonly title: string
  /** Booked meetings of theirs in that time, still to come, by their start: each needs somebody else or another time. */
  readonly meetingIds: readonly string[]
}

/** Those that people entered and that are not over yet, by their start; at most 500. */
export async function listAbsences(core: Pick<Core, 'sql' | 'clock'>, workspaceId: WorkspaceId): Promise<Absence[]> {
  const rows = await core.sql.query<{
    id: string
    user_id: string
    starts_at: Date
    ends_at: Date
    title: string
    meeting_ids: string[]
  }>(LIST_ABSENCES, [workspaceId, core.clock.now()])
  return rows.map(row => ({
    id: row.id,
    userId: row.user_id,
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    title: row.title,
    meetingIds: row.meeting_ids,
  }))
}
const LIST_ABSENCES = statement(
  'list-absences',
  `select x.id, x.user_id, x.starts_at, x.ends_at, x.title, array(select m.id::text ${coveredBy('$2')} and a.id = x.id order by m.starts_at, m.id) as meeting_ids
   from absences x where x.workspace_id = $1 and x.ends_at > $2 and x.source = 'hand' order by x.starts_at, x.id limit 500`,
)

/** Takes an absence back; one that is gone stays so. */
export async function removeAbsence(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, id: string): Promise<void> {
  await core.sql.query(REMOVE_ABSENCE, [workspaceId, id])
}
const REMOVE_ABSENCE = statement('remove-absence', `delete from absences where workspace_id = $1 and id = $2`)
