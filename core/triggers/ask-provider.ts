/**
 * What a lead does to a meeting that stands in the calendar of a vendor. Its wish and the event that starts the run which asks the vendor are stored in one
 * transaction: from then on nothing is lost, whoever dies, and the run is journalled like any other, so that the vendor is asked under one key. The plugin says
 * that it is done (`ctx.records.meetings.booked`, `calledOff`), which takes the wish away and tells playbooks; a wish whose run came to nothing stands until the next.
 */
import { getWorkspace, type Workspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { meetingChangeVersion } from '../publishing/meeting-change-playbook.ts'
import type { PublishCore } from '../publishing/publish-playbook.ts'
import { startRequest } from '../runs/start-request.ts'
import { localMoment } from '../sales/availability.ts'
import { movableUntil, refusal } from '../sales/change-by-lead.ts'
import { type MeetingOfLink, type ProviderOfMeeting, type Wish, wishOf } from '../sales/meeting-of-link.ts'
import { offeredSpan } from '../sales/meeting-times.ts'
import { type Sql, statement } from '../sql.ts'

type AskCore = PublishCore & Pick<Core, 'playbooks'>
export type Asked =
  { readonly kind: 'move'; readonly startsAt: Date } | { readonly kind: 'cancel'; readonly reason: string | null }

/**
 * Stores what the lead has asked for, and starts the run that does it. The same again while that is on its way changes nothing. Throws `NOT_FOUND` where the plugin is gone, and
 * `CONFLICT` with a `Refusal`: `changed` where `sequence` is not that of the meeting, `pending` while something else is on its way.
 */
export async function askProvider(
  core: AskCore,
  meeting: Pick<MeetingOfLink, 'id' | 'workspaceId' | 'title'> & { readonly provider: ProviderOfMeeting },
  asked: Asked,
  sequence: number,
): Promise<void> {
  const { id, workspaceId, provider } = meeting
  const workspace = await getWorkspace(core, workspaceId)
  const version = await meetingChangeVersion(core, workspaceId, provider, asked.kind)
  const stored = await core.sql.transaction(async tx => {
    const row = await lock(tx, workspaceId, id)
    const now = core.clock.now()
    if (row.status === 'CANCELLED' && asked.kind === 'cancel') return false
    if (row.status === 'CANCELLED') throw refusal('cancelled', row)
    if (row.starts_at <= now) throw refusal('over', row)
    const wish = wishOf(row)
    if (wish?.state === 'asked') {
      if (wish.kind === asked.kind && wish.startsAt?.getTime() === startOf(asked)?.getTime()) return false
      throw refusal('pending', row)
    }
    if (row.sequence !== sequence) throw refusal('changed', row)
    if (asked.kind === 'move') demandMovable(row, asked.startsAt, now)
    const request = startRequest(version, {
      inputs: { data: inputOf(provider, asked), leadId: row.lead_id, ...wordsOf(workspace, meeting.title, asked) },
      subjectId: row.lead_id,
      data: { startedBy: 'lead', leadId: row.lead_id, meetingId: provider.externalId },
      source: 'calendar',
    })
    const reason = asked.kind === 'cancel' ? asked.reason : null
    await tx.query(STORE_WISH, [id, asked.kind, startOf(asked) ?? null, reason, request.target.runId])
    await appendEvent(tx, workspaceId, request, now)
    return true
  })
  if (stored) core.queue.ring('events')
}

function demandMovable(row: WishedRow, startsAt: Date, now: Date): void {
  if (now > movableUntil(row.starts_at)) throw refusal('late', row)
  // It was offered for this meeting, by a page that may have been read long ago
  const { from } = offeredSpan({ startsAt: row.starts_at }, now)
  if (startsAt < from || startsAt.getTime() === row.starts_at.getTime()) throw refusal('taken', row)
}

const startOf = (asked: Asked) => (asked.kind === 'move' ? asked.startsAt : undefined)

const inputOf = ({ externalId: id }: ProviderOfMeeting, asked: Asked) =>
  asked.kind === 'move'
    ? { id, startsAt: asked.startsAt.toISOString() }
    : { id, ...(asked.reason === null ? {} : { reason: asked.reason }) }

/** What the team is told where it comes to nothing. */
function wordsOf(workspace: Workspace, meeting: string, asked: Asked): { title: string; body: string } {
  const to = asked.kind === 'move' ? localMoment(asked.startsAt, workspace) : undefined
  if (workspace.locale === 'pt-BR')
    return {
      title: `${meeting}: o lead pediu para ${to === undefined ? 'cancelar' : `mudar para ${to}`}, e a agenda não fez`,
      body: 'A reunião continua como estava. Fale com o lead.',
    }
  return {
    title: `${meeting}: the lead asked to ${to === undefined ? 'cancel' : `move it to ${to}`}, and the calendar did not`,
    body: 'The meeting stays as it was. Talk to the lead.',
  }
}

/** Waits up to so many milliseconds of the machine until the wish is on its way no more; undefined: it still is. */
export async function answerToWish(
  core: Pick<Core, 'sql'>,
  { id, workspaceId }: Pick<MeetingOfLink, 'id' | 'workspaceId'>,
  patienceMs: number,
): Promise<'done' | 'taken' | 'refused' | undefined> {
  for (const until = Date.now() + patienceMs; ;) {
    const [row] = await core.sql.query<WishedRow>(READ_WISH, [workspaceId, id])
    const wish = row && wishOf(row)
    if (!wish) return 'done'
    if (wish.state !== 'asked') return wish.state
    if (Date.now() >= until) return undefined
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}
const LOOK_MS = 100

async function lock(tx: Sql, workspaceId: WorkspaceId, id: string): Promise<WishedRow> {
  await tx.query(LOCK_MEETING, [workspaceId, id]) // what is read next is what whoever held it has left
  const [row] = await tx.query<WishedRow>(READ_WISH, [workspaceId, id])
  if (!row) throw new Error(`the meeting ${id} went away while its lead looked at it`)
  return row
}

interface WishedRow extends Wish {
  lead_id: string
  status: 'SCHEDULED' | 'CANCELLED'
  starts_at: Date
  sequence: number
}
const LOCK_MEETING = statement(
  'provider-meetings.lock',
  `select id from provider_meetings where workspace_id = $1 and id = $2 for update`,
)
const READ_WISH = statement(
  'provider-meetings.read-wish',
  `select p.lead_id, p.status, p.starts_at, p.sequence, p.wish, p.wish_starts_at, r.status as run_status, r.output as run_output
   from provider_meetings p left join runs r on r.id = p.wish_run_id where p.workspace_id = $1 and p.id = $2`,
)
const STORE_WISH = statement(
  'provider-meetings.store-wish',
  `update provider_meetings set wish = $2, wish_starts_at = $3, wish_reason = $4, wish_run_id = $5, sequence = sequence + 1 where id = $1`,
)
