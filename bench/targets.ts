/**
 * `npm run bench`: the targets of one process, on both databases, in one run: figure, target, the machine's limit measured
 * in the same run, and their ratio. Absolute figures move by a factor of three on a busy machine; ratios hardly do.
 *
 *   npm run bench -- [--database pglite|postgres] [--json]
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'

interface Load {
  readonly completedRunsPerSecond: number
  readonly cpuMsPerRun: number
  readonly postToCompletedMs: { readonly p95: number }
  readonly firstStartMs: number
  readonly secondStartMs: number
  readonly idleRssMiB: number
  readonly peakRssMiB: number
}
interface Steps {
  readonly strict: { readonly aloneMsPerStep: number; readonly stepsPerSecond: number }
  readonly barriers: { readonly stepsPerSecond: number }
  readonly limits: { readonly alone: number; readonly together: number }
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
}

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
for (const database of databases) {
  const rows = await measure(database)
  if (values.json) console.log(JSON.stringify({ database, rows: rows.map(row => ({ ...row, met: isMet(row) })) }))
  else print(database, rows)
}

async function measure(database: string): Promise<Row[]> {
  const on = ['--database', database, '--json']
  const full = await script<Load>('load.ts', [...on, '--leads', '2000'])
  const paced = await script<Load>('load.ts', [...on, '--leads', '200', '--rate', '10'])
  const steps = await script<Steps>('steps.ts', on)
  const isPostgres = database === 'postgres'
  const { alone, together } = steps.limits
  return [
    {
      target: 'T1',
      what: 'W1 runs a second',
      figure: full.completedRunsPerSecond,
      least: isPostgres ? 650 : 400,
      limit: together,
    },
    { target: 'T2', what: 'W1 CPU a run, ms', figure: full.cpuMsPerRun, most: isPostgres ? 2 : 3 },
    { target: 'T3', what: 'W1 p95 at 10 a second, ms', figure: paced.postToCompletedMs.p95, most: 25 },
    {
      target: 'T4',
      what: 'W2 strict, one run, ms a step',
      figure: steps.strict.aloneMsPerStep,
      most: 2000 / alone,
      limit: 1000 / alone,
    },
    {
      target: 'T5',
      what: 'W2 strict, 32 runs, steps a second',
      figure: steps.strict.stepsPerSecond,
      least: together,
      limit: together,
    },
    {
      target: 'T6',
      what: 'W2 with barriers, 32 runs, steps a second',
      figure: steps.barriers.stepsPerSecond,
      least: together * 1.6,
      limit: together,
    },
    { target: 'T8', what: 'start to ready, ms', figure: full.secondStartMs, most: isPostgres ? 800 : 1800 },
    { target: 'T8', what: 'first start ever, ms', figure: full.firstStartMs, most: 3000 },
    { target: 'T9', what: 'memory idle, MiB', figure: paced.idleRssMiB, most: isPostgres ? 180 : 450 },
    { target: 'T10', what: 'memory peak, MiB', figure: full.peakRssMiB, most: isPostgres ? 320 : 620 },
  ]
}

async function script<Result>(file: string, parameters: readonly string[]): Promise<Result> {
  const flags = ['--max-semi-space-size=16', join(import.meta.dirname, file), ...parameters]
  const { stdout } = await promisify(execFile)(process.execPath, flags, { maxBuffer: 1 << 24 })
  return JSON.parse(stdout) as Result
}

function print(database: string, rows: readonly Row[]): void {
  console.log(`\n${database}\n`)
  console.log(line(['', 'what', 'figure', 'target', 'limit', 'ratio', '']))
  for (const row of rows) {
    const target = row.most === undefined ? `>= ${short(row.least!)}` : `<= ${short(row.most)}`
    const limit = row.limit === undefined ? '' : short(row.limit)
    const ratio = row.limit === undefined ? '' : short(row.figure / row.limit)
    console.log(line([row.target, row.what, short(row.figure), target, limit, ratio, isMet(row) ? 'met' : 'missed']))
  }
}
