import { type ErrorCode, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { cancelRun } from './cancel-run.ts'
import type { OperationCore } from './operate-run.ts'
import { queueTables } from './queue-reason.ts'
import { releaseRun } from './release-run.ts'
import { type ReplayRequest, replayRun } from './replay-run.ts'
import { restartRun } from './restart-run.ts'
import { filtered, type RunFilter } from './run-filter.ts'

export type RunOperation = 'cancel' | 'restart' | 'replay' | 'release'

export interface OperateRuns {
  readonly filter?: RunFilter | null | undefined
  readonly operation: RunOperation
  /** Go on after the run with this id; from the first without it. */
  readonly after?: string | null | undefined
}

/** How many runs fit the filter and can be operated so; counted up to `atMost`, where that is given. */
export async function countRuns(
  core: Pick<OperationCore, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  {
    filter,
    operation,
    after,
    atMost,
  }: Omit<OperateRuns, 'operation'> & { readonly operation?: RunOperation | null; readonly atMost?: number | null },
): Promise<number> {
  const now = core.clock.now()
  const { statement, json } = filtered('count-runs', filter, now, '$3', COUNT_RUNS)
  const parameters = [workspaceId, now, json, operation ?? null, after ?? null, atMost ?? null]
  const [row] = await core.sql.query<{ count: number }>(statement, parameters)
  return row!.count
}

export interface OperatedRuns {
  readonly done: number
  /** Those that it could not be done to when their turn came, with why. */
  readonly refused: readonly { readonly runId: string; readonly message: string }[]
  /** How many are left to do after `last`. */
  readonly remaining: number
  /** The run to go on after; null where none is left. */
  readonly last: string | null
}

/** Runs that one call operates. */
const AT_ONCE = 100

/**
 * Operates the next runs that fit a filter, in the order of their ids, and says how many are left: whoever wants all of
 * them calls again after `last`. Each run is operated by itself, in one commit or not at all, and fits no more once that
 * is done: after a crash the same question goes on with what is left. A run that has a replay is not replayed again in
 * this way; its replay may be. Throws `STALE_VERSION` where `expectedCount` is no longer how many there are, and
 * `BAD_USER_INPUT` for a replay without `from`, and has changed nothing then.
 */
export async function operateRuns(
  core: OperationCore,
  workspaceId: WorkspaceId,
  request: OperateRuns & Order & { readonly expectedCount: number },
): Promise<OperatedRuns> {
  const { operation } = request
  if (operation === 'replay' && !request.from)
    throw new TraeError('BAD_USER_INPUT', 'fromPath: a replay needs the step to begin with, as `score`.')
  const count = await countRuns(core, workspaceId, request)
  if (count !== request.expectedCount)
    throw new TraeError(
      'STALE_VERSION',
      `There are ${count} runs to ${operation} now, not ${request.expectedCount}. Nothing was done; look at them again.`,
    )
  const now = core.clock.now()
  const { statement, json } = filtered('next-runs-to-operate', request.filter, now, '$3', NEXT_RUNS)
  const rows = await core.sql.query<{ id: string }>(statement, [
    workspaceId,
    now,
    json,
    operation,
    request.after ?? null,
    AT_ONCE,
  ])
  const refused: { runId: string; message: string }[] = []
  for (const { id } of rows)
    try {
      await operate(core, workspaceId, id, operation, request)
    } catch (error) {
      if (!(error instanceof TraeError) || !OF_THE_RUN.has(error.code)) throw error
      refused.push({ runId: id, message: error.message })
    }
  const last = rows.at(-1)?.id ?? null
  const remaining = last === null ? 0 : await countRuns(core, workspaceId, { ...request, after: last })
  return { done: rows.length - refused.length, refused, remaining, last: remaining === 0 ? null : last }
}

/** What is wrong with one run, and no reason to leave the others. */
const OF_THE_RUN: ReadonlySet<ErrorCode> = new Set(['CONFLICT', 'NOT_FOUND', 'BAD_USER_INPUT', 'PLAYBOOK'])

interface Order {
  readonly by: string
  /** Of a cancellation. */
  readonly reason?: string | undefined
  /** Of a replay: the step to begin with, and the version; that of the run without it. */
  readonly from?: string | undefined
  readonly version?: ReplayRequest['version'] | undefined
}

async function operate(
  core: OperationCore,
  workspaceId: WorkspaceId,
  id: string,
  operation: RunOperation,
  { by, reason, from, version = 'origin' }: Order,
): Promise<unknown> {
  switch (operation) {
    case 'cancel':
      return cancelRun(core, workspaceId, id, { by, reason })
    case 'restart':
      return restartRun(core, workspaceId, id, { by })
    case 'replay':
      return replayRun(core, workspaceId, id, { by, from: from!, version, once: true })
    case 'release':
      return releaseRun(core, workspaceId, id, { by })
    default:
      return operation satisfies never
  }
}

const matching = (conditions: string) => `
  from runs r, ${queueTables('$2::timestamptz')}
  where r.workspace_id = $1 and ($5::uuid is null or r.id > $5::uuid)
    and case $4::text
      when 'cancel' then r.finished_at is null and r.cancel_requested_at is null
      when 'restart' then r.status in ('failed', 'cancelled') and r.started_at is not null and r.reason ->> 'code' is distinct from 'RESTARTED'
      when 'replay' then r.finished_at is not null and r.started_at is not null and coalesce(r.reason ->> 'code', '') not in ('RESTARTED', 'UNKNOWN_EFFECT')
        and not exists (select from runs o where o.origin_run_id = r.id)
      when 'release' then r.status = 'quarantined' and r.reason ->> 'code' is distinct from 'UNKNOWN_EFFECT'
      else true end
    and ${conditions}`
const COUNT_RUNS = (conditions: string) =>
  `select count(*)::int as count from (select ${matching(conditions)} limit $6::int) counted`
const NEXT_RUNS = (conditions: string) => `select r.id ${matching(conditions)} order by r.id limit $6`
