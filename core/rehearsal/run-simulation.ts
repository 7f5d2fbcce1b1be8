import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { type ErrorCode, type ErrorRecord, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import { statement } from '../sql.ts'
import type { History, SimulationReport } from './history.ts'
import type { RehearsalPlugin } from './make-workspace.ts'
import { readHistory } from './read-history.ts'
import type { RehearsalOptions } from './rehearsal.ts'
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
  yield* messagesOf(job)
}

async function* messagesOf(job: SimulationJob): AsyncGenerator<Exclude<SimulationMessage, { error: ErrorRecord }>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../simulation-process.ts')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] }, // none of our secrets
  })
  const late = setTimeout(() => child.kill('SIGKILL'), MAX_MS)
  try {
    child.stdin.on('error', () => {}) // it died: its silence says so
    child.stdin.end(JSON.stringify(job))
    for await (const line of createInterface({ input: child.stdout })) {
      const message = JSON.parse(line) as SimulationMessage
      if ('error' in message) throw new TraeError(message.error.code as ErrorCode, message.error.message)
      yield message
      if ('report' in message) return
    }
    throw new TraeError(
      'UNAVAILABLE',
      'The simulation broke off: it took too long, or too much memory. Try a shorter time.',
    )
  } finally {
    clearTimeout(late)
    child.kill('SIGKILL')
  }
}
const MAX_MS = 10 * 60_000

/** What is enabled in the workspace, with what was granted to it and the services that it provides there. */
async function installedPlugins(
  core: Pick<Core, 'sql' | 'plugins'>,
  workspaceId: WorkspaceId,
): Promise<RehearsalPlugin[]> {
  const installed = core.plugins.list(workspaceId).filter(one => one.status === 'ENABLED')
  const rows = await core.sql.query<{ digest: string; manifest: unknown; bundle: string }>(READ_PACKAGES, [
    installed.map(one => one.digest),
  ])
  const packages = new Map(rows.map(row => [row.digest, row]))
  return installed.flatMap(({ pluginId, version, digest, granted, manifest }) => {
    const found = packages.get(digest)
    if (!found) return []
    const services = Object.keys(manifest.provides).filter(
      service => core.plugins.provider(workspaceId, service) === pluginId,
    )
    return [{ pluginId, version, digest, granted, services, rawManifest: found.manifest, bundle: found.bundle }]
  })
}
const READ_PACKAGES = statement(
  'read-packages',
  `select digest, manifest, bundle from plugin_packages where digest = any($1::text[])`,
)
