import type { ModuleState } from '../../core/brain/brain-status.ts'
import { type ModuleAction, moduleActions } from '../../core/brain/module-actions.ts'
import type { PRIORITIES } from '../../core/brain/tasks/task.ts'
import { builder } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { ScoreFactorRef } from './score-factor.ts'

const ModuleStatus = builder.enumType('ModuleStatus', {
  description: 'What a module is doing.',
  values: renamed({
    idle: 'Nothing to do.',
    running: 'Runs are under way, or tasks wait for their turn.',
    waiting: 'Runs wait for times or events.',
    error: 'More than half of its runs fail.',
    completed: 'Its last runs came to their end.',
    manual: 'A person has taken over.',
  }),
})

export const TaskPriority = builder.enumType('TaskPriority', {
  description: 'Which task comes first. One that waits moves up, so that none waits for ever.',
  values: renamed({
    critical: 'Before all others.',
    high: 'As if it had come 10 minutes after a critical one.',
    medium: 'As if it had come 30 minutes after a critical one.',
    low: 'As if it had come an hour after a critical one.',
  } satisfies Record<(typeof PRIORITIES)[number], string>),
})

const ModuleActionKind = builder.enumType('ModuleActionKind', {
  description: 'What stands behind an action of a module.',
  values: renamed({ action: 'An action of a plugin.', playbook: 'A playbook.' } satisfies Record<
    ModuleAction['kind'],
    string
  >),
})
const ModuleActionRef = builder.objectRef<ModuleAction>('ModuleAction').implement({
  description: 'Something that a module can be told to do.',
  fields: t => ({
    key: t.exposeString('key', { description: 'The `action` of a task: plugin/action, or the `id` of a playbook.' }),
    title: t.exposeString('title', { description: 'For people.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it needs and what it gives.' }),
    kind: t.field({ type: ModuleActionKind, description: 'What stands behind it.', resolve: action => action.kind }),
    inputSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of the data of its tasks.',
      resolve: action => action.inputSchema,
    }),
  }),
})

const ModuleTasksRef = builder.objectRef<ModuleState['tasks']>('ModuleTasks').implement({
  description: 'Tasks of a module that are not over.',
  fields: t => ({
    suggested: t.exposeInt('suggested', { description: 'Wait for a person to take them up.' }),
    queued: t.exposeInt('queued', { description: 'Wait for their turn.' }),
    running: t.exposeInt('running', { description: 'Their runs are under way.' }),
    manual: t.exposeInt('manual', { description: 'Wait in the inbox for a person to do them.' }),
  }),
})

export const ModuleRef = builder.objectRef<ModuleState>('Module').implement({
  description: 'One of the eight modules of the company’s commercial work.',
  fields: t => ({
    key: t.exposeString('key', { description: 'As pre_vendas.' }),
    title: t.exposeString('title', { description: 'For people.' }),
    status: t.field({ type: ModuleStatus, description: 'What it is doing.', resolve: module => module.status }),
    healthScore: t.exposeInt('healthScore', { description: '0 to 100.' }),
    healthFactors: t.field({
      type: [ScoreFactorRef],
      description: 'What takes points away.',
      resolve: module => [...module.healthFactors],
    }),
    errorRate: t.exposeFloat('errorRate', {
      description: 'Share of failed among finished runs of the last 15 minutes, 0 to 1.',
    }),
    queueSize: t.exposeInt('queueSize', { description: 'Runs and tasks that are due.' }),
    lastExecutedAt: t.expose('lastExecutedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a run of it last moved.',
    }),
    manual: t.boolean({
      description: 'Has a person taken over? Its tasks wait in the inbox then.',
      resolve: module => module.mode === 'manual',
    }),
    manualReason: t.exposeString('modeReason', { nullable: true, description: 'Why a person has taken over.' }),
    priority: t.field({
      type: TaskPriority,
      description: 'Of its tasks that say nothing else.',
      resolve: module => module.priority,
    }),
    feeds: t.stringList({
      description: 'Keys of the modules that work on with what it has done.',
      resolve: module => [...module.feeds],
    }),
    dependsOn: t.stringList({
      description: 'Keys of the modules whose work it takes up.',
      resolve: module => [...module.dependsOn],
    }),
    tasks: t.field({
      type: ModuleTasksRef,
      description: 'Its tasks that are not over.',
      resolve: module => module.tasks,
    }),
    restarts: t.exposeInt('restarts', { description: 'How often the brain has restarted it.' }),
    recoveries: t.exposeInt('recoveries', { description: 'How often that was all it needed.' }),
    actions: t.field({
      type: [ModuleActionRef],
      description: 'What is offered as a task of it; any other action may be named too.',
      resolve: (module, _args, c) => moduleActions(c.core, workspaceOf(c), module.key, c.locale),
    }),
  }),
})
