import { addTask } from '../../core/brain/tasks/add-task.ts'
import { acceptTask, cancelTask, completeByHand, handBackTask, retryTask } from '../../core/brain/tasks/operate-task.ts'
import { type Task, taskInput } from '../../core/brain/tasks/task.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { TaskPriority } from './module.ts'
import { TaskRef } from './task.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const payload = (name: string) =>
  builder.objectRef<Outcome<{ task: Task }>>(name).implement({
    description: 'The task as it is now, or what stood in the way.',
    fields: t => ({
      task: t.field({ type: TaskRef, nullable: true, description: 'The task.', resolve: result => result.task }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: result => [...result.userErrors],
      }),
    }),
  })

const [leadId, data, priority, scheduledFor, idempotencyKey] = [
  'The lead it is about.',
  'An object: what the action is given.',
  'Which comes first; that of the module without it.',
  'It does not begin before.',
  'The same key answers with the same task.',
]
const TaskAddInput = builder.inputType('TaskAddInput', {
  description: 'What is to be done.',
  fields: t => ({
    module: t.string({ required: true, description: 'The key of a module.' }),
    action: t.string({ required: true, description: 'plugin/action, or the `id` of a playbook.' }),
    data: t.field({ type: 'JSON', description: data }),
    priority: t.field({ type: TaskPriority, description: priority }),
    leadId: t.id({ description: leadId }),
    scheduledFor: t.field({ type: 'DateTime', description: scheduledFor }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const ModuleExecuteInput = builder.inputType('ModuleExecuteInput', {
  description: 'What a module is to do now.',
  fields: t => ({
    moduleKey: t.string({ required: true, description: 'The key of a module.' }),
    action: t.string({ required: true, description: 'plugin/action, or the `id` of a playbook.' }),
    params: t.field({ type: 'JSON', description: data }),
    leadId: t.id({ description: leadId }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
})
const inputOf = (name: string) =>
  builder.inputType(name, {
    description: 'Which task.',
    fields: t => ({ taskId: t.id({ required: true, description: 'The task.' }) }),
  })
const TaskCompleteInput = builder.inputType('TaskCompleteInput', {
  description: 'What a person has done in the stead of the machine.',
  fields: t => ({
    taskId: t.id({ required: true, description: 'A task of the inbox.' }),
    result: t.field({ type: 'JSON', description: 'What it gives; where it stands for a step of a run, its output.' }),
    note: t.string({ description: 'How it was done, for whoever reads it later.' }),
  }),
})

const add = (c: Context, given: Record<string, unknown>, key: string | null | undefined) =>
  outcome({ task: null }, async () => {
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined))
    const input = taskInput.parse({
      ...known,
      ...(known['leadId'] === undefined ? {} : { leadId: rowId('Lead', String(known['leadId'])) }),
    })
    const { userId } = viewerOf(c)
    const idempotencyKey = key === null || key === undefined ? undefined : `graphql:${userId}:${key}`
    return { task: await addTask(c.core, workspaceOf(c), input, { source: `user:${userId}`, idempotencyKey }) }
  })

const operated = (c: Context, id: string, operate: (taskId: string) => Promise<Task>) =>
  outcome({ task: null }, async () => ({ task: await operate(rowId('Task', id)) }))

builder.mutationFields(t => ({
  taskAdd: t.field({
    type: payload('TaskAddPayload'),
    ...guarded('tasks:write', 'Adds a task; it begins when its turn has come.'),
    args: { input: t.arg({ type: TaskAddInput, required: true, description: 'What is to be done.' }) },
    resolve: (_root, { input: { idempotencyKey: key, ...given } }, c) => add(c, given, key),
  }),
  moduleExecute: t.field({
    type: payload('ModuleExecutePayload'),
    ...guarded('tasks:write', 'Lets a module do something before everything else.'),
    args: { input: t.arg({ type: ModuleExecuteInput, required: true, description: 'What it is to do.' }) },
    resolve: (_root, { input }, c) =>
      add(
        c,
        {
          module: input.moduleKey,
          action: input.action,
          data: input.params,
          leadId: input.leadId,
          priority: 'critical',
        },
        input.idempotencyKey,
      ),
  }),
  taskCancel: t.field({
    type: payload('TaskCancelPayload'),
    ...guarded('tasks:write', 'Keeps a task from beginning, or asks its run to stop.'),
    args: { input: t.arg({ type: inputOf('TaskCancelInput'), required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.taskId, id => cancelTask(c.core, workspaceOf(c), id, viewerOf(c).userId)),
  }),
  taskRetry: t.field({
    type: payload('TaskRetryPayload'),
    ...guarded('tasks:write', 'Tries a task again that failed or was cancelled; what was done stays done.'),
    args: { input: t.arg({ type: inputOf('TaskRetryInput'), required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.taskId, id => retryTask(c.core, workspaceOf(c), id, viewerOf(c).userId)),
  }),
  taskAccept: t.field({
    type: payload('TaskAcceptPayload'),
    ...guarded('tasks:write', 'Takes up a suggestion.'),
    args: { input: t.arg({ type: inputOf('TaskAcceptInput'), required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) => operated(c, input.taskId, id => acceptTask(c.core, workspaceOf(c), id)),
  }),
  taskComplete: t.field({
    type: payload('TaskCompletePayload'),
    ...guarded('tasks:write', 'Says that a person has done a task of the inbox; a run that waits for it goes on.'),
    args: { input: t.arg({ type: TaskCompleteInput, required: true, description: 'What was done.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.taskId, id =>
        completeByHand(c.core, workspaceOf(c), id, {
          by: viewerOf(c).userId,
          result: input.result ?? null,
          note: input.note ?? undefined,
        }),
      ),
  }),
  taskHandBack: t.field({
    type: payload('TaskHandBackPayload'),
    ...guarded('tasks:write', 'Gives a task of the inbox back to the machine, which tries it at once.'),
    args: { input: t.arg({ type: inputOf('TaskHandBackInput'), required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.taskId, id => handBackTask(c.core, workspaceOf(c), id, viewerOf(c).userId)),
  }),
}))
