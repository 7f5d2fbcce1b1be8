/**
 * What a call of a plugin costs through the whole path: `callAction`, which looks at installation and permission, checks the input, goes through
 * the wall and back, and checks the answer. Beside it a function, isolated-vm and QuickJS with nothing of ours around them, and
 * what a hundred installed plugins cost. Absolute figures move with the machine: compare within a run, and CPU before rates.
 *
 *   npm run bench:sandbox -- [--database pglite|postgres] [--json]
 */
import { Console } from 'node:console'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { firstBoot } from '../core/access/first-boot.ts'
import { readConfig } from '../core/config.ts'
import { openCore } from '../core/core.ts'
import { buildPlugin } from '../core/plugins/build-plugin.ts'
import { callAction } from '../core/plugins/call-action.ts'
import { installPlugin } from '../core/plugins/install-plugin.ts'
import { sha256 } from '../core/plugins/manifest.ts'
import { resolveAction } from '../core/plugins/resolve-action.ts'
import { createTestDatabase } from '../test/support/database.ts'
import { bareIsolate, bareQuickJs } from './bare-engines.ts'
import { measure, round } from './measure.ts'
import { usage } from './process-usage.ts'
import { startProgram } from './program.ts'

const LEAD = {
  lead: { id: '0193', name: 'Ana Souza', email: 'ana@example.com', company: 'Acme', jobTitle: 'CTO', source: 'site' },
}
const ROWS = {
  rows: Array.from({ length: 60 }, (_, i) => ({ ...LEAD.lead, note: `row ${i} of a list that fills ten kilobytes` })),
}
const MANY = 100
/** T7 of the targets. */
const TARGET = { cpuMs: 0.25, perSecond: 5_000 }

const { values } = parseArgs({
  options: { database: { type: 'string', default: 'pglite' }, json: { type: 'boolean', default: false } },
})
const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
const database = values.database === 'postgres' ? await createTestDatabase() : undefined
const variables = {
  TRAE_DATA_DIR: join(dataDir, 'data'),
  TRAE_LOG_LEVEL: 'error',
  TRAE_OWNER_EMAIL: 'owner@example.com',
  TRAE_OWNER_PASSWORD: 'correct horse battery',
  ...(database ? { DATABASE_URL: database.url } : {}),
}
try {
  const plugin = join(dataDir, 'trivial')
  await buildPlugin(join(import.meta.dirname, 'plugins/trivial'), plugin)
  const few = await startAndStop()
  const calls = await measureCalls(plugin)
  const many = await startAndStop()
  report({ ...calls, start: { few, many } })
} finally {
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
}

/** Starts the program, lets it come to rest and ends it. The second start is the one that counts: the first prepares. */
async function startAndStop(): Promise<{ startMs: number; startCpuMs: number; idleMiB: number }> {
  const port = 18_000 + (process.pid % 1000)
  await (await startProgram(port, variables)).stop()
  const program = await startProgram(port, variables)
  const { cpuMs } = await usage(program.pid)
  await new Promise(resolve => setTimeout(resolve, 3000))
  const { rssMiB } = await usage(program.pid)
  await program.stop()
  return { startMs: program.startMs, startCpuMs: cpuMs, idleMiB: round(rssMiB) }
}

/** Leaves a hundred plugins installed. */
async function measureCalls(plugin: string) {
  const core = await openCore(readConfig(variables))
  try {
    const { workspaceId } = await firstBoot(core)
    await core.plugins.load(workspaceId)
    const install = (path: string) =>
      installPlugin(core, { workspaceId, from: { kind: 'folder', path }, grant: 'all-declared' })
    await install(plugin)
    const call = async (uses: string, input: unknown, run = 'r') => {
      const action = resolveAction(core, workspaceId, uses)
      const step = { id: run, path: 'score', attempt: 1, key: `${run}/score`, playbookId: 'p' }
      const of = { locale: 'en', timeZone: 'America/Sao_Paulo' }
      return (await callAction(core, { workspaceId, action, input, run: step, ...of })).output
    }
    const trivial = () => call('trivial/score', LEAD)

    const began = performance.now()
    await trivial()
    const firstMs = round(performance.now() - began)
    await measure('', { atOnce: 32, count: 5_000 }, trivial) // JIT
    const rows = [
      await measure('trivial, one at a time', { atOnce: 1, count: 3_000 }, trivial),
      await measure('trivial, 32 at once', { atOnce: 32, count: 30_000 }, trivial),
    ]
    const others = await copies(
      plugin,
      Array.from({ length: MANY - 1 }, (_, index) => `trivial-${index}`),
    )
    for (const { path } of others) await install(path)
    for (const { path } of await copies(plugin, ['alone'], { isolation: 'call' })) await install(path)
    const warm = await usage(process.pid)
    rows.push(
      await measure('first call of another plugin, one at a time', { atOnce: 1, count: MANY - 1 }, index =>
        call(`${others[index]!.id}/score`, LEAD),
      ),
    )
    const isolatesMiB = round((await usage(process.pid)).rssMiB - warm.rssMiB)
    rows.push(
      await measure('ten plugins in turn, 32 at once', { atOnce: 32, count: 30_000 }, index =>
        call(`${others[index % 10]!.id}/score`, LEAD),
      ),
      await measure('with one host call, 32 at once', { atOnce: 32, count: 10_000 }, () =>
        call('trivial/look-up', LEAD),
      ),
      await measure('10 KB in and out, 32 at once', { atOnce: 32, count: 3_000 }, () => call('trivial/echo', ROWS)),
      await measure('with an isolate for each call, one at a time', { atOnce: 1, count: 300 }, () =>
        call('alone/score', LEAD),
      ),
      ...(await bare()),
    )
    return { level: core.sandbox.level, firstMs, isolatesMiB, rows }
  } finally {
    await core.close()
  }
}

async function bare() {
  const inProcess = async (input: typeof LEAD) => ({ score: input.lead.email.length })
  const isolate = await bareIsolate()
  const quickJs = await bareQuickJs()
  const rows = [
    await measure('a function', { atOnce: 32, count: 300_000 }, () => inProcess(LEAD)),
    await measure('a function, JSON both ways', { atOnce: 32, count: 100_000 }, async () =>
      JSON.parse(JSON.stringify(await inProcess(JSON.parse(JSON.stringify(LEAD)) as typeof LEAD))),
    ),
    await measure('isolated-vm in this process, one at a time', { atOnce: 1, count: 3_000 }, () => isolate.call(LEAD)),
    await measure('isolated-vm in this process, 32 at once', { atOnce: 32, count: 30_000 }, () => isolate.call(LEAD)),
    await measure('QuickJS in WebAssembly', { atOnce: 1, count: 30_000 }, () => quickJs.call(LEAD)),
  ]
  isolate.close()
  quickJs.close()
  return rows
}

/** Packages that differ in their name alone, and so in their hash. */
async function copies(
  plugin: string,
  ids: readonly string[],
  changed: object = {},
): Promise<{ id: string; path: string }[]> {
  const [manifest, bundle] = await Promise.all(
    ['plugin.json', 'plugin.js'].map(file => readFile(join(plugin, file), 'utf8')),
  )
  const made = ids.map(async id => {
    const path = join(dataDir, id)
    const source = `${bundle}\n// ${id}\n`
    const its = { sha256: sha256(source), bytes: Buffer.byteLength(source) }
    await mkdir(path)
    await writeFile(join(path, 'plugin.js'), source)
    await writeFile(
      join(path, 'plugin.json'),
      JSON.stringify({ ...JSON.parse(manifest!), ...changed, id, bundle: its }),
    )
    return { id, path }
  })
  return Promise.all(made)
}

type Result = Awaited<ReturnType<typeof measureCalls>> & {
  readonly start: Record<'few' | 'many', Awaited<ReturnType<typeof startAndStop>>>
}

function report(result: Result): void {
  const { perSecond, hostCpuMs, runnerCpuMs } = result.rows[1]!
  const cpuMs = round(hostCpuMs + runnerCpuMs)
  if (values.json) return console.log(JSON.stringify({ ...result, warm: { perSecond, cpuMs } }))
  const { level, firstMs, isolatesMiB, start, rows } = result
  const met = cpuMs <= TARGET.cpuMs && perSecond >= TARGET.perSecond ? 'met' : 'missed'
  new Console(process.stdout).table(rows)
  console.log(`The sandbox is at level ${level}.`)
  console.log(
    `T7 is ${met}: ${cpuMs} of ${TARGET.cpuMs} ms of CPU a call, ${perSecond} of ${TARGET.perSecond} calls a second.`,
  )
  console.log(`The first call of all, which starts the runner: ${firstMs} ms.`)
  const { few, many } = start
  console.log(`${MANY} plugins more: ready after ${many.startMs} ms instead of ${few.startMs},`)
  console.log(
    `  ${many.startCpuMs} ms of CPU instead of ${few.startCpuMs}; idle ${many.idleMiB} MiB instead of ${few.idleMiB},`,
  )
  console.log(`  and ${isolatesMiB} MiB more when all of them were called.`)
}
