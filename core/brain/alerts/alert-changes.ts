import type { WorkspaceId } from '../../ids.ts'
import { type Sql, statement } from '../../sql.ts'
import type { Channel } from './rules.ts'

export const CHANGE_KINDS = ['FIRED', 'REMINDED', 'ACKNOWLEDGED', 'RESOLVED'] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/**
 * Stores that an alert has changed, and with it whom to tell: one delivery for each channel that is connected, by e-mail one for each owner and
 * admin. In the transaction of the change, so nobody is forgotten; under the lock of the workspace's row, so changes are
 * numbered in the order of their commits.
 */
export async function noteChange(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  alertId: string,
  { kind, channels }: { readonly kind: ChangeKind; readonly channels: readonly Channel[] },
  now: Date,
): Promise<void> {
  const [change] = await tx.query<{ seq: number }>(NOTE_CHANGE, [workspaceId, alertId, kind, now])
  if (channels.length > 0) await tx.query(ADD_DELIVERIES, [workspaceId, alertId, change!.seq, kind, channels, now])
}

const NOTE_CHANGE = statement(
  'note-alert-change',
  `with next as (update workspaces set alerts_seq = alerts_seq + 1 where id = $1 returning alerts_seq as seq)
   insert into alert_changes (workspace_id, seq, alert_id, kind, at) select $1, seq, $2, $3, $4 from next returning seq::int as seq`,
)
const ADD_DELIVERIES = statement(
  'add-alert-deliveries',
  `with added as (
     insert into alert_deliveries (id, workspace_id, alert_id, seq, kind, channel, user_id, status, next_attempt_at, created_at)
     select gen_random_uuid(), $1, $2, $3, $4, c.channel, m.user_id, 'PENDING', $6, $6
     from unnest($5::text[]) as c(channel)
       left join memberships m on c.channel = 'EMAIL' and m.workspace_id = $1 and m.role in ('OWNER', 'ADMIN')
     where c.channel = 'NOTICE' or m.user_id is not null
       or exists (select from alert_channels o where o.workspace_id = $1 and o.kind = c.channel)
   )
   update alerts set told_at = $6 where id = $2`,
)
