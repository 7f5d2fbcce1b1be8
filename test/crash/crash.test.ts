import { describe, expect, test } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { DATABASE_KINDS, shareOf } from '../support/database.ts'
import { begin, capture, diesBeforeItIsDone, expectBooksToBalance, makeHome } from './books.ts'

/**
 * The process is killed with SIGKILL at named points, and started again. What must hold in the end, whatever happened: every
 * lead that was acknowledged went the whole way, once.
 */
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

describe.each(DATABASE_KINDS)('Promise 2, journal before effect, on %s', kind => {
  test.each(shareOf(POINTS, kind))(
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
})
