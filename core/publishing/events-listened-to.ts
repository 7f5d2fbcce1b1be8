import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { stepsOf } from '../playbooks/step-branches.ts'
import { statement } from '../sql.ts'

/** Which of these types of events published playbooks start with or wait for, paused ones included, or runs wait for now. */
export async function eventsListenedTo(
  core: Pick<Core, 'sql' | 'playbooks'>,
  workspaceId: string,
  types: readonly string[],
): Promise<ReadonlySet<string>> {
  const [published, waited] = await Promise.all([
    core.sql.query<{ version: string }>(PUBLISHED, [workspaceId]),
    core.sql.query<{ type: string }>(WAITED_FOR, [workspaceId, types]),
  ])
  const named = await Promise.all(published.map(({ version }) => eventsOf(core, version)))
  const listened = new Set([...named.flat(), ...waited.map(({ type }) => type)])
  return new Set(types.filter(type => listened.has(type)))
}

/** One that cannot be read any more listens to nothing. */
async function eventsOf(core: Pick<Core, 'playbooks'>, version: string): Promise<string[]> {
  try {
    const { playbook } = await core.playbooks.get(version)
    return [
      ...playbook.triggers.flatMap(trigger => (trigger.kind === 'event' ? [trigger.event] : [])),
      ...stepsOf(playbook).flatMap(step => (step.kind === 'waitFor' ? step.events.map(({ event }) => event) : [])),
    ]
  } catch (error) {
    if (errorRecord(error).code === 'DATABASE') throw error
    return []
  }
}

const PUBLISHED = statement(
  'published-versions',
  `select published_version_id as version from playbooks
   where workspace_id = $1 and status <> 'ARCHIVED' and published_version_id is not null`,
)
const WAITED_FOR = statement(
  'event-types-waited-for',
  `select x.type from unnest($2::text[]) as x(type)
   where exists (select 1 from wait_events e join waits w on w.run_id = e.run_id and w.path = e.path
                 where e.workspace_id = $1 and e.type = x.type and w.status = 'open')`,
)
