import { z } from 'zod'
import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { NEXT_STEPS, type NextSteps } from './tasks/follow-tasks.ts'

/** What a workspace lets its brain do by itself. */
export interface BrainSettings {
  readonly nextSteps: NextSteps
  readonly autoHealing: boolean
  /** Tasks whose runs execute at the same time. */
  readonly tasksAtOnce: number
}
export const brainSettingsPatch = z.strictObject({
  nextSteps: z.enum(NEXT_STEPS).optional(),
  autoHealing: z.boolean().optional(),
  tasksAtOnce: z.int().min(1).max(1000).optional(),
})

export async function readBrainSettings(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<BrainSettings> {
  const [row] = await core.sql.query<BrainSettings>(READ_SETTINGS, [workspaceId])
  return row!
}

/** What is left out stays as it is. */
export async function configureBrain(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  patch: z.output<typeof brainSettingsPatch>,
  by: UserId,
): Promise<BrainSettings> {
  await core.sql.transaction(async tx => {
    const { nextSteps = null, autoHealing = null, tasksAtOnce = null } = patch
    await tx.query(WRITE_SETTINGS, [workspaceId, nextSteps, autoHealing, tasksAtOnce])
    const entry = {
      actor: actorOf(by),
      action: 'brain.configured',
      target: `workspace:${workspaceId}`,
      data: { ...patch },
    }
    await audit(tx, workspaceId, entry, core.clock.now())
  })
  return readBrainSettings(core, workspaceId)
}

const READ_SETTINGS = statement(
  'read-brain-settings',
  `select next_steps as "nextSteps", auto_healing as "autoHealing", tasks_at_once as "tasksAtOnce" from workspaces where id = $1`,
)
const WRITE_SETTINGS = statement(
  'write-brain-settings',
  `update workspaces set next_steps = coalesce($2, next_steps), auto_healing = coalesce($3::boolean, auto_healing),
     tasks_at_once = coalesce($4::int, tasks_at_once) where id = $1`,
)
