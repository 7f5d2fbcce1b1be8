/**
 * When who can take a meeting. Of a team each person has a calendar: a time is free where one person at least is in their working hours, in
 * no meeting and not away, and whoever is free takes it. A workspace with nobody who takes meetings has one calendar, which is nobody's.
 * What is to be true of a booking is asked with the calendar held (`lockCalendar`), so that two never give one person two meetings.
 */
import { getWorkspace, type Workspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { isHoliday } from '../playbooks/holidays.ts'
import { addDays, instantOf, localTime, weekdayOf } from '../playbooks/local-time.ts'
import { type Sql, statement } from '../sql.ts'
import { readWorkingHours, type WorkingHours } from './working-hours.ts'

export interface Span {
  readonly startsAt: Date
  readonly endsAt: Date
}
/** Somebody who takes meetings. */
interface Taker {
  /** Null: nobody's calendar. */
  readonly userId: string | null
  readonly hours: WorkingHours
  /** By meetings and absences, by their start. */
  readonly taken: readonly Span[]
}
interface Team {
  readonly takers: readonly Taker[]
  /** National holidays where the workspace keeps them. */
  readonly holidays: readonly Span[]
  readonly timeZone: string
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Meetings start at the full or the half hour. */
const GRID = 30
/** Nobody is offered a meeting later; as far calendars elsewhere are read. */
const MOST_DAYS = 60

/** Times of so many minutes in which somebody is free, earliest first, of the 60 days from `from` on. Instants are ISO 8601. */
export async function freeTimes(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to, minutes, limit = 5, userId, meetingId }: FreeTimesQuestion,
): Promise<{ startsAt: string; endsAt: string }[]> {
  const start = Date.parse(from)
  const window = { from: start, to: Math.min(Date.parse(to), start + MOST_DAYS * DAY_MS) }
  if (window.to <= start) return []
  const span = { startsAt: new Date(window.from), endsAt: new Date(window.to), meetingId: meetingId ?? null }
  const { takers, holidays } = await readTeam(core.sql, await getWorkspace(core, workspaceId), span)
  const asked = takers.filter(taker => userId === undefined || taker.userId === userId)
  // The first ones of all are among the first ones of each.
  const starts = new Set(
    asked.flatMap(({ hours, taken }) => starting(hours, [...taken, ...holidays], { ...window, minutes, limit })),
  )
  return [...starts]
    .sort((a, b) => a - b)
    .slice(0, limit)
    .map(at => ({ startsAt: iso(at), endsAt: iso(at + minutes * MINUTE_MS) }))
}

export interface FreeTimesQuestion {
  readonly from: string
  readonly to: string
  readonly minutes: number
  /** How many; 5 without it. */
  readonly limit?: number | undefined
  /** Of this person alone; null: of nobody's calendar. Without it anybody's. */
  readonly userId?: string | null | undefined
  /** This meeting is in nobody's way. */
  readonly meetingId?: string | undefined
}

/** Days are counted in local time, so that weekends and the change to summer time fall right. Pure. */
function starting(
  { days, opens, closes, timeZone }: WorkingHours,
  taken: readonly Span[],
  { from, to, minutes, limit }: { from: number; to: number; minutes: number; limit: number },
): number[] {
  const found: number[] = []
  const today = localTime(from, timeZone)
  for (let ahead = 0; ; ahead++) {
    const day = addDays(today, ahead)
    if (instantOf({ ...day, hour: 0, minute: 0 }, timeZone) >= to) return found
    if (!days.includes(weekdayOf(day))) continue
    for (let minute = Math.ceil(opens / GRID) * GRID; minute + minutes <= closes; minute += GRID) {
      const start = instantOf({ ...day, hour: 0, minute }, timeZone)
      const end = start + minutes * MINUTE_MS
      if (start < from || end > to || taken.some(span => crosses(span, start, end))) continue
      found.push(start)
      if (found.length === limit) return found
    }
  }
}

/** When nobody can take a meeting, whatever their hours: on holidays, and while everybody is in a meeting or away. By start. */
export async function busy(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to }: { from: string; to: string },
): Promise<{ startsAt: string; endsAt: string }[]> {
  const window = { startsAt: new Date(from), endsAt: new Date(to) }
  const { takers, holidays } = await readTeam(core.sql, await getWorkspace(core, workspaceId), window)
  const working = takers.filter(({ hours }) => hours.days.length > 0)
  const [first, ...others] = working.length === 0 ? [[window]] : working.map(({ taken }) => taken)
  const common = others.reduce((spans, own) => spans.flatMap(one => own.flatMap(other => overlap(one, other))), first!)
  return [...common, ...holidays]
    .toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime())
    .map(span => ({ startsAt: span.startsAt.toISOString(), endsAt: span.endsAt.toISOString() }))
}

/** What a meeting is, to whoever looks for somebody who takes it. */
export interface Wanted extends Span {
  readonly leadId: string | null
  /** Of a meeting that is there: it is in nobody's way. */
  readonly meetingId?: string
  /** Who has it now and keeps it where they can. */
  readonly keeper?: string | null
}

/**
 * Who takes a meeting at this very time; null: it is nobody's calendar. First whoever has it, then the lead's owner, then its open deal's, then who
 * has the fewest meetings on that day, then who is longest here. At a time in somebody's hours only those take it whose hours it is in; at
 * any other time whoever is free. Throws `CONFLICT` where nobody is. Held by the calendar's lock, in the transaction that stores it.
 */
export async function chooseTaker(tx: Sql, workspace: Workspace, wanted: Wanted): Promise<string | null> {
  const { startsAt, leadId, keeper } = wanted
  const team = await readTeam(tx, workspace, wanted)
  const able = atWork(team, wanted).filter(taker => isFree(taker, wanted))
  const kept = team.takers.find(taker => taker.userId === keeper && isFree(taker, wanted))
  if (kept && (able.length === 0 || able.includes(kept))) return kept.userId
  if (able.length === 0)
    throw new TraeError('CONFLICT', `The calendar is taken at ${startsAt.toISOString()}; choose another time.`)
  if (able.length === 1) return able[0]!.userId
  const [owners] = await tx.query<{ lead: string | null; deal: string | null }>(OWNERS, [workspace.id, leadId])
  const day = { ...localTime(startsAt.getTime(), team.timeZone), hour: 0, minute: 0 }
  const [from, to] = [instantOf(day, team.timeZone), instantOf(addDays(day, 1), team.timeZone)]
  const rows = await tx.query<{ user_id: string; n: number }>(ON_DAY, [workspace.id, new Date(from), new Date(to)])
  const load = new Map(rows.map(row => [row.user_id, row.n]))
  const rank = ({ userId }: Taker): readonly number[] => [
    userId === owners!.lead ? 0 : 1,
    userId === owners!.deal ? 0 : 1,
    load.get(userId!) ?? 0,
  ]
  return able.toSorted((a, b) => compare(rank(a), rank(b)))[0]!.userId // the order of those who are alike stays
}

/** Who could take a meeting at its time, whoever has it. */
export async function whoCouldTake(tx: Sql, workspace: Workspace, wanted: Wanted): Promise<(string | null)[]> {
  const team = await readTeam(tx, workspace, wanted)
  return atWork(team, wanted).flatMap(taker => (isFree(taker, wanted) ? [taker.userId] : []))
}

/** So that bookings, moves and absences of a workspace never cross, until the transaction is over. */
export const lockCalendar = (tx: Sql, workspaceId: WorkspaceId) => tx.query(LOCK_CALENDAR, [workspaceId])
const LOCK_CALENDAR = statement('lock-calendar', `select id from workspaces where id = $1 for update`)

/** Those whose hours the time is in; where it is in nobody's, all who take meetings at all. */
function atWork({ takers, holidays }: Team, span: Span): readonly Taker[] {
  const [start, end] = [span.startsAt.getTime(), span.endsAt.getTime()]
  const working = holidays.some(holiday => crosses(holiday, start, end))
    ? []
    : takers.filter(({ hours }) => isInHours(hours, start, end))
  return working.length > 0 ? working : takers.filter(({ hours }) => hours.days.length > 0)
}

function isInHours({ days, opens, closes, timeZone }: WorkingHours, start: number, end: number): boolean {
  const day = localTime(start, timeZone)
  if (!days.includes(weekdayOf(day))) return false
  const at = (minute: number) => instantOf({ ...day, hour: 0, minute }, timeZone)
  return at(opens) <= start && end <= at(closes)
}

const isFree = ({ taken }: Taker, { startsAt, endsAt }: Span) =>
  !taken.some(span => crosses(span, startsAt.getTime(), endsAt.getTime()))

/** Two spans that only touch do not. */
const crosses = (span: Span, start: number, end: number) =>
  span.startsAt.getTime() < end && start < span.endsAt.getTime()

function overlap(one: Span, other: Span): Span[] {
  const startsAt = one.startsAt > other.startsAt ? one.startsAt : other.startsAt
  const endsAt = one.endsAt < other.endsAt ? one.endsAt : other.endsAt
  return startsAt < endsAt ? [{ startsAt, endsAt }] : []
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at === -1 ? 0 : a[at]! - b[at]!
}

/** SQL: is this person in no other meeting and not away while this meeting lasts? Whether it is in their hours is theirs to say. */
export const freeFor = (person: string, meeting: string) =>
  `(not exists (select from meetings o left join leads ol on ol.id = o.lead_id
     where o.workspace_id = ${meeting}.workspace_id and o.id <> ${meeting}.id and o.status = 'SCHEDULED' and coalesce(o.owner_id, ol.owner_id) = ${person}
       and o.starts_at < ${meeting}.ends_at and o.ends_at > ${meeting}.starts_at)
   and not exists (select from absences a where a.workspace_id = ${meeting}.workspace_id and a.user_id = ${person}
       and a.starts_at < ${meeting}.ends_at and a.ends_at > ${meeting}.starts_at))`

/** As people of the workspace read it: qua., 4 de mar., 12:00. */
export const localMoment = (at: Date, { locale, timeZone }: Pick<Workspace, 'locale' | 'timeZone'>) =>
  new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at)

const iso = (instant: number) => new Date(instant).toISOString()

async function readTeam(
  sql: Sql,
  { id: workspaceId, timeZone, locale }: Workspace,
  { startsAt, endsAt, meetingId = null }: Span & { readonly meetingId?: string | null },
): Promise<Team> {
  const [team, ...people] = await readWorkingHours(sql, workspaceId, timeZone)
  const rows = await sql.query<TakenRow>(TAKEN, [workspaceId, startsAt, endsAt, meetingId])
  const spans = rows.map(row => ({ userId: row.user_id, startsAt: row.starts_at, endsAt: row.ends_at, away: row.away }))
  const takers =
    people.length === 0
      ? [{ userId: null, hours: team!.hours, taken: spans.filter(({ away }) => !away) }]
      : people.map(({ userId, hours }) => ({
          userId,
          hours,
          taken: spans.filter(span => span.userId === userId || span.userId === null),
        }))
  return { takers, holidays: locale === 'pt-BR' ? holidaysIn(startsAt, endsAt, timeZone) : [], timeZone }
}

function holidaysIn(from: Date, to: Date, timeZone: string): Span[] {
  const spans: Span[] = []
  const first = { ...localTime(from.getTime(), timeZone), hour: 0, minute: 0 }
  for (let ahead = 0; ; ahead++) {
    const day = addDays(first, ahead)
    const startsAt = new Date(instantOf(day, timeZone))
    if (startsAt >= to) return spans
    if (isHoliday(day, 'BR')) spans.push({ startsAt, endsAt: new Date(instantOf(addDays(day, 1), timeZone)) })
  }
}

interface TakenRow {
  /** Null: of a meeting that nobody has yet, which stands in everybody's way. */
  user_id: string | null
  starts_at: Date
  ends_at: Date
  away: boolean
}
const TAKEN = statement(
  'calendars-taken',
  `select coalesce(m.owner_id, l.owner_id) as user_id, m.starts_at, m.ends_at, false as away
   from meetings m left join leads l on l.id = m.lead_id
   where m.workspace_id = $1 and m.status = 'SCHEDULED' and m.starts_at < $3::timestamptz and m.ends_at > $2::timestamptz
     and m.id is distinct from $4::uuid
   union all
   select user_id, starts_at, ends_at, true from absences
   where workspace_id = $1 and starts_at < $3::timestamptz and ends_at > $2::timestamptz
   order by starts_at`,
)
const OWNERS = statement(
  'owners-of-lead',
  `select (select owner_id from leads where workspace_id = $1 and id = $2::uuid) as lead,
     (select owner_id from deals where workspace_id = $1 and lead_id = $2::uuid and owner_id is not null and stage not in ('WON', 'LOST')
      order by created_at desc, id desc limit 1) as deal`,
)
const ON_DAY = statement(
  'meetings-on-day',
  `select coalesce(m.owner_id, l.owner_id) as user_id, count(*)::int as n
   from meetings m left join leads l on l.id = m.lead_id
   where m.workspace_id = $1 and m.status <> 'CANCELLED' and m.starts_at >= $2 and m.starts_at < $3 group by 1`,
)
