import {
  type AlertChannel,
  channelInput,
  CHANNEL_KINDS,
  type ChannelKind,
  connectChannel,
  disconnectChannel,
  listChannels,
} from '../../core/brain/alerts/alert-channels.ts'
import {
  acknowledgeAlert,
  type Alert,
  type AlertChange,
  findAlerts,
  lastChange,
  readChanges,
} from '../../core/brain/alerts/alerts.ts'
import { changeRule, rulePatch } from '../../core/brain/alerts/change-rule.ts'
import { type AlertRule, readRules } from '../../core/brain/alerts/rules.ts'
import { testChannel } from '../../core/brain/alerts/test-channel.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { follow } from '../follow.ts'
import type { Pieces } from '../pieces.ts'
import { rowId } from '../node-id.ts'
import { AlertChangeKindRef, AlertChannelKindRef, AlertRef, AlertRuleRef, SeverityRef } from './alert.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const AlertChannelRef = builder.objectRef<AlertChannel>('AlertChannel').implement({
  description: 'A place outside of the host that is told of alerts.',
  fields: t => ({
    kind: t.field({ type: AlertChannelKindRef, description: 'What it is.', resolve: channel => channel.kind }),
    host: t.exposeString('host', { description: 'Where it leads; the whole address may be a secret.' }),
    changedAt: t.expose('changedAt', { type: 'DateTime', description: 'When it was connected.' }),
  }),
})

builder.queryFields(t => ({
  alertRules: t.field({
    type: [AlertRuleRef],
    ...guarded('alerts:read', 'All rules, as they hold in this workspace.'),
    resolve: (_root, _args, c) => readRules(c.core, workspaceOf(c)),
  }),
  alertChannels: t.field({
    type: [AlertChannelRef],
    ...guarded('alerts:read', 'The places outside of the host that are connected.'),
    resolve: (_root, _args, c) => listChannels(c.core, workspaceOf(c)),
  }),
}))

const userErrors: { type: [typeof UserErrorRef]; description: string } = {
  type: [UserErrorRef],
  description: 'What stood in the way.',
}

const AlertAcknowledgeInput = builder.inputType('AlertAcknowledgeInput', {
  description: 'Which alert somebody takes.',
  fields: t => ({
    alertId: t.id({ required: true, description: 'The alert.' }),
    comment: t.string({ description: 'What the others should know, at most 1000 characters.' }),
  }),
})
const AlertAcknowledgePayload = builder.objectRef<Outcome<{ alert: Alert }>>('AlertAcknowledgePayload').implement({
  description: 'The alert as it is now, or what stood in the way.',
  fields: t => ({
    alert: t.field({ type: AlertRef, nullable: true, description: 'The alert.', resolve: result => result.alert }),
    userErrors: t.field({ ...userErrors, resolve: result => [...result.userErrors] }),
  }),
})
const AlertRuleUpdateInput = builder.inputType('AlertRuleUpdateInput', {
  description: 'What is to change of a rule. What is left out stays; null goes back to what is built in.',
  fields: t => ({
    key: t.string({ required: true, description: 'Of the rule.' }),
    enabled: t.boolean({ description: 'Is it watched?' }),
    threshold: t.float({ description: 'In the unit of the rule, within its bounds.' }),
    severity: t.field({ type: SeverityRef, description: 'How much it matters.' }),
    channels: t.field({ type: [AlertChannelKindRef], description: 'Where it is told.' }),
    mutedUntil: t.field({ type: 'DateTime', description: 'Until then nobody is told; null: they are again.' }),
  }),
})
const AlertRuleUpdatePayload = builder.objectRef<Outcome<{ rule: AlertRule }>>('AlertRuleUpdatePayload').implement({
  description: 'The rule as it holds now, or what stood in the way.',
  fields: t => ({
    rule: t.field({ type: AlertRuleRef, nullable: true, description: 'The rule.', resolve: result => result.rule }),
    userErrors: t.field({ ...userErrors, resolve: result => [...result.userErrors] }),
  }),
})
const AlertChannelConnectInput = builder.inputType('AlertChannelConnectInput', {
  description: 'A place to tell of alerts. Connecting it again replaces it.',
  fields: t => ({
    kind: t.field({ type: AlertChannelKindRef, required: true, description: 'WEBHOOK, SLACK or PAGERDUTY.' }),
    url: t.string({ description: 'Of a webhook, or of an incoming webhook of Slack: https.' }),
    routingKey: t.string({ description: 'Of an integration of PagerDuty (Events API v2).' }),
  }),
})
const AlertChannelConnectPayload = builder
  .objectRef<Outcome<{ channel: AlertChannel; plaintext: string }>>('AlertChannelConnectPayload')
  .implement({
    description: 'The channel, or what stood in the way.',
    fields: t => ({
      channel: t.field({
        type: AlertChannelRef,
        nullable: true,
        description: 'The channel.',
        resolve: result => result.channel,
      }),
      plaintext: t.string({
        nullable: true,
        description: 'The secret of a webhook, which its signatures are verified with: `whsec_…`, told this once.',
        resolve: result => result.plaintext,
      }),
      userErrors: t.field({ ...userErrors, resolve: result => [...result.userErrors] }),
    }),
  })
const channelKindInput = (name: string) =>
  builder.inputType(name, {
    description: 'Which channel.',
    fields: t => ({
      kind: t.field({ type: AlertChannelKindRef, required: true, description: 'WEBHOOK, SLACK or PAGERDUTY.' }),
    }),
  })
const AlertChannelDisconnectInput = channelKindInput('AlertChannelDisconnectInput')
const AlertChannelTestInput = channelKindInput('AlertChannelTestInput')
const channelsPayload = (name: string) =>
  builder.objectRef<Outcome<{ channels: AlertChannel[] }>>(name).implement({
    description: 'The channels that are connected, or what stood in the way.',
    fields: t => ({
      channels: t.field({
        type: [AlertChannelRef],
        description: 'All that are connected; none where something stood in the way.',
        resolve: result => result.channels ?? [],
      }),
      userErrors: t.field({ ...userErrors, resolve: result => [...result.userErrors] }),
    }),
  })
const AlertChannelDisconnectPayload = channelsPayload('AlertChannelDisconnectPayload')
const AlertChannelTestPayload = channelsPayload('AlertChannelTestPayload')

/** Throws `BAD_USER_INPUT` for one that is always there. */
function connectable(kind: string): ChannelKind {
  const found = CHANNEL_KINDS.find(one => one === kind)
  if (found) return found
  throw new TraeError('BAD_USER_INPUT', `${kind} is always there; ${CHANNEL_KINDS.join(', ')} can be connected.`)
}
const channelsAfter = (c: Context, work: () => Promise<void>) =>
  outcome({ channels: null }, async () => {
    await work()
    return { channels: await listChannels(c.core, workspaceOf(c)) }
  })

builder.mutationFields(t => ({
  alertAcknowledge: t.field({
    type: AlertAcknowledgePayload,
    ...guarded('alerts:acknowledge', 'Somebody takes an alert: nobody is reminded of it any more.'),
    args: { input: t.arg({ type: AlertAcknowledgeInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input: { alertId, comment } }, c) =>
      outcome({ alert: null }, async () => ({
        alert: await acknowledgeAlert(c.core, workspaceOf(c), rowId('Alert', alertId), {
          by: viewerOf(c).userId,
          comment: comment?.trim().slice(0, 1000) || null,
        }),
      })),
  }),
  alertRuleUpdate: t.field({
    type: AlertRuleUpdatePayload,
    ...guarded('alerts:write', 'Changes a rule of this workspace.'),
    args: { input: t.arg({ type: AlertRuleUpdateInput, required: true, description: 'What is to change.' }) },
    resolve: (_root, { input: { key, ...given } }, c) =>
      outcome({ rule: null }, async () => ({
        rule: await changeRule(c.core, workspaceOf(c), key, rulePatch.parse({ ...given }), viewerOf(c).userId),
      })),
  }),
  alertChannelConnect: t.field({
    type: AlertChannelConnectPayload,
    ...guarded('alerts:write', 'Connects a place outside of the host that is told of alerts.'),
    args: { input: t.arg({ type: AlertChannelConnectInput, required: true, description: 'Where.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ channel: null, plaintext: null }, async () => {
        const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
        const parsed = channelInput.parse({ ...given, kind: connectable(input.kind) })
        const { channel, secret } = await connectChannel(c.core, workspaceOf(c), parsed, viewerOf(c).userId)
        return { channel, plaintext: secret! }
      }),
  }),
  alertChannelDisconnect: t.field({
    type: AlertChannelDisconnectPayload,
    ...guarded('alerts:write', 'Tells this place no more; what was still to be told there fails.'),
    args: { input: t.arg({ type: AlertChannelDisconnectInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input: { kind } }, c) =>
      channelsAfter(c, () => disconnectChannel(c.core, workspaceOf(c), connectable(kind), viewerOf(c).userId)),
  }),
  alertChannelTest: t.field({
    type: AlertChannelTestPayload,
    ...guarded('alerts:write', 'Sends a message there that says it is a test.'),
    args: { input: t.arg({ type: AlertChannelTestInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input: { kind } }, c) =>
      channelsAfter(c, () => testChannel(c.core, workspaceOf(c), connectable(kind), c.locale)),
  }),
}))

interface AlertUpdated {
  readonly alert: Alert
  readonly change: AlertChange | null
  readonly cursor: string
}
const AlertUpdatedPayload = builder.objectRef<AlertUpdated>('AlertUpdatedPayload').implement({
  description: 'An alert that has changed, or somebody who was told of it.',
  fields: t => ({
    alert: t.field({ type: AlertRef, description: 'As it is now.', resolve: payload => payload.alert }),
    change: t.field({
      type: AlertChangeKindRef,
      nullable: true,
      description: 'What became of it; null: only a delivery has changed.',
      resolve: ({ change }) => change?.kind ?? null,
    }),
    cursor: t.exposeString('cursor', { description: 'Give it as `after` to go on from here.' }),
  }),
})
builder.subscriptionField('alertUpdated', t =>
  t.field({
    type: AlertUpdatedPayload,
    ...guarded('alerts:read', 'Alerts as they fire, are acknowledged and are over, every change once and in order.'),
    args: {
      after: t.arg.string({
        description: 'The cursor to go on from, without a gap or a repeat; only what happens from now on without it.',
      }),
    },
    subscribe: (_root, { after }, c) => followAlerts(c, after),
    resolve: payload => payload,
  }),
)

/** Changes read at once. */
const PAGE = 200

async function followAlerts(c: Context, after: string | null | undefined): Promise<Pieces<AlertUpdated>> {
  const workspaceId = workspaceOf(c)
  if (typeof after === 'string' && !/^\d{1,9}$/.test(after))
    throw new TraeError('BAD_USER_INPUT', 'after is not a cursor of alerts; take it from the last payload.')
  let position = typeof after === 'string' ? Number(after) : await lastChange(c.core, workspaceId)
  const next = async (): Promise<AlertUpdated[]> => {
    const changes = await readChanges(c.core, workspaceId, { after: position, first: PAGE })
    const ids = [...new Set(changes.map(({ alertId }) => alertId))]
    const alerts = new Map((await findAlerts(c.core, workspaceId, ids)).map(alert => [alert.id, alert]))
    position = changes.at(-1)?.seq ?? position
    return changes.flatMap(change => {
      const alert = alerts.get(change.alertId)
      return alert ? [{ alert, change, cursor: String(change.seq) }] : []
    })
  }
  return follow(
    c,
    'alert.updated',
    async ({ alertId }) => {
      const found: AlertUpdated[] = []
      for (let read = await next(); read.length > 0; read = await next()) found.push(...read)
      if (found.length > 0) return found
      const [alert] = await findAlerts(c.core, workspaceId, [alertId])
      return alert ? [{ alert, change: null, cursor: String(position) }] : []
    },
    {
      own: true, // its place among the changes
      async *start() {
        for (let read = await next(); read.length > 0; read = await next()) yield read
      },
    },
  )
}
