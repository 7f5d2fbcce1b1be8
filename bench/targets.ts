/**
 * `npm run bench`: the targets of one process, on both databases, and of the install, in one run: figure, target, the machine's
 * limit measured in the same run, and their ratio. What is missed is done once more under V8's profiler, which says where the time
 * went. Absolute figures move by a factor of three on a busy machine; ratios hardly do.
 *
 *   npm run bench -- [--database pglite|postgres] [--json]
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { profileOf } from './profile.ts'

interface Load {
  readonly completedRunsPerSecond: number
  readonly cpuMsPerRun: number
  /** Postgres only. */
  readonly cpuMsPerRunWithPostgres?: number
  readonly postToCompletedMs: { readonly p95: number }
  readonly idleRssMiB: number
  readonly peakRssMiB: number
  /** The host first, then its plugin runner. */
  readonly rssMiBOfEach: { readonly idle: readonly number[]; readonly peak: readonly number[] }
}
interface Steps {
  readonly strict: { readonly aloneMsPerStep: number; readonly stepsPerSecond: number }
  readonly barriers: { readonly stepsPerSecond: number }
  readonly limits: { readonly alone: number; readonly together: number }
}
interface Calls {
  readonly warm: { readonly perSecond: number; readonly cpuMs: number }
}
interface Starts {
  readonly firstMs: number
  readonly laterMs: number
}
interface Install {
  readonly packages: number
  readonly bytesMiB: number
  readonly blocksMiB: number
}
interface Row {
  readonly target: string
  readonly what: string
  readonly figure: number
  /** At most, or at least, so much. */
  readonly most?: number
  readonly least?: number
  /** Of the machine, measured in this run, in the unit of the figure. */
  readonly limit?: number
  /** Where it goes; asked where the target is missed. */
  readonly why?: () => Promise<string>
}

/** A row with what became of it. */
type Told = Omit<Row, 'why'> & { readonly met: boolean; readonly why: string | undefined }

const isMet = (row: Row) =>
  (row.most === undefined || row.figure <= row.most) && (row.least === undefined || row.figure >= row.least)

const WIDTHS = [5, 44, 10, 12, 10, 8, 8]
const line = (cells: readonly string[]) =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index]!))
    .join('')
    .trimEnd()
const short = (value: number) => (value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3))))

const { values } = parseArgs({
  options: { database: { type: 'string' }, json: { type: 'boolean', default: false } },
})
const databases = values.database === undefined ? ['postgres', 'pglite'] : [values.database]
for (const database of databases) await show(database, await measure(database))
await show('install', await measureInstall())

async function show(of: string, measured: readonly Row[]): Promise<void> {
  const rows: Told[] = []
  for (const row of measured) {
    const met = isMet(row)
    rows.push({ ...row, met, why: met ? undefined : await row.why?.() })
  }
  if (values.json) console.log(JSON.stringify({ of, rows }))
  else print(of, rows)
}

async function measure(database: string): Promise<Row[]> {
  const on = ['--database', database, '--json']
  const full = await script<Load>('load.ts', [...on, '--leads', '2000'])
  const paced = await script<Load>('load.ts', [...on, '--leads', '200', '--rate', '10'])
  const { strict, barriers, limits } = await script<Steps>('steps.ts', on)
  const calls = await script<Calls>('sandbox.ts', on)
  const starts = await script<Starts>('start.ts', on)
  const isPostgres = database === 'postgres'
  const { alone, together } = limits
  const ofFull = profiled('load.ts', [...on, '--leads', '2000'])
  const ofPaced = profiled('load.ts', [...on, '--leads', '200', '--rate', '10'])
  const ofStart = profiled('start.ts', on)
  const ofSteps = profiled('steps.ts', on)
  const ofCalls = profiled('sandbox.ts', on)
  return [
    {
      target: 'T1',
      what: 'W1 runs a second',
      figure: full.completedRunsPerSecond,
      least: isPostgres ? 650 : 400,
      limit: together,
      why: ofFull,
    },
    {
      target: 'T2',
      what: 'W1 CPU a run, all processes, ms',
      figure: full.cpuMsPerRunWithPostgres ?? full.cpuMsPerRun,
      most: isPostgres ? 2 : 3,
      why: ofFull,
    },
    { target: 'T3', what: 'W1 p95 at 10 a second, ms', figure: paced.postToCompletedMs.p95, most: 25, why: ofPaced },
    // A commit of the embedded database is a copy in its memory: there the targets of strict steps do not count in commits
    {
      target: 'T4',
      what: 'W2 strict, one run, ms a step',
      figure: strict.aloneMsPerStep,
      most: isPostgres ? 2000 / alone : 1.2,
      limit: 1000 / alone,
      why: ofSteps,
    },
    {
      target: 'T5',
      what: 'W2 strict, 32 runs, steps a second',
      figure: strict.stepsPerSecond,
      least: isPostgres ? together : 5000,
      limit: together,
      why: ofSteps,
    },
    {
      target: 'T6',
      what: 'W2 with barriers, 32 runs, steps a second',
      figure: barriers.stepsPerSecond,
      least: isPostgres ? together * 1.6 : 8000,
      limit: together,
      why: ofSteps,
    },
    { target: 'T7', what: 'plugin action, CPU a call, ms', figure: calls.warm.cpuMs, most: 0.25, why: ofCalls },
    {
      target: 'T7',
      what: 'plugin action, 32 at once, calls a second',
      figure: calls.warm.perSecond,
      least: 5000,
      why: ofCalls,
    },
    {
      target: 'T8',
      what: 'start to the first lead taken, ms',
      figure: starts.laterMs,
      most: isPostgres ? 800 : 1800,
      why: ofStart,
    },
    { target: 'T8', what: 'first start ever, ms', figure: starts.firstMs, most: 3000, why: ofStart },
    {
      target: 'T9',
      what: 'memory idle, MiB',
      figure: paced.idleRssMiB,
      most: isPostgres ? 180 : 450,
      why: byProcess(paced.rssMiBOfEach.idle),
    },
    {
      target: 'T10',
      what: 'memory peak, MiB',
      figure: full.peakRssMiB,
      most: isPostgres ? 320 : 620,
      why: byProcess(full.rssMiBOfEach.peak),
    },
  ]
}

function byProcess([host = 0, ...others]: readonly number[]): () => Promise<string> {
  const runner = others.reduce((sum, one) => sum + one, 0)
  return async () => `host ${short(host)}, plugin runner ${short(runner)}`
}

/** The places that took most of the main thread, by share of the whole time; profiled once, when first asked. */
function profiled(file: string, parameters: readonly string[]): () => Promise<string> {
  let told: Promise<string> | undefined
  const profile = async () => {
    const shares = await profileOf(flags => script(file, parameters, flags))
    const most = shares.filter(({ share }) => share >= 0.02).slice(0, 8)
    return most.map(({ place, share }) => `${place} ${Math.round(share * 100)} %`).join(', ')
  }
  return () => (told ??= profile())
}

async function measureInstall(): Promise<Row[]> {
  const { packages, bytesMiB, blocksMiB } = await script<Install>('install.ts', ['--json'])
  return [
    { target: 'T11', what: 'packages', figure: packages, most: 300 },
    { target: 'T11', what: 'bytes of its files, MiB', figure: bytesMiB, most: 200 },
    { target: 'T11', what: 'blocks on this file system, MiB', figure: blocksMiB, most: 200 },
  ]
}

/** `flags` are for the process that does the work: the host where one is loaded, else the script itself. */
async function script<Result>(
  file: string,
  parameters: readonly string[],
  flags: readonly string[] = [],
): Promise<Result> {
  const ofHost = file === 'load.ts' || file === 'start.ts'
  const own = ['--max-semi-space-size=16', ...(ofHost ? [] : flags)]
  const env = ofHost ? { ...process.env, TRAE_BENCH_NODE_OPTIONS: flags.join(' ') } : process.env
  const command = [...own, join(import.meta.dirname, file), ...parameters]
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 1 << 24, env })
  return JSON.parse(stdout) as Result
}

function print(database: string, rows: readonly Told[]): void {
  console.log(`\n${database}\n`)
  console.log(line(['', 'what', 'figure', 'target', 'limit', 'ratio', '']))
  for (const row of rows) {
    const target = row.most === undefined ? `>= ${short(row.least!)}` : `<= ${short(row.most)}`
    const limit = row.limit === undefined ? '' : short(row.limit)
    const ratio = row.limit === undefined ? '' : short(row.figure / row.limit)
    console.log(line([row.target, row.what, short(row.figure), target, limit, ratio, row.met ? 'met' : 'missed']))
    if (row.why !== undefined) console.log(line(['', row.why]))
  }
}
