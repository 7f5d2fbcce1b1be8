import type { ListedCall } from '../../core/plugins/planned-calls.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { PluginInstallationRef } from './installation.ts'

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
