import type { RunRecord } from '../../core/runs/read-runs.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { RunRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const RunStartInput = builder.inputType('RunStartInput', {
  description: 'What to start.',
  fields: t => ({
    playbook: t.string({ required: true, description: 'The `id` of the playbook in its file.' }),
    inputs: t.field({ type: 'JSON', description: 'An object: what the playbook takes at its start.' }),
    leadId: t.id({ description: 'The lead that the run is about.' }),
    idempotencyKey: t.string({
      description: 'The same key answers with the same run, also where it is held back; its reason says why.',
    }),
  }),
})

const RunStartPayload = builder.objectRef<Outcome<{ run: RunRecord }>>('RunStartPayload').implement({
  description: 'The run that has been started, or what stood in the way.',
  fields: t => ({
    run: t.field({ type: RunRef, nullable: true, description: 'The run.', resolve: payload => payload.run }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

builder.mutationField('runStart', t =>
  t.field({
    type: RunStartPayload,
    ...guarded('runs:start', 'Starts a run of a playbook by hand, whatever its triggers are.'),
    args: { input: t.arg({ type: RunStartInput, required: true, description: 'What to start.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ run: null }, async () => ({
        run: await startByHand(c.core, workspaceOf(c), {
          playbook: input.playbook,
          inputs: objectOf(input.inputs),
          leadId: input.leadId ? rowId('Lead', input.leadId) : undefined,
          idempotencyKey: input.idempotencyKey ?? undefined,
          by: viewerOf(c).userId,
        }),
      })),
  }),
)

function objectOf(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TraeError('BAD_USER_INPUT', 'inputs must be an object, such as {"days": 3}.')
}
