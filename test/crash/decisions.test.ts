import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { DATABASE_KINDS, type DatabaseKind } from '../support/database.ts'
import { type Home, makeHome } from './home.ts'
import { buildVendor } from './kill-matrix.ts'
import type { Life } from './life.ts'

/**
 * Each life dies at its point, in a case of its own or in what the life before has left. The points of the model stand first: who
 * asks it after the 250th outcome stores what was learnt.
 */
const POINTS: Readonly<Record<DatabaseKind, readonly CrashPoint[]>> = {
  postgres: [
    'model.storing',
    'model.stored',
    'decision.stored',
    'effect.done',
    'wait.committed',
    'decision.taken',
    'event.dispatched',
    'outcome.set',
    'outcome.committed',
    'decision.remembered',
    'memory.stored',
  ],
  pglite: ['model.stored', 'decision.stored', 'outcome.set', 'outcome.committed', 'decision.remembered'],
}
const BEFORE = 249

interface Books {
  readonly examples: readonly object[]
  readonly rest: object
  readonly models: readonly object[]
}

describe.each(DATABASE_KINDS)('Decisions of a process that is killed, on %s', kind => {
  let vendor: string
  beforeAll(async () => {
    vendor = await buildVendor()
  })
  afterAll(() => rm(vendor, { recursive: true, force: true }))

  it(
    'are taken once, acted upon once and learnt from once, to the same bit as without',
    { timeout: 240_000 },
    async () => {
      const points = POINTS[kind]
      const cases = points.length + 2 // two more at the end, whose decisions rest on all that was learnt
      const home = await makeHome(kind, { TEST_VENDOR: vendor })
      onTestFinished(() => home.remove())
      const begin = (place: Home, environment?: Record<string, string>) => {
        const life = place.begin('decision-process.ts', environment)
        onTestFinished(() => life.kill())
        return life
      }
      await live(begin(home), 0)
      const undisturbed = await home.copy()
      onTestFinished(() => undisturbed.remove())
      const without = await booksOf(begin(undisturbed), cases)
      const deaths: CrashPoint[] = []
      for (const [index, point] of points.entries())
        if ((await live(begin(home, { TRAE_CRASH_AT: point }), index + 1)) === 'SIGKILL') deaths.push(point)
      expect(deaths).toEqual(points)
      expect(await booksOf(begin(home), cases)).toEqual(without)
      expect(without.examples).toHaveLength(BEFORE + 2 * cases)
      expect(without.rest).toEqual({
        decisions: BEFORE + 2 * cases,
        listens: 0,
        runs: cases,
        open: 0,
        deeds: 2 * cases,
        doubled: 0,
        remembered: BEFORE + 2 * cases,
        known: BEFORE + 2 * cases,
      })
    },
  )
})

/** Lets a life do so many cases; answers what it died of before it had done them. */
async function live(life: Life, cases: number): Promise<string | null> {
  if ((await life.ready()) && (await booksAfter(life, cases)) !== 'dead') {
    await life.kill()
    return null
  }
  return life.signal
}

const booksAfter = (life: Life, cases: number) => life.ask<Books>({ before: BEFORE, cases }, 'books')

async function booksOf(life: Life, cases: number): Promise<Books> {
  await life.ready()
  const books = await booksAfter(life, cases)
  await life.kill()
  if (books === 'dead') throw new Error('The process died without being killed.')
  return books
}
