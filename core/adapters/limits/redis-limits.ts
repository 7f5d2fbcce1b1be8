import type { Redis } from 'ioredis'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { connectRedis, RedisOutage } from '../redis.ts'
import { FORGET_MS, type Limits, type Pauses, type Taken, type Window } from './limits.ts'
import { MemoryLimits } from './memory-limits.ts'

/** How long an answer is waited for, in milliseconds: every request asks. */
const PATIENCE_MS = 300

/**
 * `Limits` in Redis, which several processes share: one script an answer, so that two processes never both take the last
 * one. While Redis is away each process counts by itself, as strictly: an outage neither stops the host nor opens it.
 */
export class RedisLimits implements Limits {
  readonly #redis: Redis
  readonly #clock: Clock
  readonly #outage: RedisOutage
  readonly #spare: MemoryLimits

  /** `prefix`: of the installation, unlike any other's. */
  constructor(url: string, prefix: string, clock: Clock, log: Log) {
    this.#clock = clock
    this.#outage = new RedisOutage(
      log,
      'this process counts requests by itself',
      'requests are counted for all processes',
    )
    this.#spare = new MemoryLimits(clock)
    this.#redis = connectRedis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: PATIENCE_MS,
      keyPrefix: `${prefix}:limits:`,
      lazyConnect: true,
    })
    this.#redis.on('error', error => this.#outage.begin(error))
    this.#redis.on('ready', () => this.#outage.end())
  }

  /** Connects. Where nothing answers it says so in the log, and goes on trying. */
  async open(): Promise<this> {
    await this.#redis.connect().catch(error => this.#outage.begin(error))
    return this
  }

  take(key: string, windows: readonly Window[], cost = 1): Promise<Taken> {
    const now = this.#clock.now().getTime() / 1000
    const slots = windows.map(({ seconds }) => Math.floor(now / seconds))
    const keys = windows.map(({ name }, i) => `{${key}}:${name}:${slots[i]}`)
    const sizes = windows.flatMap(({ limit, seconds }) => [limit, seconds * 2])
    return this.#or(
      async () => {
        const [allowed, ...counts] = (await this.#redis.eval(TAKE, keys.length, ...keys, cost, ...sizes)) as number[]
        const left = windows.map((window, i) => ({
          window,
          remaining: Math.max(0, window.limit - counts[i]!),
          reset: Math.max(1, Math.ceil((slots[i]! + 1) * window.seconds - now)),
        }))
        return { allowed: allowed === 1, left }
      },
      () => this.#spare.take(key, windows, cost),
    )
  }

  attempt(key: string, pauses: Pauses): Promise<number> {
    const { free, first, longest } = pauses
    const values = [this.#clock.now().getTime(), free, first, longest, FORGET_MS]
    return this.#or(
      async () => Number(await this.#redis.eval(ATTEMPT, 1, `{${key}}:attempts`, ...values)),
      () => this.#spare.attempt(key, pauses),
    )
  }

  async clear(key: string): Promise<void> {
    await this.#spare.clear(key)
    await this.#or(
      async () => void (await this.#redis.del(`{${key}}:attempts`)),
      () => Promise.resolve(),
    )
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
    await this.#spare.close()
  }

  async #or<T>(ask: () => Promise<T>, alone: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      this.#outage.begin(error)
      return alone()
    }
  }
}

/** ARGV: cost, then limit and seconds to live of each window. Answers 1 or 0, and the counts. */
const TAKE = `
local cost = tonumber(ARGV[1])
local answer = {1}
for i, key in ipairs(KEYS) do
  answer[i + 1] = tonumber(redis.call('get', key) or '0')
  if answer[i + 1] + math.max(cost, 1) > tonumber(ARGV[i * 2]) then answer[1] = 0 end
end
if answer[1] == 1 and cost > 0 then
  for i, key in ipairs(KEYS) do
    answer[i + 1] = redis.call('incrby', key, cost)
    redis.call('expire', key, ARGV[i * 2 + 1])
  end
end
return answer`

/** ARGV: now, free, first, longest, forget; all in milliseconds but \`free\`. Answers the milliseconds to wait. */
const ATTEMPT = `
local now = tonumber(ARGV[1])
local left = tonumber(redis.call('hget', KEYS[1], 'until') or '0') - now
if left > 0 then return left end
local count = redis.call('hincrby', KEYS[1], 'count', 1)
local over = count - tonumber(ARGV[2])
local pause = 0
if over >= 0 then pause = math.min(tonumber(ARGV[3]) * 2 ^ math.min(over, 30), tonumber(ARGV[4])) end
redis.call('hset', KEYS[1], 'until', string.format('%.0f', now + pause))
redis.call('pexpire', KEYS[1], ARGV[5])
return 0`
