import { TraeError } from '../../errors.ts'
import { staticPath, type Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { ExecuteSteps } from '../execute-step.ts'
import type { LoopMemory } from '../run-memory.ts'
import { childOf, type Ended, evaluate, type Fiber, fromInside, type Result } from '../step-outcome.ts'
import { recordIteration } from './iteration.ts'

type ForEachStep = Step & { kind: 'forEach' }

const MAX_ITEMS = 100_000

/**
 * Runs the steps once for each item, up to `limit` items at once. The list is read once and remembered. `limit` lines
 * of work take the next item each, so what is under way is always the first items that are not done.
 */
export async function forEach(
  core: RunCore,
  run: ActiveRun,
  step: ForEachStep,
  fiber: Fiber,
  executeSteps: ExecuteSteps,
): Promise<Result> {
  const loop = run.memory.loops.get(step.path) ?? (await begin(run, step, fiber))
  const items = (await run.whole(loop.items)) as readonly unknown[]
  const open = [...items.keys()].filter(index => !loop.results.has(index))
  const lines = childOf(fiber)
  let next = 0
  const line = async (): Promise<Ended> => {
    while (next < open.length && !lines.cancelled) {
      const index = open[next++]!
      const ended = await iteration(core, run, step, { index, item: items[index] }, lines, executeSteps)
      if (ended.kind !== 'next' && !(ended.kind === 'failed' && step.mode === 'settled')) return ended
    }
    return { kind: 'next', output: null }
  }
  const failedBefore = step.mode === 'all' ? firstFailure(loop) : undefined
  let decisive: Ended | undefined = failedBefore
  if (!decisive)
    await run.fibers.join(
      Array.from({ length: Math.min(step.limit, open.length) }, () => line),
      ended => {
        if (ended.kind !== 'next') decisive ??= ended
        return decisive !== undefined
      },
    )
  if (fiber.cancelled) return { kind: 'cancelled' }
  if (decisive) {
    lines.cancelled = true
    const reason = `${step.path} is over`
    if (decisive.kind !== 'unknown') run.calls.endCancelled(reason)
    run.closeWaits(path => path.startsWith(`${step.path}[`), reason)
    return decisive.kind === 'failed' ? fromInside(decisive) : decisive
  }
  return { kind: 'output', output: [...items.keys()].map(index => outputOf(loop, index, step.mode)) }
}

async function begin(run: ActiveRun, step: ForEachStep, fiber: Fiber): Promise<LoopMemory> {
  const items = await evaluate(run, fiber, step.in)
  if (!Array.isArray(items))
    throw new TraeError(
      'EXPRESSION',
      `${step.path}: forEach goes through a list, and \${{ ${step.in.source} }} is ${items === null ? 'null' : typeof items}; write default(…, []) where there may be none.`,
    )
  if (items.length > MAX_ITEMS)
    throw new TraeError('LIMIT', `${step.path}: a list may have ${MAX_ITEMS} items, this has ${items.length}.`)
  run.note([{ kind: 'loop.started', path: step.path, data: { items } }])
  return run.memory.loops.get(step.path)!
}

async function iteration(
  core: RunCore,
  run: ActiveRun,
  step: ForEachStep,
  { index, item }: { readonly index: number; readonly item: unknown },
  fiber: Fiber,
  executeSteps: ExecuteSteps,
): Promise<Ended> {
  const path = `${step.path}[${index}]`
  const vars = { ...fiber.frame.vars, [step.as]: item, ...(step.index === undefined ? {} : { [step.index]: index }) }
  const inner = childOf(fiber, { from: `${staticPath(step.path)}[]`, to: path, vars })
  return recordIteration(run, path, await executeSteps(core, run, step.do, inner))
}

function firstFailure(loop: LoopMemory): Ended | undefined {
  for (const [index, result] of loop.results)
    if ('error' in result) return { kind: 'failed', error: result.error, path: result.error.path ?? `[${index}]` }
  return undefined
}

function outputOf(loop: LoopMemory, index: number, mode: 'all' | 'settled'): unknown {
  const result = loop.results.get(index)!
  if (mode === 'all') return 'output' in result ? result.output : null
  return 'output' in result ? { status: 'completed', output: result.output } : { status: 'failed', error: result.error }
}
