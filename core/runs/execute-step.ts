import { errorRecord } from '../errors.ts'
import type { Step } from '../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { crashPoint } from '../crash-point.ts'
import { attemptStep } from './attempts.ts'
import { approval } from './steps/approval.ts'
import { branch } from './steps/branch.ts'
import { decide } from './steps/decide.ts'
import { emit } from './steps/emit.ts'
import { forEach } from './steps/for-each.ts'
import { parallel } from './steps/parallel.ts'
import { runScript } from './steps/run-script.ts'
import { startPlaybook } from './steps/start-playbook.ts'
import { tryCatch } from './steps/try-catch.ts'
import { uses } from './steps/uses.ts'
import { waitFor } from './steps/wait-for.ts'
import { wait } from './steps/wait.ts'
import { whileLoop } from './steps/while.ts'
import { CANCELLED, type Ended, evaluate, failed, type Fiber, placed, proceed, type Result } from './step-outcome.ts'

/** Steps one after another; ends with the last, or with the first that ends the list. */
export async function executeSteps(
  core: RunCore,
  run: ActiveRun,
  steps: readonly Step[],
  fiber: Fiber,
): Promise<Ended> {
  let output: unknown = null
  for (const step of steps) {
    if (run.isFarAhead) await run.committed()
    const ended = await executeStep(core, run, placed(step, fiber.frame), fiber)
    if (ended.kind !== 'next') return ended
    output = ended.output
  }
  return { kind: 'next', output }
}
export type ExecuteSteps = typeof executeSteps

/** A step: its known outcome, or its attempts and a new outcome. */
async function executeStep(core: RunCore, run: ActiveRun, step: Step, fiber: Fiber): Promise<Ended> {
  const known = run.memory.outcomes.get(step.path)
  if (known) return proceed(step, known)
  if (fiber.cancelled) return CANCELLED
  crashPoint('step.before')
  try {
    if (step.kind !== 'if' && step.if && !(await evaluate(run, fiber, step.if))) {
      run.note([{ kind: 'step.skipped', path: step.path }])
      return { kind: 'next', output: null }
    }
    return await attemptStep(core, run, step, fiber, (inner, attempt) => perform(core, run, step, inner, attempt))
  } catch (error) {
    const record = errorRecord(error)
    if (record.code === 'LEASE_LOST' || record.code === 'DATABASE') throw error // not of the step's making
    return failed(run, step, record)
  }
}

async function perform(core: RunCore, run: ActiveRun, step: Step, fiber: Fiber, attempt: number): Promise<Result> {
  switch (step.kind) {
    case 'uses':
      return uses(core, run, step, fiber, attempt)
    case 'run':
      return runScript(core, run, step, fiber)
    case 'playbook':
      return startPlaybook(core, run, step, fiber)
    case 'set':
      return { kind: 'output', output: await evaluate(run, fiber, step.values) }
    case 'if':
    case 'switch':
      return branch(core, run, step, fiber, executeSteps)
    case 'forEach':
      return forEach(core, run, step, fiber, executeSteps)
    case 'while':
      return whileLoop(core, run, step, fiber, executeSteps)
    case 'parallel':
      return parallel(core, run, step, fiber, executeSteps)
    case 'try':
      return tryCatch(core, run, step, fiber, executeSteps)
    case 'raise': {
      const message = String(await evaluate(run, fiber, step.message))
      return { kind: 'error', error: { code: step.code, message, retryable: step.retryable } }
    }
    case 'wait':
      return wait(core, run, step, fiber)
    case 'waitFor':
      return waitFor(core, run, step, fiber)
    case 'approval':
      return approval(core, run, step, fiber, attempt)
    case 'decide':
      return decide(core, run, step, fiber, attempt)
    case 'emit':
      return emit(run, step, fiber)
    case 'return':
      return { kind: 'output', output: await evaluate(run, fiber, step.value) }
    default:
      return step satisfies never
  }
}
