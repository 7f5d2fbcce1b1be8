import { eventTypeOf } from '../../core/plugins/call-trigger.ts'
import type { ManifestTrigger } from '../../core/plugins/manifest.ts'
import { rotateTriggerSecret } from '../../core/triggers/plugin-triggers.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf } from '../context.ts'
import { renamed } from '../described.ts'
import { rowId } from '../node-id.ts'
import { shownTriggers, type ShownTrigger } from '../shown-trigger.ts'
import { PluginInstallationRef } from './installation.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const PluginTriggerKind = builder.enumType('PluginTriggerKind', {
  description: 'How a plugin hears of something.',
  values: renamed({ webhook: 'Its vendor posts to an address of ours.', poll: 'Its vendor is asked again and again.' }),
})

const PluginTriggerRef = builder.objectRef<ShownTrigger>('PluginTrigger').implement({
  description: 'Something that a plugin hears of; playbooks start with the event that it tells.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('PluginTrigger', ({ id }) => id)),
    name: t.string({ description: 'Its name in the plugin.', resolve: ({ trigger }) => trigger }),
    title: t.string({ description: 'For people.', resolve: ({ described }) => described.title }),
    description: t.string({
      description: 'What has happened when it tells.',
      resolve: ({ described }) => described.description,
    }),
    kind: t.field({
      type: PluginTriggerKind,
      description: 'How it hears.',
      resolve: ({ described }) => described.kind,
    }),
    eventType: t.string({
      description: 'What playbooks listen to: <plugin>.<name>.',
      resolve: ({ installation, trigger }) => eventTypeOf(installation.pluginId, trigger),
    }),
    outputSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of the data of its events.',
      resolve: ({ described }) => described.output,
    }),
    url: t.string({
      nullable: true,
      description:
        'Of a webhook: the address to enter at the vendor; a path where the public address of this host is not set.',
      resolve: ({ path }, _args, c) => path && `${c.core.config.publicUrl ?? ''}${path}`,
    }),
    hasSigningKey: t.boolean({
      description: 'Is its sender proven with a secret of this address alone? `pluginTriggerRotateKey` tells one.',
      resolve: ({ described }) => described.kind === 'webhook' && described.secret === 'own',
    }),
    credential: t.string({
      nullable: true,
      description: 'The `key` of the account that it needs.',
      resolve: ({ described }) => credentialOf(described),
    }),
    every: t.string({
      nullable: true,
      description: 'Of a poll: how often it asks, as 5m.',
      resolve: ({ described }) => (described.kind === 'poll' ? described.every : null),
    }),
    nextPollAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it asks next.',
      resolve: one => one.dueAt,
    }),
    lastPollAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last answered.',
      resolve: one => one.polledAt,
    }),
    failures: t.exposeInt('failures', { description: 'How often it failed since then.' }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'What the last failure said.' }),
    lastEventAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it last told of something.',
      resolve: one => one.lastEventAt,
    }),
  }),
})

function credentialOf(described: ManifestTrigger): string | null {
  if (described.kind === 'poll') return described.credential ?? null
  return described.secret === 'own' ? null : described.secret.credential
}

builder.objectField(PluginInstallationRef, 'triggers', t =>
  t.field({
    type: [PluginTriggerRef],
    description: 'What it hears of.',
    resolve: (installation, _args, c) => shownTriggers(c, installation),
  }),
)

const PluginTriggerRotateKeyInput = builder.inputType('PluginTriggerRotateKeyInput', {
  description: 'Which trigger.',
  fields: t => ({ triggerId: t.id({ required: true, description: 'The trigger.' }) }),
})

builder.mutationField('pluginTriggerRotateKey', t =>
  t.field({
    type: builder.objectRef<Outcome<{ plaintext: string }>>('PluginTriggerRotateKeyPayload').implement({
      description: 'A new secret.',
      fields: p => ({
        plaintext: p.exposeString('plaintext', {
          nullable: true,
          description: 'The new secret: shown this once, kept sealed. Enter it at the vendor.',
        }),
        userErrors: p.field({
          type: [UserErrorRef],
          description: 'What stood in the way.',
          resolve: ({ userErrors }) => [...userErrors],
        }),
      }),
    }),
    ...guarded('webhooks:write', 'Gives the address of a trigger a new secret; the old one is refused from then on.'),
    args: { input: t.arg({ type: PluginTriggerRotateKeyInput, required: true, description: 'Which trigger.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ plaintext: null }, async () => ({
        plaintext: (await rotateTriggerSecret(c.core, viewerOf(c), rowId('PluginTrigger', input.triggerId))).plaintext,
      })),
  }),
)
