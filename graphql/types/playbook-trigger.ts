import { listPosts, type WebhookPost } from '../../core/access/webhook-posts.ts'
import { permits } from '../../core/access/permissions.ts'
import { shortDuration } from '../../core/playbooks/duration.ts'
import type { TriggerRecord } from '../../core/triggers/list-triggers.ts'
import { builder } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { encodeNodeId } from '../node-id.ts'
import { PlaybookRef } from './refs.ts'

export const TriggerKind = builder.enumType('TriggerKind', {
  description: 'What starts a run.',
  values: renamed({
    event: 'Something happened.',
    schedule: 'A time has come.',
    webhook: 'Something was posted to an address of its own.',
    manual: 'A person or another playbook.',
  }),
})

const WebhookPostRef = builder.objectRef<WebhookPost>('WebhookPost').implement({
  description: 'What came to the test address of a webhook.',
  fields: t => ({
    data: t.field({ type: 'JSON', description: 'Its body, headers and query.', resolve: post => post.data }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it came.' }),
  }),
})

const PlaybookWebhookRef = builder.objectRef<NonNullable<TriggerRecord['webhook']>>('PlaybookWebhook').implement({
  description: 'The addresses of a webhook: nobody can guess them, and they outlive every version.',
  fields: t => ({
    webhookId: t.id({
      description: 'For webhookRotateSecret, where it is signed.',
      resolve: ({ id }) => encodeNodeId('Webhook', id),
    }),
    url: t.string({
      description: 'Where to post; a path where the public address of this host is not set.',
      resolve: ({ path }, _args, c) => `${c.core.config.publicUrl ?? ''}${path}`,
    }),
    testUrl: t.string({
      description: 'For trying out: what is posted there starts nothing and is kept.',
      resolve: ({ testPath }, _args, c) => `${c.core.config.publicUrl ?? ''}${testPath}`,
    }),
    testPosts: t.field({
      type: [WebhookPostRef],
      description: 'The latest twenty that came to the test address, newest first.',
      resolve: ({ id }, _args, c) => listPosts(c.core, workspaceOf(c), id),
    }),
  }),
})

const PlaybookTriggerRef = builder.objectRef<TriggerRecord>('PlaybookTrigger').implement({
  description: 'One trigger of the published version.',
  fields: t => ({
    key: t.string({ description: 'Names it through all versions.', resolve: ({ trigger }) => trigger.key }),
    kind: t.field({ type: TriggerKind, description: 'What it is.', resolve: ({ trigger }) => trigger.kind }),
    event: t.string({
      nullable: true,
      description: 'The type of the events that it listens to, where it does.',
      resolve: ({ trigger }) => (trigger.kind === 'event' ? trigger.event : null),
    }),
    condition: t.string({
      nullable: true,
      description: 'What must be true of the event.',
      resolve: ({ trigger }) => trigger.if?.source ?? null,
    }),
    timing: t.string({
      nullable: true,
      description: 'Of a schedule: its cron, or its interval as 15m.',
      resolve: ({ trigger }) => {
        if (trigger.kind !== 'schedule') return null
        return trigger.timing.kind === 'cron' ? trigger.timing.cron : shortDuration(trigger.timing.everyMs)
      },
    }),
    timeZone: t.string({
      nullable: true,
      description: 'Of a cron.',
      resolve: ({ trigger }) =>
        trigger.kind === 'schedule' && trigger.timing.kind === 'cron' ? trigger.timing.timeZone : null,
    }),
    enabled: t.exposeBoolean('enabled', { description: 'False while the playbook rests.' }),
    nextFiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of a schedule: its next tick.',
      resolve: ({ nextAt }) => nextAt,
    }),
    lastFiredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The last tick of a schedule; of others, when they last started one of the latest 200 runs.',
      resolve: ({ lastAt }) => lastAt,
    }),
    webhook: t.field({
      type: PlaybookWebhookRef,
      nullable: true,
      description: 'Its addresses; null for who may not read webhooks.',
      resolve: ({ webhook }, _args, c) => (mayRead(c) ? webhook : null),
    }),
  }),
})

const mayRead = (c: Context) => permits(viewerOf(c), 'webhooks:read')

builder.objectField(PlaybookRef, 'triggers', t =>
  t.field({
    type: [PlaybookTriggerRef],
    description: 'What starts its runs, in the order of the file.',
    resolve: async (playbook, _args, c) => [...(await c.loaders.triggers.load(playbook))],
  }),
)
