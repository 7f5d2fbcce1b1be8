import { MemoryLimits } from '../../core/adapters/limits/memory-limits.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccess } from '../../core/access/access.ts'
import { firstBoot } from '../../core/access/first-boot.ts'
import { signIn } from '../../core/access/sign-in.ts'
import { getWorkspace } from '../../core/access/workspace.ts'
import type { Database } from '../../core/adapters/database.ts'
import { createClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { createLog } from '../../core/log.ts'
import { Metrics } from '../../core/metrics.ts'
import { DATABASE_KINDS, openTestDatabase } from '../support/database.ts'
import { openTestVault } from '../support/vault.ts'

describe.each(DATABASE_KINDS)('the first boot, on %s', kind => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind, [])
  })
  afterAll(() => database.close())

  it('makes one workspace and one owner, however many processes start at once, and tells the password once', async () => {
    const clock = createClock()
    const core = {
      sql: database.sql,
      clock,
      limits: new MemoryLimits(clock),
      vault: await openTestVault(database.sql),
      config: readConfig({}),
      log: createLog('silent'),
      metrics: new Metrics('test'),
    }
    const boots = await Promise.all([firstBoot(core), firstBoot(core), firstBoot(core)])
    expect(new Set(boots.map(boot => boot.workspaceId)).size).toBe(1)
    const told = boots.flatMap(boot => (boot.owner ? [boot.owner] : []))
    expect(told).toEqual([{ email: 'owner@trae.local', password: expect.stringMatching(/^[\w-]{20}$/) }])
    const access = await openAccess(core)
    await expect(
      signIn(core, access, { email: told[0]!.email, password: told[0]!.password!, address: '::1' }),
    ).resolves.toBeTruthy()

    expect(await getWorkspace(core, boots[0]!.workspaceId)).toMatchObject({
      slug: 'default',
      name: 'TRAE OS',
      timeZone: 'America/Sao_Paulo',
      locale: 'pt-BR',
    })
  })
})
