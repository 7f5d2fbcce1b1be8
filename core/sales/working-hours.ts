/** When people take meetings: the workspace's hours, and those of a person who keeps others. A meeting that is booked stays whatever they become. */
import { actorOf, audit } from '../access/audit.ts'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { isTimeZone, parseTimeOfDay, type Weekday, WEEKDAYS } from '../playbooks/local-time.ts'
import { type Sql, statement } from '../sql.ts'

export interface WorkingHours {
  /** None: they take no meetings. */
  readonly days: readonly Weekday[]
  /** Minutes after midnight; `opens` lies before `closes`. */
  readonly opens: number
  readonly closes: number
  /** IANA name, in which they are meant. */
  readonly timeZone: string
}
export interface HoursOf {
  /** Null: the workspace's. */
  readonly userId: string | null
  readonly hours: WorkingHours
  /** False: they follow the workspace's, or the workspace has those that every one begins with. */
  readonly own: boolean
}

/** Until somebody says otherwise. */
const USUAL = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], opens: 9 * 60, closes: 18 * 60 } as const

/** The workspace's hours first, then those of each person who may take meetings, longest here first. */
export async function listWorkingHours(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<HoursOf[]> {
  const { timeZone } = await getWorkspace(core, workspaceId)
  return readWorkingHours(core.sql, workspaceId, timeZone)
}

/** The same, in a transaction. */
export async function readWorkingHours(sql: Sql, workspaceId: WorkspaceId, timeZone: string): Promise<HoursOf[]> {
  const rows = await sql.query<HoursRow>(WORKING_HOURS, [workspaceId])
  const team = rows.find(row => row.user_id === null)
  const usual = hoursOf(team, { ...USUAL, timeZone })
  return [
    { userId: null, hours: usual, own: team !== undefined },
    ...rows.flatMap(row =>
      row.user_id === null ? [] : [{ userId: row.user_id, hours: hoursOf(row, usual), own: row.days !== null }],
    ),
  ]
}

const hoursOf = (row: HoursRow | undefined, usual: WorkingHours): WorkingHours =>
  row?.days
    ? { days: row.days, opens: row.opens!, closes: row.closes!, timeZone: row.time_zone ?? usual.timeZone }
    : usual

/** What somebody enters: times of day as `09:00`, `24:00` for the end of a day. */
export interface HoursInput {
  /** Of the person; null: the workspace's. */
  readonly email: string | null
  readonly days: readonly Weekday[]
  readonly from: string
  readonly to: string
  /** Of a person who is elsewhere; null: the workspace's. */
  readonly timeZone: string | null
}

/** Throws `BAD_USER_INPUT` for hours that cannot be, `NOT_FOUND` for who does not take meetings here. */
export async function setWorkingHours(
  core: Pick<Core, 'sql' | 'clock'>,
  by: { readonly workspaceId: WorkspaceId; readonly userId: UserId },
  input: HoursInput,
): Promise<void> {
  const { email, timeZone } = input
  const days = WEEKDAYS.filter(day => input.days.includes(day))
  const [opens, closes] = [minutesOf(input.from), minutesOf(input.to)]
  if (opens >= closes)
    throw refused(`Working hours must begin before they end; found ${input.from} to ${input.to}. Exchange the two.`)
  if (email === null && days.length === 0)
    throw refused('Working hours need a day at least; to close for some days, enter absences.')
  if (timeZone !== null && (email === null || !isTimeZone(timeZone)))
    throw refused(
      email === null
        ? 'The workspace has its own time zone: give one only to a person.'
        : `There is no time zone ${JSON.stringify(timeZone)}: write its IANA name, America/Sao_Paulo.`,
    )
  await core.sql.transaction(async tx => {
    const userId = await personOf(tx, by.workspaceId, email)
    const now = core.clock.now()
    await tx.query(SET_HOURS, [by.workspaceId, userId, days, opens, closes, timeZone, now])
    const data = { days, from: input.from, to: input.to, timeZone }
    const entry = { action: 'working-hours.set', target: targetOf(userId), data }
    await audit(tx, by.workspaceId, { actor: actorOf(by.userId), ...entry }, now)
  })
}

/** The person follows the workspace again, the workspace what it began with. Done twice it changes nothing. Throws `NOT_FOUND`. */
export async function resetWorkingHours(
  core: Pick<Core, 'sql' | 'clock'>,
  by: { readonly workspaceId: WorkspaceId; readonly userId: UserId },
  email: string | null,
): Promise<void> {
  await core.sql.transaction(async tx => {
    const userId = await personOf(tx, by.workspaceId, email)
    if ((await tx.query(RESET_HOURS, [by.workspaceId, userId])).length === 0) return
    const entry = { action: 'working-hours.reset', target: targetOf(userId), data: {} }
    await audit(tx, by.workspaceId, { actor: actorOf(by.userId), ...entry }, core.clock.now())
  })
}

async function personOf(tx: Sql, workspaceId: WorkspaceId, email: string | null): Promise<string | null> {
  if (email === null) return null
  const [row] = await tx.query<{ id: string }>(WHO_TAKES, [workspaceId, email])
  if (row) return row.id
  throw new TraeError('NOT_FOUND', `${email} takes no meetings here: invite them with a role above VIEWER.`)
}

function minutesOf(text: string): number {
  const time = parseTimeOfDay(text)
  if (time) return time.hour * 60 + time.minute
  throw refused(`${JSON.stringify(text)} is no time of day: write hours and minutes as 09:00, to 24:00.`)
}

const targetOf = (userId: string | null) => (userId === null ? 'workspace:hours' : `user:${userId}`)
const refused = (message: string) => new TraeError('BAD_USER_INPUT', message)

interface HoursRow {
  user_id: string | null
  days: Weekday[] | null
  opens: number | null
  closes: number | null
  time_zone: string | null
}
const WORKING_HOURS = statement(
  'working-hours',
  `select x.* from (
     select m.user_id, h.days, h.opens, h.closes, h.time_zone, m.created_at
     from memberships m left join working_hours h on h.workspace_id = m.workspace_id and h.user_id = m.user_id
     where m.workspace_id = $1 and m.role <> 'VIEWER'
     union all
     select null, days, opens, closes, time_zone, null from working_hours where workspace_id = $1 and user_id is null
   ) x order by x.created_at, x.user_id`,
)
const WHO_TAKES = statement(
  'who-takes-meetings',
  `select u.id from users u join memberships m on m.user_id = u.id
   where m.workspace_id = $1 and m.role <> 'VIEWER' and lower(u.email) = lower($2)`,
)
const SET_HOURS = statement(
  'set-working-hours',
  `insert into working_hours (workspace_id, user_id, days, opens, closes, time_zone, changed_at)
   values ($1, $2::uuid, $3::text[], $4::int, $5::int, $6, $7)
   on conflict (workspace_id, user_id) do update
   set days = excluded.days, opens = excluded.opens, closes = excluded.closes, time_zone = excluded.time_zone, changed_at = excluded.changed_at`,
)
const RESET_HOURS = statement(
  'reset-working-hours',
  `delete from working_hours where workspace_id = $1 and user_id is not distinct from $2::uuid returning workspace_id`,
)
