import type { Core } from '../../context.ts'
import { errorRecord } from '../../errors.ts'
import { newId, type WorkspaceId } from '../../ids.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { staticPath } from '../../playbooks/playbook.ts'
import { statement } from '../../sql.ts'

/**
 * Puts what failed in a manual module into its inbox: a task that failed, or the failed step of a run, for a person to do in its
 * stead. Each failure once.
 */
export async function fillInbox(core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'playbooks' | 'log'>): Promise<void> {
  const now = core.clock.now()
  for (const failed of await core.sql.query<FailedRun>(FAILED_IN_MANUAL)) {
    const { runId, workspaceId, module, subjectId, path, versionId, key } = failed
    try {
      const action = (await core.playbooks.get(versionId)).steps.get(staticPath(path))
      const name = action?.kind === 'uses' ? action.uses : path
      const [task] = await core.sql.query<{ id: string }>(INTO_INBOX, [
        newId(),
        workspaceId,
        module,
        name,
        JSON.stringify({ step: path, error: failed.error }),
        subjectId,
        runId,
        path,
        key,
        now,
      ])
      if (task) core.pubsub.publish('task.updated', { workspaceId, taskId: task.id })
    } catch (error) {
      if (errorRecord(error).code === 'DATABASE') throw error
      core.log.warn({ err: error, module }, 'a failed run cannot be put into the inbox')
    }
  }
}

interface FailedRun {
  readonly runId: string
  readonly workspaceId: WorkspaceId
  readonly module: ModuleKey
  readonly subjectId: string | null
  readonly versionId: string
  readonly path: string
  readonly error: unknown
  readonly key: string
}

const KEY = `'inbox:' || r.id || ':' || extract(epoch from r.finished_at)::text`
const FAILED_IN_MANUAL = statement(
  'failed-runs-of-manual-modules',
  `select r.id as "runId", r.workspace_id as "workspaceId", p.module, r.subject_id as "subjectId", r.version_id as "versionId",
     r.error->>'path' as path, r.error, ${KEY} as key
   from modules m
     left join incidents i on i.workspace_id = m.workspace_id and i.module = m.key and i.resolved_at is null
     join playbooks p on p.workspace_id = m.workspace_id and p.module = m.key
     join runs r on r.playbook_id = p.id
   where m.mode = 'manual' and r.status = 'failed' and r.error->>'path' is not null and r.finished_at > coalesce(i.failures_from, m.changed_at)
     and coalesce(r.reason->>'code', '') <> 'RESTARTED'
     and not exists (select from tasks t where t.workspace_id = r.workspace_id and t.dedupe_key = ${KEY})
     and not exists (select from tasks t where t.run_id = r.id and t.status = 'manual')
   order by r.finished_at limit 100`,
)
// A task whose own run failed waits itself; of any other run a task is made for the step.
const INTO_INBOX = statement(
  'into-inbox',
  `with own as (
     update tasks set status = 'manual', path = $8, finished_at = null, updated_at = $10
     where run_id = $7 and status = 'failed' and path is null returning id
   ), made as (
     insert into tasks (id, workspace_id, module, action, priority, status, data, subject_id, source, dedupe_key, run_id, path, scheduled_for, turn_at,
       created_at, updated_at)
     select $1, $2, $3, $4, 'high', 'manual', $5::jsonb, $6, 'run:' || $7::uuid, $9, $7, $8, $10, $10, $10, $10
     where not exists (select from own) and not exists (select from tasks where run_id = $7 and status = 'running')
     on conflict (workspace_id, dedupe_key) do nothing returning id
   )
   select id from own union all select id from made`,
)
