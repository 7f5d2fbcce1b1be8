import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import type { CrashPoint } from '../../core/crash-point.ts'
import { createTestDatabase, DATABASE_KINDS, shareOf } from '../support/database.ts'
import { Life } from './life.ts'
import type { Figures } from './listener-process.ts'

/** Every lease of the life before is over when a life begins. */
const LATER_MS = 3_600_000

/** Where lives die, one after the other; the last one lives. */
const DEATHS: readonly (readonly CrashPoint[])[] = [
  ['event.dispatched'],
  ['event.told'], // the plugin has done it, and nobody knows
  ['event.dispatched', 'event.told', 'event.told'],
]

describe.each(DATABASE_KINDS)('killed between an event and its plugin, on %s', kind => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-listener-'))
    await mkdir(join(folder, 'no-playbooks'))
    await buildPlugin(join(import.meta.dirname, '../support/plugins/listener'), join(folder, 'built'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const makeHome = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trae-listened-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const database = kind === 'postgres' ? await createTestDatabase() : undefined
    if (database) onTestFinished(() => database.drop())
    let now = Date.parse('2026-03-02T12:00:00Z')
    return (crash?: CrashPoint) => {
      now += LATER_MS
      return new Life('listener-process.ts', {
        TRAE_DATA_DIR: dataDir,
        TRAE_ENCRYPTION_KEY: '7'.repeat(64),
        TRAE_LOG_LEVEL: 'error',
        TRAE_PLAYBOOKS_DIR: join(folder, 'no-playbooks'),
        LISTENER: join(folder, 'built'),
        TEST_NOW: new Date(now).toISOString(),
        ...(crash ? { TRAE_CRASH_AT: crash } : {}),
        ...(database ? { DATABASE_URL: database.url } : {}),
      })
    }
  }
  const dies = async (life: Life) => {
    for (const deadline = Date.now() + 60_000; (await life.pause(1000)) !== 'dead';)
      if (Date.now() > deadline) throw new Error('It does not come to where it is to die.')
    expect(life.signal).toBe('SIGKILL')
  }
  /** Lives until nothing is left to tell, and answers what came of it. */
  const until = async (life: Life): Promise<Figures> => {
    for (const deadline = Date.now() + 60_000; ;) {
      const figures = await life.ask<Figures>({ figures: true }, 'figures')
      if (figures === 'dead') throw new Error('The process died without being killed.')
      if (figures.open === 0) return figures
      if (Date.now() > deadline) throw new Error(`It does not settle: ${JSON.stringify(figures)}`)
      await life.pause(20)
    }
  }

  it.each(shareOf(DEATHS, kind).map(deaths => [deaths.join(', '), deaths] as const))(
    'at %s: what the plugin does comes to pass exactly once',
    { timeout: 240_000 },
    async (_at, deaths) => {
      const live = await makeHome()
      for (const crash of deaths) await dies(live(crash))
      for (let life = 0; life < 2; life++) {
        const last = live()
        await last.ready()
        expect(await until(last)).toEqual({ marks: 1, open: 0 })
        await last.kill()
      }
    },
  )
})
