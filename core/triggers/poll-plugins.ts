import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { findCredential } from '../credentials/store.ts'
import { errorRecord } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { callTrigger, type TriggerCore } from '../plugins/call-trigger.ts'
import { pollEveryMs } from '../plugins/described-trigger.ts'
import { type Sql, statement } from '../sql.ts'
import { storeHeard } from './store-heard.ts'

export type PollCore = TriggerCore & Pick<Core, 'plugins' | 'log'>

/** Polls that are asked at once. */
const BATCH = 20
/** Longer than any call of a plugin may take. */
const LEASE_MS = 16 * 60_000
const LONGEST_PAUSE_MS = 60 * 60_000

/**
 * Asks the polls that are due. A poll is leased by one worker; its events and its cursor are stored in one transaction, so
 * that a process that dies leaves it as it was, and it is asked again. One that fails is asked later and later, up to an
 * hour. Answers how many were asked.
 */
export async function pollPlugins(core: PollCore): Promise<number> {
  const now = core.clock.now()
  const leased = await core.sql.query<DuePoll>(LEASE_DUE, [now, new Date(now.getTime() + LEASE_MS), BATCH])
  await Promise.all(leased.map(poll => ask(core, poll)))
  return leased.length
}

interface DuePoll {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly installationId: string
  readonly trigger: string
  readonly account: string
  readonly cursor: unknown
  readonly failures: number
  readonly polledAt: Date | null
  readonly leaseUntil: Date
}

async function ask(core: PollCore, poll: DuePoll): Promise<void> {
  const installation = core.plugins.list(poll.workspaceId).find(({ id }) => id === poll.installationId)
  const trigger = installation?.manifest.triggers[poll.trigger]
  if (!installation || trigger?.kind !== 'poll') return later(core, poll, LONGEST_PAUSE_MS) // a version without it
  const everyMs = pollEveryMs(trigger)
  const connected =
    trigger.credential === undefined ||
    (await findCredential(core, installation.id, trigger.credential, poll.account))?.status === 'CONNECTED'
  if (!connected) return later(core, poll, everyMs)
  try {
    const key = `${poll.id}:${poll.polledAt?.getTime() ?? 0}` // the same when it is asked again after a crash
    const { trigger: name, account, cursor: input } = poll
    const answer = await callTrigger(core, installation, { name, account, call: 'poll', input, key })
    const stored = await core.sql.transaction(async tx => {
      const now = core.clock.now()
      const dueAt = new Date(now.getTime() + (answer.more ? 0 : everyMs))
      const kept = [poll.id, poll.leaseUntil, JSON.stringify(answer.cursor), now, dueAt]
      if ((await tx.query(KEEP_CURSOR, kept)).length === 0) return 0 // another worker has it by now
      const gap = await reportGap(tx, poll, installation.pluginId, everyMs, now)
      return gap + (await storeHeard(tx, poll, installation, answer.events, now))
    })
    crashPoint('event.stored')
    if (stored > 0) core.queue.ring('events')
  } catch (error) {
    const { code, message } = errorRecord(error)
    const pauseMs = Math.min(LONGEST_PAUSE_MS, everyMs * 2 ** Math.min(poll.failures, 20))
    const dueAt = new Date(core.clock.now().getTime() + pauseMs)
    await core.sql.query(KEEP_FAILURE, [poll.id, poll.leaseUntil, `${code}: ${message}`.slice(0, 2000), dueAt])
    core.log.warn({ trigger: `${installation.pluginId}.${poll.trigger}`, code, message }, 'a poll of a plugin failed')
  }
}

/** Says that nobody has asked for so long that a vendor may have forgotten what happened meanwhile. */
async function reportGap(tx: Sql, poll: DuePoll, pluginId: string, everyMs: number, now: Date): Promise<number> {
  const from = poll.polledAt
  if (!from || now.getTime() - from.getTime() < Math.max(10 * everyMs, 60 * 60_000)) return 0
  const data = {
    pluginId,
    trigger: poll.trigger,
    account: poll.account,
    from: from.toISOString(),
    to: now.toISOString(),
  }
  const dedupeKey = `gap:${poll.id}:${from.toISOString()}`
  const event = { type: 'trigger.gap', subjectId: null, data, source: 'host', dedupeKey }
  return (await appendEvent(tx, poll.workspaceId, event, now)) === undefined ? 0 : 1
}

async function later(core: PollCore, { id, leaseUntil }: DuePoll, ms: number): Promise<void> {
  await core.sql.query(PUT_OFF, [id, leaseUntil, new Date(core.clock.now().getTime() + ms)])
}

const LEASE_DUE = statement(
  'lease-due-polls',
  `with due as (
     select t.id from plugin_triggers t join installations i on i.id = t.installation_id
     where t.due_at <= $1 and (t.lease_until is null or t.lease_until <= $1) and i.status = 'ENABLED'
     order by t.due_at limit $3 for update of t skip locked
   )
   update plugin_triggers t set lease_until = $2, rung_at = null from due where t.id = due.id
   returning t.id, t.workspace_id as "workspaceId", t.installation_id as "installationId", t.trigger, t.account, t.cursor, t.failures,
             t.polled_at as "polledAt", t.lease_until as "leaseUntil"`,
)
const KEEP_CURSOR = statement(
  'keep-poll-cursor',
  `update plugin_triggers set cursor = $3::jsonb, polled_at = $4, lease_until = null,
     due_at = case when rung_at is null then $5::timestamptz else $4::timestamptz end, failures = 0, last_error = null
   where id = $1 and lease_until = $2 returning id`,
)
const KEEP_FAILURE = statement(
  'keep-poll-failure',
  `update plugin_triggers set failures = failures + 1, last_error = $3, due_at = $4, lease_until = null
   where id = $1 and lease_until = $2`,
)
const PUT_OFF = statement(
  'put-poll-off',
  'update plugin_triggers set due_at = $3, lease_until = null where id = $1 and lease_until = $2',
)
