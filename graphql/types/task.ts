import { listTasks } from '../../core/brain/tasks/read-tasks.ts'
import { stepWords } from '../../core/brain/steps/step-words.ts'
import { BY_HAND, type Task } from '../../core/brain/tasks/task.ts'
import { acceptedModules } from '../accepted.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { follow } from '../follow.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { TaskPriority } from './module.ts'
import { Node, nodeId } from './node.ts'
import { LeadRef, RunRef } from './refs.ts'
import { RunErrorRef } from './run-error.ts'

const TaskStatus = builder.enumType('TaskStatus', {
  description: 'How a task stands.',
  values: renamed({
    suggested: 'The brain suggests it; a person takes it up or not.',
    queued: 'Waits for its turn.',
    running: 'Its run is under way.',
    manual: 'Waits in the inbox for a person to do it.',
    completed: 'Done, by its run or by a person.',
    failed: 'It could not begin, or its run failed.',
    cancelled: 'Somebody stopped it, or did not want it.',
  } satisfies Record<Task['status'], string>),
})

const StepKind = builder.enumType('NextStepKind', {
  description: 'Who does what is suggested.',
  values: {
    PLAYBOOK: { description: 'A playbook runs.' },
    SKILL: { description: 'A skill of an agent is used.' },
    BY_HAND: { description: 'A person does it: taken up, it waits in the inbox.' },
  } as const,
})

interface Suggestion {
  readonly task: Task
  readonly reason: NonNullable<Task['reason']>
}
const said = ({ task, reason }: Suggestion, c: Context) => stepWords(c.locale, reason, task.action.startsWith(BY_HAND))
const SuggestionRef = builder.objectRef<Suggestion>('TaskSuggestion').implement({
  description: 'Why the brain suggested a task, in the language of `accept-language`, and what it would do.',
  fields: t => ({
    code: t.string({
      description:
        'Of the rule: lead-waits, lead-silent, answer-waits, customer-unwell, health-unknown, outbox-waits, module-fails, module-held, follows, or the name of a `SuggestedDecision`.',
      resolve: ({ reason }) => reason.code,
    }),
    values: t.field({ type: 'JSON', description: 'The figures that it saw.', resolve: ({ reason }) => reason.values }),
    kind: t.field({
      type: StepKind,
      description: 'Who does it.',
      resolve: ({ task: { action } }) =>
        action.startsWith(BY_HAND) ? 'BY_HAND' : action.includes('/') ? 'SKILL' : 'PLAYBOOK',
    }),
    title: t.string({ description: 'What to do.', resolve: (one, _args, c) => said(one, c)?.title ?? one.reason.code }),
    why: t.string({ description: 'Why, with the figures.', resolve: (one, _args, c) => said(one, c)?.why ?? '' }),
    does: t.string({
      description: 'What happens when it is taken up.',
      resolve: (one, _args, c) => said(one, c)?.does ?? '',
    }),
    rank: t.int({
      nullable: true,
      description:
        'The chance that somebody takes it up, 0 to 100, when it was decided on; null where no policy was asked.',
      resolve: ({ task }) => task.rank,
    }),
    decisionId: t.id({
      nullable: true,
      description: 'The `Decision` of the policy next-step that gave it its place: it says why.',
      resolve: ({ task: { decisionId } }) => (decisionId === null ? null : encodeNodeId('Decision', decisionId)),
    }),
    withdrawn: t.boolean({
      description: 'The reason was over before anybody took it up, and the brain took it back.',
      resolve: ({ reason }) => reason.gone === true,
    }),
  }),
})

export const TaskRef = builder.objectRef<Task>('Task')
TaskRef.implement({
  description: 'Something that a module is to do. It is executed as a run.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Task', ({ id }) => id)),
    module: t.exposeString('module', { description: 'The key of its module.' }),
    action: t.exposeString('action', {
      description: 'plugin/action, the `id` of a playbook, or hand:… for what only a person can do.',
    }),
    suggestion: t.field({
      type: SuggestionRef,
      nullable: true,
      description: 'Why the brain suggested it; null where it did not.',
      resolve: task => (task.reason === null ? null : { task, reason: task.reason }),
    }),
    priority: t.field({ type: TaskPriority, description: 'Which comes first.', resolve: task => task.priority }),
    status: t.field({ type: TaskStatus, description: 'How it stands.', resolve: task => task.status }),
    data: t.field({ type: 'JSON', description: 'What the action is given.', resolve: task => task.data }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What its run, or whoever did it, gave.',
      resolve: task => task.result,
    }),
    error: t.field({
      type: RunErrorRef,
      nullable: true,
      description: 'Why it failed.',
      resolve: task => task.error,
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it has begun.' }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      description: 'The lead it is about.',
      resolve: (task, _args, c) => (task.subjectId === null ? null : c.loaders.lead.load(task.subjectId)),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      description: 'Its run, or the run in which a person does a step; null until there is one.',
      resolve: (task, _args, c) => (task.runId === null ? null : c.loaders.run.load(task.runId)),
    }),
    path: t.exposeString('path', {
      nullable: true,
      description: 'The step of that run that a person does in its stead.',
    }),
    source: t.exposeString('source', {
      description: 'Who wanted it: user:…, next-steps:…, step:…, figures:…, incident:…',
    }),
    stopping: t.exposeBoolean('cancelRequested', { description: 'Was its run asked to stop?' }),
    doneByHand: t.boolean({ description: 'Did a person do it?', resolve: task => task.finishedBy !== null }),
    note: t.exposeString('note', { nullable: true, description: 'What whoever did it said of it.' }),
    scheduledFor: t.expose('scheduledFor', { type: 'DateTime', description: 'It does not begin before.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was added.' }),
    executedAt: t.expose('executedAt', { type: 'DateTime', nullable: true, description: 'When it began last.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
  }),
})

const TaskConnection = connectionOf<Task>('Task', TaskRef)

const TaskFilterInput = builder.inputType('TaskFilter', {
  description: 'Which tasks. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [TaskStatus], description: 'In one of these.' }),
    modules: t.stringList({ description: 'Of modules with one of these keys.' }),
    priorities: t.field({ type: [TaskPriority], description: 'Of one of these priorities.' }),
    leadId: t.id({ description: 'About this lead.' }),
    search: t.string({ description: 'With this in their action.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Of this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})

const TaskSort = sortInput('Task', {
  createdAt: 'When it came in.',
  scheduledFor: 'When it may begin.',
  rank: 'How probable it was that somebody takes up a suggestion; what was not ranked comes last.',
})

builder.queryField('tasks', t =>
  t.field({
    type: TaskConnection,
    ...guarded('tasks:read', 'The tasks, newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: TaskFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: TaskSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listTasks(c.core, workspaceOf(c), {
        ...page,
        filter: filter && {
          ...filter,
          modules: acceptedModules(filter.modules),
          leadId: filter.leadId ? rowId('Lead', String(filter.leadId)) : undefined,
        },
      }),
  }),
)

const TaskUpdatedPayload = builder.objectRef<{ task: Task }>('TaskUpdatedPayload').implement({
  description: 'A task that has changed.',
  fields: t => ({ task: t.field({ type: TaskRef, description: 'As it is now.', resolve: payload => payload.task }) }),
})

builder.subscriptionField('taskUpdated', t =>
  t.field({
    type: TaskUpdatedPayload,
    ...guarded('tasks:read', 'A task was added or has changed.'),
    args: { taskId: t.arg.id({ description: 'Only this task; every task of the workspace without it.' }) },
    subscribe: (_root, { taskId }, c) => {
      const only = taskId ? rowId('Task', taskId) : undefined
      return follow(c, 'task.updated', async detail => {
        if (only !== undefined && detail.taskId !== only) return []
        const task = await c.loaders.task.load(detail.taskId)
        return task ? [{ task }] : []
      })
    },
    resolve: payload => payload,
  }),
)
