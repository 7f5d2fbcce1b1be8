import type { ErrorRecord } from '../errors.ts'
import { errorRecord, TraeError } from '../errors.ts'
import type { Starting } from '../playbooks/playbook.ts'
import { statement } from '../sql.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { answerParents, type ChildEnd, lockParents } from './answer-parents.ts'
import type { OpenWait } from './claim-runs.ts'
import type { RunStatus } from './read-runs.ts'
import { restartRun } from './restart-run.ts'
import { reload } from './waits.ts'

/** Runs that start each other, from the first to the last. */
export const MAX_DEPTH = 10

/** A run that a step has started. */
export interface ChildRun {
  readonly id: string
  readonly status: RunStatus
  readonly output?: unknown
  readonly error?: ErrorRecord | null
  readonly reason?: { readonly code?: string; readonly message?: string; readonly by?: string } | null
}

/** The run that a step has started last, unless that never began. */
export async function lastChild(
  core: Pick<RunCore, 'sql'>,
  runId: string,
  path: string,
): Promise<ChildRun | undefined> {
  return (await core.sql.query<ChildRun>(LAST_CHILD, [runId, path]))[0]
}
const LAST_CHILD = statement(
  'last-child',
  `select id, status, output, error, reason from runs
   where parent_run_id = $1 and parent_path = $2 and (finished_at is null or started_at is not null)
   order by created_at desc, id desc limit 1`,
)

/** What the end of a run is to the step that started it: names the run and its reason. */
export function errorOf({ playbook }: Pick<Starting, 'playbook'>, child: ChildRun): ErrorRecord {
  const { id, status, error, reason } = child
  const why = error?.message ?? reason?.message
  const message = `playbook/${playbook}: run ${id} ${WORDS[status] ?? `is ${status}`}${why ? `: ${why}` : '.'}`
  if (status === 'failed' && error) return { code: error.code, message, retryable: error.retryable }
  return { code: status === 'cancelled' ? 'CANCELLED' : 'CONFLICT', message, retryable: false }
}
const WORDS: Partial<Record<string, string>> = {
  failed: 'failed',
  cancelled: 'was cancelled',
  quarantined: 'is in quarantine',
}

/** A run as it stands, by its id. */
export async function childRun(core: Pick<RunCore, 'sql'>, id: string): Promise<ChildRun | undefined> {
  return (await core.sql.query<ChildRun>(CHILD, [id]))[0]
}
const CHILD = statement('child-run', `select id, status, output, error, reason from runs where id = $1`)

/** Was it cancelled because an earlier attempt of the step needed it no longer? */
export async function wasStoppedBy(core: Pick<RunCore, 'sql'>, runId: string, end: ChildEnd): Promise<boolean> {
  if (end.status !== 'cancelled') return false
  return (await childRun(core, end.runId))?.reason?.by === `run:${runId}`
}

/** Waits once more for a run that has ended meanwhile, and lets it go on. */
export async function waitAgain(core: RunCore, run: ActiveRun, wait: OpenWait): Promise<void> {
  await core.sql.query(WAIT_AGAIN, [run.lease.runId, wait.path])
  run.setWait({ ...wait, status: 'open', result: null })
  await goOn(core, run, wait.path)
}
const WAIT_AGAIN = statement(
  'wait-again-for-child',
  `update waits set status = 'open', result = null where run_id = $1 and path = $2 and status = 'answered'`,
)

/**
 * A run's end answers the wait for it in one commit. So a wait that is open for a run that is over was stored after that
 * end: the run is restarted, or what it came to is the answer. Asked whenever the step is taken up.
 */
export async function goOn(core: RunCore, run: ActiveRun, path: string): Promise<void> {
  const { runId, workspaceId } = run.lease
  const look = async () => (await core.sql.query<ChildRun>(OVER_UNHEARD, [runId, path]))[0]
  const child = await look()
  if (!child) return reload(core, run, path)
  let end: ChildEnd = { runId: child.id, status: child.status as ChildEnd['status'], output: child.output }
  if (child.status === 'failed' || child.status === 'cancelled')
    try {
      return await restartRun(core, workspaceId, child.id, { by: `run:${runId}` })
    } catch (error) {
      if (!(error instanceof TraeError) || error.code !== 'CONFLICT') throw error
      if (!(await look())) return reload(core, run, path) // somebody else has restarted it
      end = { runId: child.id, status: 'refused', error: errorRecord(error) }
    }
  await core.sql.transaction(async tx => {
    await lockParents(tx, [runId])
    await answerParents(tx, [{ parent: { runId, path }, end }], core.clock.now())
  })
  await reload(core, run, path)
}
const OVER_UNHEARD = statement(
  'child-over-unheard',
  `select r.id, r.status, r.output, r.error, r.reason from waits w join runs r on r.id = w.child_run_id
   where w.run_id = $1 and w.path = $2 and w.status = 'open' and (r.finished_at is not null or r.status = 'quarantined')`,
)

/** The second wall against playbooks that start each other without an end. Throws `LIMIT` with the chain. */
export async function checkDepth(
  core: RunCore,
  run: ActiveRun,
  { playbook }: Pick<Starting, 'playbook'>,
): Promise<void> {
  if (!run.lease.parent) return
  const chain = await core.sql.query<{ slug: string }>(CHAIN, [run.lease.runId, MAX_DEPTH])
  if (chain.length < MAX_DEPTH) return
  const slugs = [...chain.map(({ slug }) => slug).toReversed(), playbook]
  throw new TraeError(
    'LIMIT',
    `Playbooks start each other at most ${MAX_DEPTH} deep, and this is one more: ${slugs.join(' > ')}. Say in one of them when it is enough.`,
  )
}
const CHAIN = statement(
  'chain-of-runs',
  `with recursive chain as (
     select id, parent_run_id, playbook_id, 1 as depth from runs where id = $1
     union all
     select r.id, r.parent_run_id, r.playbook_id, c.depth + 1 from chain c join runs r on r.id = c.parent_run_id where c.depth < $2
   )
   select p.slug from chain c join playbooks p on p.id = c.playbook_id order by c.depth`,
)
