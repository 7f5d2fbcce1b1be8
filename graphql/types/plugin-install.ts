import {
  installPreviewed,
  type PackagePreview,
  previewPackage,
  readPreview,
} from '../../core/plugins/packages/preview-package.ts'
import { inLanguageOf } from '../../core/plugins/describe-installation.ts'
import { type PackageWarning, warningSentence } from '../../core/plugins/packages/warnings.ts'
import { triggerSentence } from '../../core/plugins/packages/trigger-sentence.ts'
import { limitsSentence } from '../../core/plugins/limits-sentence.ts'
import type { Manifest } from '../../core/plugins/manifest.ts'
import { listPermissions } from '../../core/plugins/permissions.ts'
import { pluginsToChoose } from '../../core/plugins/plugins-to-choose.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { PluginInstallationRef } from './installation.ts'
import { actionsOf, PluginActionRef, PluginPermissionRef, servicesOf } from './plugin-parts.ts'
import { PluginSourceRef } from './plugin-source.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const PluginWarningCode = builder.enumType('PluginWarningCode', {
  description: 'What to look at twice before a package is installed.',
  values: described(['NEAR_NAME', 'CLAIMS_PUBLISHER', 'OTHER_SOURCE', 'OLDER', 'DEPRECATED', 'LARGE', 'MORE_LIMITS'], {
    NEAR_NAME: 'Its id looks like one that you know.',
    CLAIMS_PUBLISHER: 'It says that we published it, and it does not come with TRAE OS.',
    OTHER_SOURCE: 'The installed version came from elsewhere.',
    OLDER: 'It is older than the installed version.',
    DEPRECATED: 'Its author asks that it be used no more.',
    LARGE: 'Its code is large.',
    MORE_LIMITS: 'It may use more memory, processor or time, or run more calls at once, than the installed version.',
  }),
})
const PluginWarningRef = builder.objectRef<PackageWarning>('PluginWarning').implement({
  description: 'What to look at twice before a package is installed; it stops nobody.',
  fields: t => ({
    code: t.field({ type: PluginWarningCode, description: 'For machines.', resolve: ({ code }) => code }),
    sentence: t.string({
      description: 'In plain words, in your language.',
      resolve: (warning, _args, c) => warningSentence(warning, c.locale),
    }),
  }),
})

export const PluginPreviewRef = builder.objectRef<PackagePreview>('PluginPreview').implement({
  description: 'A package that was fetched and checked, and is not installed yet.',
  fields: t => ({
    digest: t.exposeString('digest', { description: 'SHA-256 of the package: agree to it with pluginInstall.' }),
    pluginId: t.string({ description: 'The id of the plugin.', resolve: ({ manifest }) => manifest.id }),
    title: t.string({
      description: 'Its name for people, in the language of `accept-language`.',
      resolve: ({ manifest }, _args, c) => inLanguageOf(manifest, c.locale).title,
    }),
    description: t.string({
      description: 'What it is for, in the language of `accept-language`.',
      resolve: ({ manifest }, _args, c) => inLanguageOf(manifest, c.locale).description,
    }),
    version: t.string({ description: 'Its version.', resolve: ({ manifest }) => manifest.version }),
    publisher: t.string({
      description: 'Who published it, as it says itself.',
      resolve: ({ manifest }) => manifest.publisher,
    }),
    instructions: t.string({
      nullable: true,
      description: 'What its `SKILL.md` tells the language model with each question that it asks.',
      resolve: ({ manifest }) => manifest.skill?.instructions ?? null,
    }),
    license: t.string({ description: 'Its licence.', resolve: ({ manifest }) => manifest.license }),
    kind: t.string({ description: 'integration or skill.', resolve: ({ manifest }) => manifest.kind }),
    source: t.field({ type: PluginSourceRef, description: 'Where it came from.', resolve: ({ source }) => source }),
    warnings: t.field({
      type: [PluginWarningRef],
      description: 'What to look at twice.',
      resolve: ({ warnings }) => [...warnings],
    }),
    permissions: t.field({
      type: [PluginPermissionRef],
      description: 'All that it asks for, and is granted by who agrees.',
      resolve: ({ manifest }) => listPermissions(manifest.permissions),
    }),
    limits: t.string({
      description: 'What its calls may use at most, and how many of them run at once, in your language.',
      resolve: ({ manifest }, _args, c) => limitsSentence(manifest, c.locale),
    }),
    addedPermissions: t.field({
      type: [PluginPermissionRef],
      description: 'What it asks for beyond what the installed version may do; everything where none is installed.',
      resolve: ({ added }) => [...added],
    }),
    droppedPermissions: t.field({
      type: [PluginPermissionRef],
      description: 'What the installed version may do and this one does without.',
      resolve: ({ dropped }) => [...dropped],
    }),
    actions: t.field({
      type: [PluginActionRef],
      description: 'What it can do.',
      resolve: ({ manifest }, _args, c) => actionsOf(inLanguageOf(manifest, c.locale)),
    }),
    provides: t.stringList({
      description: 'The service actions it fills, as email/send.',
      resolve: ({ manifest }) => servicesOf(manifest).map(({ service }) => service),
    }),
    hears: t.stringList({
      description: 'What it hears of by itself, and how, in your language.',
      resolve: ({ manifest }, _args, c) =>
        Object.values(manifest.triggers).map(trigger => triggerSentence(trigger, c.locale)),
    }),
    installed: t.field({
      type: PluginInstallationRef,
      nullable: true,
      description: 'What is installed under this id now, and would be replaced.',
      resolve: ({ installed }) => installed,
    }),
  }),
})

builder.queryField('pluginPreview', t =>
  t.field({
    type: PluginPreviewRef,
    ...guarded('installations:write', 'A package that was fetched or handed in within the last hour.'),
    args: { digest: t.arg.string({ required: true, description: 'SHA-256 of the package.' }) },
    resolve: (_root, { digest }, c) => readPreview(c.core, workspaceOf(c), digest),
  }),
)

const PluginToChooseRef = builder.objectRef<Manifest>('PluginToChoose').implement({
  description: 'A plugin that comes with TRAE OS and is not installed here, since it needs an account at a vendor.',
  fields: t => ({
    pluginId: t.string({
      description: 'Its id: pluginFetch takes it in place of the name of a package.',
      resolve: ({ id }) => id,
    }),
    title: t.string({
      description: 'Its name for people, in the language of `accept-language`.',
      resolve: (manifest, _args, c) => inLanguageOf(manifest, c.locale).title,
    }),
    description: t.string({
      description: 'What it is for, in the language of `accept-language`.',
      resolve: (manifest, _args, c) => inLanguageOf(manifest, c.locale).description,
    }),
  }),
})

builder.queryField('pluginsToChoose', t =>
  t.field({
    type: [PluginToChooseRef],
    ...guarded(
      'installations:read',
      'The plugins that come with TRAE OS, need an account at a vendor, and are not installed in this workspace.',
    ),
    resolve: (_root, _args, c) => pluginsToChoose(c.core, workspaceOf(c)),
  }),
)

const PluginFetchInput = builder.inputType('PluginFetchInput', {
  description: 'Which package.',
  fields: t => ({
    package: t.string({
      required: true,
      description:
        'On the registry of this host: name, name@^1, @scope/name@1.2.3. Or the id of a plugin that comes with TRAE OS, or the https address of a tarball, with #sha512-<base64> where its hash is known.',
    }),
  }),
})
const PluginFetchPayload = builder.objectRef<Outcome<{ preview: PackagePreview }>>('PluginFetchPayload').implement({
  description: 'What was found.',
  fields: t => ({
    preview: t.field({
      type: PluginPreviewRef,
      nullable: true,
      description: 'The package, checked and not installed.',
      resolve: ({ preview }) => preview,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
builder.mutationField('pluginFetch', t =>
  t.field({
    type: PluginFetchPayload,
    ...guarded(
      'installations:write',
      'Fetches a package from the registry of this host, or from an https address, and checks it, so that you see what you would agree to. A tarball that you have is handed in with POST /plugins/packages.',
    ),
    args: { input: t.arg({ type: PluginFetchInput, required: true, description: 'Which package.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ preview: null }, async () => ({
        preview: await previewPackage(c.core, workspaceOf(c), { kind: 'npm', spec: input.package }),
      })),
  }),
)

export const PluginInstallationPayload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ installation: Installation }>>(name).implement({
    description,
    fields: t => ({
      installation: t.field({
        type: PluginInstallationRef,
        nullable: true,
        description: 'The plugin as it is now.',
        resolve: ({ installation }) => installation,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const PluginInstallInput = builder.inputType('PluginInstallInput', {
  description: 'What is agreed to.',
  fields: t => ({
    digest: t.string({ required: true, description: 'Of the package that was previewed, with all its permissions.' }),
  }),
})
builder.mutationField('pluginInstall', t =>
  t.field({
    type: PluginInstallationPayload('PluginInstallPayload', 'A plugin that was installed or updated.'),
    ...guarded(
      'installations:write',
      'Installs the package that was previewed under this digest and grants what the preview showed; replaces the version that is there.',
    ),
    args: { input: t.arg({ type: PluginInstallInput, required: true, description: 'What is agreed to.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ installation: null }, async () => ({
        installation: await installPreviewed(c.core, workspaceOf(c), input.digest, viewerOf(c).userId),
      })),
  }),
)
