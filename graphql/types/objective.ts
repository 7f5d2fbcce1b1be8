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
import { listObjectives } from '../../core/sales/read-objectives.ts'
import { metricKind } from '../../core/sales/metric.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { type Context, workspaceOf } from '../context.ts'
import { described, renamed } from '../described.ts'
import { follow } from '../follow.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { MetricName, MetricUnitType } from './metric.ts'
import { CurrencyCode } from './money.ts'
import { Node, nodeId } from './node.ts'
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
