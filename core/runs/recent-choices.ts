import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { serviceOf } from '../plugins/resolve-action.ts'
import { listStepsOf, type StepRecord } from './list-steps.ts'
import { listRuns } from './read-runs.ts'

/** Whom a step asked for a service, as its run's journal has it. */
export interface ServiceChoice {
  readonly runId: string
  readonly step: StepRecord
  /** Null where the step came to nobody. */
  readonly pluginId: string | null
}

/** Runs that are looked through, the newest. */
export const RUNS_LOOKED_AT = 50

/** Whom the steps of the newest runs asked for a service, newest run first; at most `most`. */
export async function recentChoices(
  core: Pick<Core, 'sql' | 'clock' | 'playbooks'>,
  workspaceId: WorkspaceId,
  service: string,
  most: number,
): Promise<ServiceChoice[]> {
  const runs = (await listRuns(core, workspaceId, { first: RUNS_LOOKED_AT })).items.map(({ node }) => node)
  const steps = await listStepsOf(core, workspaceId, runs)
  return runs
    .flatMap(({ id: runId }) =>
      steps
        .get(runId)!
        .filter(step => step.uses !== null && serviceOf(step.uses)?.service === service)
        .filter(step => step.action !== null || step.passedOver.length > 0)
        .map(step => ({ runId, step, pluginId: step.action?.split('@')[0] ?? null })),
    )
    .slice(0, most)
}
