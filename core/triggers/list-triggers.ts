import { ensurePlaybookWebhooks, type PlaybookWebhook, webhooksOfPlaybooks } from '../access/playbook-webhooks.ts'
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

interface TriggeredPlaybook {
  readonly id: string
  readonly slug: string
  readonly status: string
  readonly publishedVersionId?: string | null
}

/**
 * The triggers of the published versions of these playbooks, each in the order of the file; none where nothing is published.
 * A webhook that has no address yet is given one. As many statements for many playbooks as for one.
 */
export async function listTriggersOf(
  core: Pick<Core, 'sql' | 'vault' | 'clock' | 'playbooks'>,
  workspaceId: WorkspaceId,
  playbooks: readonly TriggeredPlaybook[],
): Promise<Map<string, TriggerRecord[]>> {
  const read = await Promise.all(
    playbooks.map(async playbook => {
      const { publishedVersionId } = playbook
      const triggers = publishedVersionId ? (await core.playbooks.get(publishedVersionId)).playbook.triggers : []
      return { ...playbook, triggers }
    }),
  )
  const having = (kind: Trigger['kind']) =>
    read.filter(({ triggers }) => triggers.some(trigger => trigger.kind === kind)).map(({ id }) => id)
  const started = read.filter(({ triggers }) => triggers.length > 0).map(({ id }) => id)
  const [schedules, webhooks, starts] = await Promise.all([
    some(having('schedule'), ids => core.sql.query<ScheduleRow>(SCHEDULES_OF_PLAYBOOKS, [workspaceId, ids])),
    some(having('webhook'), ids => webhooksOfPlaybooks(core, workspaceId, ids)),
    some(started, ids => core.sql.query<StartRow>(LAST_STARTS, [workspaceId, ids])),
  ])
  const found = new Map<string, TriggerRecord[]>()
  for (const { id, slug, status, triggers } of read) {
    const playbookId = id as PlaybookId
    const hooks = triggers.filter(({ kind }) => kind === 'webhook').map(({ key }) => key)
    let own = webhooks.filter(webhook => webhook.playbookId === id)
    if (hooks.some(key => !own.some(webhook => webhook.trigger === key)))
      own = await ensurePlaybookWebhooks(core, { workspaceId, playbookId, slug }, hooks)
    const enabled = status === 'ACTIVE'
    const records = triggers.map(trigger => {
      const isOf = (row: { readonly playbook_id: string }, key: string) => row.playbook_id === id && key === trigger.key
      const schedule = schedules.find(row => isOf(row, row.trigger))
      return {
        trigger,
        enabled,
        nextAt: (enabled && schedule?.next_at) || null,
        lastAt: schedule?.last_at ?? starts.find(row => isOf(row, row.key))?.at ?? null,
        webhook: own.find(webhook => webhook.trigger === trigger.key) ?? null,
      }
    })
    found.set(id, records)
  }
  return found
}

const some = async <T>(ids: readonly string[], read: (ids: readonly string[]) => Promise<T[]>): Promise<T[]> =>
  ids.length === 0 ? [] : read(ids)

interface StartRow {
  readonly playbook_id: string
  readonly key: string
  readonly at: Date
}
interface ScheduleRow {
  readonly playbook_id: string
  readonly trigger: string
  readonly next_at: Date | null
  readonly last_at: Date | null
}

const SCHEDULES_OF_PLAYBOOKS = statement(
  'schedules-of-playbooks',
  `select playbook_id, trigger, next_at, last_at from schedules
   where workspace_id = $1 and playbook_id = any($2::uuid[]) and ended_at is null`,
)
const LAST_STARTS = statement(
  'last-starts',
  `select p.id as playbook_id, coalesce(e.target->>'trigger', 'event/' || e.type) as key, max(r.created_at) as at
   from unnest($2::uuid[]) as p(id), lateral (
     select event_id, created_at from runs where workspace_id = $1 and playbook_id = p.id order by created_at desc limit 200
   ) r join events e on e.id = r.event_id
   group by 1, 2`,
)
