import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { createTestDatabase, DATABASE_KINDS, shareOf } from '../support/database.ts'
import { buildSmsProvider } from '../support/sms-provider.ts'
import { Life } from './life.ts'

/** Longer than the lease that the dead hold. */
const LATER_MS = 20 * 60_000

const CASES = [
  { uses: 'keyed/send', point: 'effect.intended', times: 1 },
  { uses: 'keyed/send', point: 'effect.done', times: 3 },
  { uses: 'sms/send', point: 'effect.done', times: 3 },
] as const

describe.each(DATABASE_KINDS)('an effect that has begun on one of two accounts, on %s', kind => {
  let farSide: Server
  let folder: string
  const asked: { account: unknown; key: unknown }[] = []
  beforeAll(async () => {
    farSide = createServer(({ headers }, response) => {
      asked.push({ account: headers['x-key'], key: headers['idempotency-key'] })
      response.end('m-1')
    })
    await new Promise<void>(done => farSide.listen(0, '127.0.0.1', done))
    folder = await mkdtemp(join(tmpdir(), 'trae-accounts-'))
    await buildSmsProvider(folder, 'keyed', { keyed: true })
  })
  afterAll(async () => {
    farSide.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => void (asked.length = 0))

  const makeHome = async (uses: string) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trae-accounts-home-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const database = kind === 'postgres' ? await createTestDatabase() : undefined
    if (database) onTestFinished(() => database.drop())
    let now = Date.parse('2026-03-02T12:00:00Z')
    return (deed: string, crash?: CrashPoint) => {
      now += LATER_MS
      return new Life('accounts-process.ts', {
        TRAE_DATA_DIR: dataDir,
        TRAE_ENCRYPTION_KEY: '7'.repeat(64),
        TRAE_LOG_LEVEL: 'error',
        TEST_PLUGIN: join(folder, 'keyed'),
        FAR_SIDE: `http://127.0.0.1:${(farSide.address() as AddressInfo).port}`,
        TEST_USES: uses,
        TEST_NOW: new Date(now).toISOString(),
        TEST_DO: deed,
        ...(crash ? { TRAE_CRASH_AT: crash } : {}),
        ...(database ? { DATABASE_URL: database.url } : {}),
      })
    }
  }
  const dies = async (life: Life) => {
    while ((await life.pause(1000)) !== 'dead');
    expect(life.signal).toBe('SIGKILL')
  }

  it.each(shareOf(CASES, kind))(
    '$uses, killed at $point: it stays there over two deaths, another default and another name',
    { timeout: 180_000 },
    async ({ uses, point, times }) => {
      const live = await makeHome(uses)
      await dies(live('begin', point))
      await dies(live('change the default and rename', point))
      const life = live('nothing')
      await life.ready()
      for (const deadline = Date.now() + 30_000; ;) {
        const runs = await life.ask<{ status: string }[]>({ figures: true }, 'runs')
        if (runs === 'dead') throw new Error('The process died without being killed.')
        if (runs[0]?.status === 'completed') break
        if (Date.now() > deadline) throw new Error(`It does not come to an end: ${JSON.stringify(runs)}`)
        await life.pause(20)
      }
      expect(await life.ask({ figures: true }, 'runs')).toEqual([{ status: 'completed', account: 'main' }])
      await life.kill()
      expect(asked).toEqual(Array.from({ length: times }, () => ({ account: 'key-of-main', key: asked[0]!.key })))
    },
  )
})
