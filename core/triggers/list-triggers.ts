import { ensurePlaybookWebhooks, type PlaybookWebhook } from '../access/playbook-webhooks.ts'
import type { Core } from '../context.ts'
import type { PlaybookId, WorkspaceId } from '../ids.ts'
import type { Trigger } from '../playbooks/playbook.ts'
import { statement } from '../sql.ts'

/** A trigger of the published version, and how it stands. */
export interface TriggerRecord {
  readonly trigger: Trigger
  /** False while the playbook rests. */
  readonly enabled: boolean
  /** Of a schedule: its next tick; null where it rests. */
  readonly nextAt: Date | null
  /** Of a schedule its last tick; else when it last started one of the latest runs. */
  readonly lastAt: Date | null
  readonly webhook: PlaybookWebhook | null
}

/** The triggers of the published version, in the order of the file; none where nothing is published. A webhook that has no address yet is given one. */
export async function listTriggers(
  core: Pick<Core, 'sql' | 'vault' | 'clock' | 'playbooks'>,
  workspaceId: WorkspaceId,
  playbook: {
    readonly id: string
    readonly slug: string
    readonly status: string
    readonly publishedVersionId?: string | null
  },
): Promise<TriggerRecord[]> {
  if (!playbook.publishedVersionId) return []
  const { triggers } = (await core.playbooks.get(playbook.publishedVersionId)).playbook
  const playbookId = playbook.id as PlaybookId
  const has = (kind: Trigger['kind']) => triggers.some(trigger => trigger.kind === kind)
  const hooks = triggers.filter(trigger => trigger.kind === 'webhook').map(trigger => trigger.key)
  const [schedules, webhooks, started] = await Promise.all([
    has('schedule') ? core.sql.query<ScheduleRow>(SCHEDULES_OF_PLAYBOOK, [workspaceId, playbookId]) : [],
    hooks.length > 0 ? ensurePlaybookWebhooks(core, { workspaceId, playbookId, slug: playbook.slug }, hooks) : [],
    core.sql.query<{ key: string; at: Date }>(LAST_STARTS, [workspaceId, playbookId]),
  ])
  const enabled = playbook.status === 'ACTIVE'
  return triggers.map(trigger => {
    const schedule = schedules.find(row => row.trigger === trigger.key)
    return {
      trigger,
      enabled,
      nextAt: (enabled && schedule?.next_at) || null,
      lastAt: schedule?.last_at ?? started.find(({ key }) => key === trigger.key)?.at ?? null,
      webhook: webhooks.find(webhook => webhook.trigger === trigger.key) ?? null,
    }
  })
}

interface ScheduleRow {
  readonly trigger: string
  readonly next_at: Date | null
  readonly last_at: Date | null
}

const SCHEDULES_OF_PLAYBOOK = statement(
  'schedules-of-playbook',
  `select trigger, next_at, last_at from schedules where workspace_id = $1 and playbook_id = $2 and ended_at is null`,
)
const LAST_STARTS = statement(
  'last-starts',
  `select coalesce(e.target->>'trigger', 'event/' || e.type) as key, max(r.created_at) as at
   from (select event_id, created_at from runs where workspace_id = $1 and playbook_id = $2 order by created_at desc limit 200) r
   join events e on e.id = r.event_id
   group by 1`,
)
