/**
 * From the start of the process to its first healthy answer, with the playbooks and plugins that come with the program: the
 * first start of all, on an empty database, and the median of five later ones.
 *
 *   npm run bench:start -- [--database pglite|postgres] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTestDatabase } from '../test/support/database.ts'
import { startProgram } from './program.ts'

const LATER = 5

const { values } = parseArgs({
  options: { database: { type: 'string', default: 'pglite' }, json: { type: 'boolean', default: false } },
})
const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
const database = values.database === 'postgres' ? await createTestDatabase() : undefined
const variables = { TRAE_DATA_DIR: dataDir, ...(database ? { DATABASE_URL: database.url } : {}) }

try {
  const firstMs = await startOnce()
  const later: number[] = []
  for (let index = 0; index < LATER; index++) later.push(await startOnce())
  const result = { database: values.database, firstMs, laterMs: later.toSorted((a, b) => a - b)[(LATER - 1) / 2]! }
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2))
} finally {
  await database?.drop()
  await rm(dataDir, { recursive: true, force: true })
}

async function startOnce(): Promise<number> {
  const host = await startProgram(18_000 + (process.pid % 1000), variables)
  await host.stop()
  return host.startMs
}
