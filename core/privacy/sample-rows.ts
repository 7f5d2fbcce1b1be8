import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'

/**
 * Takes away the rows about people who are a sample, in the transaction of their erasure: what mentions them elsewhere is scrubbed by now.
 * Everything else that hangs on a lead or a run goes with it (`on delete cascade`).
 */
export async function removeSampleRows(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  { leadIds, hashes, now }: { leadIds: readonly string[]; hashes: readonly string[]; now: Date },
): Promise<void> {
  await tx.query(ALLOW_BACK, [workspaceId, hashes])
  await tx.query(EXPIRE_MEMORIES, [workspaceId, leadIds, now])
  for (const removing of REMOVALS) await tx.query(removing, [workspaceId, leadIds])
}

const ALLOW_BACK = statement(
  'privacy.allow-sample-back',
  'delete from suppressions where workspace_id = $1 and hash = any($2::text[])',
)
/** They go with their vectors, as everything that has expired does. */
const EXPIRE_MEMORIES = statement(
  'privacy.expire-sample-memories',
  'update memory_entries set expires_at = $3 where workspace_id = $1 and subject_id = any($2::uuid[])',
)
const RUNS = 'select id from runs where workspace_id = $1 and subject_id = any($2::uuid[])'
/** In this order; an event that another row still needs stays, scrubbed. */
const REMOVALS = [
  ['llm-calls', `delete from llm_calls where workspace_id = $1 and run_id in (${RUNS})`],
  ['letters-to-the-team', `delete from messages where workspace_id = $1 and lead_id is null and run_id in (${RUNS})`],
  ['tasks', 'delete from tasks where workspace_id = $1 and subject_id = any($2::uuid[])'],
  ['decisions', 'delete from decisions where workspace_id = $1 and subject_id = any($2::uuid[])'],
  ['runs', 'delete from runs where workspace_id = $1 and subject_id = any($2::uuid[])'],
  [
    'events',
    `delete from events e where workspace_id = $1 and subject_id = any($2::uuid[])
       and not exists (select from runs r where r.event_id = e.id) and not exists (select from waits w where w.event_id = e.id)
       and not exists (select from tasks t where t.event_id = e.id)`,
  ],
  ['leads', 'delete from leads where workspace_id = $1 and id = any($2::uuid[])'],
].map(([name, text]) => statement(`privacy.remove-sample-${name}`, text!))
