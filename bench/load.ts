/**
 * Workload W1 against the whole program: leads are posted over HTTP as fast as `--concurrency` allows; each starts a
 * run of five steps. Prints completed runs per second, latency from the POST to the completed run, memory and CPU of
 * the program's processes, without and with that of Postgres; as a table, and as JSON with --json.
 *
 *   npm run bench:load -- [--database pglite|postgres] [--leads 2000] [--concurrency 32] [--rate N] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createTestDatabase } from '../test/support/database.ts'
import { processTree, serverCpuMs, usage } from './process-usage.ts'
import { type Program, startProgram } from './program.ts'

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'pglite' },
    leads: { type: 'string', default: '2000' },
    concurrency: { type: 'string', default: '32' },
    rate: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const leads = Number(values.leads)
const concurrency = Number(values.concurrency)
const rate = values.rate ? Number(values.rate) : undefined
const port = 18_000 + (process.pid % 1000)
const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
const database = values.database === 'postgres' ? await createTestDatabase() : undefined
const agent = new Agent({ keepAlive: true, maxSockets: concurrency })

let host: Program | undefined
try {
  host = await start()
  await host.stop() // memory is that of a program whose database is there
  host = await start()
  const { pid } = host
  await new Promise(resolve => setTimeout(resolve, 3000))
  const idle = await usage(pid)
  const token = await signIn()
  await drive(50, 'warm') // isolates, prepared statements, JIT
  await completed(50, 'warm', token)

  const serverBefore = database ? await serverCpuMs(database.url) : 0
  const before = await usage(pid)
  let peak = before
  const sampler = setInterval(() => void usage(pid).then(now => now.rssMiB > peak.rssMiB && (peak = now)), 200)
  const began = Date.now()
  const seen = rate === undefined ? undefined : await watchCompleted(token)
  const posted = await drive(leads, 'load', token)
  const done = await completed(leads, 'load', token)
  clearInterval(sampler)
  const ends = seen ? done.map(run => ({ ...run, finishedAt: seen.at(run.id) })) : done
  seen?.close()
  const after = await usage(pid)
  const ofServer = database ? (await serverCpuMs(database.url)) - serverBefore : 0

  const latencies = ends.map(run => run.finishedAt - run.sentAt).sort((a, b) => a - b)
  const seconds = (Math.max(...ends.map(run => run.finishedAt)) - began) / 1000
  const answers = posted.sort((a, b) => a - b)
  report({
    workload: 'W1',
    database: values.database,
    leads,
    concurrency,
    ...(rate === undefined ? {} : { postsPerSecond: rate }),
    completedRunsPerSecond: round(leads / seconds),
    cpuMsPerRun: round((after.cpuMs - before.cpuMs) / leads),
    ...(database ? { cpuMsPerRunWithPostgres: round((after.cpuMs - before.cpuMs + ofServer) / leads) } : {}),
    postToCompletedMs: { p50: at(latencies, 0.5), p95: at(latencies, 0.95), p99: at(latencies, 0.99) },
    postToAcceptedMs: { p50: round(at(answers, 0.5)), p95: round(at(answers, 0.95)), p99: round(at(answers, 0.99)) },
    idleRssMiB: round(idle.rssMiB),
    peakRssMiB: round(peak.rssMiB),
    rssMiBOfEach: { idle: idle.rssMiBOfEach.map(round), peak: peak.rssMiBOfEach.map(round) },
    processes: (await processTree(pid)).length,
  })
} finally {
  await host?.stop()
  agent.destroy()
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
}

function start(): Promise<Program> {
  return startProgram(port, {
    TRAE_DATA_DIR: dataDir,
    TRAE_LIMIT_ADDRESS: '100000000/100000000', // all of the load comes from one address
    TRAE_LIMIT_COST: '999999999',
    TRAE_PLAYBOOKS_DIR: join(import.meta.dirname, 'playbooks'),
    TRAE_OWNER_EMAIL: 'owner@example.com',
    TRAE_OWNER_PASSWORD: 'correct horse battery',
    ...(database ? { DATABASE_URL: database.url } : {}),
  })
}

async function signIn(): Promise<string> {
  const { body } = await send('POST', '/auth/login', { email: 'owner@example.com', password: 'correct horse battery' })
  return (body as { access_token: string }).access_token
}

/** Posts leads, `concurrency` at a time or at `rate` a second; answers how long each POST took, in milliseconds. */
async function drive(count: number, batch: string, given?: string): Promise<number[]> {
  const token = given ?? (await signIn())
  const took: number[] = []
  let next = 0
  const began = performance.now()
  const post = async (index: number) => {
    const sent = performance.now()
    const { status, body } = await send(
      'POST',
      '/leads/process',
      {
        name: `Lead ${index}`,
        email: `${batch}-${index}@acme${index % 500}.com.br`,
        company: `Acme ${index % 500}`,
        job_title: ['Diretora Comercial', 'Analista', 'CEO', 'Estagiário'][index % 4],
        source: 'WEBSITE',
        data: { batch, sentAt: Date.now() },
      },
      token,
    )
    if (status !== 202) throw new Error(`POST /leads/process answered ${status}: ${JSON.stringify(body)}`)
    took.push(performance.now() - sent)
  }
  if (rate !== undefined && batch === 'load') {
    const all: Promise<void>[] = []
    for (let index = 0; index < count; index++) {
      const due = began + (index * 1000) / rate
      const wait = due - performance.now()
      if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
      all.push(post(index))
    }
    await Promise.all(all)
  } else
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next < count) await post(next++)
      }),
    )
  return took
}

/**
 * Who subscribes to runs hears of each when it is over, which is after its last outcome is durable; what a run itself says of its
 * end was written down before that. Not for full load, where it would be part of what is measured.
 */
async function watchCompleted(token: string): Promise<{ at(runId: string): number; close(): void }> {
  const over = new Map<string, number>()
  const query = 'subscription { runUpdated { run { id status } } }'
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path: '/graphql',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${token}`,
        },
      },
      resolve,
    )
    call.on('error', reject)
    call.end(JSON.stringify({ query }))
  })
  createInterface(response).on('line', line => {
    if (!line.startsWith('data: {')) return
    const { data } = JSON.parse(line.slice(6)) as { data: { runUpdated: { run: { id: string; status: string } } } }
    const { id, status } = data.runUpdated.run
    if (status === 'COMPLETED' && !over.has(id)) over.set(id, Date.now())
  })
  return {
    at(runId) {
      const heard = over.get(runId)
      if (heard === undefined) throw new Error(`nobody said that run ${runId} is over`)
      return heard
    },
    close: () => response.destroy(),
  }
}

/** Waits until every lead of the batch has a completed run; answers when each was sent and finished. */
async function completed(
  count: number,
  batch: string,
  token: string,
): Promise<{ id: string; sentAt: number; finishedAt: number }[]> {
  for (
    const deadline = Date.now() + 120_000;
    Date.now() < deadline;
    await new Promise(resolve => setTimeout(resolve, 250))
  ) {
    const { open } = await page(token, undefined, ['QUEUED', 'RUNNING', 'WAITING', 'RETRYING'])
    if (open > 0) continue
    const found: { id: string; sentAt: number; finishedAt: number }[] = []
    for (let after: string | undefined; ;) {
      const { runs, next } = await page(token, after, ['COMPLETED'])
      found.push(...runs.filter(run => run.batch === batch))
      if (!next || found.length >= count) break
      after = next
    }
    if (found.length === count) return found
  }
  throw new Error('not every run was completed')
}

async function page(token: string, after: string | undefined, statuses: string[]) {
  const { body } = await send(
    'POST',
    '/graphql',
    {
      query: `query ($after: String, $statuses: [RunStatus!]) {
        runs(first: 100, after: $after, filter: { statuses: $statuses }) {
          edges { node { id finishedAt lead { data } } } pageInfo { hasNextPage endCursor } } }`,
      variables: { after, statuses },
    },
    token,
  )
  const { runs } = (
    body as {
      data: {
        runs: {
          edges: { node: { id: string; finishedAt: string; lead: { data: { batch: string; sentAt: number } } } }[]
          pageInfo: { hasNextPage: boolean; endCursor: string }
        }
      }
    }
  ).data
  return {
    open: runs.edges.length,
    runs: runs.edges.map(({ node }) => ({
      id: node.id,
      batch: node.lead.data.batch,
      sentAt: node.lead.data.sentAt,
      finishedAt: Date.parse(node.finishedAt),
    })),
    next: runs.pageInfo.hasNextPage ? runs.pageInfo.endCursor : undefined,
  }
}

function send(
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent,
        headers: {
          ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
      },
      async response => {
        let answer = ''
        for await (const chunk of response) answer += chunk
        resolve({ status: response.statusCode!, body: answer.startsWith('{') ? JSON.parse(answer) : answer })
      },
    )
    call.on('error', reject)
    call.end(text)
  })
}

function report(result: Record<string, unknown>): void {
  if (values.json) return console.log(JSON.stringify(result, null, 2))
  for (const [name, value] of Object.entries(result))
    console.log(
      `${name.padEnd(24)} ${
        typeof value === 'object'
          ? Object.entries(value!)
              .map(([k, v]) => `${k} ${v}`)
              .join('  ')
          : value
      }`,
    )
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
