import { isId, newId } from '../../ids.ts'
import type { Step } from '../../playbooks/playbook.ts'
import type { ActiveRun } from '../active-run.ts'
import { evaluate, type Fiber, type Result } from '../step-outcome.ts'

/** Stores an event in the commit of the step's outcome: both are there, or neither. It is dispatched after that. */
export async function emit(run: ActiveRun, step: Step & { kind: 'emit' }, fiber: Fiber): Promise<Result> {
  const data = (await evaluate(run, fiber, step.data)) ?? {}
  const subject = step.subject ? await evaluate(run, fiber, step.subject) : run.lease.subjectId
  const id = newId()
  return {
    kind: 'output',
    output: { eventId: id, type: step.event },
    extras: { events: [{ id, type: step.event, subjectId: isId(subject) ? subject : null, data, path: step.path }] },
  }
}
