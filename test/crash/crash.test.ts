import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { createTestDatabase, DATABASE_KINDS, type DatabaseKind } from '../support/database.ts'
import { Life } from './life.ts'

/**
 * The process is killed with SIGKILL, at named points and at random times, and started again. What must hold in the
 * end, whatever happened: every lead that was acknowledged went the whole way, once.
 */
const RANDOM_KILLS = Number(process.env['TRAE_CRASH_KILLS'] ?? 40)

const POINTS: readonly CrashPoint[] = [
  'event.stored',
  'event.dispatched',
  'run.claimed',
  'step.before',
  'effect.intended',
  'effect.done',
  'journal.committed',
  'wait.committed',
  'run.finishing',
]

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

describe.each(DATABASE_KINDS)('Promise 2, journal before effect, on %s', kind => {
  test.each(POINTS)(
    'killed at %s, at its first, third and seventh passing, the flow ends as if nothing had happened',
    async point => {
      const home = await makeHome(kind)
      const acknowledged = new Set<string>()
      let deaths = 0
      for (const passing of [1, 3, 7]) {
        const life = begin({ ...home, TRAE_CRASH_AT: `${point}:${passing}` })
        if (!(await life.ready())) {
          deaths++
          continue
        }
        await capture(life, `${point}-${passing}@acme.com.br`, acknowledged)
        if (await diesBeforeItIsDone(life)) deaths++
        else await life.kill()
      }
      expect(deaths).toBeGreaterThan(0) // the point was reached
      await expectBooksToBalance(home, acknowledged)
    },
    120_000,
  )

  const kills = Math.ceil(RANDOM_KILLS / DATABASE_KINDS.length)
  test(`killed ${kills} times at random, the flow ends as if nothing had happened`, async () => {
    const home = await makeHome(kind)
    const acknowledged = new Set<string>()
    for (let death = 0; death < kills; death++) {
      const life = begin(home)
      const ready = await life.ready()
      expect(ready).toBe(true)
      void capture(life, `random-${death}@acme.com.br`, acknowledged)
      await new Promise(resolve => setTimeout(resolve, 10 + ((death * 137) % 700))) // spread over the whole flow of a lead
      await life.kill()
    }
    await expectBooksToBalance(home, acknowledged)
  }, 900_000)
})

async function makeHome(kind: DatabaseKind): Promise<Record<string, string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-crash-'))
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
  const home = {
    TRAE_DATA_DIR: dataDir,
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    TRAE_LEASE_SECONDS: '1',
    TRAE_LOG_LEVEL: 'error',
  }
  if (kind === 'pglite') return home
  const database = await createTestDatabase()
  cleanups.push(() => database.drop())
  return { ...home, DATABASE_URL: database.url }
}

/** Waits until the engine has nothing left to do, then counts. */
async function expectBooksToBalance(home: Record<string, string>, acknowledged: ReadonlySet<string>): Promise<void> {
  const life = begin(home)
  expect(await life.ready()).toBe(true)
  let figures = await figuresOf(life)
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; figures = await figuresOf(life)) {
    if (figures === 'dead' || done(figures)) break
    await life.pause(100)
  }
  await life.kill()
  if (figures === 'dead') throw new Error('the process died without being killed')
  expect(figures.leads).toBeGreaterThanOrEqual(acknowledged.size)
  const leads = figures.leads
  expect(figures).toEqual({
    leads,
    undispatched: 0,
    lost: 0,
    open: 0,
    errors: [],
    unsettled: [],
    failures: [],
    doubled: 0,
    runs: leads * 2, // qualify-lead, then handoff-to-closer
    answers: leads,
    meetings: leads,
    handoffs: leads,
  })
}

interface Figures {
  readonly leads: number
  readonly undispatched: number
  readonly open: number
  readonly handoffs: number
  readonly [figure: string]: unknown
}

const done = (figures: Figures) =>
  figures.undispatched === 0 && figures.open === 0 && figures.handoffs === figures.leads

function begin(environment: Readonly<Record<string, string>>): Life {
  const life = new Life('engine-process.ts', environment)
  cleanups.push(() => life.kill())
  return life
}

/** Resolves when the lead is acknowledged as stored, or the process is dead. */
async function capture(life: Life, email: string, acknowledged: Set<string>): Promise<void> {
  if ((await life.ask({ do: 'capture', email }, 'stored')) !== 'dead') acknowledged.add(email)
}

const figuresOf = (life: Life) => life.ask<Figures>({ do: 'figures' }, 'figures')

/** True when it died with work left; false when everything was done and it still lives. */
async function diesBeforeItIsDone(life: Life): Promise<boolean> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    const figures = await figuresOf(life)
    if (figures === 'dead') return true
    if (figures.leads > 0 && done(figures)) return false
    if ((await life.pause(50)) === 'dead') return true
  }
  return false
}
