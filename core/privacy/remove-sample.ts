import type { UserId, WorkspaceId } from '../ids.ts'
import { SAMPLE } from '../sales/lead.ts'
import { statement } from '../sql.ts'
import type { ErasureCore } from './erase-person.ts'
import { createRequest, processRequest } from './requests.ts'

/**
 * Asks that the sample lead is erased, and with it every row that came of it. Answers its id while runs of it are still coming to their
 * end: the leader goes on, and so does asking again. Undefined where it is gone, or was not there.
 */
export async function removeSampleLead(
  core: ErasureCore,
  workspaceId: WorkspaceId,
  by: UserId | undefined,
): Promise<string | undefined> {
  const samples = () => core.sql.query<{ id: string; request: string | null }>(FIND_SAMPLES, [workspaceId])
  for (const { id, request } of await samples())
    if (request) await processRequest(core, workspaceId, request)
    else await createRequest(core, workspaceId, { kind: 'ERASURE', subject: id }, by)
  return (await samples())[0]?.id
}

const FIND_SAMPLES = statement(
  'privacy.find-samples',
  `select l.id, (select q.id from data_subject_requests q where q.workspace_id = $1 and q.kind = 'ERASURE' and q.subject = l.id::text
     and q.status in ('RECEIVED', 'PROCESSING') limit 1) as request
   from leads l where l.workspace_id = $1 and l.source = '${SAMPLE}'`,
)
