import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { movableUntil } from './change-by-lead.ts'
import { leadTimeZone } from './lead-time-zone.ts'
import { openChangeLink } from './meeting-link.ts'

/** A meeting as its lead sees it. */
export interface MeetingOfLink {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly title: string
  readonly startsAt: Date
  readonly endsAt: Date
  readonly location: string | null
  /** Of the company that the lead meets. */
  readonly company: string
  /** Who of the team takes it. */
  readonly takerId: string | null
  readonly taker: string | null
  readonly sequence: number
  readonly changedAt: Date
  readonly locale: 'pt-BR' | 'en'
  /** IANA name: the lead's where it is known, else the workspace's. */
  readonly timeZone: string
  /** `soon`: it can be cancelled, and moved no more. */
  readonly state: 'open' | 'soon' | 'begun' | 'over' | 'cancelled'
  /** Where it stands in the calendar of a vendor; null for the built-in one. */
  readonly provider: ProviderOfMeeting | null
  /** What its lead has asked for of that vendor and is not done, or came to nothing. */
  readonly wish: WishOfLead | null
}

/** Who has a meeting that stands in the calendar of a vendor. */
export interface ProviderOfMeeting {
  readonly pluginId: string
  readonly account: string
  /** As the vendor names it. */
  readonly externalId: string
}

export interface WishOfLead {
  readonly kind: 'move' | 'cancel'
  readonly startsAt: Date | null
  /** `taken`: that time was. `refused`: it came to nothing, and the team was told. */
  readonly state: 'asked' | 'taken' | 'refused'
}

/** A wish as it is stored, with the run that asks the vendor; null where that has not begun. */
export interface Wish {
  wish: 'move' | 'cancel' | null
  wish_starts_at: Date | null
  run_status: string | null
  run_output: unknown
}
const OVER = ['completed', 'failed', 'cancelled', 'quarantined']

export function wishOf(row: Wish): WishOfLead | null {
  const { wish: kind, wish_starts_at: startsAt, run_status: status, run_output: output } = row
  if (kind === null) return null
  if (status === null || !OVER.includes(status)) return { kind, startsAt, state: 'asked' }
  const { done, refused } = (output ?? {}) as { done?: unknown; refused?: unknown }
  if (done === true) return { kind, startsAt, state: 'asked' } // the vendor has done it, and the plugin has yet to say so
  return { kind, startsAt, state: kind === 'move' && refused === 'CONFLICT' ? 'taken' : 'refused' }
}

/** The meeting that a token of an address opens; undefined for no meeting of ours, or one of a person who was erased. */
export async function meetingOfLink(
  core: Pick<Core, 'sql' | 'clock' | 'vault'>,
  token: string,
): Promise<MeetingOfLink | undefined> {
  const id = openChangeLink(core, token)
  if (id === undefined) return undefined
  const now = core.clock.now()
  const [row] = await core.sql.query<MeetingOfLinkRow>(MEETING_OF_LINK, [id])
  if (row) return { ...meetingOf(row, now), provider: null, wish: null }
  const [other] = await core.sql.query<ProviderMeetingRow>(PROVIDER_MEETING_OF_LINK, [id])
  if (!other) return undefined
  const { plugin_id: pluginId, account, external_id: externalId } = other
  return { ...meetingOf(other, now), provider: { pluginId, account, externalId }, wish: wishOf(other) }
}

function meetingOf(row: MeetingOfLinkRow, now: Date): Omit<MeetingOfLink, 'provider' | 'wish'> {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    title: row.title,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    location: row.location,
    company: row.company,
    takerId: row.taker_id,
    taker: row.taker,
    sequence: row.sequence,
    changedAt: row.changed_at,
    locale: row.locale === 'en' ? 'en' : 'pt-BR',
    timeZone: leadTimeZone({ phone: row.phone, data: row.data }) ?? row.time_zone,
    state: stateOf(row, now),
  }
}

function stateOf({ status, starts_at: start, ends_at: end }: MeetingOfLinkRow, now: Date): MeetingOfLink['state'] {
  if (status === 'CANCELLED') return 'cancelled'
  if (status !== 'SCHEDULED' || end <= now) return 'over'
  if (start <= now) return 'begun'
  return now > movableUntil(start) ? 'soon' : 'open'
}

interface MeetingOfLinkRow {
  id: string
  workspace_id: WorkspaceId
  title: string
  status: string
  starts_at: Date
  ends_at: Date
  location: string | null
  sequence: number
  changed_at: Date
  company: string
  time_zone: string
  taker_id: string | null
  taker: string | null
  phone: string | null
  data: Record<string, unknown>
  locale: string
}
/** Who was erased keeps a row without anything of theirs. */
const MEETING_OF_LINK = statement(
  'meeting-of-link',
  `select m.id, m.workspace_id, m.title, m.status, m.starts_at, m.ends_at, m.location, m.sequence, coalesce(m.changed_at, m.created_at) as changed_at,
     w.name as company, w.time_zone, u.id as taker_id, nullif(u.name, '') as taker, l.phone, l.data, l.locale
   from meetings m
   join workspaces w on w.id = m.workspace_id
   join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id and l.name <> '[erased]'
   left join users u on u.id = coalesce(m.owner_id, l.owner_id)
   where m.id = $1`,
)

interface ProviderMeetingRow extends MeetingOfLinkRow, Wish {
  plugin_id: string
  account: string
  external_id: string
}
/** Who takes it only the vendor's calendar knows. */
const PROVIDER_MEETING_OF_LINK = statement(
  'provider-meeting-of-link',
  `select p.id, p.workspace_id, p.title, p.status, p.starts_at, p.ends_at, p.location, p.sequence, p.changed_at,
     w.name as company, w.time_zone, null as taker_id, null as taker, l.phone, l.data, l.locale,
     p.plugin_id, p.account, p.external_id, p.wish, p.wish_starts_at, r.status as run_status, r.output as run_output
   from provider_meetings p
   join workspaces w on w.id = p.workspace_id
   join leads l on l.workspace_id = p.workspace_id and l.id = p.lead_id and l.name <> '[erased]'
   left join runs r on r.id = p.wish_run_id
   where p.id = $1`,
)
