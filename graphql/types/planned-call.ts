import type { ListedCall } from '../../core/plugins/planned-calls.ts'
import { takeBackCall } from '../../core/plugins/take-back-call.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { viewerOf } from '../context.ts'
import { PluginInstallationRef } from './installation.ts'
import { PluginInstallationPayload } from './plugin-install.ts'
import { installationOf } from './plugin-life.ts'
import { outcome } from './user-error.ts'

const PlannedCallRef = builder.objectRef<ListedCall>('PlannedCall').implement({
  description: 'A call of one of its own actions that a plugin has planned for later. When it is due it becomes a run.',
  fields: t => ({
    key: t.exposeString('key', { description: 'The name of the plugin for it.' }),
    action: t.exposeString('action', { description: 'Which action of the plugin.' }),
    account: t.exposeString('account', {
      nullable: true,
      description: 'With which account of the plugin; null for its default one.',
    }),
    dueAt: t.expose('dueAt', {
      type: 'DateTime',
      description: 'When it is made next. While the plugin is disabled it waits.',
    }),
    every: t.exposeString('every', { nullable: true, description: 'Again and again, as 1d; null: once.' }),
    problem: t.string({
      nullable: true,
      description: 'Why it could not begin: it rests until the plugin plans it anew or is updated.',
      resolve: ({ error }) => error,
    }),
    plannedAt: t.expose('plannedAt', { type: 'DateTime', description: 'When it was planned.' }),
  }),
})

builder.objectField(PluginInstallationRef, 'plannedCalls', t =>
  t.field({
    type: connectionOf<ListedCall>('PlannedCall', PlannedCallRef),
    ...guarded('runs:read', 'Calls of its own actions that it has planned, the next one first.'),
    args: pageArgs,
    resolve: ({ id }, page, c) => c.loaders.plannedCallsOf.load({ id, page }),
  }),
)

const PluginTakeBackCallInput = builder.inputType('PluginTakeBackCallInput', {
  description: 'Which call.',
  fields: t => ({
    installationId: t.id({ required: true, description: 'The plugin that has planned it.' }),
    key: t.string({ required: true, description: 'The name of the plugin for it.' }),
  }),
})
builder.mutationField('pluginTakeBackCall', t =>
  t.field({
    type: PluginInstallationPayload('PluginTakeBackCallPayload', 'A plugin without the call.'),
    ...guarded(
      'installations:write',
      'Takes back a call that a plugin has planned, so that it is not made, nor again where it repeats.',
    ),
    args: { input: t.arg({ type: PluginTakeBackCallInput, required: true, description: 'Which call.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ installation: null }, async () => {
        const installation = installationOf(c, input.installationId)
        await takeBackCall(c.core, installation, input.key, viewerOf(c).userId)
        return { installation }
      }),
  }),
)
