/**
 * Workload W2, the engine alone: runs of ten trivial steps, one at a time and 32 at once. `strict`: every step is an
 * effect, so its intent is committed before it is done, with the outcome of the step before. `barriers`: steps without
 * effects, which share commits. In the same run the limits of the machine: a bare loop of one-row commits.
 *
 *   node bench/steps.ts [--database pglite|postgres] [--json]
 */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { appendEvent } from '../core/events/append-event.ts'
import { buildPlugin } from '../core/plugins/build-plugin.ts'
import { installPlugin } from '../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../core/publishing/publish-playbook.ts'
import { statement } from '../core/sql.ts'
import { commitLimits } from './commit-limits.ts'
import { openBenchCore } from './bench-core.ts'

const WARM = statement(
  'bench-warm-runs',
  `select (count(distinct r.id) filter (where r.status = 'completed'))::int as completed, max(j.seq)::int as last
   from runs r join playbooks p on p.id = r.playbook_id join journal j on j.run_id = r.id where p.slug = $1`,
)
const STEPS = 10
const AT_ONCE = 32

const { values } = parseArgs({
  options: { database: { type: 'string', default: 'pglite' }, json: { type: 'boolean', default: false } },
})
const { core, workspaceId, dataDir, close } = await openBenchCore(values.database, {
  TRAE_WORKER_CONCURRENCY: String(AT_ONCE),
})
try {
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

  /** Begins so many runs. */
  const begin = (kind: string, count: number) => {
    for (let index = 0; index < count; index++)
      void appendEvent(
        core.sql,
        workspaceId,
        { type: `bench.${kind}`, subjectId: null, data: {}, source: 'bench' },
        core.clock.now(),
      ).then(() => core.queue.ring('events'))
  }
  /** Milliseconds until the last journal entry of every one of them is durable. */
  const run = async (kind: string, count: number, lastSeq: number) => {
    const ended = countEnds(count, lastSeq)
    const began = performance.now()
    begin(kind, count)
    await ended
    return performance.now() - began
  }
  function countEnds(count: number, lastSeq: number): Promise<void> {
    return new Promise(resolve => {
      let over = 0
      const off = core.pubsub.on('run.appended', ({ seq }) => {
        if (seq < lastSeq || ++over < count) return
        off()
        resolve()
      })
    })
  }
  /** Warms up isolates, prepared statements and JIT; answers the number of the last journal entry that a run of the kind has. */
  const warmUp = async (kind: string, count: number): Promise<number> => {
    begin(kind, count)
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await setTimeout(20)) {
      const [row] = await core.sql.query<{ completed: number; last: number }>(WARM, [kind])
      if (row!.completed === count) return row!.last
    }
    throw new Error(`not every run of ${kind} was completed`)
  }

  const result: Record<string, unknown> = { workload: 'W2', database: values.database }
  for (const kind of ['strict', 'barriers'] as const) {
    const lastSeq = await warmUp(kind, 200)
    const alone: number[] = []
    for (let index = 0; index < 100; index++) alone.push((await run(kind, 1, lastSeq)) / STEPS)
    const cpu = process.cpuUsage()
    const many = await run(kind, 1500, lastSeq)
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
  await close()
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
