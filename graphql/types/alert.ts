import { figureText, languageOf, summaryOf, TEXTS } from '../../core/brain/alerts/alert-texts.ts'
import { CHANGE_KINDS } from '../../core/brain/alerts/alert-changes.ts'
import {
  type Alert,
  ALERT_STATUSES,
  type AlertDelivery,
  DELIVERY_STATUSES,
  listAlerts,
  listDeliveries,
} from '../../core/brain/alerts/alerts.ts'
import { type AlertRule, CHANNELS, isRuleKey, RULE_KEYS, RULES, SEVERITIES } from '../../core/brain/alerts/rules.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { type Context, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { rowId } from '../node-id.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { Node, nodeId } from './node.ts'
import { UserRef } from './workspace.ts'

export const AlertStatusRef = builder.enumType('AlertStatus', {
  description: 'How an alert stands.',
  values: described(ALERT_STATUSES, {
    FIRING: 'The figure is out of bounds.',
    ACKNOWLEDGED: 'Somebody has it: nobody is reminded.',
    RESOLVED: 'The figure is well again.',
  }),
})
export const SeverityRef = builder.enumType('Severity', {
  description: 'How much an alert matters.',
  values: described(SEVERITIES, {
    CRITICAL: 'Somebody should look now.',
    WARNING: 'Somebody should look today.',
    INFO: 'Good to know.',
  }),
})
export const AlertChannelKindRef = builder.enumType('AlertChannelKind', {
  description: 'Where an alert is told.',
  values: described(CHANNELS, {
    NOTICE: 'Behind the bell of the admin, to everybody of the team.',
    EMAIL: 'To every owner and admin, by the provider of e-mail.',
    WEBHOOK: 'Posted to an address of yours, signed as Standard Webhooks has it.',
    SLACK: 'To a channel of Slack, by an incoming webhook.',
    PAGERDUTY: 'To PagerDuty, by its Events API v2.',
  }),
})
export const AlertChangeKindRef = builder.enumType('AlertChangeKind', {
  description: 'What became of an alert.',
  values: described(CHANGE_KINDS, {
    FIRED: 'It began.',
    REMINDED: 'It goes on, and nobody has acknowledged it.',
    ACKNOWLEDGED: 'Somebody has it.',
    RESOLVED: 'It is over.',
  }),
})
const DeliveryStatusRef = builder.enumType('DeliveryStatus', {
  description: 'Whether somebody was told.',
  values: described(DELIVERY_STATUSES, {
    PENDING: 'Not yet; it is tried again.',
    DELIVERED: 'They were.',
    FAILED: 'They were not, and it is not tried again.',
  }),
})

const textsOf = (c: Context, key: AlertRule['key']) => TEXTS[languageOf(c.locale)][key]

export const AlertRuleRef = builder.objectRef<AlertRule>('AlertRule').implement({
  description: 'A figure that the brain watches, with the bounds that hold in this workspace.',
  fields: t => ({
    key: t.string({ description: 'As `brain-health`.', resolve: rule => rule.key }),
    title: t.string({ description: 'What it is called.', resolve: (rule, _args, c) => textsOf(c, rule.key).title }),
    condition: t.string({
      description: 'When it fires.',
      resolve: ({ key, unit, threshold }, _args, c) =>
        textsOf(c, key).condition(figureText(languageOf(c.locale), unit, threshold)),
    }),
    advice: t.string({ description: 'What to do then.', resolve: (rule, _args, c) => textsOf(c, rule.key).advice }),
    severity: t.field({ type: SeverityRef, description: 'How much it matters.', resolve: rule => rule.severity }),
    enabled: t.exposeBoolean('enabled', { description: 'Is it watched?' }),
    threshold: t.exposeFloat('threshold', { description: 'In `unit`.' }),
    defaultThreshold: t.float({ description: 'As it is built in.', resolve: ({ key }) => RULES[key].threshold }),
    minimum: t.float({ description: 'The least threshold.', resolve: ({ bounds }) => bounds[0] }),
    maximum: t.float({ description: 'The greatest.', resolve: ({ bounds }) => bounds[1] }),
    unit: t.string({
      description: 'What it is counted in: score (0–100), share (0–1), seconds, hours, days, count, money.',
      resolve: rule => rule.unit,
    }),
    forSeconds: t.exposeInt('forSeconds', { description: 'Out of bounds for so long without a break: it fires.' }),
    channels: t.field({
      type: [AlertChannelKindRef],
      description: 'Where it is told, as far as they are connected.',
      resolve: rule => [...rule.channels],
    }),
    mutedUntil: t.expose('mutedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until then it fires and nobody is told.',
    }),
  }),
})

export const AlertRef = builder.objectRef<Alert>('Alert')
const AlertDeliveryRef = builder.objectRef<AlertDelivery>('AlertDelivery').implement({
  description: 'What was told, or is to be told, to one recipient. Its id is the idempotency key of all attempts.',
  fields: t => ({
    id: t.exposeID('id', { description: 'Goes out as `webhook-id`.' }),
    change: t.field({ type: AlertChangeKindRef, description: 'What is told.', resolve: one => one.kind }),
    channel: t.field({ type: AlertChannelKindRef, description: 'Where.', resolve: one => one.channel }),
    user: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Whom an e-mail is for.'),
      resolve: ({ userId }, _args, c) => (userId ? c.loaders.user.load(userId) : null),
    }),
    status: t.field({ type: DeliveryStatusRef, description: 'Were they told?', resolve: one => one.status }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'Why the last attempt was in vain.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried again; null when it is over.',
    }),
    attemptedAt: t.expose('attemptedAt', { type: 'DateTime', nullable: true, description: 'Of the last attempt.' }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true, description: 'When they were told.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was stored.' }),
    alert: t.field({
      type: AlertRef,
      description: 'What it tells of.',
      resolve: async ({ alertId }, _args, c) => (await c.loaders.alert.load(alertId))!,
    }),
  }),
})

AlertRef.implement({
  description: 'A figure that was out of bounds for long enough.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Alert', ({ id }) => id)),
    rule: t.field({
      type: AlertRuleRef,
      description: 'The rule, as it holds now.',
      resolve: (alert, _args, c) => c.loaders.alertRule.load(alert.rule),
    }),
    status: t.field({ type: AlertStatusRef, description: 'How it stands.', resolve: alert => alert.status }),
    severity: t.field({ type: SeverityRef, description: 'When it fired.', resolve: alert => alert.severity }),
    summary: t.string({
      description: 'In one line, in the language of `accept-language`.',
      resolve: ({ rule, subject, subjectName, value, threshold }, _args, c) => {
        const language = languageOf(c.locale)
        const figure = (of: number) => figureText(language, RULES[rule].unit, of)
        return summaryOf(language, rule, {
          name: subjectName ?? subject,
          value: figure(value),
          threshold: figure(threshold),
        })
      },
    }),
    subject: t.string({
      nullable: true,
      description: 'A module, a plugin, an account; null: the workspace.',
      resolve: ({ subject }) => subject || null,
    }),
    subjectName: t.exposeString('subjectName', { nullable: true, description: 'What it is called.' }),
    detail: t.exposeString('detail', { nullable: true, description: 'What was known of the cause when it fired.' }),
    value: t.exposeFloat('value', { description: 'When it fired, in the unit of the rule.' }),
    threshold: t.exposeFloat('threshold', { description: 'When it fired.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it fired.' }),
    acknowledgedAt: t.expose('acknowledgedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When somebody took it.',
    }),
    acknowledgedBy: t.field({
      type: UserRef,
      nullable: true,
      ...guarded('members:read', 'Who has it.'),
      resolve: ({ acknowledgedBy }, _args, c) => (acknowledgedBy ? c.loaders.user.load(acknowledgedBy) : null),
    }),
    comment: t.exposeString('comment', { nullable: true, description: 'What they said.' }),
    resolvedAt: t.expose('resolvedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    deliveries: t.field({
      type: [AlertDeliveryRef],
      description: 'Who was told, newest first, at most 20.',
      resolve: async (alert, _args, c) => [...(await c.loaders.alertDeliveries.load(alert))],
    }),
  }),
})
const AlertConnection = connectionOf<Alert>('Alert', AlertRef)
const AlertDeliveryConnection = connectionOf<AlertDelivery>('AlertDelivery', AlertDeliveryRef)

const AlertFilterInput = builder.inputType('AlertFilter', {
  description: 'Which alerts. All conditions must hold.',
  fields: t => ({
    open: t.boolean({ description: 'That are not over; false: that are.' }),
    statuses: t.field({ type: [AlertStatusRef], description: 'In one of these.' }),
    severities: t.field({ type: [SeverityRef], description: 'That matter this much.' }),
    rules: t.stringList({ description: 'Of rules with one of these keys.' }),
    startedAfter: t.field({ type: 'DateTime', description: 'Of this moment or later.' }),
    startedBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
    search: t.string({ description: 'With this anywhere in what they are about.' }),
  }),
})
const AlertSort = sortInput('Alert', { startedAt: 'When it fired.', updatedAt: 'When it last changed.' })
const AlertDeliveryFilterInput = builder.inputType('AlertDeliveryFilter', {
  description: 'Which deliveries. All conditions must hold.',
  fields: t => ({
    alertId: t.id({ description: 'Of this alert.' }),
    statuses: t.field({ type: [DeliveryStatusRef], description: 'In one of these.' }),
    channels: t.field({ type: [AlertChannelKindRef], description: 'By one of these.' }),
    search: t.string({ description: 'With this anywhere in the last error.' }),
  }),
})
const AlertDeliverySort = sortInput('AlertDelivery', { createdAt: 'When it was stored.' })

/** Throws `BAD_USER_INPUT` for a rule that there is not. */
function acceptedRules(keys: readonly string[] | null | undefined): readonly string[] | null | undefined {
  const unknown = keys?.find(key => !isRuleKey(key))
  if (unknown === undefined) return keys
  throw new TraeError(
    'BAD_USER_INPUT',
    `filter.rules: there is no rule ${JSON.stringify(unknown.slice(0, 50))}; there are ${RULE_KEYS.join(', ')}.`,
  )
}

builder.queryFields(t => ({
  alerts: t.field({
    type: AlertConnection,
    ...guarded('alerts:read', 'The alerts, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: AlertFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: AlertSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listAlerts(c.core, workspaceOf(c), { ...page, filter: { ...filter, rules: acceptedRules(filter?.rules) } }),
  }),
  alertDeliveries: t.field({
    type: AlertDeliveryConnection,
    ...guarded('alerts:read', 'Who was told of alerts, and who could not be, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: AlertDeliveryFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: AlertDeliverySort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listDeliveries(c.core, workspaceOf(c), {
        ...page,
        filter: filter && { ...filter, alertId: filter.alertId ? rowId('Alert', filter.alertId) : undefined },
      }),
  }),
}))
