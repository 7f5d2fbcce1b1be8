import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import type { ModuleKey } from '../playbooks/playbook.ts'
import type { OperationCore } from '../runs/operate-run.ts'
import { type Sql, statement } from '../sql.ts'
import { resolveIncident } from './healing/incidents.ts'
import { handBackTask } from './tasks/operate-task.ts'
import { BY_HAND, type Priority } from './tasks/task.ts'

type ModeCore = OperationCore & Pick<Core, 'log'>

/**
 * A person takes a module over: its tasks wait in the inbox from now on, and so do steps that fail. What runs is finished, and playbooks that
 * events or schedules start run on: to hold them would leave leads without an answer in the middle of a cadence. Who wants one to rest pauses
 * it. Doing it twice is doing it once.
 */
export async function setManual(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  { reason, by }: { readonly reason: string; readonly by: UserId },
): Promise<void> {
  await core.sql.transaction(async tx => {
    await makeManual(tx, workspaceId, module, { reason, by: actorOf(by) }, core.clock.now())
    const entry = { actor: actorOf(by), action: 'module.manual', target: `module:${module}`, data: { reason } }
    await audit(tx, workspaceId, entry, core.clock.now())
  })
  core.pubsub.publish('brain.changed', { workspaceId })
}

/** In the transaction of whoever decided it. */
export async function makeManual(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  { reason, by }: { readonly reason: string; readonly by: string },
  now: Date,
): Promise<void> {
  await tx.query(MAKE_MANUAL, [workspaceId, module, reason, by, now])
  await tx.query(TO_INBOX, [workspaceId, module, now])
}

/**
 * The module works by itself again: its incident is over, and what waits in the inbox is handed back. Throws `CONFLICT` where it
 * is not manual.
 */
export async function resumeModule(
  core: ModeCore,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  by: UserId,
): Promise<void> {
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const rows = await tx.query(MAKE_AUTO, [workspaceId, module, actorOf(by), now])
    if (rows.length === 0) throw new TraeError('CONFLICT', `The module ${module} works by itself already.`)
    await resolveIncident(tx, workspaceId, module, { kind: 'handedBack', by: actorOf(by) }, now)
    await tx.query(FROM_INBOX, [workspaceId, module, now])
    const entry = { actor: actorOf(by), action: 'module.resumed', target: `module:${module}`, data: {} }
    await audit(tx, workspaceId, entry, now)
  })
  core.pubsub.publish('brain.changed', { workspaceId })
  for (const { id } of await core.sql.query<{ id: string }>(STEPS_IN_INBOX, [workspaceId, module]))
    try {
      await handBackTask(core, workspaceId, id, by)
    } catch (error) {
      core.log.warn({ err: error, module }, 'a task stays in the inbox: its run cannot go on') // a person can cancel it there
    }
}

/** Of its tasks that say nothing else. */
export async function setPriority(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  priority: Priority,
  by: UserId,
): Promise<void> {
  await core.sql.query(SET_PRIORITY, [workspaceId, module, priority, actorOf(by), core.clock.now()])
  core.pubsub.publish('brain.changed', { workspaceId })
}

const MAKE_MANUAL = statement(
  'make-module-manual',
  `insert into modules (workspace_id, key, mode, reason, changed_by, changed_at) values ($1, $2, 'manual', $3, $4, $5)
   on conflict (workspace_id, key) do update set mode = 'manual', reason = excluded.reason, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
)
const MAKE_AUTO = statement(
  'make-module-auto',
  `update modules set mode = 'auto', reason = null, changed_by = $3, changed_at = $4 where workspace_id = $1 and key = $2 and mode = 'manual' returning key`,
)
const TO_INBOX = statement(
  'tasks-to-inbox',
  `update tasks set status = 'manual', updated_at = $3 where workspace_id = $1 and module = $2 and status = 'queued'`,
)
const FROM_INBOX = statement(
  'tasks-from-inbox',
  `update tasks set status = 'queued', trusted = false, updated_at = $3
   where workspace_id = $1 and module = $2 and status = 'manual' and run_id is null and action not like '${BY_HAND}%'`,
)
const STEPS_IN_INBOX = statement(
  'steps-in-inbox',
  `select id from tasks where workspace_id = $1 and module = $2 and status = 'manual' and run_id is not null order by created_at`,
)
const SET_PRIORITY = statement(
  'set-module-priority',
  `insert into modules (workspace_id, key, mode, priority, changed_by, changed_at) values ($1, $2, 'auto', $3, $4, $5)
   on conflict (workspace_id, key) do update set priority = excluded.priority`,
)
