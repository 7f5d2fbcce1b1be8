import { expect, test } from 'vitest'
import { GroupCommit } from '../core/group-commit.ts'

/** A store that answers when it is told to. */
function slowStore() {
  const flushes: { items: readonly number[]; answer(): void; fail(): void }[] = []
  const commits = new GroupCommit<number, number>(
    items =>
      new Promise((resolve, reject) =>
        flushes.push({
          items,
          answer: () => resolve(items.map(item => item * 10)),
          fail: () => reject(new Error(`no ${items.join()}`)),
        }),
      ),
    { limit: 3 },
  )
  return { commits, flushes }
}
const turns = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
}

test('what arrives in one turn, and while a flush is under way, shares one: so many at most, in order', async () => {
  const { commits, flushes } = slowStore()
  const first = [commits.add(1), commits.add(2)]
  await turns()
  const next = [3, 4, 5, 6].map(item => commits.add(item))
  await turns()
  expect(flushes.map(({ items }) => items)).toEqual([[1, 2]])
  flushes[0]!.answer()
  expect(await Promise.all(first)).toEqual([10, 20])
  expect(flushes[1]!.items).toEqual([3, 4, 5])
  flushes[1]!.answer()
  await turns()
  flushes[2]!.answer()
  expect(await Promise.all(next)).toEqual([30, 40, 50, 60])
})

test('whoever waits for a flush is told once the next one is on its way, or at once where nothing waits', async () => {
  const { commits, flushes } = slowStore()
  const told: string[] = []
  const add = (item: number) => void commits.add(item).then(() => told.push(`${item} with ${flushes.length} sent`))
  add(1)
  await turns()
  add(2)
  flushes[0]!.answer()
  await turns()
  expect(told).toEqual(['1 with 2 sent'])
  flushes[1]!.answer()
  await turns()
  expect(told).toEqual(['1 with 2 sent', '2 with 2 sent'])
})

test('whoever came first is told first, also where the next flush ends at once', async () => {
  let first = () => {}
  const slow = new Promise<void>(resolve => (first = resolve))
  const commits = new GroupCommit<number, number>(async items => {
    if (items.includes(1)) await slow
    return items
  })
  const told: number[] = []
  const add = (item: number) => commits.add(item).then(of => told.push(of))
  const one = add(1)
  await turns()
  const two = add(2)
  first()
  await Promise.all([one, two])
  expect(told).toEqual([1, 2])
})

test('a flush that fails, fails those who are in it; the next goes on', async () => {
  const { commits, flushes } = slowStore()
  const lost = Promise.allSettled([commits.add(1), commits.add(2)])
  await turns()
  const kept = commits.add(3)
  flushes[0]!.fail()
  expect((await lost).map(one => (one.status === 'rejected' ? String(one.reason) : one.status))).toEqual([
    'Error: no 1,2',
    'Error: no 1,2',
  ])
  flushes[1]!.answer()
  expect(await kept).toBe(30)
  const later = commits.add(4)
  await turns()
  flushes[2]!.answer()
  expect(await later).toBe(40)
})
