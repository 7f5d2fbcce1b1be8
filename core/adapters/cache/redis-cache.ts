import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Log } from '../../log.ts'
import type { Metrics } from '../../metrics.ts'
import { connectRedis, RedisOutage } from '../redis.ts'
import { type Cache, type Kept, KEPT_MS, MOST_CHARACTERS, MOST_VARIANTS } from './cache.ts'

/** How long an answer is waited for, in milliseconds: counting anew is the other way. */
const PATIENCE_MS = 300
/** After a command that failed, Redis is asked again so much later. */
const AGAIN_MS = 1000
/** The field of a hash that names its generation; no variant is empty. */
const GENERATION = ''

/**
 * `Cache` in Redis: a hash for each name of a workspace, whose fields are the generation and what is kept of each variant. It ends so long
 * after its first field as its name is kept; a drop deletes it. Who reads notes the generation first and stores only where it still stands.
 *
 * What a process has dropped while it could not reach Redis is unknown there. So it asks nothing of it then, and whenever it
 * reaches Redis (also at its start: whoever died may have left something) it deletes all that is kept before it asks.
 */
export class RedisCache implements Cache {
  readonly #redis: Redis
  readonly #prefix: string
  readonly #metrics: Pick<Metrics, 'cacheRead'>
  readonly #outage: RedisOutage
  /** Readings of this process, by key, variant and generation. */
  readonly #readings = new Map<string, Promise<string>>()
  /** Keys that are to be deleted in this turn. */
  readonly #dropped = new Set<string>()
  #settled: Promise<unknown> = Promise.resolve()
  /** What is kept is as this process has left it. */
  #trusted = false
  /** How often that was no longer known. */
  #doubts = 0
  #again: NodeJS.Timeout | undefined

  /** `prefix`: of the installation, unlike any other's. */
  constructor(url: string, prefix: string, log: Log, metrics: Pick<Metrics, 'cacheRead'>) {
    this.#prefix = `${prefix}:cache:`
    this.#metrics = metrics
    this.#outage = new RedisOutage(log, 'figures are counted for each who asks', 'figures are kept')
    this.#redis = connectRedis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: PATIENCE_MS,
      lazyConnect: true,
    })
    this.#redis.on('error', error => this.#distrust(error))
    this.#redis.on('close', () => this.#doubt())
    this.#redis.on('ready', () => void this.#begin())
  }

  /** Connects. Where nothing answers it says so in the log, and goes on trying. */
  async open(): Promise<this> {
    await this.#redis.connect().catch(error => this.#distrust(error))
    return this
  }

  async get<T>(workspaceId: string, name: Kept, variant: string, read: () => Promise<T>): Promise<T> {
    const key = this.#key(workspaceId, name)
    const known = await this.#ask(key, variant, KEPT_MS[name])
    if (known === undefined) {
      this.#metrics.cacheRead(name, 'away')
      return read()
    }
    const place = `${key} ${variant} ${known.generation}`
    const shared = known.text ?? this.#readings.get(place)
    this.#metrics.cacheRead(name, shared === undefined ? 'miss' : 'hit')
    if (shared !== undefined) return JSON.parse(await shared) as T
    const reading = read().then(answer => JSON.stringify(answer))
    this.#readings.set(place, reading)
    try {
      const text = await reading
      await this.#keep(key, variant, known.generation, text)
      return JSON.parse(text) as T
    } finally {
      this.#readings.delete(place)
    }
  }

  drop(workspaceId: string, names: readonly Kept[]): void {
    if (this.#dropped.size === 0) setImmediate(() => this.#send())
    for (const name of names) this.#dropped.add(this.#key(workspaceId, name))
  }

  async settled(): Promise<void> {
    this.#send()
    await this.#settled
  }

  close(): void {
    clearTimeout(this.#again)
    this.#redis.disconnect()
  }

  #key(workspaceId: string, name: Kept): string {
    return `${this.#prefix}${workspaceId}:${name}`
  }

  /** The generation that stands, begun where none does, and the text of the variant; undefined where Redis cannot be asked. */
  async #ask(key: string, variant: string, keptMs: number) {
    this.#send()
    if (!this.#trusted) return undefined
    try {
      const [generation, text] = await this.#redis.hmget(key, GENERATION, variant)
      if (generation) return { generation, text: text ?? undefined }
      const begun = (await this.#redis.eval(BEGIN, 1, key, randomUUID(), keptMs)) as string
      return this.#trusted ? { generation: begun, text: undefined } : undefined
    } catch (error) {
      return void this.#distrust(error)
    }
  }

  async #keep(key: string, variant: string, generation: string, text: string): Promise<void> {
    if (text.length > MOST_CHARACTERS || !this.#trusted) return
    await this.#redis
      .eval(KEEP, 1, key, generation, variant, text, MOST_VARIANTS)
      .catch((error: unknown) => this.#distrust(error))
  }

  #send(): void {
    if (this.#dropped.size === 0) return
    const keys = [...this.#dropped]
    this.#dropped.clear()
    if (this.#redis.status !== 'ready') return // all is deleted before anything is asked again
    this.#settled = this.#redis.unlink(...keys).catch(error => this.#distrust(error))
  }

  #distrust(error: unknown): void {
    this.#outage.begin(error)
    this.#doubt()
    this.#again ??= setTimeout(() => {
      this.#again = undefined
      if (this.#redis.status === 'ready') void this.#begin()
    }, AGAIN_MS).unref()
  }

  #doubt(): void {
    this.#trusted = false
    this.#doubts++
  }

  /** Deletes what is kept: only what others have begun to keep meanwhile stays. */
  async #begin(): Promise<void> {
    const doubts = this.#doubts
    try {
      for await (const keys of this.#redis.scanStream({ match: `${this.#prefix}*`, count: 1000 }))
        if (keys.length > 0) await this.#redis.unlink(...keys)
      if (this.#doubts !== doubts) return // something was dropped meanwhile that may still be there
      this.#trusted = true
      this.#outage.end()
    } catch (error) {
      this.#distrust(error)
    }
  }
}

/** ARGV: a generation, and the milliseconds to live. Answers the one that stands. */
const BEGIN = `
if redis.call('hsetnx', KEYS[1], '', ARGV[1]) == 1 then redis.call('pexpire', KEYS[1], ARGV[2]) end
return redis.call('hget', KEYS[1], '')`

/** ARGV: the generation in which it was read, variant, text, most variants. */
const KEEP = `
if redis.call('hget', KEYS[1], '') == ARGV[1] and redis.call('hlen', KEYS[1]) <= tonumber(ARGV[4]) then
  redis.call('hset', KEYS[1], ARGV[2], ARGV[3])
end`
