import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../core/config.ts'
import { type Host, startHost as start } from '../../core/main.ts'

export interface TestHost {
  readonly url: string
  readonly email: string
  readonly password: string
  readonly host: Host
  stop(): Promise<void>
}

/** The whole program in this process, on the embedded database in a directory of its own, at a free port. */
export async function startHost(environment: Record<string, string> = {}): Promise<TestHost> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-host-'))
  const owner = { email: 'owner@example.com', password: 'correct horse battery' }
  const host = await start(
    readConfig({
      TRAE_PORT: '0',
      TRAE_DATA_DIR: dataDir,
      TRAE_LOG_LEVEL: 'error',
      TRAE_LIMIT_ADDRESS: '1000000/1000000',
      TRAE_LIMIT_COST: '999999999',
      TRAE_LIMIT_SIGN_IN: '1000000',
      TRAE_OWNER_EMAIL: owner.email,
      TRAE_OWNER_PASSWORD: owner.password,
      ...environment,
    }),
  )
  return {
    ...owner,
    url: host.url,
    host,
    async stop() {
      await host.stop(1000)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
