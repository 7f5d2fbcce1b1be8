import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { PlaybookTest } from '../playbooks/tests/playbook-test.ts'
import { statement } from '../sql.ts'

/**
 * What the schedules of a playbook do in a test: in one that begins with a schedule they tick for as long as `until` says,
 * without it that schedule ticks once; in others they rest. `look` is to be called whenever the engine is at rest.
 */
export function schedulesOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { start, untilMs }: Pick<PlaybookTest, 'start' | 'untilMs'>,
): { begin(): Promise<void>; look(): Promise<void> } {
  const rest = async (except?: string) => void (await core.sql.query(REST_SCHEDULES, [workspaceId, except ?? null]))
  const begins = start.kind === 'schedule'
  let ticking = untilMs === undefined && begins
  return {
    async begin() {
      if (!begins) await rest()
      else if (untilMs === undefined && start.trigger !== undefined) await rest(start.trigger)
    },
    async look() {
      if (!ticking) return
      const [row] = await core.sql.query<{ fired: boolean }>(HAS_FIRED, [workspaceId])
      if (!row!.fired) return
      ticking = false
      await rest()
    },
  }
}

const REST_SCHEDULES = statement(
  'rehearsal-rest-schedules',
  `update schedules set due_at = null where workspace_id = $1 and ($2::text is null or trigger <> $2)`,
)
const HAS_FIRED = statement(
  'rehearsal-has-fired',
  `select exists (select from schedules where workspace_id = $1 and last_event_id is not null) as fired`,
)
