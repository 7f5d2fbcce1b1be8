import type { Manifest, ManifestAction } from '../../core/plugins/manifest.ts'
import { type Permission, permissionSentence } from '../../core/plugins/permissions.ts'
import { builder } from '../builder.ts'
import { described, renamed } from '../described.ts'

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

export const PluginPermissionRef = builder.objectRef<Permission>('PluginPermission').implement({
  description: 'One thing that a plugin may do, or asks for.',
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

interface PluginAction {
  readonly name: string
  readonly action: ManifestAction
  readonly service: string | null
}
export const PluginActionRef = builder.objectRef<PluginAction>('PluginAction').implement({
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
    choiceFields: t.stringList({
      description: 'Places of its input for which `actionChoices` offers something.',
      resolve: ({ action }) => Object.keys(action.options ?? {}),
    }),
  }),
})

/** `email/send` → `send`, for every service action that the plugin fills. */
export const servicesOf = ({ provides }: Manifest) =>
  Object.entries(provides).flatMap(([service, mapping]) =>
    Object.entries(mapping).map(([name, own]) => ({ service: `${service}/${name}`, own })),
  )

export function actionsOf(manifest: Manifest): PluginAction[] {
  const services = new Map(servicesOf(manifest).map(({ service, own }) => [own, service]))
  return Object.entries(manifest.actions).map(([name, action]) => ({
    name,
    action,
    service: services.get(name) ?? null,
  }))
}
