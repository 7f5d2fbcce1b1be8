import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InProcessQueue } from '../../core/adapters/queue/in-process-queue.ts'
import type { EgressSettings } from '../../core/credentials/egress.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import type { Core } from '../../core/context.ts'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { createLog } from '../../core/log.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { pluginEntities } from '../../core/plugins/entities.ts'
import { PluginRegistry } from '../../core/plugins/registry.ts'
import { PluginTraffic } from '../../core/plugins/traffic.ts'
import { PlaybookRegistry } from '../../core/publishing/playbook-registry.ts'
import { PubSub } from '../../core/pubsub.ts'
import { Sandbox } from '../../core/sandbox/sandbox.ts'
import { type Statement, statement } from '../../core/sql.ts'
import { type DatabaseKind, openTestDatabase } from '../support/database.ts'
import { openTestMemory } from '../support/memory.ts'
import { openTestVault } from '../support/vault.ts'

export const FIXTURES = join(import.meta.dirname, 'fixtures')
export const PROBE = join(FIXTURES, 'probe')

/** The pieces that plugins need, on a database of its own: a real sandbox, a clock that stands still, one workspace. */
export async function openPluginWorld(kind: DatabaseKind) {
  const database = await openTestDatabase(kind, pluginEntities)
  const folder = await temporaryFolder()
  const log = createLog('silent')
  const sandbox = new Sandbox({ log })
  const pubsub = new PubSub()
  const plugins = new PluginRegistry({ orm: database.orm, log, sql: database.sql, pubsub })
  const queries: string[] = []
  const sql = {
    ...database.sql,
    query: <Row>(asked: Statement, parameters?: readonly unknown[]) => {
      queries.push(asked.name)
      return database.sql.query<Row>(asked, parameters)
    },
  }
  const clock = new VirtualClock()
  const config = readConfig({})
  const core = {
    sql,
    orm: database.orm,
    clock,
    log,
    config,
    egress: {} as EgressSettings,
    vault: await openTestVault(database.sql),
    pubsub,
    queue: new InProcessQueue(),
    sandbox,
    memory: openTestMemory(database.sql),
    llm: undefined as Core['llm'],
    plugins,
    playbooks: new PlaybookRegistry({ sql: database.sql, plugins }),
    traffic: new PluginTraffic({ sql: database.sql, clock, config, log }),
  }
  const workspaceId = await insertWorkspace(core, 'one')
  await core.plugins.load()
  return {
    core,
    workspaceId,
    /** Names of the statements that went through `core.sql`. */
    queries,
    /** Where this world may write packages. */
    folder: folder.path,
    count: async (table: 'plugin_packages' | 'installations' | 'service_bindings') => {
      const [row] = await database.sql.query<{ count: number }>(
        statement(`count-${table}`, `select count(*)::int as count from ${table}`),
      )
      return row!.count
    },
    async close() {
      await sandbox.close()
      await database.close()
      await folder.remove()
    },
  }
}
export type PluginWorld = Awaited<ReturnType<typeof openPluginWorld>>

export async function insertWorkspace(
  { sql, clock }: Pick<PluginWorld['core'], 'sql' | 'clock'>,
  slug: string,
): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>()
  await sql.query(INSERT_WORKSPACE, [id, slug, clock.now()])
  return id
}
const INSERT_WORKSPACE = statement(
  'test-insert-workspace',
  `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, $2, $2, 'America/Sao_Paulo', 'pt-BR', $3)`,
)

export async function insertLead(
  { sql, clock }: Pick<PluginWorld['core'], 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
): Promise<string> {
  const id = newId()
  await sql.query(INSERT_LEAD, [id, workspaceId, clock.now()])
  return id
}
const INSERT_LEAD = statement(
  'test-insert-lead',
  `insert into leads (id, workspace_id, name, email, source, locale, status, created_at, updated_at)
   values ($1, $2, 'Ana', 'ana@example.com', 'API', 'pt-BR', 'NEW', $3, $3)`,
)

export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'trae-plugins-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Builds the fixture plugin into a folder of its own below `parent`. */
export async function buildProbe(parent: string, name = 'probe'): Promise<string> {
  const folder = join(parent, name)
  await buildPlugin(PROBE, folder)
  return folder
}
