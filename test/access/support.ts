import { type Access, openAccess } from '../../core/access/access.ts'
import { firstBoot } from '../../core/access/first-boot.ts'
import { MemoryLimits } from '../../core/adapters/limits/memory-limits.ts'
import { VirtualClock } from '../../core/clock.ts'
import { type Config, readConfig } from '../../core/config.ts'
import type { Core } from '../../core/context.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import { createLog } from '../../core/log.ts'
import { Metrics } from '../../core/metrics.ts'
import { type DatabaseKind, openTestDatabase } from '../support/database.ts'
import { openTestVault } from '../support/vault.ts'

export const OWNER = { email: 'dona@example.com', password: 'senha muito comprida' }

export interface AccessWorld {
  readonly core: Pick<Core, 'sql' | 'clock' | 'limits' | 'log' | 'config' | 'vault' | 'metrics'> & {
    readonly clock: VirtualClock
    readonly config: Config
  }
  readonly access: Access
  readonly workspaceId: WorkspaceId
  close(): Promise<void>
}

/** The pieces that signing in needs, on a database of its own, with an owner and a clock that stands still. */
export async function openAccessWorld(kind: DatabaseKind): Promise<AccessWorld> {
  const database = await openTestDatabase(kind, [])
  const clock = new VirtualClock()
  const core = {
    sql: database.sql,
    clock,
    log: createLog('silent'),
    metrics: new Metrics('test'),
    limits: new MemoryLimits(clock),
    vault: await openTestVault(database.sql),
    config: readConfig({
      TRAE_OWNER_EMAIL: OWNER.email,
      TRAE_OWNER_PASSWORD: OWNER.password,
      TRAE_LIMIT_SIGN_IN: '100000',
    }),
  }
  const { workspaceId } = await firstBoot(core)
  return { core, workspaceId, access: await openAccess(core), close: () => database.close() }
}
