import type { PassedOver, StepRecord } from '../../core/runs/list-steps.ts'
import { readLarge } from '../../core/runs/large-values.ts'
import { builder } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { RunErrorRef, RunReasonRef } from './run-error.ts'

const StepStatus = builder.enumType('StepStatus', {
  description: 'How a step of a run stands.',
  values: renamed({
    pending: 'Not reached yet.',
    running: 'Under way.',
    waiting: 'Waits for a time or an event.',
    retrying: 'Waits for its next attempt.',
    completed: 'Done.',
    failed: 'Failed.',
    skipped: 'Its condition was false.',
    cancelled: 'Another branch won, or the run was stopped.',
    unknown: 'Its effect was in flight when the process died, and cannot be looked up.',
  }),
})
const StepKind = builder.enumType('StepKind', {
  description: 'What a step does.',
  values: renamed({
    uses: 'Calls an action of a plugin or a service.',
    run: 'Computes a value with a few lines of JavaScript.',
    set: 'Sets variables.',
    if: 'Chooses between two lists of steps.',
    parallel: 'Walks branches at once.',
    wait: 'Waits for a time.',
    waitFor: 'Waits for an event.',
    playbook: 'Starts another playbook.',
    approval: 'Asks people to decide.',
    decide: 'Takes a decision by a policy, or asks a person.',
    emit: 'Announces an event.',
    switch: 'Chooses one of several lists of steps.',
    forEach: 'Repeats steps for each item of a list.',
    while: 'Repeats steps as long as a condition holds.',
    iteration: 'One round of the loop above it.',
    try: 'Catches the failure of a step inside.',
    raise: 'Fails with an error of the playbook.',
    return: 'Ends the run.',
  }),
})

const StepProgress = builder.objectRef<NonNullable<StepRecord['progress']>>('StepProgress').implement({
  description: 'How far a loop has come.',
  fields: t => ({
    done: t.exposeInt('done', { description: 'Iterations that are over.' }),
    total: t.exposeInt('total', { nullable: true, description: 'How many there will be; null where that is open.' }),
  }),
})

const PassedOverRef = builder.objectRef<PassedOver>('PassedOverProvider').implement({
  description: 'A provider of a service that could not do what a step asked for, and has done nothing.',
  fields: t => ({
    pluginId: t.exposeString('pluginId', { description: 'Its plugin.' }),
    account: t.exposeString('account', { nullable: true, description: 'With which account; null where it uses none.' }),
    error: t.field({ type: RunErrorRef, description: 'Why.', resolve: ({ error }) => ({ ...error, path: null }) }),
  }),
})

export const RunStepRef = builder.objectRef<StepRecord>('RunStep').implement({
  description: 'A step of a run as it stands.',
  fields: t => ({
    path: t.exposeString('path', { description: 'Unique in the run: cadence.ask.1, gate.then.0.' }),
    title: t.exposeString('title', { description: 'For people.' }),
    kind: t.field({ type: StepKind, description: 'What it does.', resolve: step => step.kind }),
    uses: t.exposeString('uses', { nullable: true, description: 'The action or service it calls, as written.' }),
    status: t.field({ type: StepStatus, description: 'How it stands.', resolve: step => step.status }),
    attempt: t.exposeInt('attempt', { description: 'Counts from 1; 0 until it is reached.' }),
    depth: t.exposeInt('depth', { description: 'How many steps it stands inside of.' }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it gave.',
      resolve: (step, _arguments, c) => readLarge(c.core, workspaceOf(c), step.output),
    }),
    error: t.field({
      type: RunErrorRef,
      nullable: true,
      description: 'Why it failed, or why its last attempt did.',
      resolve: step => step.error && { ...step.error, path: step.path },
    }),
    reason: t.field({ type: RunReasonRef, nullable: true, description: 'Why it waits.', resolve: step => step.reason }),
    effectKey: t.exposeString('effectKey', {
      nullable: true,
      description: 'The key that its effect carries through every attempt.',
    }),
    action: t.exposeString('action', {
      nullable: true,
      description:
        'The action that was called, or is being called: mailbox@1.0.0/send. Where the step uses a service, it says who provided it.',
    }),
    account: t.exposeString('account', {
      nullable: true,
      description: 'With which account of the plugin; null where it uses none.',
    }),
    passedOver: t.field({
      type: [PassedOverRef],
      description:
        'Providers of the service that could not do it and have done nothing, in the order in which they were asked.',
      resolve: step => [...step.passedOver],
    }),
    progress: t.field({
      type: StepProgress,
      nullable: true,
      description: 'How far a loop has come.',
      resolve: step => step.progress,
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it was reached.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
  }),
})
