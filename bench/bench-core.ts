import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstBoot, type FirstBoot } from '../core/access/first-boot.ts'
import { readConfig } from '../core/config.ts'
import { openCore, type OpenCore } from '../core/core.ts'
import { createTestDatabase } from '../test/support/database.ts'

export interface BenchCore {
  readonly core: OpenCore
  readonly workspaceId: FirstBoot['workspaceId']
  /** Its data directory, for what else the bench writes. */
  readonly dataDir: string
  /** Closes it and takes away all that it made. */
  close(): Promise<void>
}

/** A core in this process, on a database of its own that nobody has used before; its engine does not run yet. */
export async function openBenchCore(
  kind: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<BenchCore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-bench-'))
  const database = kind === 'postgres' ? await createTestDatabase() : undefined
  const core = await openCore(
    readConfig({
      TRAE_DATA_DIR: dataDir,
      TRAE_LOG_LEVEL: 'error',
      TRAE_OWNER_PASSWORD: 'correct horse battery',
      ...(database ? { DATABASE_URL: database.url } : {}),
      ...variables,
    }),
  )
  const { workspaceId } = await firstBoot(core)
  return {
    core,
    workspaceId,
    dataDir,
    async close() {
      await core.close()
      await database?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
