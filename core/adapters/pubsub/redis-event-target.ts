import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Log } from '../../log.ts'
import { MISSED, type Topic } from '../../pubsub.ts'
import { connectRedis, RedisOutage } from '../redis.ts'

/** Said by a process about what it alone has counted: another one's would be nothing to read. */
const OWN: ReadonlySet<string> = new Set<Topic>(['figures.changed'])
/** After an outage each process says that it was away; their subscribers are told once. */
const TOLD_AFTER_MS = 500

/**
 * An `EventTarget` that several processes share over a channel of Redis: what is dispatched in one is dispatched in each, here at
 * once, elsewhere a moment later; the events of a turn of the event loop go in one message, those that say the same as one. Redis keeps
 * nothing: after an outage, in which each process heard itself alone, listeners of `MISSED` hear that something may have happened.
 */
export class RedisEventTarget extends EventTarget {
  readonly #id = randomUUID()
  readonly #channel: string
  readonly #outage: RedisOutage
  readonly #publisher: Redis
  readonly #subscriber: Redis
  /** By what they say, in the order in which they were said first. */
  readonly #outgoing = new Map<string, readonly [topic: string, detail: unknown]>()
  #telling: NodeJS.Timeout | undefined

  /** `url`: as REDIS_URL. `prefix`: of the installation, unlike any other's. */
  constructor(url: string, prefix: string, log: Log) {
    super()
    this.#channel = `${prefix}:news`
    this.#outage = new RedisOutage(
      log,
      'live news of other processes are not heard',
      'live news of all processes are heard',
    )
    this.#publisher = connectRedis(url, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
    this.#subscriber = connectRedis(url, { lazyConnect: true, maxRetriesPerRequest: null })
    for (const redis of [this.#publisher, this.#subscriber]) redis.on('error', error => this.#outage.begin(error))
    this.#publisher.on('ready', () => this.#isBack())
    // ioredis subscribes again by itself, and is ready when that is done
    this.#subscriber.on('ready', () => this.#isBack())
    this.#subscriber.on('message', (_channel, text) => this.#hear(text))
  }

  /** Connects, and hears the others from then on. Where nothing answers it says so in the log, and goes on trying. */
  async open(): Promise<this> {
    const subscribed = this.#subscriber.subscribe(this.#channel)
    subscribed.catch(() => {}) // of a host that closes before Redis ever answered
    await Promise.all([this.#publisher.connect(), Promise.race([subscribed, firstError(this.#subscriber)])]).catch(
      error => this.#outage.begin(error),
    )
    return this
  }

  override dispatchEvent(event: Event): boolean {
    const heard = super.dispatchEvent(event)
    if (OWN.has(event.type)) return heard
    const { detail } = event as CustomEvent
    if (this.#outgoing.size === 0) setImmediate(() => this.#send())
    this.#outgoing.set(`${event.type} ${JSON.stringify(detail)}`, [event.type, detail])
    return heard
  }

  close(): void {
    clearTimeout(this.#telling)
    this.#publisher.disconnect()
    this.#subscriber.disconnect()
  }

  #send(): void {
    const news = [...this.#outgoing.values()]
    this.#outgoing.clear()
    this.#publish({ from: this.#id, news })
  }

  #publish(message: Message): void {
    this.#publisher.publish(this.#channel, JSON.stringify(message)).catch(error => this.#outage.begin(error))
  }

  #hear(text: string): void {
    const { from, news } = JSON.parse(text) as Message
    if (from === this.#id) return
    if (news === null) return this.#tellMissed()
    for (const [type, detail] of news) super.dispatchEvent(new CustomEvent(type, { detail }))
  }

  #isBack(): void {
    if (this.#publisher.status !== 'ready' || this.#subscriber.status !== 'ready' || !this.#outage.end()) return
    this.#publish({ from: this.#id, news: null }) // what this process said meanwhile, the others have not heard
    this.#tellMissed()
  }

  #tellMissed(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      super.dispatchEvent(new Event(MISSED))
    }, TOLD_AFTER_MS)
  }
}

/** `news` is null where something may have been missed. */
interface Message {
  readonly from: string
  readonly news: readonly (readonly [topic: string, detail: unknown])[] | null
}

const firstError = (redis: Redis) => new Promise<never>((_resolve, reject) => redis.once('error', reject))
