import { describe, expect, test } from 'vitest'
import { DATABASE_KINDS, IS_WHOLE } from '../support/database.ts'
import { begin, capture, expectBooksToBalance, makeHome } from './books.ts'

/** As at named points, but at any moment: so many deaths in all. */
const KILLS = Number(process.env['TRAE_CRASH_KILLS'] ?? (IS_WHOLE ? 100 : 30))

describe.each(DATABASE_KINDS)('killed at random, on %s', kind => {
  const kills = Math.ceil(KILLS / DATABASE_KINDS.length)
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
