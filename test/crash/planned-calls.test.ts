import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import type { CrashPoint } from '../../core/crash-point.ts'
import { DATABASE_KINDS, shareOf } from '../support/database.ts'
import { makeHome } from './home.ts'
import { dies, figuresOf, livesIn } from './lives.ts'
import type { Figures } from './planner-process.ts'

/** Where a life dies: the one that plans, then those in which the call is due. The last life lives. */
const DEATHS: readonly (readonly CrashPoint[])[] = [
  ['effect.intended', 'call.started'],
  ['effect.done', 'call.starting'], // planned, and the run that plans does not know it: it plans again while the call begins
  ['effect.done', 'call.started', 'event.dispatched'],
  ['run.finished', 'call.starting', 'call.started', 'effect.done'],
]

describe.each(DATABASE_KINDS)('killed between planning a call and having made it, on %s', kind => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-planner-'))
    await mkdir(join(folder, 'no-playbooks'))
    await buildPlugin(join(import.meta.dirname, '../support/plugins/planner'), join(folder, 'built'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(shareOf(DEATHS, kind).map(deaths => [deaths.join(', '), deaths] as const))(
    'at %s: the call is made exactly once',
    { timeout: 240_000 },
    async (_at, deaths) => {
      const home = await makeHome(kind, {
        TRAE_PLAYBOOKS_DIR: join(folder, 'no-playbooks'),
        PLANNER: join(folder, 'built'),
      })
      onTestFinished(() => home.remove())
      const live = livesIn(home, 'planner-process.ts')
      for (const crash of deaths) await dies(live(crash))
      for (let life = 0; life < 2; life++) {
        const last = live()
        await last.ready()
        const { made, completed, marks } = await figuresOf<Figures>(
          last,
          ({ plannedBy, planned, open }) => plannedBy === 1 && planned === 0 && open === 0,
        )
        expect({ made, completed, marks }).toEqual({ made: 1, completed: 1, marks: 1 })
        await last.kill()
      }
    },
  )
})
