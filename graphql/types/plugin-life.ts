import type { Core } from '../../core/context.ts'
import type { UserId, WorkspaceId } from '../../core/ids.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { playbooksNeeding } from '../../core/publishing/needing-playbooks.ts'
import { uninstallPlugin } from '../../core/publishing/uninstall-plugin.ts'
import { findPlaybooks } from '../../core/publishing/read-playbooks.ts'
import type { PlaybookRecord } from '../../core/publishing/playbook-record.ts'
import { readAudit, type AuditEntry } from '../../core/access/audit.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { follow } from '../follow.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { PluginInstallationRef } from './installation.ts'
import { PluginInstallationPayload } from './plugin-install.ts'
import { PlaybookRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

/** The plugin that an id of an installation names. Throws `NOT_FOUND`. */
export function installationOf(c: Context, installationId: string): Installation {
  const id = rowId('PluginInstallation', installationId)
  const found = c.core.plugins.list(workspaceOf(c)).find(one => one.id === id)
  if (found) return found
  throw new TraeError('NOT_FOUND', 'There is no such plugin here; it may have been removed meanwhile.')
}

type Change = (
  core: Core,
  workspaceId: WorkspaceId,
  pluginId: string,
  options: { by: UserId; reason?: string | undefined },
) => Promise<Installation>

function changeMutation(name: 'pluginEnable' | 'pluginDisable', change: Change, what: string): void {
  const typeName = `P${name.slice(1)}`
  const input = builder.inputType(`${typeName}Input`, {
    description: 'Which plugin.',
    fields: t => ({
      installationId: t.id({ required: true, description: 'The installation.' }),
      ...(name === 'pluginDisable' ? { reason: t.string({ description: 'Why, for people; it is shown.' }) } : {}),
    }),
  })
  builder.mutationField(name, t =>
    t.field({
      type: PluginInstallationPayload(`${typeName}Payload`, 'A plugin in its new state.'),
      ...guarded('installations:write', what),
      args: { input: t.arg({ type: input, required: true, description: 'Which plugin.' }) },
      resolve: (_root, { input }, c) =>
        outcome({ installation: null }, async () => ({
          installation: await change(c.core, workspaceOf(c), installationOf(c, input.installationId).pluginId, {
            by: viewerOf(c).userId,
            reason: (input as { reason?: string | null }).reason ?? undefined,
          }),
        })),
    }),
  )
}
changeMutation(
  'pluginEnable',
  enablePlugin,
  'Lets a plugin be called again; steps that waited for it go on by themselves.',
)
changeMutation(
  'pluginDisable',
  disablePlugin,
  'Keeps a plugin from being called: calls under way go on, later steps that need it wait until it is enabled.',
)

interface Removed {
  readonly uninstalledId: string
  readonly paused: readonly PlaybookRecord[]
}
const PluginUninstallPayload = builder.objectRef<Outcome<Removed>>('PluginUninstallPayload').implement({
  description: 'A plugin that was removed.',
  fields: t => ({
    uninstalledId: t.id({
      nullable: true,
      description: 'The installation that is gone.',
      resolve: ({ uninstalledId }) => uninstalledId,
    }),
    pausedPlaybooks: t.field({
      type: [PlaybookRef],
      description: 'Playbooks that needed it and were paused.',
      resolve: ({ paused }) => [...(paused ?? [])],
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
const PluginUninstallInput = builder.inputType('PluginUninstallInput', {
  description: 'Which plugin.',
  fields: t => ({
    installationId: t.id({ required: true, description: 'The installation.' }),
    force: t.boolean({ description: 'Also while published playbooks need it: these are paused and say why.' }),
  }),
})
builder.mutationField('pluginUninstall', t =>
  t.field({
    type: PluginUninstallPayload,
    ...guarded(
      'installations:write',
      'Removes a plugin with the data that it kept here. Refused while a published playbook needs it, unless forced.',
    ),
    args: { input: t.arg({ type: PluginUninstallInput, required: true, description: 'Which plugin.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ uninstalledId: null, paused: null }, async () => {
        const { pluginId } = installationOf(c, input.installationId)
        const options = { force: input.force ?? false, by: viewerOf(c).userId }
        const { paused } = await uninstallPlugin(c.core, workspaceOf(c), pluginId, options)
        return { uninstalledId: input.installationId, paused: await playbooksOf(c, paused) }
      }),
  }),
)

const playbooksOf = (c: Context, playbooks: readonly { readonly id: string }[]) =>
  findPlaybooks(
    c.core,
    workspaceOf(c),
    playbooks.map(({ id }) => id),
  )

const PluginHistoryEntryRef = builder.objectRef<AuditEntry>('PluginHistoryEntry').implement({
  description: 'An entry of the audit log about a plugin.',
  fields: t => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    action: t.exposeString('action', { description: 'plugin.installed, plugin.updated, plugin.disabled …' }),
    by: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who did it; null for the host itself.',
      resolve: ({ actor }, _args, c) =>
        actor.startsWith('user:') ? c.loaders.user.load(actor.slice('user:'.length)) : null,
    }),
    version: t.string({
      nullable: true,
      description: 'The version that it came to, or that was removed.',
      resolve: ({ data }) => (typeof data['version'] === 'string' ? data['version'] : null),
    }),
    reason: t.string({
      nullable: true,
      description: 'Why, where somebody said so.',
      resolve: ({ data }) => (typeof data['reason'] === 'string' ? data['reason'] : null),
    }),
  }),
})

builder.objectFields(PluginInstallationRef, t => ({
  neededBy: t.field({
    type: [PlaybookRef],
    ...guarded(
      'playbooks:read',
      'Published playbooks that need it: their runs use it, or they start when it hears of something.',
    ),
    resolve: async (installation, _args, c) => playbooksOf(c, await playbooksNeeding(c.core, installation)),
  }),
  history: t.field({
    type: [PluginHistoryEntryRef],
    ...guarded('installations:write', 'What was done to it and by whom, newest first; at most 50 entries.'),
    resolve: ({ pluginId }, _args, c) => readAudit(c.core, workspaceOf(c), `plugin:${pluginId}`),
  }),
}))

interface Updated {
  readonly installationId: string
}
const InstallationUpdatedPayload = builder.objectRef<Updated>('InstallationUpdatedPayload').implement({
  description: 'A plugin was installed, updated, enabled, disabled or removed, by whichever process.',
  fields: t => ({
    installationId: t.id({
      description: 'Of the installation, also of one that is gone.',
      resolve: ({ installationId }) => encodeNodeId('PluginInstallation', installationId),
    }),
    installation: t.field({
      type: PluginInstallationRef,
      nullable: true,
      description: 'As it is now; null where it was removed.',
      resolve: ({ installationId }, _args, c) =>
        c.core.plugins.list(workspaceOf(c)).find(({ id }) => id === installationId),
    }),
  }),
})
builder.subscriptionField('installationUpdated', t =>
  t.field({
    type: InstallationUpdatedPayload,
    ...guarded('installations:read', 'Every change of a plugin of this workspace.'),
    subscribe: (_root, _args, c) => follow(c, 'installation.updated', async detail => [detail]),
    resolve: detail => detail,
  }),
)

builder.queryField('installation', t =>
  t.field({
    type: PluginInstallationRef,
    nullable: true,
    ...guarded('installations:read', 'The plugin with this id; null where it is not installed.'),
    args: { pluginId: t.arg.string({ required: true, description: 'As sdr.' }) },
    resolve: (_root, { pluginId }, c) => c.core.plugins.installation(workspaceOf(c), pluginId),
  }),
)
