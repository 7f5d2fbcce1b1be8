import { createHash } from 'node:crypto'
import { appendEvent } from '../events/append-event.ts'
import { isId } from '../ids.ts'
import { eventTypeOf, type HeardEvent } from '../plugins/call-trigger.ts'
import { type Sql, statement } from '../sql.ts'
import type { Installation } from '../plugins/registry.ts'
import type { PluginTrigger } from '../plugins/plugin-triggers.ts'

/**
 * Stores what a trigger heard of as events, in the caller's transaction. One thing is stored once, however often it is told:
 * its `dedupe`, or without one what it says. Answers how many were new.
 */
export async function storeHeard(
  tx: Sql,
  { id, workspaceId, trigger, account }: Pick<PluginTrigger, 'id' | 'workspaceId' | 'trigger' | 'account'>,
  { pluginId, defaultAccount }: Pick<Installation, 'pluginId' | 'defaultAccount'>,
  heard: readonly HeardEvent[],
  now: Date,
): Promise<number> {
  let stored = 0
  for (const { data, dedupe } of heard) {
    const same = dedupe === undefined ? `data:${digest(JSON.stringify(data))}` : `id:${digest(dedupe)}`
    const event = {
      type: eventTypeOf(pluginId, trigger),
      subjectId: isId(data['leadId']) ? data['leadId'] : null,
      data,
      source: `plugin:${pluginId}`,
      dedupeKey: `trigger:${id}:${same}`,
      account: { name: account, isDefault: account === defaultAccount },
    }
    if ((await appendEvent(tx, workspaceId, event, now)) !== undefined) stored++
  }
  if (stored > 0) await tx.query(MARK_HEARD, [id, now])
  return stored
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const MARK_HEARD = statement('mark-plugin-trigger-heard', 'update plugin_triggers set last_event_at = $2 where id = $1')
