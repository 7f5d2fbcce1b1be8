import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { type ErrorRecord, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import type { History, SimulationReport } from './history.ts'
import { installedPlugins } from './installed-plugins.ts'
import { messagesOf } from './other-process.ts'
import { readHistory } from './read-history.ts'
import type { RehearsalOptions } from './make-workspace.ts'
import { workspaceCatalog } from '../publishing/workspace-catalog.ts'

/** What the process of a simulation reads from its standard input: all that it will ever know. */
export interface SimulationJob {
  readonly options: RehearsalOptions
  readonly source: string
  readonly history: History
}

/** What it writes, a line of JSON each. */
export type SimulationMessage =
  { readonly fraction: number } | { readonly report: SimulationReport } | { readonly error: ErrorRecord }

export const MAX_DAYS = 366

/**
 * Simulates a draft over what happened since a moment, in a process of its own: this one goes on undisturbed, and nothing of
 * it can be reached from there. Yields how far it is, then the report. Who stops listening ends the process. Throws `PLAYBOOK`
 * for a draft with errors and `BAD_USER_INPUT` for a time that is no past year.
 */
export async function* runSimulation(
  core: Pick<Core, 'sql' | 'clock' | 'playbooks' | 'plugins' | 'hold'>,
  workspaceId: WorkspaceId,
  { source, since }: { readonly source: string; readonly since: Date },
): AsyncGenerator<Exclude<SimulationMessage, { error: ErrorRecord }>> {
  const days = (core.clock.now().getTime() - since.getTime()) / 86_400_000
  if (!(days > 0 && days <= MAX_DAYS))
    throw new TraeError(
      'BAD_USER_INPUT',
      `A simulation begins up to ${MAX_DAYS} days ago; found ${since.toISOString()}.`,
    )
  const { playbook, diagnostics } = compilePlaybook(source, await workspaceCatalog(core, workspaceId))
  if (!playbook) throw new TraeError('PLAYBOOK', formatDiagnostics(diagnostics, source), { details: { diagnostics } })
  const { name, timeZone, locale } = await getWorkspace(core, workspaceId)
  const job: SimulationJob = {
    options: { plugins: await installedPlugins(core, workspaceId), workspace: { name, timeZone, locale } },
    source,
    history: await readHistory(core, workspaceId, playbook, since),
  }
  yield* messagesOf<SimulationMessage>('simulation-process.ts', job, {
    maxMs: 10 * 60_000,
    broke: 'The simulation broke off: it took too long, or too much memory. Try a shorter time.',
  })
}
