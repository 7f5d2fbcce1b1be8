import { crashPoint } from '../../crash-point.ts'
import type { ActiveRun } from '../active-run.ts'
import type { Ended } from '../step-outcome.ts'

/** Records how an iteration ended, and closes its waits: from then on the run remembers its result and nothing else of it. */
export function recordIteration(run: ActiveRun, path: string, ended: Ended): Ended {
  if (ended.kind !== 'next' && ended.kind !== 'failed') return ended
  const waitsOver = run.dropWaits(other => other.startsWith(`${path}.`))
  run.note(
    [
      ended.kind === 'next'
        ? { kind: 'iteration.completed', path, data: { output: ended.output ?? null } }
        : { kind: 'iteration.failed', path, data: { error: { ...ended.error, path: ended.path } } },
    ],
    { waitsOver },
  )
  crashPoint('iteration.ended')
  return ended
}
