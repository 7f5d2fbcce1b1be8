import type { KeyResult, Objective } from '../../core/sales/objective.ts'
import { closeObjective, createObjective, enterValue, updateObjective } from '../../core/sales/objectives.ts'
import { followObjectives } from '../../core/brain/follow-objectives.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { MetricName } from './metric.ts'
import { KeyResultRef, ObjectiveRef } from './objective.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const KeyResultInput = builder.inputType('KeyResultInput', {
  description: 'A key result as it begins.',
  fields: t => ({
    title: t.string({ required: true, description: 'What is to be reached.' }),
    metric: t.field({ type: MetricName, description: 'The figure that it is; without it values are entered by hand.' }),
    start: t.float({ description: 'Where it begins; 0 without it.' }),
    target: t.float({ required: true, description: 'Where it is to get; shares 0 to 1.' }),
  }),
})
const ObjectiveCreateInput = builder.inputType('ObjectiveCreateInput', {
  description: 'An objective as it begins.',
  fields: t => ({
    title: t.string({ required: true, description: 'What is to be reached.' }),
    description: t.string({ description: 'What else is to be said.' }),
    responsibleId: t.id({ description: 'Who answers for it: a person of the team.' }),
    startsOn: t.string({ required: true, description: 'The first day, as 2030-01-01.' }),
    dueOn: t.string({ required: true, description: 'The last day.' }),
    keyResults: t.field({ type: [KeyResultInput], required: true, description: '1 to 10.' }),
    idempotencyKey: t.string({ description: 'The same key again answers with the first one and changes nothing.' }),
  }),
})
const ObjectivePatchInput = builder.inputType('ObjectivePatchInput', {
  description: 'What changes; what is left out stays.',
  fields: t => ({
    title: t.string({ description: 'What is to be reached.' }),
    description: t.string({ description: 'What else is to be said; null empties it.' }),
    responsibleId: t.id({ description: 'Who answers for it; null: nobody.' }),
    dueOn: t.string({ description: 'The last day, as 2030-03-31.' }),
  }),
})
const ObjectiveUpdateInput = builder.inputType('ObjectiveUpdateInput', {
  description: 'A change of an objective.',
  fields: t => ({
    objectiveId: t.id({ required: true, description: 'Which one.' }),
    patch: t.field({ type: ObjectivePatchInput, required: true, description: 'What changes.' }),
  }),
})
const ObjectiveCloseInput = builder.inputType('ObjectiveCloseInput', {
  description: 'An objective that is followed no more.',
  fields: t => ({ objectiveId: t.id({ required: true, description: 'Which one.' }) }),
})
const KeyResultEnterInput = builder.inputType('KeyResultEnterInput', {
  description: 'Where a key result is, how sure somebody is, or both.',
  fields: t => ({
    keyResultId: t.id({ required: true, description: 'Which one.' }),
    value: t.float({ description: 'Where it is; not for one that is computed.' }),
    confidence: t.int({ description: 'How sure you are that it will be reached, 0 to 100.' }),
    note: t.string({ description: 'What is to be said with it.' }),
  }),
})

const payload = (name: string) =>
  builder.objectRef<Outcome<{ objective: Objective }>>(name).implement({
    description: 'An objective as it is now.',
    fields: t => ({
      objective: t.field({
        type: ObjectiveRef,
        nullable: true,
        description: 'The objective.',
        resolve: ({ objective }) => objective,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })
const KeyResultEnterPayload = builder.objectRef<Outcome<{ keyResult: KeyResult }>>('KeyResultEnterPayload').implement({
  description: 'A key result as it is now.',
  fields: t => ({
    keyResult: t.field({
      type: KeyResultRef,
      nullable: true,
      description: 'The key result.',
      resolve: ({ keyResult }) => keyResult,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
const person = (id: string | null | undefined) => (id ? rowId('User', id) : id)

builder.mutationFields(t => ({
  objectiveCreate: t.field({
    type: payload('ObjectiveCreatePayload'),
    ...guarded('objectives:write', 'Writes an objective with its key results.'),
    args: { input: t.arg({ type: ObjectiveCreateInput, required: true, description: 'The objective.' }) },
    resolve: (_root, { input: { idempotencyKey, responsibleId, keyResults, ...input } }, c) =>
      outcome({ objective: null }, async () => {
        const given = {
          ...input,
          ownerId: person(responsibleId),
          keyResults: keyResults.map(({ start, ...result }) => ({ ...result, start: start ?? undefined })),
        }
        const key = idempotencyKey ? `graphql:${idempotencyKey}` : undefined
        const objective = await createObjective(c.core, workspaceOf(c), given, { key })
        await followObjectives(c.core, { objectiveId: objective.id })
        return { objective }
      }),
  }),
  objectiveUpdate: t.field({
    type: payload('ObjectiveUpdatePayload'),
    ...guarded('objectives:write', 'Changes an objective that is open.'),
    args: { input: t.arg({ type: ObjectiveUpdateInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input: { objectiveId, patch } }, c) =>
      outcome({ objective: null }, async () => ({
        objective: await updateObjective(c.core, workspaceOf(c), {
          id: rowId('Objective', objectiveId),
          patch: {
            title: patch.title ?? undefined,
            description: patch.description,
            ownerId: person(patch.responsibleId),
            dueOn: patch.dueOn ?? undefined,
          },
        }),
      })),
  }),
  objectiveClose: t.field({
    type: payload('ObjectiveClosePayload'),
    ...guarded('objectives:write', 'Closes an objective. Done twice it changes nothing.'),
    args: { input: t.arg({ type: ObjectiveCloseInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ objective: null }, async () => {
        const objectiveId = rowId('Objective', input.objectiveId)
        await followObjectives(c.core, { objectiveId }) // its last figures
        return { objective: await closeObjective(c.core, workspaceOf(c), objectiveId) }
      }),
  }),
  keyResultEnter: t.field({
    type: KeyResultEnterPayload,
    ...guarded('objectives:write', 'Enters where a key result is, and how sure somebody is.'),
    args: { input: t.arg({ type: KeyResultEnterInput, required: true, description: 'The value.' }) },
    resolve: (_root, { input: { keyResultId, ...given } }, c) =>
      outcome({ keyResult: null }, async () => ({
        keyResult: await enterValue(c.core, workspaceOf(c), {
          ...given,
          id: rowId('KeyResult', keyResultId),
          by: viewerOf(c).userId,
        }),
      })),
  }),
}))
