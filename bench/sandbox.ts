// What one call of a trivial plugin costs, whole path of core/sandbox: npm run bench:sandbox
// Absolute numbers move with the machine: compare `× in process` and CPU milliseconds. JSON on stdout, a table on stderr.
import { Console } from 'node:console'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createLog } from '../core/log.ts'
import { Sandbox, type SandboxCall } from '../core/sandbox/sandbox.ts'

const SOURCE = `export default { id: 'bench', triggers: {}, actions: {
  trivial: { run: input => ({ score: input.lead.email.length }) },
  storage: { run: async (input, ctx) => ({ was: await ctx.storage.get('k') }) },
  big: { run: input => input },
} }`
const LEAD = {
  lead: { id: '0193', name: 'Ana Souza', email: 'ana@example.com', company: 'Acme', jobTitle: 'CTO', source: 'site' },
}
const BIG = {
  rows: Array.from({ length: 60 }, (_, i) => ({
    ...LEAD.lead,
    note: `row ${i} of a list that fills ten kilobytes or so`,
  })),
}

const sandbox = new Sandbox({ log: createLog('warn') })
const code = { digest: createHash('sha256').update(SOURCE).digest('hex'), source: async () => SOURCE }
const context = {
  run: { id: 'r', path: 'score', attempt: 1, key: 'k' },
  workspace: { id: 'w' },
  locale: 'en',
  messages: { en: {} },
}
const limits = { memoryMb: 64, cpuMs: 1000, wallMs: 30_000 }

function call(entry: string, input: unknown, workspaceId = 'w'): Promise<unknown> {
  const one: SandboxCall = {
    code,
    workspaceId,
    entry,
    input: JSON.stringify(input),
    context,
    limits,
    host: async () => 1,
  }
  return sandbox.call(one).then(result => JSON.parse(result.output))
}

/** CPU milliseconds of all runner processes, from /proc; NaN elsewhere. */
function runnerCpu(): number {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')
    return children.reduce((sum, pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return sum + (Number(fields[11]) + Number(fields[12])) * 10
    }, 0)
  } catch {
    return NaN
  }
}

interface Row {
  readonly what: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly hostCpuMs: number
  readonly runnerCpuMs: number
}

async function measure(what: string, concurrency: number, count: number, once: () => Promise<unknown>): Promise<Row> {
  const times: number[] = []
  let left = count
  const worker = async () => {
    while (left-- > 0) {
      const start = performance.now()
      await once()
      times.push(performance.now() - start)
    }
  }
  const [cpu, runner, start] = [process.cpuUsage(), runnerCpu(), performance.now()]
  await Promise.all(Array.from({ length: concurrency }, worker))
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  const at = (part: number) => round(times[Math.floor(times.length * part)] ?? NaN)
  return {
    what,
    perSecond: Math.round((count / wall) * 1000),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    hostCpuMs: round((user + system) / 1000 / count),
    runnerCpuMs: round((runnerCpu() - runner) / count),
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

let isolates = 0
const cold = performance.now()
await call('actions.trivial', LEAD)
const coldMs = round(performance.now() - cold)
await measure('', 32, 5_000, () => call('actions.trivial', LEAD))
const rows = [
  await measure('in process, JSON both ways', 32, 50_000, async () =>
    JSON.parse(JSON.stringify(JSON.parse(JSON.stringify(LEAD)))),
  ),
  await measure('trivial, one at a time', 1, 3_000, () => call('actions.trivial', LEAD)),
  await measure('trivial, 32 at once', 32, 30_000, () => call('actions.trivial', LEAD)),
  await measure('with one host call, 32 at once', 32, 10_000, () => call('actions.storage', LEAD)),
  await measure('10 KB in and out, 32 at once', 32, 3_000, () => call('actions.big', BIG)),
  await measure('trivial in an isolate of its own, one at a time', 1, 300, () =>
    call('actions.trivial', LEAD, `w${isolates++}`),
  ),
]
await sandbox.close()
console.error(`level ${sandbox.level}; first call of all ${coldMs} ms`)
new Console(process.stderr).table(rows)
console.log(JSON.stringify({ level: sandbox.level, coldMs, rows }))
