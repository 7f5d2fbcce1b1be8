import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { createTestDatabase, type DatabaseKind } from '../support/database.ts'
import { Life } from './life.ts'

const PLAYBOOKS = join(import.meta.dirname, '../../playbooks')
/** One run of each for every lead, and none that waits for days: what follows a meeting has tests on a virtual clock. */
const FLOW = ['qualify-lead', 'handoff-to-closer', 'open-deal']

/** What the settings of a process that is killed and started again have in common. */
export async function makeHome(kind: DatabaseKind): Promise<Record<string, string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-crash-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const playbooks = join(dataDir, 'playbooks')
  for (const name of FLOW) await cp(join(PLAYBOOKS, `${name}.yaml`), join(playbooks, `${name}.yaml`))
  await cp(join(PLAYBOOKS, 'policies'), join(playbooks, 'policies'), { recursive: true })
  const home = {
    TRAE_DATA_DIR: dataDir,
    TRAE_PLAYBOOKS_DIR: playbooks,
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    TRAE_LEASE_SECONDS: '1',
    TRAE_LOG_LEVEL: 'error',
  }
  if (kind === 'pglite') return home
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  return { ...home, DATABASE_URL: database.url }
}

/** Waits until the engine has nothing left to do, then counts. */
export async function expectBooksToBalance(
  home: Record<string, string>,
  acknowledged: ReadonlySet<string>,
): Promise<void> {
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
    runs: leads * FLOW.length,
    answers: leads,
    meetings: leads,
    handoffs: leads,
    deals: leads,
  })
}

interface Figures {
  readonly leads: number
  readonly undispatched: number
  readonly open: number
  readonly deals: number
  readonly [figure: string]: unknown
}

const done = (figures: Figures) => figures.undispatched === 0 && figures.open === 0 && figures.deals === figures.leads

export function begin(environment: Readonly<Record<string, string>>): Life {
  const life = new Life('engine-process.ts', environment)
  onTestFinished(() => life.kill())
  return life
}

/** Resolves when the lead is acknowledged as stored, or the process is dead. */
export async function capture(life: Life, email: string, acknowledged: Set<string>): Promise<void> {
  if ((await life.ask({ do: 'capture', email }, 'stored')) !== 'dead') acknowledged.add(email)
}

const figuresOf = (life: Life) => life.ask<Figures>({ do: 'figures' }, 'figures')

/** True when it died with work left; false when everything was done and it still lives. */
export async function diesBeforeItIsDone(life: Life): Promise<boolean> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    const figures = await figuresOf(life)
    if (figures === 'dead') return true
    if (figures.leads > 0 && done(figures)) return false
    if ((await life.pause(50)) === 'dead') return true
  }
  return false
}
