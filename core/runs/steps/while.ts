import { staticPath, type Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { ExecuteSteps } from '../execute-step.ts'
import { childOf, evaluate, type Fiber, fromInside, type Result } from '../step-outcome.ts'
import { recordIteration } from './iteration.ts'

/** Runs the steps as long as the condition holds, and never more than `max` times. Each decision to go on is remembered. */
export async function whileLoop(
  core: RunCore,
  run: ActiveRun,
  step: Step & { kind: 'while' },
  fiber: Fiber,
  executeSteps: ExecuteSteps,
): Promise<Result> {
  const { loops } = run.memory
  if (!loops.has(step.path)) run.note([{ kind: 'loop.started', path: step.path }])
  const loop = loops.get(step.path)!
  for (let index = 0; ; index++) {
    const path = `${step.path}[${index}]`
    const known = loop.results.get(index)
    if (known && 'output' in known) continue
    if (index >= loop.begun) {
      if (!(await evaluate(run, fiber, step.condition))) {
        const last = loop.results.get(index - 1)
        return {
          kind: 'output',
          output: { iterations: index, output: last && 'output' in last ? last.output : null },
        }
      }
      if (index >= step.max) {
        const message = `${step.path}: the condition still holds after ${step.max} iterations, which is the max.`
        return { kind: 'error', error: { code: 'LIMIT', message, retryable: false } }
      }
      if (fiber.cancelled) return { kind: 'cancelled' }
      run.note([{ kind: 'iteration.started', path }])
    }
    const inner = childOf(fiber, { from: `${staticPath(step.path)}[]`, to: path, vars: fiber.frame.vars })
    const ended = recordIteration(run, path, await executeSteps(core, run, step.do, inner))
    if (ended.kind !== 'next') return ended.kind === 'failed' ? fromInside(ended) : ended
  }
}
