import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import type { WorkspaceId } from '../../ids.ts'
import { type Sql, statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { noteChange } from './alert-changes.ts'
import { type AlertWatch, type Figure, judge, type Verdict } from './judge.ts'
import { readFigures } from './read-figures.ts'
import { type AlertRule, type Channel, readRules, type RuleKey } from './rules.ts'

export type JudgeCore = Pick<Core, 'sql' | 'clock' | 'log' | 'pubsub' | 'brain'>

/** Who has not acknowledged a firing alert is told of it again after this. */
const REMIND_MS = 4 * 60 * 60_000

/**
 * One look of the leader at all workspaces: figures are read, each is judged by its rule, and what follows (an alert that
 * fires or is over, whom to tell) is stored in one transaction under the fence, so all of it happens or nothing, once, whoever
 * leads and whoever dies.
 */
export async function judgeAlerts(core: JudgeCore, fence: Fence | undefined): Promise<void> {
  if (!fence) return
  for (const { id } of await core.sql.query<{ id: WorkspaceId }>(WORKSPACES)) await judgeWorkspace(core, fence, id)
}

interface Change {
  readonly rule: AlertRule
  readonly subject: string
  readonly figure: Figure | undefined
  readonly verdict: Exclude<Verdict, { kind: 'none' }>
}

async function judgeWorkspace(core: JudgeCore, fence: Fence, workspaceId: WorkspaceId): Promise<void> {
  const figures = await readFigures(core, workspaceId)
  const [rules, watches] = await Promise.all([
    readRules(core, workspaceId), // after the figures: a rule that was muted before something happened tells nobody of it
    core.sql.query<AlertWatch & { readonly rule: RuleKey }>(READ_WATCHES, [workspaceId]),
  ])
  const now = core.clock.now()
  const changes = rules.flatMap(rule => {
    const found = figures.get(rule.key)
    return found
      ? changesOf(
          rule,
          found,
          watches.filter(watch => watch.rule === rule.key),
          now,
        )
      : []
  })
  if (changes.length === 0 && (await toRemindOf(core.sql, workspaceId, rules, now)).length === 0) return
  const changed = await core.sql.transaction(async tx => {
    if ((await tx.query(HOLD_LEAD, [fence.owner, fence.token])).length === 0) return []
    await tx.query(LOCK_WORKSPACE, [workspaceId]) // first of all: who acknowledges takes the same locks in this order
    const alerts: string[] = []
    for (const change of changes) alerts.push(...(await apply(tx, workspaceId, change, now)))
    alerts.push(...(await remind(tx, workspaceId, rules, now)))
    crashPoint('alerts.judging')
    return alerts
  })
  for (const alertId of changed) core.pubsub.publish('alert.updated', { workspaceId, alertId })
  if (changed.length > 0) crashPoint('alerts.judged')
}

function changesOf(rule: AlertRule, figures: readonly Figure[], watches: readonly AlertWatch[], now: Date): Change[] {
  const subjects = new Set([...figures, ...watches].map(({ subject }) => subject))
  return [...subjects].flatMap(subject => {
    const figure = figures.find(one => one.subject === subject)
    const verdict = judge(
      rule,
      figure,
      watches.find(one => one.subject === subject),
      now,
    )
    return verdict.kind === 'none' ? [] : [{ rule, subject, figure, verdict }]
  })
}

/** Ids of alerts that have changed. */
async function apply(
  tx: Sql,
  workspaceId: WorkspaceId,
  { rule, subject, figure, verdict }: Change,
  now: Date,
): Promise<string[]> {
  const place = [workspaceId, rule.key, subject]
  switch (verdict.kind) {
    case 'watch':
      await tx.query(KEEP_WATCH, [...place, verdict.since, verdict.clearSince])
      return []
    case 'forget':
      await tx.query(FORGET, place)
      return []
    case 'fire': {
      const { severity, threshold } = rule
      const { name, value, detail = null } = figure!
      const values = [name, severity, value, threshold, now, detail]
      await tx.query(KEEP_WATCH, [...place, verdict.since, null])
      const [fired] = await tx.query<{ id: string }>(FIRE, [...place, ...values])
      if (!fired) return []
      await noteChange(tx, workspaceId, fired.id, { kind: 'FIRED', channels: channelsOf(rule, now) }, now)
      return [fired.id]
    }
    case 'resolve': {
      await tx.query(FORGET, place)
      const [resolved] = await tx.query<{ id: string; told: Date | null }>(RESOLVE, [...place, now])
      if (!resolved) return []
      // Whoever was told that it began is told that it is over
      const channels = resolved.told ? channelsOf(rule, now) : []
      await noteChange(tx, workspaceId, resolved.id, { kind: 'RESOLVED', channels }, now)
      return [resolved.id]
    }
    default:
      return verdict satisfies never
  }
}

async function remind(tx: Sql, workspaceId: WorkspaceId, rules: readonly AlertRule[], now: Date): Promise<string[]> {
  const due = await toRemindOf(tx, workspaceId, rules, now)
  for (const { id, channels } of due) await noteChange(tx, workspaceId, id, { kind: 'REMINDED', channels }, now)
  return due.map(({ id }) => id)
}

/** Alerts that fire and that nobody was told of for long, or at all: those of a rule that was muted are told when that is over. */
async function toRemindOf(
  sql: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  rules: readonly AlertRule[],
  now: Date,
): Promise<{ id: string; channels: readonly Channel[] }[]> {
  const due = await sql.query<{ id: string; rule: RuleKey }>(TO_REMIND, [
    workspaceId,
    new Date(now.getTime() - REMIND_MS),
  ])
  return due.flatMap(({ id, rule: key }) => {
    const rule = rules.find(one => one.key === key)
    const channels = rule ? channelsOf(rule, now) : []
    return channels.length > 0 ? [{ id, channels }] : []
  })
}

const channelsOf = ({ mutedUntil, channels }: AlertRule, now: Date) => (mutedUntil && mutedUntil > now ? [] : channels)

const WORKSPACES = statement('alerts.workspaces', 'select id from workspaces order by id')
const READ_WATCHES = statement(
  'read-alert-watches',
  `select w.rule, w.subject, w.since, w.clear_since as "clearSince", a.id is not null as open
   from alert_watches w left join alerts a
     on a.workspace_id = w.workspace_id and a.rule = w.rule and a.subject = w.subject and a.resolved_at is null
   where w.workspace_id = $1`,
)
const HOLD_LEAD = statement('hold-lead-of-alerts', `with ${fenced('$1', '$2')} select id from fence`)
const LOCK_WORKSPACE = statement(
  'lock-workspace-of-alerts',
  'select id from workspaces where id = $1 for no key update',
)
const KEEP_WATCH = statement(
  'keep-alert-watch',
  `insert into alert_watches (workspace_id, rule, subject, since, clear_since) values ($1, $2, $3, $4, $5)
   on conflict (workspace_id, rule, subject) do update set since = excluded.since, clear_since = excluded.clear_since`,
)
const FORGET = statement(
  'forget-alert-watch',
  'delete from alert_watches where workspace_id = $1 and rule = $2 and subject = $3',
)
const FIRE = statement(
  'fire-alert',
  `insert into alerts (id, workspace_id, rule, subject, subject_name, severity, status, value, threshold, started_at, updated_at, detail)
   values (gen_random_uuid(), $1, $2, $3, $4, $5, 'FIRING', $6, $7, $8, $8, left($9, 1000))
   on conflict (workspace_id, rule, subject) where resolved_at is null do nothing returning id`,
)
const RESOLVE = statement(
  'resolve-alert',
  `update alerts set status = 'RESOLVED', resolved_at = $4, updated_at = $4
   where workspace_id = $1 and rule = $2 and subject = $3 and resolved_at is null returning id, told_at as told`,
)
const TO_REMIND = statement(
  'alerts-to-remind-of',
  `select id, rule from alerts where workspace_id = $1 and status = 'FIRING' and (told_at is null or told_at <= $2) order by id`,
)
