import { connectRedis } from '../../adapters/redis.ts'
import type { Config } from '../../config.ts'
import type { Finding } from './finding.ts'
import { answers } from './neighbours.ts'

/** Does Redis let us in? A host starts without it, so what is wrong there is worth a look. */
export async function checkRedis({ redisUrl, databaseUrl }: Config): Promise<Finding> {
  const name = 'redis'
  if (redisUrl === undefined) {
    const isThere = await answers(6379)
    const message = isThere
      ? 'something answers at 127.0.0.1:6379'
      : 'nothing at 127.0.0.1:6379; one process needs none'
    const todo = 'Several processes on one database share it: set REDIS_URL=redis://127.0.0.1:6379.'
    return { name, status: 'ok', message, ...(isThere && databaseUrl !== undefined ? { todo } : {}) }
  }
  const { host } = new URL(redisUrl)
  const redis = connectRedis(redisUrl, { lazyConnect: true, retryStrategy: () => null, commandTimeout: 2000 })
  const heard: Error[] = []
  redis.on('error', error => heard.push(error))
  try {
    await redis.connect()
    await redis.ping()
    return {
      name,
      status: 'ok',
      message: `Redis at ${host} carries live news and handed on runs, counts requests and keeps figures`,
    }
  } catch (error) {
    const { message } = heard[0] ?? (error as Error) // the first says why; the last only that the connection is closed
    return {
      name,
      status: 'warn',
      message: `Redis at ${host} cannot be used: ${message}`,
      todo: 'Correct REDIS_URL, or start Redis. Until then each process counts requests by itself, hears no live news of others, and keeps no figures.',
    }
  } finally {
    redis.disconnect()
  }
}
