/**
 * The API, all guards on, against a bare yoga with the same resolvers in the same process and run (T13); and one event to a
 * thousand subscribers (T12). The load is made in this process, the servers run in another (bench/api-server.ts).
 *
 *   npm run bench:api -- [--database pglite|postgres] [--seconds 4] [--subscribers 1000] [--json]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTestDatabase } from '../test/support/database.ts'

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres' },
    seconds: { type: 'string', default: '4' },
    subscribers: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const subscribers = Number(values.subscribers)
const CONNECTIONS = 16
const ROUNDS = 3

const OPERATIONS: Record<string, { query: string; variables?: () => object }> = {
  'simple query': { query: '{ viewer { id name role } }' },
  '100 runs with steps': { query: '{ runs(first: 100) { edges { node { id status steps { path status } } } } }' },
  mutation: {
    query: 'mutation m($input: LeadCreateInput!) { leadCreate(input: $input) { lead { id } userErrors { code } } }',
    variables: () => ({
      input: { name: 'Load', email: `l${++mails}@example.com`, source: 'API', legalBasis: 'CONSENT' },
    }),
  },
}
let mails = 0

const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
const database = values.database === 'postgres' ? await createTestDatabase() : undefined
const child = fork(join(import.meta.dirname, 'api-server.ts'), {
  execArgv: ['--expose-gc', '--max-semi-space-size=16'],
  env: {
    ...process.env,
    NODE_ENV: 'production',
    TRAE_PORT: '0',
    TRAE_DATA_DIR: dataDir,
    TRAE_OWNER_PASSWORD: 'correct horse battery',
    TRAE_LIMIT_ADDRESS: '9999999/9999999',
    TRAE_LIMIT_COST: '999999999',
    ...(database ? { DATABASE_URL: database.url } : {}),
  },
})
child.once('exit', code => code && process.exit(code))
try {
  const { url, token, bare } = await told<{ url: string; token: string; bare: string }>(child)
  const rows: Record<string, unknown>[] = [await fanOut(url, token)] // first: memory has not been stretched yet
  for (const [what, operation] of Object.entries(OPERATIONS)) {
    const rates = { trae: [] as number[], bare: [] as number[] }
    const cpu = { trae: [] as number[], bare: [] as number[] }
    const measure = async (kind: 'trae' | 'bare', address: string) => {
      const before = await usage()
      const { perSecond, done } = await drive(address, token, operation, seconds)
      rates[kind].push(perSecond)
      cpu[kind].push(((await usage()).cpuMs - before.cpuMs) / done)
    }
    await drive(url, token, operation, 1)
    await drive(bare, token, operation, 1)
    for (let round = 0; round < ROUNDS; round++) {
      await measure('bare', bare)
      await measure('trae', url)
    }
    const [trae, plain] = [median(rates.trae), median(rates.bare)]
    rows.push({
      what,
      requestsPerSecond: round(trae),
      bareYogaPerSecond: round(plain),
      cpuMs: round(median(cpu.trae)),
      bareYogaCpuMs: round(median(cpu.bare)),
      ratio: round(plain / trae),
      cpuRatio: round(median(cpu.trae) / median(cpu.bare)),
    })
  }
  if (values.json) console.log(JSON.stringify(rows))
  else for (const { what, ...figures } of rows) console.log(what, figures)
} finally {
  if (child.connected) child.send({ stop: true })
  if (child.exitCode === null)
    await Promise.race([once(child, 'exit'), new Promise(resolve => setTimeout(resolve, 5000))])
  child.kill('SIGKILL')
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
}

/** Requests a second, each connection sending the next when the last is answered. */
async function drive(
  url: string,
  token: string,
  { query, variables }: (typeof OPERATIONS)[string],
  time: number,
): Promise<{ perSecond: number; done: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const until = performance.now() + time * 1000
  let done = 0
  const post = () =>
    new Promise<void>((resolve, reject) => {
      const body = JSON.stringify({ query, variables: variables?.() })
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'content-length': Buffer.byteLength(body),
      }
      const sent = request(`${url}/graphql`, { method: 'POST', agent, headers }, answer => {
        let start = ''
        answer.on('data', (data: Buffer) => (start ||= data.toString('latin1', 0, 300)))
        answer.on('end', () => {
          if (answer.statusCode !== 200 || start.includes('"errors":['))
            return reject(new Error(`${answer.statusCode} ${start}`))
          done++
          resolve()
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  const began = performance.now()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < until) await post()
    }),
  )
  agent.destroy()
  return { perSecond: (done * 1000) / (performance.now() - began), done }
}

async function fanOut(url: string, token: string) {
  const { port } = new URL(url)
  const body = JSON.stringify({ query: 'subscription { leadUpdated { lead { id name score status } } }' })
  let deliveries = 0
  let waiting: { count: number; resolve: () => void } | undefined
  let arrivals: bigint[] = []
  const hear = (data: Buffer) => {
    const now = process.hrtime.bigint()
    for (let at = data.indexOf('event: next'); at !== -1; at = data.indexOf('event: next', at + 11)) {
      deliveries++
      arrivals.push(now)
    }
    if (waiting && deliveries >= waiting.count) waiting.resolve()
  }
  const reached = (count: number) =>
    deliveries >= count ? Promise.resolve() : new Promise<void>(resolve => (waiting = { count, resolve }))
  const before = await usage()
  const sockets: Socket[] = []
  for (let index = 0; index < subscribers; index++) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.setNoDelay(true)
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const [first] = (await once(socket, 'data')) as [Buffer]
    if (!first.toString().includes('200 OK')) throw new Error(first.toString())
    socket.on('data', hear)
    sockets.push(socket)
  }
  await new Promise(resolve => setTimeout(resolve, 1000))
  await publish(20) // warm
  await reached(20 * subscribers)
  const open = await usage()

  const latencies: number[] = []
  let calmCpuMs = 0
  for (let index = 0; index < 10; index++) {
    arrivals = []
    const cpuBefore = await usage(false)
    const target = deliveries + subscribers
    const { publishedAt } = await publish(1)
    await reached(target)
    latencies.push(...arrivals.map(at => Number(at - BigInt(publishedAt)) / 1e6))
    calmCpuMs += (await usage(false)).cpuMs - cpuBefore.cpuMs
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
  const calm = latencies.sort((a, b) => a - b)

  /** A hundred events five times: told in one turn of the server's event loop, as a commit of a group tells them, or one a turn. */
  const load = async (turns: boolean) => {
    const rates: number[] = []
    const cpuBefore = await usage()
    for (let index = 0; index < 5; index++) {
      const target = deliveries + 100 * subscribers
      const began = performance.now()
      await publish(100, turns)
      await reached(target)
      rates.push((100 * subscribers * 1000) / (performance.now() - began))
    }
    const cpuMs = (await usage()).cpuMs - cpuBefore.cpuMs
    return { perSecond: Math.round(median(rates)), cpuMicroseconds: round((cpuMs * 1000) / (500 * subscribers)) }
  }
  const [inOneTurn, oneATurn] = [await load(false), await load(true)]
  for (const socket of sockets) socket.destroy()
  return {
    what: `events to ${subscribers} subscribers`,
    deliveriesInOneTurn: inOneTurn,
    deliveriesOneATurn: oneATurn,
    calmCpuMicroseconds: round((calmCpuMs * 1000) / latencies.length),
    p50Ms: round(calm[Math.floor(calm.length * 0.5)]!),
    p99Ms: round(calm[Math.floor(calm.length * 0.99)]!),
    kiBPerSubscriber: round((open.rssKiB - before.rssKiB) / subscribers),
  }
}

function publish(events: number, turns = false): Promise<{ publishedAt: string }> {
  child.send({ publish: events, turns })
  return told(child)
}

/** With `collect` what is no longer used is freed first. */
function usage(collect = true): Promise<{ rssKiB: number; cpuMs: number }> {
  child.send({ usage: collect ? 'collected' : 'as it is' })
  return told(child)
}

async function told<T>(from: ChildProcess): Promise<T> {
  const [message] = (await once(from, 'message')) as [T]
  return message
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
