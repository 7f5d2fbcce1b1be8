/**
 * Meetings that stand in the calendar of a vendor. The vendor has them; kept here is what the page needs on which the lead moves or cancels one, as the plugin
 * has told it last, and what the lead has asked for until the plugin says that it is done. They are none of the built-in calendar: nobody's
 * working hours and no double booking here are about them.
 */
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { tellChange } from './change-meeting.ts'

type MeetingCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

/** Which plugin tells, of which of its accounts, in which run. */
interface Teller {
  readonly pluginId: string
  readonly account: string
  readonly runId: string | null
}

export interface BookedElsewhere {
  /** As the vendor names it. */
  readonly externalId: string
  readonly leadId: string
  readonly title: string
  readonly startsAt: string
  readonly endsAt: string
  readonly location?: string | undefined
}

/**
 * A meeting stands in a vendor's calendar at that time. The first word makes it known, another time is told to playbooks (`meeting.moved`, by the lead where it is
 * what the lead asked for) and to the history of the lead; the same again changes nothing. Throws `NOT_FOUND` for a lead that this workspace does not have.
 */
export async function keepBooked(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  booked: BookedElsewhere,
  teller: Teller,
): Promise<{ id: string }> {
  const workspace = await getWorkspace(core, workspaceId)
  const { externalId, leadId, title, location = null } = booked
  const [startsAt, endsAt] = [new Date(booked.startsAt), new Date(booked.endsAt)]
  if (!(endsAt > startsAt))
    throw new TraeError('BAD_USER_INPUT', `A meeting must end after it starts; found ${booked.startsAt} to ${booked.endsAt}.`) // prettier-ignore
  const now = core.clock.now()
  const { row, news } = await core.sql.transaction(async tx => {
    const { pluginId, account } = teller
    const values = [newId(), workspaceId, leadId, pluginId, account, externalId, title, startsAt, endsAt, location, now]
    const [made] = await tx.query<ProviderMeetingRow>(KEEP_BOOKED, values)
    if (made) return { row: made, news: true }
    const before = await lockByName(tx, workspaceId, { pluginId, externalId })
    if (!before) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
    const same = before.starts_at.getTime() === startsAt.getTime() && before.ends_at.getTime() === endsAt.getTime()
    const byLead = before.wish_run_id !== null && before.wish_run_id === teller.runId
    if (same && before.status === 'SCHEDULED') {
      if (byLead) await tx.query(FORGET_WISH, [before.id])
      return { row: before, news: byLead }
    }
    const [row] = await tx.query<ProviderMeetingRow>(MOVE_BOOKED, [before.id, startsAt, endsAt, location, now, byLead])
    const by = byLead ? ('lead' as const) : ('playbook' as const)
    await tellChange(tx, core, workspace, { ...row!, id: externalId }, { type: 'meeting.moved', by })
    return { row: row!, news: true }
  })
  if (news) show(core, workspaceId, row)
  return { id: row.id }
}

/** A meeting stands in the vendor's calendar no more. One that nobody has told of, or that was cancelled before, changes nothing. */
export async function keepCancelled(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  { externalId, reason }: { readonly externalId: string; readonly reason?: string | undefined },
  teller: Teller,
): Promise<void> {
  const workspace = await getWorkspace(core, workspaceId)
  const cancelled = await core.sql.transaction(async tx => {
    const before = await lockByName(tx, workspaceId, { ...teller, externalId })
    if (before?.status !== 'SCHEDULED') return undefined
    const byLead = before.wish_run_id !== null && before.wish_run_id === teller.runId
    await tx.query(CANCEL_BOOKED, [before.id, core.clock.now()])
    const said = { reason: reason ?? null, by: byLead ? ('lead' as const) : ('playbook' as const) }
    await tellChange(tx, core, workspace, { ...before, id: externalId }, { type: 'meeting.cancelled', ...said })
    return before
  })
  if (cancelled) show(core, workspaceId, cancelled)
}

/** After the commit. */
function show(core: MeetingCore, workspaceId: WorkspaceId, { lead_id: leadId }: ProviderMeetingRow): void {
  core.queue.ring('events')
  core.pubsub.publish('lead.updated', { workspaceId, leadId })
}

async function lockByName(
  tx: Sql,
  workspaceId: WorkspaceId,
  { pluginId, externalId }: { readonly pluginId: string; readonly externalId: string },
): Promise<ProviderMeetingRow | undefined> {
  const [row] = await tx.query<ProviderMeetingRow>(LOCK_BY_NAME, [workspaceId, pluginId, externalId])
  return row
}

interface ProviderMeetingRow {
  id: string
  lead_id: string
  title: string
  status: 'SCHEDULED' | 'CANCELLED'
  starts_at: Date
  ends_at: Date
  sequence: number
  wish_run_id: string | null
}
const ROW = 'id, lead_id, title, status, starts_at, ends_at, sequence, wish_run_id'
const KEEP_BOOKED = statement(
  'provider-meetings.keep',
  `with kept as (
     insert into provider_meetings (id, workspace_id, lead_id, plugin_id, account, external_id, title, status, starts_at, ends_at, location, created_at, changed_at)
     select $1, $2, l.id, $4, $5, $6, $7, 'SCHEDULED', $8::timestamptz, $9::timestamptz, $10, $11::timestamptz, $11 from leads l
     where l.workspace_id = $2 and l.id = $3
     on conflict (workspace_id, plugin_id, external_id) do nothing returning ${ROW}
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
     select id, $2, lead_id, 'MEETING', title, jsonb_build_object('meetingId', $6::text, 'startsAt', starts_at), $11 from kept
   )
   select * from kept`,
)
const LOCK_BY_NAME = statement(
  'provider-meetings.lock-by-name',
  `select ${ROW} from provider_meetings where workspace_id = $1 and plugin_id = $2 and external_id = $3 for update`,
)
/** A wish that is under way in another run stands: its answer is still to come. */
const MOVE_BOOKED = statement(
  'provider-meetings.move',
  `update provider_meetings set status = 'SCHEDULED', starts_at = $2, ends_at = $3, location = coalesce($4, location), sequence = sequence + 1, changed_at = $5,
     wish = case when $6::boolean then null else wish end where id = $1 returning ${ROW}`,
)
const CANCEL_BOOKED = statement(
  'provider-meetings.cancel',
  `update provider_meetings set status = 'CANCELLED', sequence = sequence + 1, changed_at = $2, wish = null where id = $1`,
)
const FORGET_WISH = statement('provider-meetings.forget-wish', `update provider_meetings set wish = null where id = $1`)
