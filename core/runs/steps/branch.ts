import type { Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { ExecuteSteps } from '../execute-step.ts'
import { type Ended, evaluate, type Fiber } from '../step-outcome.ts'

/** `if` and `switch`: decided once, and remembered; a condition on a record that has changed since does not change its mind. */
export async function branch(
  core: RunCore,
  run: ActiveRun,
  step: Step & { kind: 'if' | 'switch' },
  fiber: Fiber,
  executeSteps: ExecuteSteps,
): Promise<Ended> {
  let taken = run.memory.branches.get(step.path)
  if (taken === undefined) {
    taken = await decide(run, step, fiber)
    run.note([{ kind: 'step.branch', path: step.path, data: { branch: taken } }])
  }
  return executeSteps(core, run, stepsOf(step, taken), fiber)
}

async function decide(run: ActiveRun, step: Step & { kind: 'if' | 'switch' }, fiber: Fiber): Promise<string> {
  if (step.kind === 'if') return (await evaluate(run, fiber, step.if!)) ? 'then' : 'else'
  const value = await evaluate(run, fiber, step.value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return step.cases.find(one => one.is === text)?.branch ?? 'default'
}

function stepsOf(step: Step & { kind: 'if' | 'switch' }, taken: string): readonly Step[] {
  if (step.kind === 'if') return taken === 'then' ? step.then : step.else
  return step.cases.find(one => one.branch === taken)?.steps ?? step.default
}
