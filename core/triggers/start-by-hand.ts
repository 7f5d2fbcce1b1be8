import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import type { EventId, RunId, WorkspaceId } from '../ids.ts'
import { requireConsent } from '../sales/consent.ts'
import type { PublishedVersion } from '../publishing/playbook-registry.ts'
import { startableVersion } from '../publishing/startable-version.ts'
import { findRuns, type RunRecord } from '../runs/read-runs.ts'
import { startRequest } from '../runs/start-request.ts'
import { type StartingEvent, startRun } from '../runs/start-run.ts'
import { getLead } from '../sales/leads.ts'
import { statement } from '../sql.ts'
import { type DispatchCore, dispatchEvents } from './dispatch-events.ts'

export interface StartByHand {
  /** The playbook's `id` in its file. */
  readonly playbook: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly leadId?: string | undefined
  /** The same key answers with the same run. */
  readonly idempotencyKey?: string | undefined
  /** Who does it, for the record. */
  readonly by: string
}

/**
 * Starts a run and answers it, stored and queued. A repeat under the same key answers the run that is there; so does the
 * playbook's own `idempotencyKey`, and a start that `debounce` merges answers the run that is held back for all of them: its
 * `status` and `reason` say how it stands. Throws `NOT_FOUND` (playbook, lead), `VALIDATION` (inputs) and changes nothing then;
 * `CONFLICT` where the playbook rests, does not let this run in, or the lead has withdrawn their consent; `UNAVAILABLE` where the start is stored and no run is yet.
 */
export async function startByHand(
  core: DispatchCore,
  workspaceId: WorkspaceId,
  start: StartByHand,
): Promise<RunRecord> {
  const version = await startableVersion(core, workspaceId, start.playbook)
  const lead = start.leadId === undefined ? null : await getLead(core, workspaceId, { id: start.leadId })
  if (lead) requireConsent(lead)
  const request = startRequest(version, {
    inputs: start.inputs,
    subjectId: lead?.id ?? null,
    data: { startedBy: start.by, ...(lead ? { leadId: lead.id, lead } : {}) },
    source: `by hand: ${start.by}`,
    key: start.idempotencyKey,
  })
  const stored = await appendEvent(core.sql, workspaceId, request, core.clock.now())
  const eventId = stored ?? (await earlierStart(core, workspaceId, request.dedupeKey!))
  await dispatchNow(core, eventId) // a repeat may be here before the first has come this far
  const begun = await runOfStart(core, eventId)
  const [run] = await findRuns(core, workspaceId, [begun.runId, ...(await runsOfKey(core, version, begun))])
  if (run) return run
  if (!begun.dispatched)
    throw new TraeError(
      'UNAVAILABLE',
      `The start of ${version.slug} is stored, and its run begins when the engine has come to it. Ask again${start.idempotencyKey === undefined ? ' for its runs' : ' with the same idempotencyKey'}.`,
    )
  throw new TraeError(
    'CONFLICT',
    `${version.slug} has not let this run in: ${lead ? `${lead.name} is in a run of it, or was` : 'what it says of enrollment or of its rate stands against it'}.`,
  )
}

/** Whoever asked waits for the run, so its event does not wait for the bell. The dispatcher does it where this fails. */
async function dispatchNow(core: Parameters<typeof startByHand>[0], eventId: EventId): Promise<void> {
  try {
    await dispatchEvents(core, [eventId])
  } catch (error) {
    core.log.warn({ err: error, eventId }, 'a start by hand is left to the dispatcher')
    core.queue.ring('events')
  }
}

async function earlierStart(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, dedupeKey: string): Promise<EventId> {
  const [row] = await core.sql.query<{ id: EventId }>(EARLIER_START, [workspaceId, dedupeKey])
  return row!.id
}

interface Start extends StartingEvent {
  readonly runId: RunId
  readonly dispatched: boolean
}

async function runOfStart(core: Pick<Core, 'sql'>, eventId: EventId): Promise<Start> {
  const [row] = await core.sql.query<Start>(RUN_OF_START, [eventId])
  return row!
}

/** The run that has the playbook's `idempotencyKey` of this start, where another start came before. */
async function runsOfKey(core: Pick<Core, 'sql'>, version: PublishedVersion, start: Start): Promise<string[]> {
  if (!version.playbook.admission.idempotencyKey) return []
  const { idempotencyKey } = startRun(version, undefined, start)
  const rows = await core.sql.query<{ id: string }>(RUN_OF_KEY, [version.playbookId, idempotencyKey])
  return rows.map(row => row.id)
}

const EARLIER_START = statement('earlier-start', `select id from events where workspace_id = $1 and dedupe_key = $2`)
const RUN_OF_START = statement(
  'run-of-start',
  `select id, workspace_id as "workspaceId", type, subject_id as "subjectId", data, target, target->>'runId' as "runId",
          dispatched_at is not null as dispatched from events where id = $1`,
)
const RUN_OF_KEY = statement(
  'run-of-idempotency-key',
  `select id from runs where playbook_id = $1 and idempotency_key = $2`,
)
