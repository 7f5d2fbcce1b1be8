import { answerParents, awaitedRuns, type ChildEnd, lockParents } from '../runs/answer-parents.ts'
import type { NewRun, StartingEvent } from '../runs/start-run.ts'
import type { Sql } from '../sql.ts'

/** Runs that steps have started and wait for, while they are dispatched. */
interface DispatchedChildren {
  /** False for a run that its step needs no longer. */
  readonly mayStart: (run: Pick<NewRun, 'id' | 'parent'>) => boolean
  /** Tells the steps of runs that will never be, or are over at once. Answers the runs to ring for. */
  readonly answer: (
    tx: Pick<Sql, 'query'>,
    outcome: {
      readonly runs: readonly NewRun[]
      readonly stored: ReadonlySet<string>
      readonly dropped: ReadonlySet<string>
    },
    now: Date,
  ) => Promise<string[]>
}

/**
 * Locks the runs whose steps have started these: a step that stops waiting meanwhile either finds the run that is being
 * stored, or is found to wait no longer.
 */
export async function lockChildren(
  tx: Pick<Sql, 'query'>,
  events: readonly StartingEvent[],
): Promise<DispatchedChildren> {
  const starts = events.flatMap(({ target }) =>
    target?.parent?.awaits ? [{ runId: target.runId, parent: target.parent }] : [],
  )
  const parents = events.flatMap(({ target }) => target?.parent?.runId ?? [])
  await lockParents(tx, [...new Set(parents)])
  const awaited = await awaitedRuns(
    tx,
    starts.map(({ runId }) => runId),
  )
  return {
    mayStart: run => !run.parent?.awaits || awaited.has(run.id),
    answer: (tx, { runs, stored, dropped }, now) => {
      const ended = starts
        .filter(({ runId }) => awaited.has(runId))
        .flatMap(({ runId, parent }) => {
          const run = runs.find(({ id }) => id === runId)
          const end = run ? endOf(run, stored, dropped) : refusal(runId, 'the playbook is paused or archived')
          return end ? [{ parent, end }] : []
        })
      return answerParents(tx, ended, now)
    },
  }
}

/** Undefined for a run that begins, or waits for its turn. */
function endOf(run: NewRun, stored: ReadonlySet<string>, dropped: ReadonlySet<string>): ChildEnd | undefined {
  if (!stored.has(run.id))
    return refusal(run.id, 'its enrollment or its idempotencyKey says that there is one already, or was')
  if (run.error) return { runId: run.id, status: 'failed' }
  return dropped.has(run.id) ? { runId: run.id, status: 'cancelled' } : undefined
}

function refusal(runId: string, why: string): ChildEnd {
  const message = `The run ${runId} was not let in: ${why}.`
  return { runId, status: 'refused', error: { code: 'CONFLICT', message, retryable: false } }
}
