import { z } from 'zod'
import { actorOf, audit } from '../../access/audit.ts'
import type { Core } from '../../context.ts'
import type { UserId, WorkspaceId } from '../../ids.ts'
import { statement } from '../../sql.ts'
import { findRule } from './alerts.ts'
import { type AlertRule, CHANNELS, SEVERITIES } from './rules.ts'

/** What a workspace changes of a rule: what is left out stays, null goes back to what is built in. */
export const rulePatch = z.strictObject({
  enabled: z.boolean().nullable().optional(),
  threshold: z.number().nullable().optional(),
  severity: z.enum(SEVERITIES).nullable().optional(),
  channels: z.array(z.enum(CHANNELS)).max(CHANNELS.length).nullable().optional(),
  /** Until then nobody is told; null: people are told again. */
  mutedUntil: z.date().nullable().optional(),
})
export type RulePatch = z.output<typeof rulePatch>

/** Throws `NOT_FOUND` for a rule that there is not, a ZodError for a threshold out of bounds. */
export async function changeRule(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  key: string,
  patch: RulePatch,
  by: UserId,
): Promise<AlertRule> {
  const rule = await findRule(core, workspaceId, key)
  const [least, most] = rule.bounds
  z.object({ threshold: z.number().min(least).max(most).nullish() }).parse({ threshold: patch.threshold })
  const now = core.clock.now()
  const { enabled, threshold, severity, channels, mutedUntil } = patch
  const unique = channels && [...new Set(channels)]
  await core.sql.transaction(async tx => {
    const given = [enabled, threshold, severity, unique, mutedUntil].flatMap(value => [
      value !== undefined,
      value ?? null,
    ])
    await tx.query(CHANGE_RULE, [workspaceId, key, ...given, by, now])
    const entry = { action: 'alert-rule.changed', target: `alert-rule:${key}`, data: { ...patch } }
    await audit(tx, workspaceId, { actor: actorOf(by), ...entry }, now)
  })
  return findRule(core, workspaceId, key)
}

const CHANGE_RULE = statement(
  'change-alert-rule',
  `insert into alert_rules as r (workspace_id, key, enabled, threshold, severity, channels, muted_until, changed_by, changed_at)
   select $1, $2, case when $3::boolean then $4::boolean end, case when $5::boolean then $6::float8 end, case when $7::boolean then $8::text end,
     case when $9::boolean then $10::text[] end, case when $11::boolean then $12::timestamptz end, $13, $14
   on conflict (workspace_id, key) do update set
     enabled = case when $3::boolean then $4::boolean else r.enabled end,
     threshold = case when $5::boolean then $6::float8 else r.threshold end,
     severity = case when $7::boolean then $8::text else r.severity end,
     channels = case when $9::boolean then $10::text[] else r.channels end,
     muted_until = case when $11::boolean then $12::timestamptz else r.muted_until end,
     changed_by = $13, changed_at = $14`,
)
