import { pino } from 'pino'
import { expect, it } from 'vitest'
import { RedisLimits } from '../../core/adapters/limits/redis-limits.ts'
import { RedisEventTarget } from '../../core/adapters/pubsub/redis-event-target.ts'
import { RedisQueue } from '../../core/adapters/queue/redis-queue.ts'
import { createClock } from '../../core/clock.ts'
import { openLine, REDIS } from '../support/redis.ts'

/** A log whose lines can be read. */
function written() {
  const lines: string[] = []
  return { lines, log: pino({ base: null }, { write: (line: string) => lines.push(line) }) }
}

it('a password that Redis refuses is in no line of the log; each line says what that means and where to look', async () => {
  const { lines, log } = written()
  const url = `redis://nobody:geheim@${new URL(REDIS).host}`
  const target = await new RedisEventTarget(url, 'x', log).open()
  const limits = await new RedisLimits(url, 'x', createClock(), log).open()
  const queue = new RedisQueue(url, 'x', log)
  await expect.poll(() => lines.length).toBe(3)
  for (const line of lines) expect(line).toMatch(/Redis cannot be used \(WRONGPASS .*\): .*\. See REDIS_URL\./)
  expect(lines.join()).not.toContain('geheim')
  target.close()
  await limits.close()
  await queue.close()
})

it('an outage is said once, and its end', async () => {
  const { lines, log } = written()
  const line = await openLine()
  line.cut()
  const target = await new RedisEventTarget(line.url, 'x', log).open()
  for (let i = 0; i < 3; i++) target.dispatchEvent(new CustomEvent('lead.updated', { detail: {} }))
  line.mend()
  await expect.poll(() => lines.length).toBe(2)
  expect(lines[0]).toContain('live news of other processes are not heard')
  expect(lines[1]).toContain('live news of all processes are heard')
  target.close()
  await line.close()
})
