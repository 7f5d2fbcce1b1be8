import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { copyTestDatabase, createTestDatabase, DATABASE_KINDS, type DatabaseKind } from '../support/database.ts'
import { buildVendor } from './kill-matrix.ts'
import { Life } from './life.ts'

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
  ],
  pglite: ['model.stored', 'decision.stored', 'outcome.set', 'outcome.committed'],
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
      const home = await makeHome(kind, vendor)
      await live(home.begin({}), 0)
      const without = await booksOf((await home.copy()).begin({}), cases)
      const deaths: CrashPoint[] = []
      for (const [index, point] of points.entries())
        if ((await live(home.begin({ TRAE_CRASH_AT: point }), index + 1)) === 'SIGKILL') deaths.push(point)
      expect(deaths).toEqual(points)
      expect(await booksOf(home.begin({}), cases)).toEqual(without)
      expect(without.examples).toHaveLength(BEFORE + 2 * cases)
      expect(without.rest).toEqual({
        decisions: BEFORE + 2 * cases,
        listens: 0,
        runs: cases,
        open: 0,
        deeds: 2 * cases,
        doubled: 0,
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

interface Home {
  /** Begins a life; it is killed when the test is over, however that ends. */
  begin(environment: Record<string, string>): Life
  /** As it is now; no life may be in it. */
  copy(): Promise<Home>
}

async function makeHome(kind: DatabaseKind, vendor: string, from?: Record<string, string>): Promise<Home> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-decisions-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  if (from) await cp(from['TRAE_DATA_DIR']!, dataDir, { recursive: true })
  const copied = from?.['DATABASE_URL']
  const database =
    kind === 'pglite' ? undefined : copied === undefined ? await createTestDatabase() : await copyTestDatabase(copied)
  if (database) onTestFinished(() => database.drop())
  const home = {
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    TRAE_LEASE_SECONDS: '1',
    TRAE_LOG_LEVEL: 'error',
    TEST_VENDOR: vendor,
    ...from,
    TRAE_DATA_DIR: dataDir,
    ...(database ? { DATABASE_URL: database.url } : {}),
  }
  return {
    begin(environment) {
      const life = new Life('decision-process.ts', { ...home, ...environment })
      onTestFinished(() => life.kill())
      return life
    },
    copy: () => makeHome(kind, vendor, home),
  }
}
