import { newId, type PlaybookId, type WorkspaceId } from '../ids.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { nextTick } from '../playbooks/schedule-times.ts'
import { type Sql, statement } from '../sql.ts'

/**
 * Makes the schedules of a playbook those of the version that is published: new ones begin, those of triggers that are
 * gone end, and one that did not change keeps its next tick. Give it the transaction that publishes.
 */
export async function keepSchedules(
  tx: Pick<Sql, 'query'>,
  published: { readonly workspaceId: WorkspaceId; readonly playbookId: PlaybookId; readonly playbook: Playbook },
  now: Date,
): Promise<void> {
  const schedules = published.playbook.triggers.filter(trigger => trigger.kind === 'schedule')
  const rows = schedules.map(({ key, timing, missed, overlap }) => {
    const next = nextTick(timing, now.getTime())
    return { id: newId(), trigger: key, timing, missed, overlap, next_at: next === undefined ? null : new Date(next) }
  })
  await tx.query(KEEP_SCHEDULES, [published.workspaceId, published.playbookId, JSON.stringify(rows), now])
}

const KEEP_SCHEDULES = statement(
  'keep-schedules',
  `with wanted as (
     select * from jsonb_to_recordset($3::jsonb)
       as x(id uuid, trigger text, timing jsonb, missed text, overlap text, next_at timestamptz)
   ), kept as (
     insert into schedules as s (id, workspace_id, playbook_id, trigger, timing, missed, overlap, next_at, due_at, created_at)
     select id, $1, $2, trigger, timing, missed, overlap, next_at, next_at, $4 from wanted
     on conflict (playbook_id, trigger) do update set
       timing = excluded.timing, missed = excluded.missed, overlap = excluded.overlap, ended_at = null, revision = s.revision + 1,
       next_at = case when s.timing = excluded.timing and s.ended_at is null then s.next_at else excluded.next_at end,
       due_at = case when s.timing = excluded.timing and s.ended_at is null then s.due_at else excluded.due_at end
     where s.ended_at is not null or (s.timing, s.missed, s.overlap) is distinct from (excluded.timing, excluded.missed, excluded.overlap)
   )
   update schedules set next_at = null, due_at = null, queued = '[]', ended_at = $4, revision = revision + 1
   where playbook_id = $2 and ended_at is null and trigger not in (select trigger from wanted)`,
)
