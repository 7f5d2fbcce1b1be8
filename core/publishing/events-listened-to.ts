import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { type EventHeard, eventsHeard, isHeard } from '../playbooks/events-heard.ts'
import { statement } from '../sql.ts'

/**
 * Do published playbooks start with what an account hears of, or wait for it, paused ones included, or do versions that runs still
 * follow? Asked every second: what is read grows with the versions, not with the runs.
 */
export async function eventsListenedTo(
  core: Pick<Core, 'sql' | 'playbooks'>,
  workspaceId: string,
): Promise<(event: Parameters<typeof isHeard>[1]) => boolean> {
  const followed = await core.sql.query<{ version: string }>(FOLLOWED, [workspaceId])
  const heard = (await Promise.all(followed.map(({ version }) => eventsOfVersion(core, version)))).flat()
  return event => isHeard(heard, event)
}

/** What a version starts with or waits for. One that cannot be read any more listens to nothing. */
export async function eventsOfVersion(core: Pick<Core, 'playbooks'>, version: string): Promise<EventHeard[]> {
  try {
    return eventsHeard((await core.playbooks.get(version)).playbook)
  } catch (error) {
    if (errorRecord(error).code === 'DATABASE') throw error
    return []
  }
}

// Versions of runs that are not over are found by steps along an index, one a version
const FOLLOWED = statement(
  'followed-versions',
  `with recursive followed as (
     (select playbook_id, version_id from runs where finished_at is null order by playbook_id, version_id limit 1)
     union all
     select next.* from followed f cross join lateral (
       select r.playbook_id, r.version_id from runs r
       where r.finished_at is null and (r.playbook_id, r.version_id) > (f.playbook_id, f.version_id)
       order by r.playbook_id, r.version_id limit 1) next
   )
   select p.published_version_id as version from playbooks p
   where p.workspace_id = $1 and p.status <> 'ARCHIVED' and p.published_version_id is not null
   union
   select f.version_id from followed f join playbooks p on p.id = f.playbook_id where p.workspace_id = $1`,
)
