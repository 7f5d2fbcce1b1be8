import { brainStatus, type ModuleState } from '../../core/brain/brain-status.ts'
import { resumeModule, setManual, setPriority } from '../../core/brain/module-mode.ts'
import { requireModule } from '../../core/brain/modules.ts'
import type { ModuleKey } from '../../core/playbooks/playbook.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { ModuleRef, TaskPriority } from './module.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

builder.queryField('module', t =>
  t.field({
    type: ModuleRef,
    ...guarded('brain:read', 'How one module stands.'),
    args: { key: t.arg.string({ required: true, description: 'As pre_vendas.' }) },
    resolve: (_root, { key }, c) => stateOf(c, requireModule(key)),
  }),
)

const stateOf = async (c: Context, key: ModuleKey) =>
  (await brainStatus(c.core, workspaceOf(c))).modules.find(module => module.key === key)!

const payload = (name: string) =>
  builder.objectRef<Outcome<{ module: ModuleState }>>(name).implement({
    description: 'The module as it is now, or what stood in the way.',
    fields: t => ({
      module: t.field({
        type: ModuleRef,
        nullable: true,
        description: 'The module.',
        resolve: result => result.module,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: result => [...result.userErrors],
      }),
    }),
  })

const operated = (c: Context, key: string, operate: (key: ModuleKey) => Promise<void>) =>
  outcome({ module: null }, async () => {
    const known = requireModule(key)
    await operate(known)
    return { module: await stateOf(c, known) }
  })

const moduleKey = 'The key of a module.'
const ModuleSetManualInput = builder.inputType('ModuleSetManualInput', {
  description: 'Which module a person takes over.',
  fields: t => ({
    moduleKey: t.string({ required: true, description: moduleKey }),
    reason: t.string({ required: true, description: 'Why, for whoever sees it.' }),
  }),
})
const ModuleResumeInput = builder.inputType('ModuleResumeInput', {
  description: 'Which module works by itself again.',
  fields: t => ({ moduleKey: t.string({ required: true, description: moduleKey }) }),
})
const ModuleSetPriorityInput = builder.inputType('ModuleSetPriorityInput', {
  description: 'How urgent the work of a module is.',
  fields: t => ({
    moduleKey: t.string({ required: true, description: moduleKey }),
    priority: t.field({ type: TaskPriority, required: true, description: 'Of its tasks that say nothing else.' }),
  }),
})

builder.mutationFields(t => ({
  moduleSetManual: t.field({
    type: payload('ModuleSetManualPayload'),
    ...guarded(
      'modules:operate',
      'A person takes a module over: its tasks, and steps that fail, wait in the inbox. Playbooks that events or schedules start run on; `playbookPause` lets one rest.',
    ),
    args: { input: t.arg({ type: ModuleSetManualInput, required: true, description: 'Which one, and why.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.moduleKey, key =>
        setManual(c.core, workspaceOf(c), key, {
          reason: input.reason.trim().slice(0, 500) || '–',
          by: viewerOf(c).userId,
        }),
      ),
  }),
  moduleResume: t.field({
    type: payload('ModuleResumePayload'),
    ...guarded('modules:operate', 'A module works by itself again; what waits in its inbox is handed back.'),
    args: { input: t.arg({ type: ModuleResumeInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.moduleKey, key => resumeModule(c.core, workspaceOf(c), key, viewerOf(c).userId)),
  }),
  moduleSetPriority: t.field({
    type: payload('ModuleSetPriorityPayload'),
    ...guarded('modules:operate', 'Says how urgent the tasks of a module are that say nothing themselves.'),
    args: { input: t.arg({ type: ModuleSetPriorityInput, required: true, description: 'How urgent.' }) },
    resolve: (_root, { input }, c) =>
      operated(c, input.moduleKey, key => setPriority(c.core, workspaceOf(c), key, input.priority, viewerOf(c).userId)),
  }),
}))
