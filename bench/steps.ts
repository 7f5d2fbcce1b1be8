/**
 * Workload W2, the engine alone: runs of ten trivial steps, one at a time and 32 at once. `strict`: every step is an
 * effect, so its intent is committed before it is done, with the outcome of the step before. `barriers`: steps without
 * effects, which share commits. In the same run the limits of the machine: a bare loop of one-row commits.
 *
 *   node bench/steps.ts [--database pglite|postgres] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { firstBoot } from '../core/access/first-boot.ts'
import { readConfig } from '../core/config.ts'
import { openCore } from '../core/core.ts'
import { appendEvent } from '../core/events/append-event.ts'
import { buildPlugin } from '../core/plugins/build-plugin.ts'
import { installPlugin } from '../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../core/publishing/publish-playbook.ts'
import { createTestDatabase } from '../test/support/database.ts'
import { commitLimits } from './commit-limits.ts'

const STEPS = 10
const AT_ONCE = 32

const { values } = parseArgs({
  options: { database: { type: 'string', default: 'pglite' }, json: { type: 'boolean', default: false } },
})
const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
const database = values.database === 'postgres' ? await createTestDatabase() : undefined
const core = await openCore(
  readConfig({
    TRAE_DATA_DIR: dataDir,
    TRAE_LOG_LEVEL: 'error',
    TRAE_OWNER_PASSWORD: 'correct horse battery',
    TRAE_WORKER_CONCURRENCY: String(AT_ONCE),
    ...(database ? { DATABASE_URL: database.url } : {}),
  }),
)
try {
  const { workspaceId } = await firstBoot(core)
  await core.plugins.load(workspaceId)
  const plugin = join(dataDir, 'trivial')
  await buildPlugin(join(import.meta.dirname, 'plugins/trivial'), plugin)
  await installPlugin(core, { workspaceId, from: { kind: 'folder', path: plugin }, grant: 'all-declared' })
  await publishPlaybook(
    core,
    workspaceId,
    playbook('strict', '{ uses: trivial/write, with: { value: 1 }, onError: fail }'),
  )
  await publishPlaybook(core, workspaceId, playbook('barriers', '{ set: { value: 1 } }'))
  await core.brain.open()

  const run = async (kind: string, count: number) => {
    const ended = countEnds(count)
    const began = performance.now()
    for (let index = 0; index < count; index++)
      void appendEvent(
        core.sql,
        workspaceId,
        { type: `bench.${kind}`, subjectId: null, data: {}, source: 'bench' },
        core.clock.now(),
      ).then(() => core.queue.ring('events'))
    await ended
    return performance.now() - began
  }
  /** Resolves when so many more runs are over. */
  function countEnds(count: number): Promise<void> {
    return new Promise(resolve => {
      const over = new Set<string>()
      const off = core.pubsub.on('run.updated', ({ runId }) => {
        if (!ending.has(runId) || over.has(runId)) return
        over.add(runId)
        if (over.size < count) return
        off()
        resolve()
      })
    })
  }
  const ending = new Set<string>()
  core.pubsub.on('run.appended', ({ runId, seq }) => seq >= STEPS && ending.add(runId))

  const result: Record<string, unknown> = { workload: 'W2', database: values.database }
  for (const kind of ['strict', 'barriers'] as const) {
    await run(kind, 200) // isolates, prepared statements, JIT
    const alone: number[] = []
    for (let index = 0; index < 100; index++) alone.push((await run(kind, 1)) / STEPS)
    const cpu = process.cpuUsage()
    const many = await run(kind, 1500)
    const { user, system } = process.cpuUsage(cpu)
    result[kind] = {
      aloneMsPerStep: round(alone.sort((a, b) => a - b)[alone.length / 2]!),
      stepsPerSecond: Math.round((1500 * STEPS * 1000) / many),
      cpuMsPerStep: round((user + system) / 1000 / 1500 / STEPS, 4),
    }
  }
  result['limits'] = await commitLimits(core.sql, AT_ONCE)
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2))
} finally {
  await core.close()
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
}

function playbook(kind: string, step: string): string {
  return `
id: ${kind}
name: ${kind}
module: gestao
triggers: [{ event: bench.${kind} }]
steps:
${`  - ${step}\n`.repeat(STEPS)}`
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}
