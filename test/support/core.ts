import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import type { EgressSettings } from '../../core/credentials/egress.ts'
import { openCore, type OpenCore } from '../../core/core.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import type { HostLimits } from '../../core/sandbox/limits.ts'
import { createTestDatabase, type DatabaseKind } from './database.ts'

export interface TestCore extends OpenCore {
  readonly workspaceId: WorkspaceId
  readonly clock: VirtualClock
  readonly owner: { readonly email: string; readonly password: string }
}

/** A whole core without HTTP, on a database of its own and a clock that stands still until the test moves it. */
export async function openTestCore(
  kind: DatabaseKind,
  environment: Record<string, string> = {},
  options: { readonly egress?: EgressSettings; readonly sandboxLimits?: Partial<HostLimits> } = {},
): Promise<TestCore> {
  const database = kind === 'postgres' ? await createTestDatabase() : undefined
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-test-'))
  const owner = { email: 'owner@example.com', password: 'correct horse battery' }
  const config = readConfig({
    TRAE_PORT: '0',
    TRAE_LOG_LEVEL: 'silent',
    TRAE_LIMIT_COST: '999999999',
    TRAE_LIMIT_ADDRESS: '1000000/1000000', // a test asks more than a person, and its clock stands still
    TRAE_LIMIT_SIGN_IN: '1000000',
    TRAE_OWNER_EMAIL: owner.email,
    TRAE_OWNER_PASSWORD: owner.password,
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    ...(database ? { DATABASE_URL: database.url } : {}),
    ...environment,
  })
  const clock = new VirtualClock()
  const core = await openCore(
    { ...config, dataDir: kind === 'pglite' ? 'memory://' : dataDir },
    { clock, pollMs: 50, ...options },
  )
  const { workspaceId } = await firstBoot(core)
  await core.plugins.load(workspaceId)
  return {
    ...core,
    workspaceId,
    clock,
    owner,
    async close(graceMs = 1000) {
      await core.close(graceMs)
      await database?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
