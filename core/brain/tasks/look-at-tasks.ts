import type { Core } from '../../context.ts'
import type { Fence } from '../leadership.ts'
import { handOutTasks, type HandOutCore } from './hand-out-tasks.ts'
import { settleTasks, type SettledTask } from './settle-tasks.ts'

/**
 * What the leader does about tasks, once a look: ends those whose runs are over, then lets others begin in their places.
 * `settled` hears of each end.
 */
export async function lookAtTasks(
  core: HandOutCore & Pick<Core, 'sql'>,
  fence: Fence | undefined,
  settled: (tasks: readonly SettledTask[]) => void = () => {},
): Promise<void> {
  if (!fence) return
  for (let batch = await settleTasks(core, fence); batch.length > 0; batch = await settleTasks(core, fence))
    settled(batch)
  while ((await handOutTasks(core, fence)) > 0);
}
