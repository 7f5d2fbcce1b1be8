import { useEffect, useRef, useState } from 'react'
import type { Client, CombinedError } from 'urql'
import { useApi } from '../../api/api.ts'
import type { RunFilter, RunOperation, RunsOperateInput } from '../../api/schema.ts'
import { HOST_TIME, RUNS_COUNT, RUNS_OPERATE } from './bulk-operations.ts'

export interface Refused {
  readonly id: string
  readonly message: string
}

/** What has been done of what was confirmed. */
export interface Tally {
  readonly done: number
  readonly refused: readonly Refused[]
  /** Still to do, and the run to go on after. */
  readonly left: number
  readonly after: string | null
}

/** Why the work ended before all was done. */
export type Break =
  | { readonly kind: 'stopped' }
  /** More runs fit now than were confirmed. */
  | { readonly kind: 'grown' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: CombinedError }

export type Stage =
  | { readonly name: 'counting' }
  | { readonly name: 'uncounted'; readonly error: CombinedError }
  | { readonly name: 'asking'; readonly count: number }
  | { readonly name: 'working'; readonly tally: Tally }
  | { readonly name: 'over'; readonly tally: Tally; readonly why: Break | undefined }

export type Order = Pick<RunsOperateInput, 'reason' | 'fromPath' | 'version'>

/** How often in a row the number of runs may have changed before a person is asked. */
const PATIENCE = 20

/**
 * An operation on all runs that fit a filter, from the count to the summary, a hundred a call. What is created after the
 * count is left alone, so that the work has an end. `stop` lets the call under way end; so does leaving the page.
 */
export function useBulk(filter: RunFilter, operation: RunOperation) {
  const { client } = useApi()
  const [stage, setStage] = useState<Stage>({ name: 'counting' })
  const fixed = useRef<RunFilter>(filter)
  const stopped = useRef(false)
  const gone = useRef(false)
  const show = (next: Stage) => !gone.current && setStage(next)

  const count = async () => {
    show({ name: 'counting' })
    const time = await client.query(HOST_TIME, {}, { requestPolicy: 'network-only' }).toPromise()
    if (time.error || !time.data) return show({ name: 'uncounted', error: time.error! })
    fixed.current = { ...filter, createdBefore: time.data.brain.observedAt }
    const { data, error } = await countLeft(client, fixed.current, operation, null)
    show(data ? { name: 'asking', count: data.runsCount } : { name: 'uncounted', error: error! })
  }
  useEffect(() => {
    gone.current = false
    void count()
    return () => {
      gone.current = true
      stopped.current = true
    }
    // the dialog is opened for one filter and one operation
  }, [])

  return {
    stage,
    count: () => void count(),
    stop: () => {
      stopped.current = true
    },
    /** Does it, or goes on with what was left. */
    async work(begin: Tally, order: Order): Promise<void> {
      stopped.current = false
      const input = { ...order, filter: fixed.current, operation }
      const onProgress = (tally: Tally) => show({ name: 'working', tally })
      const { tally, why } = await workOff(client, input, begin, () => stopped.current, onProgress)
      show({ name: 'over', tally, why })
    },
  }
}

/** Calls until nothing is left or something breaks it off. */
async function workOff(
  client: Client,
  order: Omit<RunsOperateInput, 'expectedCount'> & { readonly filter: RunFilter },
  begin: Tally,
  isStopped: () => boolean,
  onProgress: (tally: Tally) => void,
): Promise<{ readonly tally: Tally; readonly why: Break | undefined }> {
  let tally = begin
  for (let changes = 0; tally.left > 0;) {
    if (isStopped()) return { tally, why: { kind: 'stopped' } }
    onProgress(tally)
    const input = { ...order, expectedCount: tally.left, afterRunId: tally.after }
    const { data, error } = await client.mutation(RUNS_OPERATE, { input }).toPromise()
    if (!data) return { tally, why: { kind: 'failed', error: error! } }
    const { done, refused, remaining, lastRunId, userErrors } = data.answer
    const [problem] = userErrors
    if (problem?.code === 'STALE_VERSION') {
      const now = await countLeft(client, order.filter, order.operation, tally.after)
      if (!now.data) return { tally, why: { kind: 'failed', error: now.error! } }
      const grown = now.data.runsCount > tally.left || ++changes > PATIENCE
      tally = { ...tally, left: now.data.runsCount }
      if (grown) return { tally, why: { kind: 'grown' } }
    } else if (problem) return { tally, why: { kind: 'refused', message: problem.message } }
    else {
      changes = 0
      tally = {
        done: tally.done + done,
        refused: [...tally.refused, ...refused.map(({ run, message }) => ({ id: run.id, message }))],
        left: remaining,
        after: lastRunId ?? tally.after,
      }
    }
  }
  return { tally, why: undefined }
}

const countLeft = (client: Client, filter: RunFilter, operation: RunOperation, afterRunId: string | null) =>
  client.query(RUNS_COUNT, { filter, operation, afterRunId }, { requestPolicy: 'network-only' }).toPromise()
