import type { Core } from '../../context.ts'
import type { Fence } from '../leadership.ts'
import { handOutTasks, type HandOutCore } from './hand-out-tasks.ts'
import { settleTasks } from './settle-tasks.ts'

/** What the leader does about tasks, once a look: ends those whose runs are over, then lets others begin in their places. */
export async function lookAtTasks(core: HandOutCore & Pick<Core, 'metrics'>, fence: Fence | undefined): Promise<void> {
  if (!fence) return
  for (let batch = await settleTasks(core, fence); batch.length > 0; batch = await settleTasks(core, fence))
    for (const { module, status, durationMs } of batch) core.metrics.task(module, status, Number(durationMs) / 1000)
  while ((await handOutTasks(core, fence)) > 0);
}
