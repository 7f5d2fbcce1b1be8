import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type PlaybookVersionId, type RunId, type WorkspaceId } from '../ids.ts'
import { staticPath } from '../playbooks/playbook.ts'
import { requireConsent } from '../sales/consent.ts'
import type { PublishedVersion } from '../publishing/playbook-registry.ts'
import { findLeads } from '../sales/leads.ts'
import { type Sql, statement } from '../sql.ts'
import { carriedEntries, isBegun } from './carried-entries.ts'
import type { JournalEntry } from './journal.ts'
import { slaColumns } from './sla.ts'
import { refold } from './large-values.ts'
import { getRun, listJournal, type RunRecord } from './read-runs.ts'

export interface ReplayRequest {
  /** The path of a step that the origin has begun, as in its journal: `score`, `each[3].send`. */
  readonly from: string
  /** The version of the origin, or the one that is published now. */
  readonly version: 'origin' | 'current'
  readonly by: string
  /** Only where it has no replay yet: whoever asks again after a lost answer replays nothing twice. */
  readonly once?: boolean
}

/**
 * A new run for the event of another, which it names as its origin: what comes before the step `from` is known from the
 * origin's journal and does not happen again; that step and what follows is computed anew, and sends anew, under the
 * keys of the new run. Answers the new run's id. Throws `NOT_FOUND`; `CONFLICT` while the origin is not over, where its lead has withdrawn their consent, where
 * its steps before are others in the version, or where it has a replay and is to have one only; `BAD_USER_INPUT` where
 * `from` cannot be replayed from.
 */
export async function replayRun(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'playbooks'>,
  workspaceId: WorkspaceId,
  runId: string,
  request: ReplayRequest,
): Promise<RunId> {
  const origin = await getRun(core, workspaceId, runId)
  if (origin.finishedAt === null)
    throw new TraeError('CONFLICT', `Run ${runId} is ${origin.status}; cancel it, or wait until it is over.`)
  if (origin.subjectId !== null)
    for (const lead of await findLeads(core, workspaceId, [origin.subjectId])) requireConsent(lead)
  const its = await core.playbooks.get(origin.versionId as PlaybookVersionId)
  const version = request.version === 'origin' ? its : await currentOf(core, workspaceId, origin)
  const journal = await wholeJournal(core, workspaceId, runId)
  checkFrom(journal, its, version, request.from)
  const carried = carriedEntries(journal, request.from, its.steps).filter(entry => isThere(entry, its, version))
  const id = newId<RunId>()
  const entries = [
    {
      kind: 'run.started',
      path: null,
      attempt: null,
      data: {
        playbook: version.slug,
        version: version.number,
        replayOf: runId,
        from: request.from,
        by: request.by,
      },
    },
    ...carried.map(({ kind, path, attempt, data }) => ({
      kind,
      path,
      attempt,
      data: { ...refold(data), carriedFrom: runId },
    })),
  ].map((entry, index) => ({ ...entry, seq: index + 1 }))
  const now = core.clock.now()
  const { sla_due_at = null, sla_behavior = null, sla_state = null } = slaColumns(version.playbook.admission, now)
  const sla = [sla_due_at, sla_behavior, sla_state]
  await core.sql.transaction(async tx => {
    if (request.once) await refuseSecond(tx, runId)
    await tx.query(REPLAY_RUN, [id, workspaceId, runId, request.from, version.id, JSON.stringify(entries), now, ...sla])
  })
  core.pubsub.publish('run.updated', { workspaceId, runId: id })
  core.queue.ring('run', id)
  return id
}

/** Its journal is there before it is claimed, so it is claimed as one that has begun. */
const REPLAY_RUN = statement(
  'replay-run',
  `with begun as (
     insert into runs (id, workspace_id, playbook_id, version_id, event_id, subject_id, inputs, origin_run_id, origin_path, status,
       due_at, lease_epoch, created_at, updated_at, concurrency_key, concurrency_limit, concurrency_behavior, sla_due_at, sla_behavior, sla_state)
     select $1::uuid, workspace_id, playbook_id, $5::uuid, event_id, subject_id, inputs, id, $4::text, 'queued', $7::timestamptz, 1, $7::timestamptz, $7::timestamptz,
       concurrency_key, concurrency_limit, case when concurrency_key is not null then 'queue' end,
       $8::timestamptz, $9::text, $10::text
     from runs where workspace_id = $2 and id = $3
   )
   insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
   select $1::uuid, x.seq, $2::uuid, x.kind, x.path, x.attempt, x.data, $7::timestamptz
   from jsonb_to_recordset($6::jsonb) as x(seq int, kind text, path text, attempt int, data jsonb)`,
)

/** Two that ask at once: the second waits for the lock, and then sees the replay of the first. */
async function refuseSecond(tx: Pick<Sql, 'query'>, runId: string): Promise<void> {
  await tx.query(LOCK_ORIGIN, [runId])
  const [replay] = await tx.query<{ id: string }>(FIRST_REPLAY, [runId])
  if (replay) throw new TraeError('CONFLICT', `Run ${runId} was replayed already, in run ${replay.id}; look there.`)
}
const LOCK_ORIGIN = statement('lock-origin', `select id from runs where id = $1 for update`)
const FIRST_REPLAY = statement('first-replay', `select id from runs where origin_run_id = $1 order by id limit 1`)

async function currentOf(
  core: Pick<Core, 'playbooks'>,
  workspaceId: WorkspaceId,
  origin: RunRecord,
): Promise<PublishedVersion> {
  const current = (await core.playbooks.current(workspaceId)).find(entry => entry.playbookId === origin.playbookId)
  if (current) return current
  throw new TraeError(
    'CONFLICT',
    'The playbook of this run has no active version; replay with the version of the run, or resume the playbook first.',
  )
}

async function wholeJournal(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, runId: string): Promise<JournalEntry[]> {
  const journal: JournalEntry[] = []
  for (;;) {
    const entries = await listJournal(core, workspaceId, runId, { after: journal.at(-1)?.seq, first: 5000 })
    journal.push(...entries)
    if (entries.length < 5000) return journal
  }
}

function checkFrom(
  journal: readonly JournalEntry[],
  its: PublishedVersion,
  version: PublishedVersion,
  from: string,
): void {
  const isStep = its.steps.has(staticPath(from)) && version.steps.has(staticPath(from))
  if (isStep && !staticPath(from).startsWith('finally.') && isBegun(journal, from)) return
  const paths = new Set(journal.flatMap(({ path }) => (path === null ? [] : [path.split('!')[0]!])))
  const possible = [...paths].filter(
    path => version.steps.has(staticPath(path)) && its.steps.has(staticPath(path)) && !path.startsWith('finally.'),
  )
  throw new TraeError(
    'BAD_USER_INPUT',
    `from: ${JSON.stringify(from.slice(0, 200))} is no step that this run has begun. It can be replayed from ${
      possible.length === 0 ? 'no step; start its playbook anew' : possible.slice(0, 20).join(', ')
    }${possible.length > 20 ? `, and ${possible.length - 20} more` : ''}.`,
  )
}

/** A step that is gone is not needed. One that has become something else has no outcome that could be reused. */
function isThere(entry: JournalEntry, its: PublishedVersion, version: PublishedVersion): boolean {
  const path = staticPath(entry.path!).replace(/\[\]$/, '')
  const [then, now] = [its.steps.get(path), version.steps.get(path)]
  if (now === undefined) return false
  if (then?.kind === now.kind) return true
  throw new TraeError(
    'CONFLICT',
    `The step ${path} was ${then?.kind ?? 'not there'} in version ${its.number} and is ${now.kind} in version ${version.number}; replay with the version of the run.`,
  )
}
