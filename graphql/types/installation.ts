import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSize } from '../../core/page.ts'
import { listPermissions, type Permission, permissionSentence } from '../../core/plugins/permissions.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { described, renamed } from '../described.ts'
import { Node, nodeId } from './node.ts'

const InstallationStatus = builder.enumType('InstallationStatus', {
  description: 'May a plugin be called?',
  values: described(['ENABLED', 'DISABLED'], { ENABLED: 'Yes.', DISABLED: 'No; `statusReason` says why.' }),
})
const PermissionKind = builder.enumType('PermissionKind', {
  description: 'What a permission is about.',
  values: described(['HOST', 'RECORD', 'EVENT', 'STORAGE', 'CREDENTIAL', 'LLM', 'MEMORY', 'SCHEDULE'], {
    HOST: 'An address on the internet.',
    RECORD: 'Records of the trade: leads, messages, meetings.',
    EVENT: 'An event it may announce.',
    STORAGE: 'Room for data of its own.',
    CREDENTIAL: 'An account at a vendor.',
    LLM: 'A language model.',
    MEMORY: 'The shared memory.',
    SCHEDULE: 'Being called at times.',
  }),
})
const Effect = builder.enumType('Effect', {
  description: 'What the outside world can see of an action.',
  values: renamed({
    none: 'Nothing: it computes.',
    read: 'It reads.',
    write: 'It changes something.',
    send: 'It sends something to somebody.',
  }),
})
const Idempotency = builder.enumType('Idempotency', {
  description: 'What keeps an effect from happening twice.',
  values: renamed({
    key: 'The far side takes a key.',
    lookup: 'It is looked up before a repeat.',
    none: 'Nothing: a person decides.',
  }),
})

const PluginPermissionRef = builder.objectRef<Permission>('PluginPermission').implement({
  description: 'One thing that a plugin was granted.',
  fields: t => ({
    kind: t.field({ type: PermissionKind, description: 'What it is about.', resolve: permission => permission.kind }),
    value: t.exposeString('value', { description: 'What exactly: api.example.com, leads:read.' }),
    reason: t.exposeString('reason', { description: 'Why the author says it is needed.' }),
    sentence: t.string({
      description: 'In plain words, in your language.',
      resolve: (permission, _args, c) => permissionSentence(permission, c.locale),
    }),
  }),
})

type Actions = Installation['manifest']['actions']
interface PluginAction {
  readonly name: string
  readonly action: Actions[string]
  readonly service: string | null
}
const PluginActionRef = builder.objectRef<PluginAction>('PluginAction').implement({
  description: 'One thing that a plugin can do.',
  fields: t => ({
    name: t.exposeString('name', { description: 'Called as <plugin>/<name>.' }),
    title: t.string({ description: 'For people.', resolve: ({ action }) => action.title }),
    description: t.string({ description: 'What it does.', resolve: ({ action }) => action.description }),
    effect: t.field({ type: Effect, description: 'What can be seen of it.', resolve: ({ action }) => action.effect }),
    idempotency: t.field({
      type: Idempotency,
      description: 'What keeps it from happening twice.',
      resolve: ({ action }) => action.idempotency,
    }),
    service: t.exposeString('service', { nullable: true, description: 'The service action it fills, as email/send.' }),
    inputSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of its input.',
      resolve: ({ action }) => action.input,
    }),
    outputSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of its output.',
      resolve: ({ action }) => action.output,
    }),
  }),
})

/** `email/send` → `send`, for every service action that the plugin fills. */
const servicesOf = ({ manifest }: Installation) =>
  Object.entries(manifest.provides).flatMap(([service, mapping]) =>
    Object.entries(mapping).map(([name, own]) => ({ service: `${service}/${name}`, own })),
  )

const PluginInstallationRef = builder.objectRef<Installation>('PluginInstallation').implement({
  description: 'A plugin in this workspace.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('PluginInstallation', ({ id }) => id)),
    pluginId: t.exposeString('pluginId', { description: 'The id of the plugin, as sdr.' }),
    title: t.string({ description: 'Its name for people.', resolve: ({ manifest }) => manifest.title }),
    description: t.string({ description: 'What it is for.', resolve: ({ manifest }) => manifest.description }),
    version: t.exposeString('version', { description: 'Its version.' }),
    publisher: t.string({ description: 'Who published it.', resolve: ({ manifest }) => manifest.publisher }),
    license: t.string({ description: 'Its licence.', resolve: ({ manifest }) => manifest.license }),
    kind: t.string({ description: 'integration or skill.', resolve: ({ manifest }) => manifest.kind }),
    status: t.field({ type: InstallationStatus, description: 'May it be called?', resolve: ({ status }) => status }),
    statusReason: t.exposeString('statusReason', { nullable: true, description: 'Why it may not.' }),
    digest: t.exposeString('digest', { description: 'SHA-256 of the package: what runs is what was approved.' }),
    permissions: t.field({
      type: [PluginPermissionRef],
      description: 'What it was granted.',
      resolve: ({ granted }) => listPermissions(granted),
    }),
    actions: t.field({
      type: [PluginActionRef],
      description: 'What it can do.',
      resolve: installation => {
        const services = new Map(servicesOf(installation).map(({ service, own }) => [own, service]))
        return Object.entries(installation.manifest.actions).map(([name, action]) => ({
          name,
          action,
          service: services.get(name) ?? null,
        }))
      },
    }),
    provides: t.stringList({
      description: 'The service actions it fills, as email/send.',
      resolve: one => servicesOf(one).map(({ service }) => service),
    }),
    installedAt: t.expose('installedAt', { type: 'DateTime', description: 'When it was installed.' }),
  }),
})

const PluginInstallationConnection = connectionOf<Installation>('PluginInstallation', PluginInstallationRef)

builder.queryField('installations', t =>
  t.field({
    type: PluginInstallationConnection,
    ...guarded('installations:read', 'The plugins of this workspace, newest first.'),
    args: pageArgs,
    resolve: async (_root, page, c) => {
      const all = await c.core.plugins.list(workspaceOf(c))
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
