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
  let onPostgres: Setting
  beforeAll(async () => {
    vendor = await buildVendor()
    onPostgres = await prepare('write-key', 'postgres', vendor)
  })
  afterAll(async () => {
    await onPostgres.home.remove()
    await rm(vendor, { recursive: true, force: true })
  })
  const patience = 120_000
  const setting = async (action: Action, database: DatabaseKind) => {
    const prepared = await prepare(action, database, vendor)
    onTestFinished(() => prepared.home.remove())
    return prepared
  }

  test.each(POINTS)(
    'at %s, with an action that takes a key, on postgres',
    async point => {
      const cell = await runCell(onPostgres, point)
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
