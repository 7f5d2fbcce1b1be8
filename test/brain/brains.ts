import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { createTestDatabase } from '../support/database.ts'

/** Processes with a brain at one Postgres database (leader-process.ts), to be killed from outside. */
export async function openBrains() {
  const home = await mkdtemp(join(tmpdir(), 'trae-brains-'))
  const database = await createTestDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const brains: ChildProcess[] = []
  const killAll = () => {
    for (const brain of brains.splice(0)) brain.kill('SIGKILL')
  }
  return {
    /** Data directory of all of them, and their folder of playbooks. */
    home,
    client,
    /** One more, at work. */
    async begin(environment: Record<string, string> = {}): Promise<ChildProcess> {
      const brain = fork(join(import.meta.dirname, 'leader-process.ts'), {
        env: {
          ...process.env,
          DATABASE_URL: database.url,
          TRAE_DATA_DIR: home,
          TRAE_PLAYBOOKS_DIR: home,
          TRAE_LOG_LEVEL: 'error',
          TRAE_OWNER_PASSWORD: 'correct horse battery',
          TRAE_ENCRYPTION_KEY: '0'.repeat(64),
          ...environment,
        },
      })
      brains.push(brain)
      await once(brain, 'message')
      return brain
    },
    killAll,
    async close(): Promise<void> {
      killAll()
      await client.end()
      await database.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
