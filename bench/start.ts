/**
 * From the start of the process to the first lead that it takes over HTTP (202: lead and event are durable), with the playbooks and
 * plugins that come with the program: the median of five starts. And the first start of all, on an empty database, to its first
 * healthy answer: nobody can have anything to send yet.
 *
 *   npm run bench:start -- [--database pglite|postgres] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTestDatabase } from '../test/support/database.ts'
import { type Program, startProgram } from './program.ts'

const LATER = 5
const PORT = 18_000 + (process.pid % 1000)
const [EMAIL, PASSWORD] = ['owner@example.com', 'correct horse battery']

const { values } = parseArgs({
  options: { database: { type: 'string', default: 'pglite' }, json: { type: 'boolean', default: false } },
})
const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
const database = values.database === 'postgres' ? await createTestDatabase() : undefined
const variables = { TRAE_DATA_DIR: dataDir, ...(database ? { DATABASE_URL: database.url } : {}) }

try {
  const first = await start()
  const token = await signIn()
  await first.stop()
  const later: number[] = []
  for (let index = 0; index < LATER; index++) {
    const host = await start()
    const ready = performance.now()
    await sendLead(token, index)
    later.push(Math.round(host.startMs + performance.now() - ready))
    await host.stop()
  }
  const result = {
    database: values.database,
    firstMs: first.startMs,
    laterMs: later.toSorted((a, b) => a - b)[(LATER - 1) / 2]!,
  }
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2))
} finally {
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
}

function start(): Promise<Program> {
  return startProgram(PORT, { ...variables, TRAE_OWNER_EMAIL: EMAIL, TRAE_OWNER_PASSWORD: PASSWORD })
}

async function signIn(): Promise<string> {
  const { body } = await post('/auth/login', { email: EMAIL, password: PASSWORD })
  return (body as { access_token: string }).access_token
}

async function sendLead(token: string, index: number): Promise<void> {
  const lead = { name: `Lead ${index}`, email: `lead-${index}@example.com`, source: 'WEBSITE' }
  const { status } = await post('/leads/process', lead, token)
  if (status !== 202) throw new Error(`POST /leads/process answered ${status}`)
}

async function post(path: string, body: unknown, token?: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${PORT}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}
