import { eventTypeOf } from '../../core/plugins/call-trigger.ts'
import type { ManifestTrigger } from '../../core/plugins/manifest.ts'
import { TraeError } from '../../core/errors.ts'
import { EVENT_SCHEMAS } from '../../core/playbooks/event-schemas.ts'
import { hasOwnSecret, proofOf } from '../../core/plugins/described-trigger.ts'
import { rotateTriggerSecret } from '../../core/plugins/plugin-triggers.ts'
import { registrationStatus, type TriggerRegistration } from '../../core/plugins/registrations.ts'
import { switchTrigger } from '../../core/plugins/switch-trigger.ts'
import { tellAgain } from '../../core/plugins/tell-again.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf } from '../context.ts'
import { renamed } from '../described.ts'
import { rowId } from '../node-id.ts'
import { findTrigger, shownTriggers, type ShownTrigger } from '../shown-trigger.ts'
import { PluginInstallationRef } from './installation.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const PluginTriggerKind = builder.enumType('PluginTriggerKind', {
  description: 'How a plugin hears of something.',
  values: renamed({
    webhook: 'Its vendor posts to an address of ours.',
    poll: 'Its vendor is asked again and again.',
    event: 'The host tells it of an event.',
  }),
})

const PluginTriggerMode = builder.enumType('PluginTriggerMode', {
  description: 'When a trigger is registered at its vendor.',
  values: {
    AUTO: { description: 'While a published playbook starts with its event, or a run waits for it.' },
    ON: { description: 'Always.' },
    OFF: { description: 'Never.' },
  },
})

const PluginTriggerRegistrationStatus = builder.enumType('PluginTriggerRegistrationStatus', {
  description: 'How a registration at a vendor stands.',
  values: {
    OFF: { description: 'Nothing needs it, and the vendor does not have it.' },
    PENDING: { description: 'It is wanted, and the vendor does not have it yet.' },
    REGISTERED: { description: 'The vendor has it.' },
    REMOVING: { description: 'Nothing needs it, and the vendor still has it.' },
    FAILED: { description: 'The last try failed; it is tried again.' },
  },
})

const PluginTriggerRegistrationRef = builder.objectRef<TriggerRegistration>('PluginTriggerRegistration').implement({
  description: 'What a vendor was told by its plugin: to post to the address of a trigger.',
  fields: t => ({
    status: t.field({
      type: PluginTriggerRegistrationStatus,
      description: 'How it stands.',
      resolve: registrationStatus,
    }),
    mode: t.field({ type: PluginTriggerMode, description: 'When it is registered.', resolve: ({ mode }) => mode }),
    registeredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the vendor took what it has now.',
      resolve: one => one.registeredAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the vendor ends it; it is registered anew before.',
      resolve: one => one.expiresAt,
    }),
    nextTryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the vendor is asked again.',
      resolve: one => one.dueAt,
    }),
    failures: t.exposeInt('failures', { description: 'How often it failed since it last went well.' }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'What the last failure said.' }),
  }),
})

const PluginTriggerRef = builder.objectRef<ShownTrigger>('PluginTrigger').implement({
  description: 'Something that a plugin hears of; playbooks start with the event that it tells.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('PluginTrigger', ({ id }) => id)),
    name: t.string({ description: 'Its name in the plugin.', resolve: ({ trigger }) => trigger }),
    account: t.exposeString('account', {
      description: 'Which account of the plugin it listens to. Each has an address and a state of its own.',
    }),
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
      description: 'What playbooks listen to: <plugin>.<name>. Of an EVENT: what it listens to itself.',
      resolve: ({ installation, trigger, described }) =>
        described.kind === 'event' ? described.event : eventTypeOf(installation.pluginId, trigger),
    }),
    outputSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of the data of its events.',
      resolve: ({ described }) =>
        described.kind === 'event' ? (EVENT_SCHEMAS.get(described.event) ?? {}) : described.output,
    }),
    url: t.string({
      nullable: true,
      description:
        'Of a webhook: the address to enter at the vendor; a path where the public address of this host is not set.',
      resolve: ({ path }, _args, c) => path && `${c.core.config.publicUrl ?? ''}${path}`,
    }),
    hasSigningKey: t.boolean({
      description: 'Is its sender proven with a secret of this address alone? `pluginTriggerRotateKey` tells one.',
      resolve: ({ described }) => hasOwnSecret(described),
    }),
    registration: t.field({
      type: PluginTriggerRegistrationRef,
      nullable: true,
      description:
        'How it stands with the vendor; null where a person enters the address there. A few seconds after the installation.',
      resolve: ({ registration }) => registration,
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
    lastError: t.string({
      nullable: true,
      description: 'What the last failure said.',
      resolve: ({ lastError, backlog }) => lastError ?? backlog.lastError,
    }),
    waitingEvents: t.int({
      description: 'Of an EVENT: how many events it is still to be told of.',
      resolve: ({ backlog }) => backlog.waiting,
    }),
    failedEvents: t.int({
      description:
        'Of those, how many it failed at for good: they wait for `pluginTriggerTellAgain`, or another version.',
      resolve: ({ backlog }) => backlog.resting,
    }),
    lastEventAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it last told of something, or was told.',
      resolve: one => one.lastEventAt,
    }),
  }),
})

function credentialOf(described: ManifestTrigger): string | null {
  if (described.kind === 'poll' && described.credential !== undefined) return described.credential
  const secret = proofOf(described)?.secret ?? 'own'
  return secret === 'own' ? null : secret.credential
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

const PluginTriggerSwitchInput = builder.inputType('PluginTriggerSwitchInput', {
  description: 'Which trigger, and when its vendor shall post.',
  fields: t => ({
    triggerId: t.id({ required: true, description: 'The trigger.' }),
    mode: t.field({ type: PluginTriggerMode, required: true, description: 'When it is registered.' }),
  }),
})

builder.mutationField('pluginTriggerSwitch', t =>
  t.field({
    type: builder.objectRef<Outcome<{ trigger: ShownTrigger }>>('PluginTriggerSwitchPayload').implement({
      description: 'A trigger in its new state.',
      fields: p => ({
        trigger: p.field({
          type: PluginTriggerRef,
          nullable: true,
          description: 'The trigger; its vendor is told within seconds.',
          resolve: ({ trigger }) => trigger,
        }),
        userErrors: p.field({
          type: [UserErrorRef],
          description: 'What stood in the way.',
          resolve: ({ userErrors }) => [...userErrors],
        }),
      }),
    }),
    ...guarded(
      'webhooks:write',
      'Says whether a trigger that its plugin registers by itself is registered at the vendor. The same again tries again at once.',
    ),
    args: { input: t.arg({ type: PluginTriggerSwitchInput, required: true, description: 'Which, and when.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ trigger: null }, async () => {
        const id = rowId('PluginTrigger', input.triggerId)
        await switchTrigger(c.core, viewerOf(c), id, input.mode)
        return { trigger: (await findTrigger(c, id))! }
      }),
  }),
)

const PluginTriggerTellAgainInput = builder.inputType('PluginTriggerTellAgainInput', {
  description: 'Which trigger.',
  fields: t => ({ triggerId: t.id({ required: true, description: 'The trigger, of kind EVENT.' }) }),
})

builder.mutationField('pluginTriggerTellAgain', t =>
  t.field({
    type: builder.objectRef<Outcome<{ trigger: ShownTrigger }>>('PluginTriggerTellAgainPayload').implement({
      description: 'A trigger in its new state.',
      fields: p => ({
        trigger: p.field({
          type: PluginTriggerRef,
          nullable: true,
          description: 'The trigger; its plugin is told within seconds.',
          resolve: ({ trigger }) => trigger,
        }),
        userErrors: p.field({
          type: [UserErrorRef],
          description: 'What stood in the way.',
          resolve: ({ userErrors }) => [...userErrors],
        }),
      }),
    }),
    ...guarded('webhooks:write', 'Tells a plugin again of the events that it failed at for good.'),
    args: { input: t.arg({ type: PluginTriggerTellAgainInput, required: true, description: 'Which trigger.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ trigger: null }, async () => {
        const id = rowId('PluginTrigger', input.triggerId)
        const found = await findTrigger(c, id)
        if (!found) throw new TraeError('NOT_FOUND', 'There is no such trigger in this workspace.')
        await tellAgain(c.core, found.installation, found.trigger, viewerOf(c).userId)
        return { trigger: (await findTrigger(c, id))! }
      }),
  }),
)
