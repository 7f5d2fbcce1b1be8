/**
 * Calendars elsewhere whose busy times count here: read every quarter of an hour, by the rules of all that leaves this host. Their times
 * are absences of their person, `source` names the row; they are replaced as a whole, in one transaction with the row's own news. What an
 * event is about is not kept.
 */
import { actorOf, audit } from '../access/audit.ts'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { egress } from '../credentials/egress.ts'
import { errorRecord, TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type BusyTime, readBusy } from './read-busy.ts'

export interface CalendarSource {
  readonly id: string
  readonly host: string
  readonly readAt: Date | null
  readonly problem: string | null
  /** Busy times that are still to come. */
  readonly busy: number
}
interface By {
  readonly workspaceId: WorkspaceId
  readonly userId: UserId
}
type SourceCore = Pick<Core, 'sql' | 'clock' | 'vault' | 'egress' | 'log'>

const READ_EVERY_MS = 15 * 60_000
/** Times that far ahead are kept: nobody is offered a meeting later. */
const AHEAD_MS = 60 * 86_400_000
/** After which a calendar is read in full though it says that nothing has changed: repeated events go on. */
const IN_FULL_MS = 12 * 60 * 60_000
const MOST_SOURCES = 10

/** Subscribes to a calendar, once it was read. Throws what `readSource` throws, `BAD_USER_INPUT`, `CONFLICT` for more than ten. */
export async function addSource(core: SourceCore, by: By, address: string): Promise<CalendarSource> {
  const url = URL.parse(address.trim().replace(/^webcal:/i, 'https:'))
  if (url?.protocol !== 'https:')
    throw new TraeError('BAD_USER_INPUT', 'The address of a calendar starts with https:// or webcal://.')
  const { times, etag } = (await read(core, by.workspaceId, url.href, null))!
  const seal = await core.vault.sealing(by.workspaceId)
  const id = newId()
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const sealed = seal(url.href, placeOf(by.workspaceId, id))
    const due = new Date(now.getTime() + READ_EVERY_MS)
    const values = [id, by.workspaceId, by.userId, sealed, url.hostname, etag, now, due, MOST_SOURCES]
    if ((await tx.query(ADD_SOURCE, values)).length === 0)
      throw new TraeError('CONFLICT', `At most ${MOST_SOURCES} calendars are read for one person.`)
    await tx.query(ADD_BUSY, [by.workspaceId, by.userId, sourceName(id), JSON.stringify(rowsOf(times)), now])
    const entry = { action: 'calendar-source.added', target: `calendar-source:${id}`, data: { host: url.hostname } }
    await audit(tx, by.workspaceId, { actor: actorOf(by.userId), ...entry }, now)
  })
  return (await listSources(core, by)).find(source => source.id === id)!
}

export async function listSources(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, userId }: By,
): Promise<CalendarSource[]> {
  const rows = await core.sql.query<{
    id: string
    host: string
    read_at: Date | null
    problem: string | null
    busy: number
  }>(LIST_SOURCES, [workspaceId, userId, core.clock.now()])
  return rows.map(({ read_at: readAt, ...row }) => ({ ...row, readAt }))
}

/** Its times count no more. One that is gone stays so. */
export async function removeSource(core: Pick<Core, 'sql'>, { workspaceId, userId }: By, id: string): Promise<void> {
  await core.sql.query(REMOVE_SOURCE, [workspaceId, userId, id, sourceName(id)])
}

/** Reads the calendars that are due. What goes wrong with one is noted there, and its last times go on counting. */
export async function readSources(core: SourceCore): Promise<void> {
  const now = core.clock.now()
  const rows = await core.sql.query<SourceRow>(CLAIM_SOURCES, [now, new Date(now.getTime() + READ_EVERY_MS)])
  for (const row of rows) {
    try {
      const address = await core.vault.open(row.address_sealed, placeOf(row.workspace_id, row.id))
      const known = row.read_at && now.getTime() - row.read_at.getTime() < IN_FULL_MS ? row.etag : null
      const found = await read(core, row.workspace_id, address, known)
      if (found) await replace(core, row, found)
      else await core.sql.query(NOTE_PROBLEM, [row.id, null])
    } catch (error) {
      const { code, message } = errorRecord(error)
      const isTheirs = ['VALIDATION', 'UNAVAILABLE', 'PAYLOAD_TOO_LARGE'].includes(code)
      if (!isTheirs)
        core.log.error({ source: row.id, err: error }, 'a calendar cannot be read; the next time tries again')
      await core.sql.query(NOTE_PROBLEM, [
        row.id,
        isTheirs ? message : 'It could not be read; the log of the host says why.',
      ])
    }
  }
}

async function replace(
  core: SourceCore,
  row: SourceRow,
  { times, etag }: { times: readonly BusyTime[]; etag: string | null },
): Promise<void> {
  await core.sql.transaction(async tx => {
    const now = core.clock.now()
    if ((await tx.query(NOTE_READ, [row.id, etag, now])).length === 0) return // removed meanwhile
    await tx.query(CLEAR_BUSY, [row.workspace_id, row.user_id, sourceName(row.id)])
    const values = [row.workspace_id, row.user_id, sourceName(row.id), JSON.stringify(rowsOf(times)), now]
    await tx.query(ADD_BUSY, values)
  })
}

/** Null: nothing has changed since. */
async function read(
  core: SourceCore,
  workspaceId: WorkspaceId,
  url: string,
  known: string | null,
): Promise<{ times: BusyTime[]; etag: string | null } | null> {
  const headers = { accept: 'text/calendar', ...(known === null ? {} : { 'if-none-match': known }) }
  const answer = await egress({ url, method: 'GET', headers }, { ...core.egress, allows: () => true }).catch(error => {
    if (!(error instanceof TraeError) || error.code !== 'PERMISSION') throw error
    throw new TraeError('VALIDATION', error.message.replace(/^fetch: /, ''), { cause: error })
  })
  if (answer.status === 304) return null
  const { hostname } = new URL(url)
  if (answer.status !== 200)
    throw new TraeError('UNAVAILABLE', `${hostname} answers ${answer.status} for this calendar: look at the address.`)
  const { timeZone } = await getWorkspace(core, workspaceId)
  const now = core.clock.now().getTime()
  const times = readBusy(answer.body, { from: new Date(now), to: new Date(now + AHEAD_MS), timeZone })
  return { times, etag: answer.headers['etag'] ?? null }
}

const rowsOf = (times: readonly BusyTime[]) =>
  times.map(({ uid, startsAt, endsAt }) => ({
    id: newId(),
    uid: uid.slice(0, 500),
    starts_at: startsAt,
    ends_at: endsAt,
  }))
const sourceName = (id: string) => `calendar:${id}`
const placeOf = (workspaceId: string, id: string) => `${workspaceId}|calendar_sources|${id}|address`

interface SourceRow {
  id: string
  workspace_id: WorkspaceId
  user_id: string
  address_sealed: string
  etag: string | null
  read_at: Date | null
}
const ADD_SOURCE = statement(
  'calendar-source.add',
  `insert into calendar_sources (id, workspace_id, user_id, address_sealed, host, etag, read_at, due_at, created_at)
   select $1, $2::uuid, $3::uuid, $4, $5, $6, $7::timestamptz, $8, $7::timestamptz
   where (select count(*) from calendar_sources where workspace_id = $2::uuid and user_id = $3::uuid) < $9::int returning id`,
)
const LIST_SOURCES = statement(
  'calendar-source.list',
  `select s.id, s.host, s.read_at, s.problem,
     (select count(*)::int from absences a where a.workspace_id = s.workspace_id and a.user_id = s.user_id and a.source = 'calendar:' || s.id and a.ends_at > $3) as busy
   from calendar_sources s where s.workspace_id = $1 and s.user_id = $2 order by s.created_at, s.id`,
)
const REMOVE_SOURCE = statement(
  'calendar-source.remove',
  `with gone as (
     delete from calendar_sources where workspace_id = $1 and user_id = $2 and id = $3
   )
   delete from absences where workspace_id = $1 and user_id = $2 and source = $4`,
)
const CLAIM_SOURCES = statement(
  'calendar-source.claim',
  `update calendar_sources s set due_at = $2
   where s.id in (select id from calendar_sources where due_at <= $1 order by due_at limit 20 for update skip locked)
   returning s.id, s.workspace_id, s.user_id, s.address_sealed, s.etag, s.read_at`,
)
const NOTE_READ = statement(
  'calendar-source.note-read',
  'update calendar_sources set etag = $2, read_at = $3, problem = null where id = $1 returning id',
)
const NOTE_PROBLEM = statement('calendar-source.note-problem', 'update calendar_sources set problem = $2 where id = $1')
const CLEAR_BUSY = statement(
  'calendar-source.clear',
  'delete from absences where workspace_id = $1 and user_id = $2 and source = $3',
)
const ADD_BUSY = statement(
  'calendar-source.add-busy',
  `insert into absences (id, workspace_id, user_id, starts_at, ends_at, title, source, external_id, created_at)
   select x.id, $1, $2, x.starts_at, x.ends_at, '', $3, x.uid, $5
   from jsonb_to_recordset($4::jsonb) as x(id uuid, uid text, starts_at timestamptz, ends_at timestamptz)`,
)
