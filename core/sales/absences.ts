import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { isHoliday } from '../playbooks/holidays.ts'
import { addDays, instantOf, localTime } from '../playbooks/local-time.ts'
import { statement } from '../sql.ts'

interface Span {
  readonly startsAt: Date
  readonly endsAt: Date
}

/** Enters when somebody of the team takes no meetings. Throws `NOT_FOUND` for who is not of it, `BAD_USER_INPUT` for an end before its start. */
export async function addAbsence(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  { email, startsAt, endsAt, title }: { email: string; startsAt: string; endsAt: string; title: string },
): Promise<{ id: string }> {
  if (!(new Date(endsAt) > new Date(startsAt)))
    throw new TraeError('BAD_USER_INPUT', `An absence must end after it starts; found ${startsAt} to ${endsAt}.`)
  const values = [newId(), workspaceId, email, startsAt, endsAt, title, core.clock.now()]
  const [row] = await core.sql.query<{ id: string }>(ADD_ABSENCE, values)
  if (!row) throw new TraeError('NOT_FOUND', `${email} is nobody of this team.`)
  return row
}
const ADD_ABSENCE = statement(
  'add-absence',
  `insert into absences (id, workspace_id, user_id, starts_at, ends_at, title, source, created_at)
   select $1, $2, u.id, $4::timestamptz, $5::timestamptz, $6, 'hand', $7
   from users u join memberships m on m.user_id = u.id where m.workspace_id = $2 and lower(u.email) = lower($3)
   returning id`,
)

/** When nobody can take a meeting between two instants: national holidays where the workspace keeps them, and while all who sell are away. */
export async function closedTimes(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<Span[]> {
  const { timeZone, locale } = await getWorkspace(core, workspaceId)
  return [...(locale === 'pt-BR' ? holidays(from, to, timeZone) : []), ...(await allAway(core, workspaceId, from, to))]
}

function holidays(from: Date, to: Date, timeZone: string): Span[] {
  const spans: Span[] = []
  const first = localTime(from.getTime(), timeZone)
  for (let ahead = 0; ; ahead++) {
    const day = addDays(first, ahead)
    const startsAt = new Date(instantOf({ ...day, hour: 0, minute: 0 }, timeZone))
    if (startsAt >= to) return spans
    if (!isHoliday(day, 'BR')) continue
    spans.push({ startsAt, endsAt: new Date(instantOf({ ...addDays(day, 1), hour: 0, minute: 0 }, timeZone)) })
  }
}

async function allAway(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, from: Date, to: Date): Promise<Span[]> {
  const rows = await core.sql.query<{ user_id: string; starts_at: Date | null; ends_at: Date | null }>(ABSENCES, [
    workspaceId,
    from,
    to,
  ])
  const people = [...Map.groupBy(rows, row => row.user_id).values()].map(own =>
    own.flatMap(({ starts_at, ends_at }) => (starts_at && ends_at ? [{ startsAt: starts_at, endsAt: ends_at }] : [])),
  )
  const [first, ...others] = people
  return others.reduce(
    (common, spans) => common.flatMap(one => spans.flatMap(other => overlap(one, other))),
    first ?? [],
  )
}

function overlap(one: Span, other: Span): Span[] {
  const startsAt = one.startsAt > other.startsAt ? one.startsAt : other.startsAt
  const endsAt = one.endsAt < other.endsAt ? one.endsAt : other.endsAt
  return startsAt < endsAt ? [{ startsAt, endsAt }] : []
}

// A row for each who sells, also for those who are not away.
const ABSENCES = statement(
  'absences-between',
  `select m.user_id, a.starts_at, a.ends_at from memberships m
   left join absences a on a.workspace_id = m.workspace_id and a.user_id = m.user_id and a.starts_at < $3 and a.ends_at > $2
   where m.workspace_id = $1 and m.role <> 'VIEWER' order by a.starts_at`,
)

/** When somebody of the team is away. Times are ISO 8601 in UTC. */
export interface Absence {
  readonly id: string
  readonly userId: string
  readonly startsAt: string
  readonly endsAt: string
  readonly title: string
}

/** Those that people entered and that are not over yet, by their start; at most 500. */
export async function listAbsences(core: Pick<Core, 'sql' | 'clock'>, workspaceId: WorkspaceId): Promise<Absence[]> {
  const rows = await core.sql.query<{ id: string; user_id: string; starts_at: Date; ends_at: Date; title: string }>(
    LIST_ABSENCES,
    [workspaceId, core.clock.now()],
  )
  return rows.map(row => ({
    id: row.id,
    userId: row.user_id,
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    title: row.title,
  }))
}
const LIST_ABSENCES = statement(
  'list-absences',
  `select id, user_id, starts_at, ends_at, title from absences where workspace_id = $1 and ends_at > $2 and source = 'hand' order by starts_at, id limit 500`,
)

/** Takes an absence back; one that is gone stays so. */
export async function removeAbsence(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, id: string): Promise<void> {
  await core.sql.query(REMOVE_ABSENCE, [workspaceId, id])
}
const REMOVE_ABSENCE = statement('remove-absence', `delete from absences where workspace_id = $1 and id = $2`)
