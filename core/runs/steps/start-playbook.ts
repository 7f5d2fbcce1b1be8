import { crashPoint } from '../../crash-point.ts'
import { TraeError } from '../../errors.ts'
import { isId, newId, type RunId } from '../../ids.ts'
import type { Step } from '../../playbooks/playbook.ts'
import { startableVersion } from '../../publishing/startable-version.ts'
import { getLead } from '../../sales/leads.ts'
import type { Lead } from '../../sales/lead.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import type { ChildEnd } from '../answer-parents.ts'
import { exits } from '../before-effect.ts'
import { checkDepth, childRun, errorOf, goOn, lastChild, wasStoppedBy, waitAgain } from '../child-runs.ts'
import { startRequest } from '../start-request.ts'
import { CANCELLED, evaluate, type Extras, type Fiber, type Result } from '../step-outcome.ts'
import { untilEnded } from '../waits.ts'

type PlaybookStep = Step & { kind: 'playbook' }

/**
 * Starts another playbook and waits for the end of its run, which answers the wait in the commit of that end. The event
 * that starts it and the wait are one commit. A step has one run, whatever happens to either: where there is one from an
 * earlier attempt, or from before a restart by hand, it goes on, so that what it did is not done twice.
 */
export async function startPlaybook(core: RunCore, run: ActiveRun, step: PlaybookStep, fiber: Fiber): Promise<Result> {
  if (!run.waits.has(step.path)) {
    if (await exits(run, fiber)) return CANCELLED
    if (core.hold) {
      const { path, playbook, awaits } = step
      const input = await evaluate(run, fiber, step.with)
      return { kind: 'output', ...(await core.hold.start({ runId: run.lease.runId, path, playbook, awaits, input })) }
    }
    const earlier = step.awaits ? await lastChild(core, run.lease.runId, step.path) : undefined
    if (earlier?.status === 'completed') return { kind: 'output', output: earlier.output }
    if (earlier?.status === 'quarantined') return { kind: 'error', error: errorOf(step, earlier) }
    if (!earlier) {
      const { childId, events } = await startEvent(core, run, step, fiber)
      if (!step.awaits) return { kind: 'output', output: { runId: childId }, extras: { events } }
      crashPoint('child.starting')
      await waitFor(run, step, childId, events)
      crashPoint('child.started')
    } else await waitFor(run, step, earlier.id)
    if (earlier) await goOn(core, run, step.path)
  } else if (run.waits.get(step.path)!.status === 'open') await goOn(core, run, step.path)
  for (;;) {
    const ended = await untilEnded(core, run, step.path, fiber)
    if (!ended) return CANCELLED
    run.subject.forget()
    const end = ended.result as ChildEnd
    if (end.status !== 'completed' && (await wasStoppedBy(core, run.lease.runId, end))) {
      await waitAgain(core, run, ended)
      continue
    }
    if (await exits(run, fiber)) return CANCELLED
    if (end.status === 'completed') return { kind: 'output', output: end.output }
    return { kind: 'error', error: end.error ?? errorOf(step, (await childRun(core, end.runId))!) }
  }
}

async function waitFor(
  run: ActiveRun,
  step: PlaybookStep,
  childRunId: string,
  events: Extras['events'] = [],
): Promise<void> {
  const wait = { path: step.path, kind: 'run', dueAt: null, childRunId } as const
  run.setWait({ ...wait, status: 'open', event: null, result: null })
  const data = { until: null, events: [], run: { id: childRunId, playbook: step.playbook } }
  await run.write([{ kind: 'step.waiting', path: step.path, data }], { waits: [{ ...wait, events: [] }], events })
}

/** What starts the run, in whichever version is current when it is dispatched. Throws what stands against it. */
async function startEvent(
  core: RunCore,
  run: ActiveRun,
  step: PlaybookStep,
  fiber: Fiber,
): Promise<{ readonly childId: RunId; readonly events: NonNullable<Extras['events']> }> {
  const { runId, workspaceId, event } = run.lease
  await checkDepth(core, run, step)
  const version = await startableVersion(core, workspaceId, step.playbook)
  const inputs = (await evaluate(run, fiber, step.with)) as Record<string, unknown>
  const lead = await subjectOf(core, run, step, fiber)
  const startedBy = event?.data['startedBy']
  const request = startRequest(version, {
    inputs,
    subjectId: lead?.id ?? null,
    data: { ...(startedBy === undefined ? {} : { startedBy }), ...(lead ? { leadId: lead.id, lead } : {}) },
    source: `run:${runId}`,
    parent: { runId, path: step.path, awaits: step.awaits },
  })
  const { type, subjectId, data, target } = request
  // no two starts of one step are the same event: the run that it started before may never have been
  const path = `${step.path}!${target.runId}`
  return { childId: target.runId, events: [{ id: newId(), type, subjectId, data, path, target }] }
}

async function subjectOf(core: RunCore, run: ActiveRun, step: PlaybookStep, fiber: Fiber): Promise<Lead | null> {
  if (!step.subject) return run.subject.lead()
  const value = await evaluate(run, fiber, step.subject)
  if (value === null) return null
  if (isId(value)) return getLead(core, run.lease.workspaceId, { id: value })
  const found = JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
  throw new TraeError('EXPRESSION', `${step.title}: subject must come out as the id of a lead, found ${found}.`)
}
