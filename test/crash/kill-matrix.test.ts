import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACTIONS, buildVendor, isClean, isReached, POINTS, runCell } from './kill-matrix.ts'

/** A part of the kill matrix; `npm run kill-matrix` makes the whole. */
describe('Promise 1, a queued run always runs: a killed process loses no run, leaves none stuck and does no effect twice', () => {
  let vendor: string
  beforeAll(async () => {
    vendor = await buildVendor()
  })
  afterAll(() => rm(vendor, { recursive: true, force: true }))
  const patience = 120_000

  test.each(POINTS)(
    'at %s, with an action that takes a key, on postgres',
    async point => {
      const cell = await runCell({ point, action: 'write-key', database: 'postgres' }, vendor)
      expect(cell).toSatisfy(isClean)
    },
    patience,
  )

  const effects = ACTIONS.filter(action => isReached('effect.done', action))
  test.each(effects)(
    'between an effect of %s and its outcome, on pglite',
    async action => {
      const cell = await runCell({ point: 'effect.done', action, database: 'pglite' }, vendor, [1, 4])
      expect(cell).toSatisfy(isClean)
      expect(cell.parked).toBe(action === 'send-none' ? 2 : 0)
    },
    patience,
  )

  test(
    'steps without effects are computed again, and nothing else is',
    async () => {
      const cell = await runCell({ point: 'journal.writing', action: 'read', database: 'pglite' }, vendor, [2, 3])
      expect(cell).toSatisfy(isClean)
      expect(cell.again).toBeGreaterThan(0)
    },
    patience,
  )
})
