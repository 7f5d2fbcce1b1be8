import type { ErrorRecord } from '../../errors.ts'
import type { Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { ExecuteSteps } from '../execute-step.ts'
import { childOf, type Ended, evaluate, type Fiber, fromInside, type Result } from '../step-outcome.ts'

type TryStep = Step & { kind: 'try' }

/** Runs the steps of `try`, and those of `catch` where one of them failed with an error that is caught. */
export async function tryCatch(
  core: RunCore,
  run: ActiveRun,
  step: TryStep,
  fiber: Fiber,
  executeSteps: ExecuteSteps,
): Promise<Result> {
  let error = run.memory.caught.get(step.path)
  if (!error) {
    const ended = await executeSteps(core, run, step.try, fiber)
    if (ended.kind !== 'failed') return outputOf(ended)
    error = { ...ended.error, path: ended.path }
    if (!(await catches(run, step, fiber, error))) return fromInside(ended)
    run.note([{ kind: 'step.branch', path: step.path, data: { branch: 'catch', error } }])
  }
  const ended = await executeSteps(core, run, step.catch, withError(step, fiber, error))
  return ended.kind === 'failed' ? fromInside(ended) : outputOf(ended)
}

async function catches(run: ActiveRun, step: TryStep, fiber: Fiber, error: ErrorRecord): Promise<boolean> {
  if (step.errors.length > 0 && !step.errors.includes(error.code)) return false
  return step.when === undefined || (await evaluate(run, withError(step, fiber, error), step.when)) === true
}

function withError(step: TryStep, fiber: Fiber, error: ErrorRecord): Fiber {
  return childOf(fiber, { ...fiber.frame, vars: { ...fiber.frame.vars, [step.as]: error } })
}

const outputOf = (ended: Ended): Result =>
  ended.kind === 'next' ? { kind: 'output', output: ended.output ?? null } : ended
