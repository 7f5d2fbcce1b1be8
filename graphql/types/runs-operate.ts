import { countRuns, type OperatedRuns, operateRuns, type RunOperation } from '../../core/runs/operate-runs.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { present } from '../loaders.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { RunRef } from './refs.ts'
import { filterOf, RunFilterInput } from './run.ts'
import { RunReplayVersion } from './run-operations.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const RunOperationEnum = builder.enumType('RunOperation', {
  description: 'What is done to runs.',
  values: renamed({
    cancel: 'They are asked to stop; those that are over, or were asked already, do not count.',
    restart: 'They go on: those that failed or were cancelled, without those that another run has replaced.',
    replay:
      'New runs begin with a step of theirs; those that are not over, have a replay already, another run has replaced, or have an undecided effect do not count.',
    release: 'They are let out of quarantine; those with an undecided effect do not count.',
  } satisfies Record<RunOperation, string>),
})

builder.queryField('runsCount', t =>
  t.int({
    ...guarded('runs:read', 'How many runs fit, and can be operated so; the first of them are those of `runs`.'),
    args: {
      filter: t.arg({ type: RunFilterInput, description: 'Which ones.' }),
      operation: t.arg({ type: RunOperationEnum, description: 'What is to be done to them.' }),
      atMost: t.arg.int({
        description: 'Count no further than this, from 1: quick also where there are very many.',
      }),
      afterRunId: t.arg.id({ description: 'Only those that come after this run, as `runsOperate` takes them.' }),
    },
    resolve: (_root, { filter, operation, afterRunId, atMost }, c) =>
      countRuns(c.core, workspaceOf(c), {
        filter: filterOf(filter),
        operation,
        after: afterRunId ? rowId('Run', String(afterRunId)) : undefined,
        atMost: atMost === null || atMost === undefined ? undefined : Math.max(1, atMost),
      }),
  }),
)

const RefusedRun = builder.objectRef<OperatedRuns['refused'][number]>('RefusedRun').implement({
  description: 'A run that it could not be done to when its turn came.',
  fields: t => ({
    run: t.field({
      type: RunRef,
      description: 'The run.',
      resolve: ({ runId }, _args, c) => present(c.loaders.run.load(runId), 'A run'),
    }),
    message: t.exposeString('message', { description: 'What stood in the way.' }),
  }),
})

const RunsOperatePayload = builder.objectRef<Outcome<{ result: OperatedRuns }>>('RunsOperatePayload').implement({
  description: 'What was done to runs, or what stood in the way.',
  fields: t => ({
    done: t.int({ description: 'Runs that were operated.', resolve: ({ result }) => result?.done ?? 0 }),
    refused: t.field({
      type: [RefusedRun],
      description: 'Runs that it could not be done to.',
      resolve: ({ result }) => [...(result?.refused ?? [])],
    }),
    remaining: t.int({
      description: 'How many are left: the `expectedCount` of the next call.',
      resolve: ({ result }) => result?.remaining ?? 0,
    }),
    lastRunId: t.id({
      nullable: true,
      description: 'Give it as `afterRunId` to go on; null where none is left.',
      resolve: ({ result }) => (result?.last ? encodeNodeId('Run', result.last) : null),
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

const RunsOperateInput = builder.inputType('RunsOperateInput', {
  description: 'Which runs, and what is done to them.',
  fields: t => ({
    filter: t.field({ type: RunFilterInput, description: 'Which ones.' }),
    operation: t.field({ type: RunOperationEnum, required: true, description: 'What is done.' }),
    expectedCount: t.int({
      required: true,
      description: 'How many there are, by `runsCount` or `remaining`; where that has changed, nothing is done.',
    }),
    afterRunId: t.id({ description: 'Go on after this run.' }),
    reason: t.string({ description: 'Of a cancellation: why, for whoever reads it later.' }),
    fromPath: t.string({
      description:
        'Of a replay: the first step that is computed anew. A run that has not begun it is refused; without it nothing is done.',
    }),
    version: t.field({ type: RunReplayVersion, defaultValue: 'origin', description: 'Of a replay: which version.' }),
  }),
})

builder.mutationField('runsOperate', t =>
  t.field({
    type: RunsOperatePayload,
    ...guarded(
      'runs:operate',
      'Operates the next hundred runs that fit; call again until none remains. After a crash the same question goes on with what is left.',
    ),
    args: { input: t.arg({ type: RunsOperateInput, required: true, description: 'Which ones.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ result: null }, async () => ({
        result: await operateRuns(c.core, workspaceOf(c), {
          filter: filterOf(input.filter),
          operation: input.operation as RunOperation,
          expectedCount: input.expectedCount,
          after: input.afterRunId ? rowId('Run', input.afterRunId) : undefined,
          reason: input.reason ?? undefined,
          from: input.fromPath ?? undefined,
          version: input.version ?? undefined,
          by: viewerOf(c).userId,
        }),
      })),
  }),
)
