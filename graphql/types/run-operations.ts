import { cancelRun } from '../../core/runs/cancel-run.ts'
import { decideEffect } from '../../core/runs/decide-effect.ts'
import { getRun, type RunRecord } from '../../core/runs/read-runs.ts'
import { releaseRun } from '../../core/runs/release-run.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const payload = (name: string) =>
  builder.objectRef<Outcome<{ run: RunRecord }>>(name).implement({
    description: 'The run as it is now, or what stood in the way.',
    fields: t => ({
      run: t.field({ type: RunRef, nullable: true, description: 'The run.', resolve: result => result.run }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: result => [...result.userErrors],
      }),
    }),
  })

/** Does something to a run and answers it, or the run that `operate` names, as it is then. */
const operated = (c: Context, id: string, operate: (runId: string) => Promise<string | void>) =>
  outcome({ run: null }, async () => {
    const runId = rowId('Run', id)
    return { run: await getRun(c.core, workspaceOf(c), (await operate(runId)) ?? runId) }
  })

const RunCancelInput = builder.inputType('RunCancelInput', {
  description: 'Which run is to stop.',
  fields: t => ({
    runId: t.id({ required: true, description: 'The run.' }),
    reason: t.string({ description: 'Why, for whoever reads it later.' }),
  }),
})
const RunRestartInput = builder.inputType('RunRestartInput', {
  description: 'Which run is to go on.',
  fields: t => ({ runId: t.id({ required: true, description: 'The run.' }) }),
})
const RunReleaseInput = builder.inputType('RunReleaseInput', {
  description: 'Which run is let out of quarantine.',
  fields: t => ({ runId: t.id({ required: true, description: 'The run.' }) }),
})
export const RunReplayVersion = builder.enumType('RunReplayVersion', {
  description: 'The version that a replay executes.',
  values: {
    ORIGIN: { value: 'origin', description: 'That of the run.' },
    CURRENT: { value: 'current', description: 'The one that is published now.' },
  } as const,
})
const RunReplayInput = builder.inputType('RunReplayInput', {
  description: 'What is replayed.',
  fields: t => ({
    runId: t.id({ required: true, description: 'The run; it must be over.' }),
    fromPath: t.string({
      required: true,
      description: 'The first step that is computed anew, and whose effects happen anew: as `score` or `each[3].send`.',
    }),
    version: t.field({ type: RunReplayVersion, defaultValue: 'origin', description: 'Which version.' }),
  }),
})
const RunEffectDecision = builder.enumType('RunEffectDecision', {
  description: 'What became of an effect.',
  values: {
    SENT: { value: 'sent', description: 'It arrived: the run goes on after it.' },
    NOT_SENT: { value: 'notSent', description: 'It did not arrive: it is sent again.' },
    FAILED: { value: 'failed', description: 'Its step fails; the playbook says what follows.' },
  } as const,
})
const RunEffectDecideInput = builder.inputType('RunEffectDecideInput', {
  description: 'What a person found out about an effect whose outcome is unknown.',
  fields: t => ({
    runId: t.id({ required: true, description: 'The run.' }),
    path: t.string({ required: true, description: 'The step.' }),
    decision: t.field({ type: RunEffectDecision, required: true, description: 'What became of it.' }),
    output: t.field({ type: 'JSON', description: 'The output of the step, where it was sent; null without it.' }),
  }),
})

builder.mutationFields(t => ({
  runCancel: t.field({
    type: payload('RunCancelPayload'),
    ...guarded(
      'runs:operate',
      'Asks a run to stop: it begins no further step, what is being sent is waited for, then its `finally` runs.',
    ),
    args: { input: t.arg({ type: RunCancelInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.runId, runId =>
        cancelRun(c.core, workspaceOf(c), runId, { by: viewerOf(c).userId, reason: input.reason ?? undefined }),
      ),
  }),
  runRestart: t.field({
    type: payload('RunRestartPayload'),
    ...guarded(
      'runs:operate',
      'A run that failed or was cancelled goes on: what failed is tried again under the same keys, what was done stays done.',
    ),
    args: { input: t.arg({ type: RunRestartInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.runId, runId => restartRun(c.core, workspaceOf(c), runId, { by: viewerOf(c).userId })),
  }),
  runReplay: t.field({
    type: payload('RunReplayPayload'),
    ...guarded(
      'runs:operate',
      'Starts a new run from a step of another: what came before is reused and not sent again, the rest is computed and sent anew.',
    ),
    args: { input: t.arg({ type: RunReplayInput, required: true, description: 'Which one, and from where.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.runId, runId =>
        replayRun(c.core, workspaceOf(c), runId, {
          from: input.fromPath,
          version: input.version ?? 'origin',
          by: viewerOf(c).userId,
        }),
      ),
  }),
  runRelease: t.field({
    type: payload('RunReleasePayload'),
    ...guarded('runs:operate', 'Lets a run out of quarantine; it goes on where it stood.'),
    args: { input: t.arg({ type: RunReleaseInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.runId, runId => releaseRun(c.core, workspaceOf(c), runId, { by: viewerOf(c).userId })),
  }),
  runEffectDecide: t.field({
    type: payload('RunEffectDecidePayload'),
    ...guarded(
      'runs:operate',
      'Says what became of an effect whose outcome is unknown; with the last one the run goes on.',
    ),
    args: { input: t.arg({ type: RunEffectDecideInput, required: true, description: 'What was found out.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.runId, runId =>
        decideEffect(c.core, workspaceOf(c), runId, input.path, {
          by: viewerOf(c).userId,
          ...(input.decision === 'sent'
            ? { decision: 'sent', output: input.output ?? null }
            : { decision: input.decision }),
        }),
      ),
  }),
}))
