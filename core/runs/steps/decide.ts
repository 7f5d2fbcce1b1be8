import { crashPoint } from '../../crash-point.ts'
import type { Decision } from '../../decisions/decision.ts'
import { answerOf, decideByTime, withdrawDecision } from '../../decisions/take-decision.ts'
import { decisionOfKey } from '../../decisions/read-decisions.ts'
import { requestDecision } from '../../decisions/request-decision.ts'
import type { Step } from '../../playbooks/playbook.ts'
import type { Hold } from '../../plugins/hold.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { CANCELLED, evaluate, type Fiber, type Result } from '../step-outcome.ts'
import { untilEnded } from '../waits.ts'

type DecideStep = Step & { kind: 'decide' }

/**
 * Takes a decision by a policy. It is stored before the step goes on, under a key of the step's own, so whoever takes the run up
 * after a crash finds the same one. Where a person is asked the step waits; exactly one of the person and the time decides.
 */
export async function decide(
  core: RunCore,
  run: ActiveRun,
  step: DecideStep,
  fiber: Fiber,
  attempt: number,
): Promise<Result> {
  if (core.hold) return rehearse(core, core.hold, run, step, fiber)
  const { path, policy } = step
  const { runId, workspaceId, subjectId } = run.lease
  const key = `${runId}/${path}/${attempt}`
  if (!run.waits.has(path)) {
    const inputs = (await evaluate(run, fiber, step.with)) as Record<string, unknown>
    const dueAt = step.withinMs === undefined ? null : new Date(core.clock.now().getTime() + step.withinMs)
    const decision = await requestDecision(core, workspaceId, {
      policy,
      inputs,
      subjectId,
      key,
      run: { id: runId, path, attempt, dueAt },
    })
    if (decision.status === 'decided') return { kind: 'output', output: answerOf(decision) }
    await wait(run, step, decision, decision.dueAt === null ? null : new Date(decision.dueAt))
  }
  // decided between being stored and being waited for
  const asked = (await decisionOfKey(core, workspaceId, key))!
  if (asked.status === 'decided' && run.waits.get(path)?.status === 'open')
    return { kind: 'output', output: answerOf(asked), extras: { waitsOver: run.dropWaits(other => other === path) } }
  const ended = await untilEnded(core, run, path, fiber)
  if (!ended) return CANCELLED
  run.subject.forget()
  if (ended.status === 'answered') return { kind: 'output', output: ended.result }
  if (step.onTimeout === 'recommended')
    return { kind: 'output', output: await decideByTime(core, workspaceId, asked.id) }
  await withdrawDecision(core, workspaceId, asked.id)
  const message = `${step.title}: nobody decided until ${ended.dueAt!.toISOString()}.`
  return { kind: 'error', error: { code: 'TIMEOUT', message, retryable: true } }
}

/** The rehearsal decides: at once, or after the time that somebody takes. */
async function rehearse(core: RunCore, hold: Hold, run: ActiveRun, step: DecideStep, fiber: Fiber): Promise<Result> {
  const { path, policy, title: question } = step
  const { runId, subjectId } = run.lease
  if (!run.waits.has(path)) {
    const input = await evaluate(run, fiber, step.with)
    const held = await hold.decide({ runId, path, policy, subjectId, input })
    if ('output' in held) return { kind: 'output', output: held.output }
    await wait(run, step, { id: 'rehearsed', question }, new Date(core.clock.now().getTime() + held.takesMs))
  }
  const ended = await untilEnded(core, run, path, fiber)
  if (!ended) return CANCELLED
  run.subject.forget()
  return { kind: 'output', ...(await hold.decided!({ runId, path })) }
}

async function wait(
  run: ActiveRun,
  { path }: DecideStep,
  decision: Pick<Decision, 'id' | 'question'>,
  dueAt: Date | null,
): Promise<void> {
  run.setWait({ path, kind: 'decision', dueAt, status: 'open', event: null, result: null })
  const data = { until: dueAt, events: [], decision: { id: decision.id, question: decision.question } }
  await run.write([{ kind: 'step.waiting', path, data }], { waits: [{ path, kind: 'decision', dueAt, events: [] }] })
  crashPoint('wait.committed')
}
