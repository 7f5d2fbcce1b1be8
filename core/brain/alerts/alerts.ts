import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import type { UserId, WorkspaceId } from '../../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../../listing.ts'
import type { Page } from '../../page.ts'
import { statement } from '../../sql.ts'
import { type ChangeKind, noteChange } from './alert-changes.ts'
import { type Channel, isRuleKey, type AlertRule, readRules, type RuleKey, type Severity } from './rules.ts'

export const ALERT_STATUSES = ['FIRING', 'ACKNOWLEDGED', 'RESOLVED'] as const
export type AlertStatus = (typeof ALERT_STATUSES)[number]
export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/** A figure that was out of bounds for long enough. */
export interface Alert {
  readonly id: string
  readonly rule: RuleKey
  /** A module, a plugin, a credential; empty: the workspace. */
  readonly subject: string
  readonly subjectName: string | null
  /** What was known of the cause when it fired. */
  readonly detail: string | null
  readonly severity: Severity
  readonly status: AlertStatus
  /** When it fired. */
  readonly value: number
  readonly threshold: number
  readonly startedAt: Date
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: UserId | null
  readonly comment: string | null
  readonly resolvedAt: Date | null
  readonly updatedAt: Date
}

export interface AlertFilter {
  readonly statuses?: readonly AlertStatus[] | null | undefined
  readonly severities?: readonly Severity[] | null | undefined
  readonly rules?: readonly string[] | null | undefined
  /** True: not over. */
  readonly open?: boolean | null | undefined
  readonly startedAfter?: Date | null | undefined
  readonly startedBefore?: Date | null | undefined
  /** Found anywhere in what it is about. */
  readonly search?: string | null | undefined
}
export type AlertSortBy = 'startedAt' | 'updatedAt'

/** Newest first, unless another order is asked for. */
export const listAlerts = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<AlertFilter, AlertSortBy>,
): Promise<Page<Alert>> => readList(core.sql, ALERTS, workspaceId, request, (one: Alert) => one)

/** In any order; unknown ids are left out. */
export function findAlerts(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Alert[]> {
  return core.sql.query<Alert>(FIND_ALERTS, [workspaceId, ids])
}

/**
 * A person has it: nobody is reminded any more, it goes on until the figure is well. Doing it twice is doing it once. Throws
 * `NOT_FOUND`, and `CONFLICT` for one that is over.
 */
export async function acknowledgeAlert(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  alertId: string,
  { by, comment }: { readonly by: UserId; readonly comment: string | null },
): Promise<Alert> {
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    await tx.query(LOCK_WORKSPACE, [workspaceId]) // the leader takes the same locks in this order
    const [changed] = await tx.query<{ id: string; rule: string }>(ACKNOWLEDGE, [
      workspaceId,
      alertId,
      by,
      comment,
      now,
    ])
    if (!changed) return
    // Who is paged from outside of the host has to know, or is paged on
    const rule = (await readRules({ sql: tx }, workspaceId)).find(({ key }) => key === changed.rule)
    const channels = rule?.channels.filter(channel => channel === 'PAGERDUTY') ?? []
    await noteChange(tx, workspaceId, alertId, { kind: 'ACKNOWLEDGED', channels }, now)
  })
  const [alert] = await findAlerts(core, workspaceId, [alertId])
  if (!alert) throw new TraeError('NOT_FOUND', 'There is no such alert in this workspace.')
  if (alert.status === 'RESOLVED') throw new TraeError('CONFLICT', 'This alert is over already.')
  core.pubsub.publish('alert.updated', { workspaceId, alertId })
  return alert
}

/** A change of an alert in the order of all changes of its workspace. */
export interface AlertChange {
  readonly seq: number
  readonly kind: ChangeKind
  readonly at: Date
  readonly alertId: string
}
/** Those behind a place, at most `first`. */
export function readChanges(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { after, first }: { readonly after: number; readonly first: number },
): Promise<AlertChange[]> {
  return core.sql.query<AlertChange>(READ_CHANGES, [workspaceId, after, first])
}
/** The place of the last change; 0 where there was none. */
export async function lastChange(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<number> {
  const [row] = await core.sql.query<{ seq: number }>(LAST_CHANGE, [workspaceId])
  return row?.seq ?? 0
}

/** The rule of an alert as it holds now. */
export async function findRule(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, key: string): Promise<AlertRule> {
  const rule = isRuleKey(key) ? (await readRules(core, workspaceId)).find(one => one.key === key) : undefined
  if (!rule) throw new TraeError('NOT_FOUND', `There is no rule ${key}.`)
  return rule
}

/** What was told, or is to be told, to one recipient. */
export interface AlertDelivery {
  readonly id: string
  readonly alertId: string
  readonly kind: ChangeKind
  readonly channel: Channel
  /** Of an e-mail. */
  readonly userId: UserId | null
  readonly status: DeliveryStatus
  readonly attempts: number
  readonly lastError: string | null
  readonly nextAttemptAt: Date | null
  readonly attemptedAt: Date | null
  readonly deliveredAt: Date | null
  readonly createdAt: Date
}
export interface DeliveryFilter {
  readonly alertId?: string | null | undefined
  readonly statuses?: readonly DeliveryStatus[] | null | undefined
  readonly channels?: readonly Channel[] | null | undefined
  readonly search?: string | null | undefined
}
export type DeliverySortBy = 'createdAt'

/** Newest first, unless the other way is asked for. */
export const listDeliveries = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<DeliveryFilter, DeliverySortBy>,
): Promise<Page<AlertDelivery>> => readList(core.sql, DELIVERIES, workspaceId, request, (one: AlertDelivery) => one)

/** The newest 20 of each of these alerts. */
export async function deliveriesOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  alerts: readonly Pick<Alert, 'id'>[],
): Promise<ReadonlyMap<string, readonly AlertDelivery[]>> {
  const ids = alerts.map(({ id }) => id)
  const rows = await core.sql.query<AlertDelivery>(DELIVERIES_OF, [workspaceId, ids])
  const found = Map.groupBy(rows, ({ alertId }) => alertId)
  return new Map(ids.map(id => [id, found.get(id) ?? []]))
}

const COLUMNS = `a.id, a.rule, a.subject, a.subject_name as "subjectName", a.detail, a.severity, a.status, a.value, a.threshold, a.started_at as "startedAt",
  a.acknowledged_at as "acknowledgedAt", a.acknowledged_by as "acknowledgedBy", a.comment, a.resolved_at as "resolvedAt", a.updated_at as "updatedAt"`
const ALERTS: Listing<AlertFilter, AlertSortBy> = {
  name: 'list-alerts',
  columns: COLUMNS,
  from: 'alerts a',
  of: 'a.workspace_id = $1',
  id: 'a.id',
  conditions: {
    statuses: oneOf('a.status'),
    severities: oneOf('a.severity'),
    rules: oneOf('a.rule'),
    open: compared('(a.resolved_at is null)', '=', 'boolean'),
    startedAfter: compared('a.started_at', '>=', 'timestamptz'),
    startedBefore: compared('a.started_at', '<', 'timestamptz'),
    search: contains('a.subject', 'a.subject_name', 'a.detail'),
  },
  orders: {
    startedAt: { by: 'a.started_at', type: 'timestamptz' },
    updatedAt: { by: 'a.updated_at', type: 'timestamptz' },
  },
  usual: { by: 'startedAt' },
}
const DELIVERY_COLUMNS = `d.id, d.alert_id as "alertId", d.kind, d.channel, d.user_id as "userId", d.status, d.attempts, d.last_error as "lastError",
  d.next_attempt_at as "nextAttemptAt", d.attempted_at as "attemptedAt", d.delivered_at as "deliveredAt", d.created_at as "createdAt"`
const DELIVERIES: Listing<DeliveryFilter, DeliverySortBy> = {
  name: 'list-alert-deliveries',
  columns: DELIVERY_COLUMNS,
  from: 'alert_deliveries d',
  of: 'd.workspace_id = $1',
  id: 'd.id',
  conditions: {
    alertId: compared('d.alert_id', '=', 'uuid'),
    statuses: oneOf('d.status'),
    channels: oneOf('d.channel'),
    search: contains('d.last_error'),
  },
  orders: { createdAt: { by: 'd.created_at', type: 'timestamptz' } },
  usual: { by: 'createdAt' },
}
const FIND_ALERTS = statement(
  'find-alerts',
  `select ${COLUMNS} from alerts a where a.workspace_id = $1 and a.id = any($2::uuid[])`,
)
const LOCK_WORKSPACE = statement(
  'lock-workspace-to-acknowledge',
  'select id from workspaces where id = $1 for no key update',
)
const ACKNOWLEDGE = statement(
  'acknowledge-alert',
  `update alerts set status = 'ACKNOWLEDGED', acknowledged_at = $5, acknowledged_by = $3, comment = $4, updated_at = $5
   where workspace_id = $1 and id = $2 and status = 'FIRING' returning id, rule`,
)
const READ_CHANGES = statement(
  'read-alert-changes',
  `select seq::int as seq, kind, at, alert_id as "alertId" from alert_changes where workspace_id = $1 and seq > $2 order by seq limit $3`,
)
const LAST_CHANGE = statement(
  'last-alert-change',
  'select max(seq)::int as seq from alert_changes where workspace_id = $1',
)
const DELIVERIES_OF = statement(
  'deliveries-of-alerts',
  `select d.* from unnest($2::uuid[]) as a(id), lateral (
     select ${DELIVERY_COLUMNS} from alert_deliveries d where d.workspace_id = $1 and d.alert_id = a.id order by d.seq desc, d.id limit 20) d`,
)
