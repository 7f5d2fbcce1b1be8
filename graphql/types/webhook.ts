import { listWebhooks, rotateWebhookSecret, type WebhookRecord } from '../../core/access/webhook-secrets.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const WebhookRef = builder.objectRef<WebhookRecord>('Webhook').implement({
  description: 'An address that events can be posted to, signed as Standard Webhooks has it.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Webhook', ({ id }) => id)),
    slug: t.exposeString('slug', { description: 'Its name; that of a playbook is `<playbook>/<trigger>`.' }),
    url: t.string({
      description: 'Where to post; a path where the public address of this host is not set.',
      resolve: ({ path }, _args, c) => `${c.core.config.publicUrl ?? ''}${path}`,
    }),
    eventType: t.exposeString('eventType', { description: 'What a post becomes, as lead.captured.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

const WebhookConnection = connectionOf<WebhookRecord>('Webhook', WebhookRef)

builder.queryField('webhooks', t =>
  t.field({
    type: WebhookConnection,
    ...guarded('webhooks:read', 'The webhooks, newest first.'),
    args: pageArgs,
    resolve: (_root, page, c) => listWebhooks(c.core, workspaceOf(c), page),
  }),
)

const WebhookRotateSecretInput = builder.inputType('WebhookRotateSecretInput', {
  description: 'Which webhook.',
  fields: t => ({ webhookId: t.id({ required: true, description: 'The webhook.' }) }),
})

const WebhookRotateSecretPayload = builder
  .objectRef<Outcome<{ webhook: WebhookRecord; plaintext: string }>>('WebhookRotateSecretPayload')
  .implement({
    description: 'A webhook with a new secret.',
    fields: t => ({
      webhook: t.field({
        type: WebhookRef,
        nullable: true,
        description: 'The webhook.',
        resolve: payload => payload.webhook,
      }),
      plaintext: t.string({
        nullable: true,
        description: 'The new secret, whsec_…: shown this once, kept sealed.',
        resolve: payload => payload.plaintext,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

builder.mutationField('webhookRotateSecret', t =>
  t.field({
    type: WebhookRotateSecretPayload,
    ...guarded('webhooks:write', 'Gives a webhook a new secret; the old one is refused from then on.'),
    args: { input: t.arg({ type: WebhookRotateSecretInput, required: true, description: 'Which webhook.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ webhook: null, plaintext: null }, () =>
        rotateWebhookSecret(c.core, workspaceOf(c), rowId('Webhook', input.webhookId)),
      ),
  }),
)
