import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DatabaseKind } from '../support/database.ts'
import {
  type Action,
  ACTIONS,
  buildVendor,
  isClean,
  isReached,
  POINTS,
  prepare,
  runCell,
  type Setting,
} from './kill-matrix.ts'

/** A part of the kill matrix; `npm run kill-matrix` makes the whole. */
describe('Promise 1, a queued run always runs: a killed process loses no run, leaves none stuck and does no effect twice', () => {
  let vendor: string
  /** Points take turns with them. */
  let onPostgres: readonly Setting[]
  beforeAll(async () => {
    vendor = await buildVendor()
    const actions = ['write-key', 'send-lookup', 'none'] as const
    onPostgres = await Promise.all(actions.map(action => prepare(action, 'postgres', vendor)))
  })
  afterAll(async () => {
    await Promise.all(onPostgres.map(({ home }) => home.remove()))
    await rm(vendor, { recursive: true, force: true })
  })
  const patience = 120_000
  const setting = async (action: Action, database: DatabaseKind) => {
    const prepared = await prepare(action, database, vendor)
    onTestFinished(() => prepared.home.remove())
    return prepared
  }

  test.each(POINTS.map((point, index) => [point, index] as const))(
    'at %s, on postgres',
    async (point, index) => {
      const settings = onPostgres.filter(({ action }) => isReached(point, action))
      const cell = await runCell(settings[index % settings.length]!, point)
      expect(cell).toSatisfy(isClean)
    },
    patience,
  )

  const effects = ACTIONS.filter(action => isReached('effect.done', action))
  test.each(effects)(
    'between an effect of %s and its outcome, on pglite',
    async action => {
      const cell = await runCell(await setting(action, 'pglite'), 'effect.done', [1, 4])
      expect(cell).toSatisfy(isClean)
      expect(cell.parked).toBe(action === 'send-none' ? 2 : 0)
    },
    patience,
  )

  test(
    'steps without effects are computed again, and nothing else is',
    async () => {
      const cell = await runCell(await setting('read', 'pglite'), 'journal.writing', [2, 3])
      expect(cell).toSatisfy(isClean)
      expect(cell.again).toBeGreaterThan(0)
    },
    patience,
  )
})
