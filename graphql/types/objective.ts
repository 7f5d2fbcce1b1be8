import {
  elapsedOf,
  type KeyResult,
  type KeyResultState,
  type KeyResultValue,
  meanProgress,
  type Objective,
  OBJECTIVE_STATUSES,
  progressOf,
  stateOf,
} from '../../core/sales/objective.ts'
import { closeObjective, createObjective, enterValue, updateObjective } from '../../core/sales/objectives.ts'
import { listObjectives } from '../../core/sales/read-objectives.ts'
import { followObjectives } from '../../core/brain/follow-objectives.ts'
import { metricKind } from '../../core/sales/metric.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { described, renamed } from '../described.ts'
import { follow } from '../follow.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { MetricName, MetricUnitType } from './metric.ts'
import { CurrencyCode } from './money.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

const ObjectiveStatusType = builder.enumType('ObjectiveStatus', {
  description: 'Is an objective followed?',
  values: described(OBJECTIVE_STATUSES, { OPEN: 'Yes.', CLOSED: 'Not any more.' }),
})
const KeyResultStateType = builder.enumType('KeyResultState', {
  description: 'How a key result stands beside the time that is over.',
  values: renamed<KeyResultState>({
    notBegun: 'Its time has not begun.',
    unknown: 'There is no value.',
    behind: 'It is less far than its time.',
    onTrack: 'It is as far as its time, or nearly.',
    done: 'It is reached.',
  }),
})

const ValueRef = builder.objectRef<KeyResultValue>('KeyResultValue').implement({
  description: 'A value that a key result has had.',
  fields: t => ({
    value: t.exposeFloat('value', { description: 'What it was; shares 0 to 1.' }),
    confidence: t.exposeInt('confidence', { nullable: true, description: 'How sure somebody was, 0 to 100.' }),
    note: t.exposeString('note', { nullable: true, description: 'What was said with it.' }),
    user: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Who entered it; null: it was computed.'),
      resolve: ({ userId }, _args, c) => (userId === null ? null : c.loaders.user.load(userId)),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

const objectiveOf = (result: KeyResult, c: Context) =>
  present(c.loaders.objective.load(result.objectiveId), 'An objective')

export const KeyResultRef = builder.objectRef<KeyResult>('KeyResult').implement({
  description: 'By what one sees whether an objective is reached.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('KeyResult', ({ id }) => id)),
    title: t.exposeString('title', { description: 'What is to be reached.' }),
    metric: t.field({
      type: MetricName,
      nullable: true,
      description: 'The figure that it is; null: it is entered by hand.',
      resolve: ({ metric }) => metric,
    }),
    unit: t.field({
      type: MetricUnitType,
      description: 'What it counts in; by hand, pieces of whatever its title says.',
      resolve: ({ metric }) => (metric === null ? 'count' : metricKind(metric).unit),
    }),
    currency: t.field({
      type: CurrencyCode,
      nullable: true,
      description: 'Of money.',
      resolve: ({ metric }) => (metric === null ? null : (metricKind(metric).currency ?? null)),
    }),
    start: t.exposeFloat('start', { description: 'Where it began.' }),
    target: t.exposeFloat('target', { description: 'Where it is to get; may be less than where it began.' }),
    value: t.exposeFloat('value', { nullable: true, description: 'Where it is; null: nobody knows.' }),
    progress: t.float({
      nullable: true,
      description: 'Share of the way from start to target, below 0 and above 1 as it is.',
      resolve: progressOf,
    }),
    state: t.field({
      type: KeyResultStateType,
      description: 'How it stands beside the time that is over.',
      resolve: async (result, _args, c) =>
        stateOf(progressOf(result), elapsedOf(await objectiveOf(result, c), c.core.clock.now())),
    }),
    confidence: t.exposeInt('confidence', {
      nullable: true,
      description: 'How sure somebody is that it will be reached, 0 to 100.',
    }),
    valuedAt: t.expose('valuedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the value was the last time new.',
    }),
    values: t.field({
      type: [ValueRef],
      description: 'What it was, the newest first, at most 100. Computed ones are kept once a day.',
      resolve: (result, _args, c) => c.loaders.keyResultValues.load(result),
    }),
  }),
})

export const ObjectiveRef = builder.objectRef<Objective>('Objective').implement({
  description: 'What is to be reached until a day (OKR).',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Objective', ({ id }) => id)),
    title: t.exposeString('title', { description: 'What is to be reached.' }),
    description: t.exposeString('description', { nullable: true, description: 'What else is to be said.' }),
    owner: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Who answers for it.'),
      resolve: ({ ownerId }, _args, c) => (ownerId === null ? null : c.loaders.user.load(ownerId)),
    }),
    startsOn: t.exposeString('startsOn', { description: 'The first day, as 2030-01-01.' }),
    dueOn: t.exposeString('dueOn', { description: 'The last day.' }),
    status: t.field({ type: ObjectiveStatusType, description: 'Is it followed?', resolve: ({ status }) => status }),
    closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true, description: 'Since when it is not.' }),
    elapsed: t.float({
      description: 'Share of its time that is over, 0 to 1.',
      resolve: (objective, _args, c) => elapsedOf(objective, c.core.clock.now()),
    }),
    progress: t.float({
      nullable: true,
      description: 'The mean of its key results, each from 0 to 1; null where none is known.',
      resolve: async (objective, _args, c) => meanProgress(await c.loaders.keyResults.load(objective)),
    }),
    keyResults: t.field({
      type: [KeyResultRef],
      description: 'By what one sees whether it is reached; at most 10.',
      resolve: (objective, _args, c) => c.loaders.keyResults.load(objective),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was changed.' }),
  }),
})

const ObjectiveConnection = connectionOf<Objective>('Objective', ObjectiveRef)
const ObjectiveFilterInput = builder.inputType('ObjectiveFilter', {
  description: 'Which objectives. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [ObjectiveStatusType], description: 'In one of these.' }),
    responsibleId: t.id({ description: 'For which this person answers.' }),
    search: t.string({ description: 'With this anywhere in the title.' }),
  }),
})
const ObjectiveSort = sortInput('Objective', {
  createdAt: 'When it was written.',
  dueOn: 'Its last day.',
})

builder.queryField('objectives', t =>
  t.field({
    type: ObjectiveConnection,
    ...guarded('objectives:read', 'The objectives, the newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: ObjectiveFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: ObjectiveSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listObjectives(c.core, workspaceOf(c), {
        ...page,
        filter: filter && {
          statuses: filter.statuses,
          search: filter.search,
          ownerId: filter.responsibleId ? rowId('User', filter.responsibleId) : undefined,
        },
      }),
  }),
)

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

const ObjectiveUpdatedPayload = builder.objectRef<{ objective: Objective }>('ObjectiveUpdatedPayload').implement({
  description: 'An objective of which something has changed.',
  fields: t => ({
    objective: t.field({ type: ObjectiveRef, description: 'As it is now.', resolve: ({ objective }) => objective }),
  }),
})
builder.subscriptionField('objectiveUpdated', t =>
  t.field({
    type: ObjectiveUpdatedPayload,
    ...guarded('objectives:read', 'An objective was written, changed or closed, or a key result has another value.'),
    args: { objectiveId: t.arg.id({ description: 'Only this one; every objective of the workspace without it.' }) },
    subscribe: (_root, { objectiveId }, c) => {
      const only = objectiveId ? rowId('Objective', objectiveId) : undefined
      return follow(c, 'objective.updated', async detail => {
        if (only !== undefined && detail.objectiveId !== only) return []
        const objective = await c.loaders.objective.load(detail.objectiveId)
        return objective ? [{ objective }] : []
      })
    },
    resolve: payload => payload,
  }),
)
