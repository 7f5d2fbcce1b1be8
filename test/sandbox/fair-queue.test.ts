import { expect, test } from 'vitest'
import { FairQueue } from '../../core/sandbox/fair-queue.ts'

const always = () => true

test('keys take turns, and within a key the first is first', () => {
  const queue = new FairQueue<string>({ perKey: 10, total: 10 })
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item[0]!, item)
  const order = Array.from({ length: 7 }, () => queue.take(always))
  expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined])
  expect(queue.size).toBe(0)
})

test('a flood of one key leaves room for others', () => {
  const queue = new FairQueue<number>({ perKey: 3, total: 5 })
  expect([1, 2, 3, 4].map(n => queue.add('flood', n))).toEqual([true, true, true, false])
  expect([queue.add('other', 1), queue.add('third', 1), queue.add('fourth', 1)]).toEqual([true, true, false])
})

test('a key that may not go is passed over', () => {
  const queue = new FairQueue<string>({ perKey: 3, total: 5 })
  queue.add('busy', 'b')
  queue.add('free', 'f')
  expect(queue.take(key => key !== 'busy')).toBe('f')
  expect(queue.take(key => key !== 'busy')).toBe(undefined)
  expect(queue.take(always)).toBe('b')
})

test('what was taken can be put back first, and what waits can be removed', () => {
  const queue = new FairQueue<string>({ perKey: 2, total: 2 })
  queue.add('a', 'second')
  queue.add('a', 'third')
  queue.addFirst('a', 'first')
  expect(queue.remove('a', 'third')).toBe(true)
  expect(queue.remove('a', 'third')).toBe(false)
  expect(queue.drain()).toEqual(['first', 'second'])
  expect(queue.size).toBe(0)
})
