import { expect, test } from 'vitest'
import { begin, capture, expectBooksToBalance, makeHome } from './books.ts'

/**
 * A process that stands still loses its leases without dying; another takes its runs up. When it goes on it still believes that
 * they are its own: whatever it stores then must be refused, and what it had begun to send must not arrive twice.
 */
test('a process that is stopped in the middle and goes on later does nothing twice', async () => {
  const home = await makeHome('postgres')
  const acknowledged = new Set<string>()
  const frozen = begin(home)
  expect(await frozen.ready()).toBe(true)
  const second = begin(home)
  expect(await second.ready()).toBe(true)
  for (let round = 0; round < 6; round++) {
    for (const index of [1, 2, 3]) void capture(frozen, `frozen-${round}-${index}@acme.com.br`, acknowledged)
    await frozen.pause(20 + round * 60) // over the whole flow of a lead
    frozen.freeze()
    await second.pause(2500) // leases are of one second
    frozen.resume()
    await frozen.pause(300)
  }
  await frozen.kill()
  await second.kill()
  await expectBooksToBalance(home, acknowledged)
}, 180_000)
