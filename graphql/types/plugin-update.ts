import { updatePlugin, type UpdateOutcome } from '../../core/plugins/packages/update-plugin.ts'
import { type Verification, type VerifiedPackage, verifyPlugins } from '../../core/plugins/packages/verify-plugins.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { PluginInstallationRef } from './installation.ts'
import { PluginPreviewRef } from './plugin-install.ts'
import { installationOf } from './plugin-life.ts'
import { PluginSourceRef } from './plugin-source.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const PluginUpdateOutcome = builder.enumType('PluginUpdateOutcome', {
  description: 'What became of an update.',
  values: {
    CURRENT: { value: 'current', description: 'There is nothing newer.' },
    UPDATED: { value: 'updated', description: 'It was done: the newer version asks for no more.' },
    CONSENT: { value: 'consent', description: 'The newer version asks for more: agree to `preview`, or leave it.' },
  } as const,
})
const PluginUpdateInput = builder.inputType('PluginUpdateInput', {
  description: 'Which plugin.',
  fields: t => ({ installationId: t.id({ required: true, description: 'The installation.' }) }),
})
const PluginUpdatePayload = builder.objectRef<Outcome<{ update: UpdateOutcome }>>('PluginUpdatePayload').implement({
  description: 'What was found, and done.',
  fields: t => ({
    outcome: t.field({
      type: PluginUpdateOutcome,
      nullable: true,
      description: 'What became of it.',
      resolve: ({ update }) => update?.kind,
    }),
    installation: t.field({
      type: PluginInstallationRef,
      nullable: true,
      description: 'The plugin as it is now.',
      resolve: ({ update }) => update?.installation,
    }),
    preview: t.field({
      type: PluginPreviewRef,
      nullable: true,
      description: 'The newer version that asks for more; agree to its digest with pluginInstall.',
      resolve: ({ update }) => (update?.kind === 'consent' ? update.preview : null),
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
builder.mutationField('pluginUpdate', t =>
  t.field({
    type: PluginUpdatePayload,
    ...guarded(
      'installations:write',
      'Takes the newest version from where the plugin came from, if that asks for no more than was granted. Runs under way and published playbooks keep the version that they locked.',
    ),
    args: { input: t.arg({ type: PluginUpdateInput, required: true, description: 'Which plugin.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ update: null }, async () => {
        const { pluginId } = installationOf(c, input.installationId)
        return { update: await updatePlugin(c.core, workspaceOf(c), pluginId, viewerOf(c).userId) }
      }),
  }),
)

const VerifiedPackageRef = builder.objectRef<VerifiedPackage>('VerifiedPackage').implement({
  description: 'A stored package of a plugin, hashed again.',
  fields: t => ({
    pluginId: t.exposeString('pluginId', { description: 'The id of the plugin.' }),
    version: t.exposeString('version', { description: 'Its version.' }),
    digest: t.exposeString('digest', { description: 'SHA-256 under which it was accepted.' }),
    source: t.field({
      type: PluginSourceRef,
      nullable: true,
      description: 'Where it came from; null for one that only published playbooks use.',
      resolve: ({ source }) => source,
    }),
    problems: t.stringList({
      description: 'What is not as it was accepted; empty where all is well.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})
const PluginVerificationRef = builder.objectRef<Verification>('PluginVerification').implement({
  description: 'What is stored of the plugins, looked at again.',
  fields: t => ({
    packages: t.field({
      type: [VerifiedPackageRef],
      description: 'Every package that is installed, or that a published playbook has locked.',
      resolve: ({ packages }) => [...packages],
    }),
    auditBrokenAt: t.exposeInt('auditBrokenAt', {
      nullable: true,
      description: 'The first entry of the audit log that was changed or follows a gap; null where all is well.',
    }),
  }),
})
builder.queryField('pluginVerify', t =>
  t.field({
    type: PluginVerificationRef,
    ...guarded('installations:write', 'Hashes what is stored of every plugin, and follows the audit log.'),
    resolve: (_root, _args, c) => verifyPlugins(c.core, workspaceOf(c)),
  }),
)
