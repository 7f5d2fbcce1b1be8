/** The list of who is not taken in again: hashes of addresses and numbers, and nothing else. */
import { type Actor, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { findPerson, hashesOf } from './person.ts'

export async function countSuppressions(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<number> {
  const [row] = await core.sql.query<{ n: number }>(COUNT, [workspaceId])
  return row!.n
}

/**
 * Puts an e-mail or a phone number on the list, or takes it off. Doing it twice is doing it once. Throws `BAD_USER_INPUT` for
 * what is neither.
 */
export async function setSuppression(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  { subject, suppressed }: { readonly subject: string; readonly suppressed: boolean },
  actor: Actor,
): Promise<void> {
  const hashes = hashesOf(workspaceId, await findPerson(core, workspaceId, subject))
  if (hashes.length === 0)
    throw new TraeError('BAD_USER_INPUT', 'This person has no e-mail and no phone that could be on the list.')
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const changed = await tx.query(suppressed ? ADD : REMOVE, [workspaceId, hashes, ...(suppressed ? [now] : [])])
    if (changed.length === 0) return
    const action = suppressed ? 'suppression.added' : 'suppression.removed'
    await audit(tx, workspaceId, { actor, action, target: 'person', data: { hashes } }, now)
  })
}

const COUNT = statement(
  'privacy.count-suppressions',
  'select count(*)::int as n from suppressions where workspace_id = $1',
)
const ADD = statement(
  'privacy.add-suppression',
  `insert into suppressions (workspace_id, hash, created_at) select $1, unnest($2::text[]), $3 on conflict do nothing returning hash`,
)
const REMOVE = statement(
  'privacy.remove-suppression',
  'delete from suppressions where workspace_id = $1 and hash = any($2::text[]) returning hash',
)
