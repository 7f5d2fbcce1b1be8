import { type Job, Queue as Jobs, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Log } from '../../log.ts'
import { connectRedis, RedisOutage } from '../redis.ts'
import { InProcessQueue } from './in-process-queue.ts'

const NAME = 'runs'
/** Runs of others that a process looks at in one go. */
const AT_ONCE = 16

/**
 * The doorbell of several processes. Each answers its own rings, with no way over the network; a run for which it has no place
 * becomes a job of BullMQ, which a process with a place takes in. A job says that a run is due, and lasts until somebody has looked: who
 * executes the run is decided by its lease in the database. Redis may be emptied or away at any time; then polls find what is due.
 */
export class RedisQueue extends InProcessQueue {
  readonly #outage: RedisOutage
  readonly #prefix: string
  readonly #redis: Redis
  readonly #jobs: Jobs
  #worker: Worker | undefined
  #look: (runId: string) => Promise<boolean> = async () => false

  /** `url`: as REDIS_URL. `prefix`: of the installation, unlike any other's. Connects, and goes on trying where nothing answers. */
  constructor(url: string, prefix: string, log: Log) {
    super()
    this.#outage = new RedisOutage(log, 'runs are not handed on to other processes', 'runs are handed on')
    this.#prefix = prefix
    this.#redis = connectRedis(url, { maxRetriesPerRequest: null }) // BullMQ wants it so
    this.#redis.on('ready', () => this.#outage.end())
    this.#jobs = new Jobs(NAME, this.#options)
    this.#jobs.on('error', error => this.#outage.begin(error))
  }

  override handOn(runIds: readonly string[]): boolean {
    if (this.#redis.status !== 'ready') return false
    // named by the run: one job, however often it is handed on
    const jobs = runIds.map(jobId => ({
      name: 'due',
      data: {},
      opts: { jobId, removeOnComplete: true, removeOnFail: true },
    }))
    this.#jobs.addBulk(jobs).catch(error => this.#outage.begin(error))
    return true
  }

  override takeIn(look: (runId: string) => Promise<boolean>): () => void {
    this.#look = look
    if (this.#worker) void this.#worker.resume()
    else this.#worker = this.#openWorker()
    return () => void this.#worker?.pause(true)
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#worker?.close(true)
    await this.#jobs.close()
    this.#redis.disconnect()
  }

  #openWorker(): Worker {
    const take = async (job: Job, token?: string) => {
      if (await this.#look(job.id!)) return
      await job.moveToWait(token)
      throw new WaitingError()
    }
    const worker = new Worker(NAME, take, {
      ...this.#options,
      concurrency: AT_ONCE,
      maxStalledCount: 0, // of a process that died: the poll of another has found the run long before
    })
    worker.on('error', error => this.#outage.begin(error))
    return worker
  }

  get #options() {
    // what BullMQ thinks of a version it would say to the console
    return { prefix: this.#prefix, connection: this.#redis, skipVersionCheck: true }
  }
}
