import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import { DEFAULT_ACCOUNT } from '../playbooks/account-name.ts'
import { hears, type MatchableEvent } from '../playbooks/match-playbooks.ts'
import { stepsOf } from '../playbooks/step-branches.ts'
import { statement } from '../sql.ts'

/**
 * Do published playbooks start with what an account hears of, or wait for it, paused ones included, or do runs wait for it now?
 */
export async function eventsListenedTo(
  core: Pick<Core, 'sql' | 'playbooks'>,
  workspaceId: string,
  types: readonly string[],
): Promise<(event: HeardOf) => boolean> {
  const [published, waited] = await Promise.all([
    core.sql.query<{ version: string }>(PUBLISHED, [workspaceId]),
    core.sql.query<{ type: string; account: string | null }>(WAITED_FOR, [workspaceId, types]),
  ])
  const named = await Promise.all(published.map(({ version }) => eventsOf(core, version)))
  const listening = [...named.flat(), ...waited.map(waits)]
  return event => listening.some(listens => listens(event))
}

/** One that names no account and not the default one either hears them all. */
const waits =
  ({ type, account }: { readonly type: string; readonly account: string | null }) =>
  (event: HeardOf) =>
    account === null
      ? event.type === type
      : hears({ event: type, account: account === DEFAULT_ACCOUNT ? undefined : account }, event)

type HeardOf = Required<Pick<MatchableEvent, 'type'>> & Pick<MatchableEvent, 'account'>

/** One that cannot be read any more listens to nothing. */
async function eventsOf(core: Pick<Core, 'playbooks'>, version: string): Promise<((event: HeardOf) => boolean)[]> {
  try {
    const { playbook } = await core.playbooks.get(version)
    return [
      ...playbook.triggers.flatMap(trigger =>
        trigger.kind === 'event' ? [(event: HeardOf) => hears(trigger, event)] : [],
      ),
      ...stepsOf(playbook).flatMap(step =>
        step.kind === 'waitFor' ? step.events.map(one => (event: HeardOf) => hears(one, event)) : [],
      ),
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
  `select distinct e.type, e.account from wait_events e join waits w on w.run_id = e.run_id and w.path = e.path
   where e.workspace_id = $1 and e.type = any($2::text[]) and w.status = 'open'`,
)
