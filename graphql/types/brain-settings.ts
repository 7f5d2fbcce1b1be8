import { type BrainSettings, brainSettingsPatch, configureBrain, readBrainSettings } from '../../core/brain/settings.ts'
import type { NextSteps } from '../../core/brain/tasks/follow-tasks.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const NextStepsRef = builder.enumType('NextSteps', {
  description: 'What becomes of what a module has completed, and of what the state of the workspace calls for.',
  values: renamed({
    off: 'Nothing.',
    suggest: 'A task is suggested to each module that takes it up, and for what the state calls for.',
    automatic:
      'Each of them is given the task at once; what those complete, and what the state calls for, is only suggested.',
  } satisfies Record<NextSteps, string>),
})
const BrainSettingsRef = builder.objectRef<BrainSettings>('BrainSettings').implement({
  description: 'What the workspace lets its brain do by itself.',
  fields: t => ({
    nextSteps: t.field({ type: NextStepsRef, description: 'After a task.', resolve: one => one.nextSteps }),
    autoHealing: t.exposeBoolean('autoHealing', { description: 'Does it restart modules that fail?' }),
    tasksAtOnce: t.exposeInt('tasksAtOnce', { description: 'Tasks whose runs execute at the same time.' }),
  }),
})
builder.queryField('brainSettings', t =>
  t.field({
    type: BrainSettingsRef,
    ...guarded('brain:read', 'What the workspace lets its brain do by itself.'),
    resolve: (_root, _args, c) => readBrainSettings(c.core, workspaceOf(c)),
  }),
)
const BrainConfigureInput = builder.inputType('BrainConfigureInput', {
  description: 'What is to change; the rest stays as it is.',
  fields: t => ({
    nextSteps: t.field({ type: NextStepsRef, description: 'After a task.' }),
    autoHealing: t.boolean({ description: 'Does it restart modules that fail?' }),
    tasksAtOnce: t.int({ description: 'Tasks whose runs execute at the same time, 1 to 1000.' }),
  }),
})
const BrainConfigurePayload = builder
  .objectRef<Outcome<{ settings: BrainSettings }>>('BrainConfigurePayload')
  .implement({
    description: 'What holds now, or what stood in the way.',
    fields: t => ({
      settings: t.field({
        type: BrainSettingsRef,
        nullable: true,
        description: 'What holds now.',
        resolve: result => result.settings,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: result => [...result.userErrors],
      }),
    }),
  })
builder.mutationField('brainConfigure', t =>
  t.field({
    type: BrainConfigurePayload,
    ...guarded('brain:control', 'Says what the brain may do by itself in this workspace.'),
    args: { input: t.arg({ type: BrainConfigureInput, required: true, description: 'What is to change.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ settings: null }, async () => {
        const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
        const patch = brainSettingsPatch.parse(given)
        return { settings: await configureBrain(c.core, workspaceOf(c), patch, viewerOf(c).userId) }
      }),
  }),
)
