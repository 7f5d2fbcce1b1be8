import { isId, newId } from '../../ids.ts'
import type { Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { outputOf } from '../approvals/approval.ts'
import { approvalToken, tokenHash } from '../approvals/approval-link.ts'
import { findApprovers } from '../approvals/approvers.ts'
import { approvalAt } from '../approvals/read-approvals.ts'
import { tellApprovers } from '../approvals/tell-approvers.ts'
import { crashPoint } from '../../crash-point.ts'
import { CANCELLED, evaluate, type Fiber, type Result } from '../step-outcome.ts'
import { untilEnded } from '../waits.ts'
import { moment } from './wait.ts'

type ApprovalStep = Step & { kind: 'approval' }

/**
 * Asks people, and waits until enough of them have decided or time is up; exactly one of the two wins. What is asked, and
 * of whom, is fixed when the step begins and stored with the wait in one commit; people are told after it.
 */
export async function approval(
  core: RunCore,
  run: ActiveRun,
  step: ApprovalStep,
  fiber: Fiber,
  attempt: number,
): Promise<Result> {
  if (!run.waits.has(step.path)) await ask(core, run, step, fiber, attempt)
  if (run.waits.get(step.path)?.status === 'open') {
    const asked = await approvalAt(core, run.lease.runId, step.path)
    await run.calls.track(step.path, tellApprovers(core, run, asked))
  }
  const ended = await untilEnded(core, run, step.path, fiber)
  if (!ended) return CANCELLED
  run.subject.forget()
  if (ended.status === 'answered') return { kind: 'output', output: ended.result }
  if (step.onTimeout === 'fail') {
    const message = `${step.title}: nobody decided until ${ended.dueAt!.toISOString()}.`
    return { kind: 'error', error: { code: 'TIMEOUT', message, retryable: true } }
  }
  const asked = await approvalAt(core, run.lease.runId, step.path)
  const approved = step.onTimeout === 'approve'
  return { kind: 'output', output: outputOf(asked, { approved, decision: 'timedOut', at: ended.dueAt! }) }
}

async function ask(core: RunCore, run: ActiveRun, step: ApprovalStep, fiber: Fiber, attempt: number): Promise<void> {
  const { workspaceId, event } = run.lease
  const dueAt = step.timeout ? moment(core, await evaluate(run, fiber, step.timeout)) : null
  const title = String(await evaluate(run, fiber, step.asks))
  const message = step.message ? String(await evaluate(run, fiber, step.message)) : null
  const starter = event?.data['startedBy']
  const startedBy = isId(starter) ? starter : null
  const approvers = await findApprovers(core, workspaceId, await evaluate(run, fiber, step.of), {
    required: step.required,
    without: step.selfApproval ? null : startedBy,
  })
  const id = newId()
  run.setWait({ path: step.path, kind: 'approval', dueAt, status: 'open', event: null, result: null })
  await run.write(
    [
      {
        kind: 'step.waiting',
        path: step.path,
        data: { until: dueAt, events: [], approval: { id, of: approvers.map(({ email }) => email) } },
      },
    ],
    {
      waits: [{ path: step.path, kind: 'approval', dueAt, events: [] }],
      approvals: [
        {
          id,
          path: step.path,
          attempt,
          title: title.slice(0, 500),
          message: message === null ? null : message.slice(0, 20_000),
          required: step.required,
          veto: step.veto,
          selfApproval: step.selfApproval,
          startedBy,
          form: step.form.declared,
          dueAt,
          voters: approvers.map(approver => ({
            ...approver,
            tokenHash: tokenHash(approvalToken(core, id, approver.email)),
          })),
        },
      ],
    },
  )
  crashPoint('wait.committed')
  crashPoint('approval.asked')
}
