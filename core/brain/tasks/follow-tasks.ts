import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import { MODULE_KEYS, type ModuleKey } from '../../playbooks/playbook.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { MODULES } from '../modules.ts'
import { storeTasks } from './add-task.ts'

/** `off`; `suggest`: a person takes them up; `automatic`: they are tasks at once. */
export const NEXT_STEPS = ['off', 'suggest', 'automatic'] as const
export type NextSteps = (typeof NEXT_STEPS)[number]

/**
 * Decides next steps: what a module has completed is taken up by the modules that it feeds. The rule: each of them is given its first
 * playbook that people may start and that needs no inputs, for the same lead; one that runs by the clock as well is about no lead.
 * Suggestions and the mark that they were made are one commit, and each is made once.
 */
export async function followTasks(
  core: Pick<Core, 'sql' | 'clock' | 'playbooks' | 'pubsub'>,
  fence: Fence | undefined,
): Promise<void> {
  if (!fence) return
  for (const task of await core.sql.query<Completed>(COMPLETED)) {
    const { id, workspaceId, module, action, subjectId, mode } = task
    const versions = mode === 'off' ? [] : await core.playbooks.current(workspaceId)
    const steps = MODULES[module].feeds.flatMap(next => {
      const version = versions.find(
        ({ playbook, madeFor }) =>
          madeFor === null &&
          playbook.module === next &&
          playbook.triggers.some(({ kind }) => kind === 'manual') &&
          !playbook.triggers.some(({ kind }) => kind === 'schedule') &&
          playbook.inputs.declared.every(({ required }) => !required),
      )
      return version ? [{ module: next, action: version.slug }] : []
    })
    const stored = await core.sql.transaction(async tx => {
      const held = await tx.query(FOLLOW, [fence.owner, fence.token, id])
      if (held.length === 0 || steps.length === 0) return []
      const tasks = steps.map(step => ({
        ...step,
        data: {},
        leadId: subjectId ?? undefined,
        source: `next-steps:${id}`,
        idempotencyKey: `next:${id}:${step.module}`,
        suggested: mode === 'suggest',
        reason: { code: 'follows', values: { module, action } },
      }))
      return storeTasks(tx, workspaceId, tasks, core.clock.now())
    })
    for (const taskId of stored) core.pubsub.publish('task.updated', { workspaceId, taskId })
  }
}

interface Completed {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly module: ModuleKey
  readonly action: string
  readonly subjectId: string | null
  readonly mode: NextSteps
}

// What a next step itself completed is followed too, but never back to a module that is in its chain: gestao feeds what feeds it.
const COMPLETED = statement(
  'completed-tasks-to-follow',
  `select t.id, t.workspace_id as "workspaceId", t.module, t.action, t.subject_id as "subjectId",
     case when t.source like 'next-steps:%' and w.next_steps = 'automatic' then 'suggest' else w.next_steps end as mode
   from tasks t join workspaces w on w.id = t.workspace_id
   where t.status = 'completed' and not t.followed and t.module = any('{${MODULE_KEYS.join(',')}}'::text[]) order by t.finished_at limit 50`,
)
const FOLLOW = statement(
  'follow-task',
  `with ${fenced('$1', '$2')} update tasks t set followed = true from fence where t.id = $3 and not t.followed returning t.id`,
)
