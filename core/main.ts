import { firstBoot, type FirstBoot, otherWorkspaces } from './access/first-boot.ts'
import type { Config } from './config.ts'
import { openCore, type OpenCore } from './core.ts'
import { publishPolicies } from './decisions/publish-policy.ts'
import type { TraeError } from './errors.ts'
import { sweepAnswers } from './http/idempotency.ts'
import { startServer } from './http/server.ts'
import { warmMemory } from './memory/warm-memory.ts'
import { settleEnvironmentMailbox } from './mail/environment-mailbox.ts'
import { installBuiltIns } from './plugins/install-built-ins.ts'
import { sweepPackages } from './plugins/packages/sweep-packages.ts'
import { sweepTraffic } from './plugins/traffic.ts'
import { type PublishedFile, publishFolder } from './publishing/publish-folder.ts'
import { loadGraphql, openGraphqlOnDemand } from '../graphql/door-on-demand.ts'

/** How often packages of plugins, stored answers and counts that nobody needs are looked for. */
const SWEEP_MS = 30 * 60_000

/** What waits for this start is served first; whoever comes for GraphQL meanwhile has it loaded at once. */
const GRAPHQL_AFTER_MS = 1000

export interface Host {
  readonly core: OpenCore
  readonly url: string
  readonly workspaceId: FirstBoot['workspaceId']
  readonly owner: FirstBoot['owner']
  /** Files of playbooks and of decision policies that could not be published; their earlier versions stay in force. */
  readonly broken: readonly { readonly file: string; readonly error: TraeError }[]
  /** Files that gave way to a version made elsewhere, or took the place of one. */
  readonly edited: readonly Pick<PublishedFile, 'file' | 'keptVersion' | 'replacedVersion'>[]
  /** Drains and closes everything. */
  stop(graceMs?: number): Promise<void>
}

/**
 * Brings the whole program up: database, first boot, built-in plugins by the path anyone's take, playbooks, engine,
 * HTTP. `progress` hears what takes time. Throws `CONFIG` with what to do; nothing is left running then.
 */
export async function startHost(config: Config, progress: (text: string) => void = () => {}): Promise<Host> {
  const core = await openCore(config, { progress })
  try {
    const { workspaceId, owner } = await firstBoot(core)
    await settleEnvironmentMailbox(core, workspaceId)
    await installBuiltIns(core, workspaceId, progress)
    const policies = await publishPolicies(core, workspaceId, config.playbooksDir)
    const published = await publishFolder(core, workspaceId, config.playbooksDir)
    for (const other of await otherWorkspaces(core, workspaceId)) {
      await installBuiltIns(core, other, progress)
      policies.push(...(await publishPolicies(core, other, config.playbooksDir)))
      published.push(...(await publishFolder(core, other, config.playbooksDir)))
    }
    await core.brain.open()
    const server = await startServer(core, { doors: [openGraphqlOnDemand] })
    const loading = setTimeout(
      () => loadGraphql().catch(error => core.log.error({ err: error }, 'GraphQL could not be loaded')),
      GRAPHQL_AFTER_MS,
    ).unref()
    const stopping = new AbortController()
    const warming = warmMemory(core, stopping.signal)
    const sweep = () =>
      Promise.all([sweepPackages(core), sweepAnswers(core), sweepTraffic(core)]).catch(error =>
        core.log.warn({ err: error }, 'packages, answers or counts that nobody needs could not be removed'),
      )
    const sweeping = setInterval(sweep, SWEEP_MS).unref()
    return {
      core,
      url: server.url,
      workspaceId,
      owner,
      broken: [...published, ...policies].flatMap(({ file, error }) => (error ? [{ file, error }] : [])),
      edited: published.filter(({ keptVersion, replacedVersion }) => (keptVersion ?? replacedVersion) !== undefined),
      async stop(graceMs) {
        clearTimeout(loading)
        clearInterval(sweeping)
        stopping.abort()
        await warming
        await server.close()
        await core.close(graceMs)
      },
    }
  } catch (error) {
    await core.close(0)
    throw error
  }
}
