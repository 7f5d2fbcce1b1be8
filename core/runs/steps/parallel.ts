import { crashPoint } from '../../crash-point.ts'
import type { Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { ExecuteSteps } from '../execute-step.ts'
import { CANCELLED, childOf, type Ended, type Fiber, fromInside, type Result } from '../step-outcome.ts'

type ParallelStep = Step & { kind: 'parallel' }

/**
 * Runs branches side by side. `all` fails with the first failure, `race` ends with the first success, `settled` waits
 * for every one. Branches that are no longer wanted stop before their next step; their calls are broken off and their
 * waits closed.
 */
export async function parallel(
  core: RunCore,
  run: ActiveRun,
  step: ParallelStep,
  parent: Fiber,
  executeSteps: ExecuteSteps,
): Promise<Result> {
  const fibers = step.branches.map(() => childOf(parent))
  const results: (Ended | undefined)[] = step.branches.map(() => undefined)
  let decisive: { readonly index: number; readonly ended: Ended } | undefined
  await run.fibers.join(
    step.branches.map((branch, index) => () => executeSteps(core, run, branch.steps, fibers[index]!)),
    (ended, index) => {
      results[index] = ended
      if (isDecisive(step.mode, ended)) decisive = { index, ended }
      return decisive !== undefined
    },
  )
  for (const [index, fiber] of fibers.entries()) fiber.cancelled ||= results[index] === undefined
  crashPoint('parallel.joined')
  if (parent.cancelled) return CANCELLED
  const undecided = step.branches.filter((_, index) => results[index] === undefined)
  const reason = `${step.path} was decided by another branch`
  if (decisive?.ended.kind !== 'unknown') run.calls.endCancelled(reason) // then a person decides, and the run goes on here
  run.closeWaits(path => undecided.some(branch => path.startsWith(`${step.path}.${branch.name}.`)), reason)
  if (decisive && (decisive.ended.kind === 'return' || decisive.ended.kind === 'unknown')) return decisive.ended
  return outcomeOf(step, results, decisive)
}

function outcomeOf(
  step: ParallelStep,
  results: readonly (Ended | undefined)[],
  decisive: { readonly index: number; readonly ended: Ended } | undefined,
): Result {
  const outputs = step.branches.map((branch, index) => [branch.name, outputOf(results[index])] as const)
  switch (step.mode) {
    case 'all':
      if (decisive?.ended.kind === 'failed') return fromInside(decisive.ended)
      return { kind: 'output', output: Object.fromEntries(outputs) }
    case 'race': {
      const winner = decisive && outputs[decisive.index]
      return winner ? { kind: 'output', output: { winner: winner[0], output: winner[1] } } : firstError(results)
    }
    case 'settled':
      return {
        kind: 'output',
        output: outputs.map(([name, output], index) => {
          const ended = results[index]
          return ended?.kind === 'failed'
            ? { name, status: 'failed', error: ended.error }
            : { name, status: 'completed', output }
        }),
      }
    default:
      return step.mode satisfies never
  }
}

/** `return` and an unknown effect end every parallel, whatever its mode. */
function isDecisive(mode: ParallelStep['mode'], ended: Ended): boolean {
  if (ended.kind === 'return' || ended.kind === 'unknown') return true
  return (mode === 'all' && ended.kind === 'failed') || (mode === 'race' && ended.kind === 'next')
}

const outputOf = (ended: Ended | undefined): unknown => (ended?.kind === 'next' ? (ended.output ?? null) : null)

function firstError(results: readonly (Ended | undefined)[]): Result {
  const first = results.find(ended => ended?.kind === 'failed')
  if (first?.kind === 'failed') return fromInside(first)
  return { kind: 'error', error: { code: 'CANCELLED', message: 'No branch came to an end.', retryable: false } }
}
