import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSize } from '../../core/page.ts'
import { inLanguageOf } from '../../core/plugins/describe-installation.ts'
import { limitsSentence } from '../../core/plugins/limits-sentence.ts'
import { listPermissions } from '../../core/plugins/permissions.ts'
import { comesByItself } from '../../core/plugins/our-plugins.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { Node, nodeId } from './node.ts'
import { actionsOf, PluginActionRef, PluginPermissionRef, servicesOf } from './plugin-parts.ts'
import { PluginSourceRef } from './plugin-source.ts'

const InstallationStatus = builder.enumType('InstallationStatus', {
  description: 'May a plugin be called?',
  values: described(['ENABLED', 'DISABLED'], { ENABLED: 'Yes.', DISABLED: 'No; `statusReason` says why.' }),
})
export const PluginInstallationRef = builder.objectRef<Installation>('PluginInstallation').implement({
  description: 'A plugin in this workspace.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('PluginInstallation', ({ id }) => id)),
    pluginId: t.exposeString('pluginId', { description: 'The id of the plugin, as sdr.' }),
    title: t.string({
      description: 'Its name for people, in the language of `accept-language`.',
      resolve: ({ manifest }, _args, c) => inLanguageOf(manifest, c.locale).title,
    }),
    description: t.string({
      description: 'What it is for, in the language of `accept-language`.',
      resolve: ({ manifest }, _args, c) => inLanguageOf(manifest, c.locale).description,
    }),
    version: t.exposeString('version', { description: 'Its version.' }),
    publisher: t.string({ description: 'Who published it.', resolve: ({ manifest }) => manifest.publisher }),
    instructions: t.string({
      nullable: true,
      description: 'What its `SKILL.md` tells the language model with each question that it asks.',
      resolve: ({ manifest }) => manifest.skill?.instructions ?? null,
    }),
    license: t.string({ description: 'Its licence.', resolve: ({ manifest }) => manifest.license }),
    kind: t.string({ description: 'integration or skill.', resolve: ({ manifest }) => manifest.kind }),
    status: t.field({ type: InstallationStatus, description: 'May it be called?', resolve: ({ status }) => status }),
    statusReason: t.exposeString('statusReason', { nullable: true, description: 'Why it may not.' }),
    digest: t.exposeString('digest', { description: 'SHA-256 of the package: what runs is what was approved.' }),
    removable: t.boolean({
      description: 'May it be removed? What is installed in every workspace by itself can only be disabled.',
      resolve: ({ source, manifest }) => source.kind !== 'built-in' || !comesByItself(manifest),
    }),
    source: t.field({ type: PluginSourceRef, description: 'Where it came from.', resolve: ({ source }) => source }),
    permissions: t.field({
      type: [PluginPermissionRef],
      description: 'What it was granted.',
      resolve: ({ granted }) => listPermissions(granted),
    }),
    limits: t.string({
      description: 'What its calls may use at most, and how many of them run at once, in your language.',
      resolve: ({ manifest }, _args, c) => limitsSentence(manifest, c.locale),
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
    installedAt: t.expose('installedAt', { type: 'DateTime', description: 'When it was installed.' }),
  }),
})

const PluginInstallationConnection = connectionOf<Installation>('PluginInstallation', PluginInstallationRef)

const PluginInstallationFilterInput = builder.inputType('PluginInstallationFilter', {
  description: 'Which plugins. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [InstallationStatus], description: 'In one of these.' }),
    search: t.string({ description: 'With this anywhere in its id or title.' }),
  }),
})

builder.queryField('installations', t =>
  t.field({
    type: PluginInstallationConnection,
    ...guarded('installations:read', 'The plugins of this workspace, newest first.'),
    args: { ...pageArgs, filter: t.arg({ type: PluginInstallationFilterInput, description: 'Which ones.' }) },
    resolve: async (_root, { filter, ...page }, c) => {
      const wanted = filter?.search?.trim().toLowerCase() ?? ''
      const all = (await c.core.plugins.list(workspaceOf(c))).filter(
        one =>
          (!filter?.statuses?.length || filter.statuses.includes(one.status)) &&
          (one.pluginId.includes(wanted) || one.manifest.title.toLowerCase().includes(wanted)),
      )
      return { ...pageOf(all, page), totalCount: async () => all.length }
    },
  }),
)

/** A page of a list that is in memory. */
function pageOf(all: readonly Installation[], request: PageRequest): Page<Installation> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const key = ({ at, id }: { at: Date; id: string }) => `${String(at.getTime()).padStart(15, '0')}:${id}`
  const places = all
    .map(node => ({ node, at: node.installedAt, id: node.id }))
    .sort((a, b) => (key(a) < key(b) ? 1 : -1))
  const rest = after ? places.filter(place => key(place) < key(after)) : places
  return {
    items: rest.slice(0, size).map(({ node, at, id }) => ({ cursor: encodeCursor(at, id), node })),
    hasNextPage: rest.length > size,
    hasPreviousPage: after !== undefined,
  }
}
