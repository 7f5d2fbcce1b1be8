import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import type { CrashPoint } from '../../core/crash-point.ts'
import { DATABASE_KINDS, shareOf } from '../support/database.ts'
import { makeHome } from './home.ts'
import { dies, figuresOf, livesIn } from './lives.ts'
import type { Figures } from './listener-process.ts'

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

  it.each(shareOf(DEATHS, kind).map(deaths => [deaths.join(', '), deaths] as const))(
    'at %s: what the plugin does comes to pass exactly once',
    { timeout: 240_000 },
    async (_at, deaths) => {
      const home = await makeHome(kind, {
        TRAE_PLAYBOOKS_DIR: join(folder, 'no-playbooks'),
        LISTENER: join(folder, 'built'),
      })
      onTestFinished(() => home.remove())
      const live = livesIn(home, 'listener-process.ts')
      for (const crash of deaths) await dies(live(crash))
      for (let life = 0; life < 2; life++) {
        const last = live()
        await last.ready()
        expect(await figuresOf<Figures>(last, ({ open }) => open === 0)).toEqual({ marks: 1, open: 0 })
        await last.kill()
      }
    },
  )
})
