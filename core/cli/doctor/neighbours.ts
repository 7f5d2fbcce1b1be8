import { connect } from 'node:net'
import type { Config } from '../../config.ts'
import type { Finding } from './finding.ts'

/** Servers at their usual ports on this machine, which could be used, and are not needed. */
export async function checkNeighbours({ databaseUrl }: Config): Promise<Finding[]> {
  const [postgres, redis] = await Promise.all([answers(5432), answers(6379)])
  return [
    {
      name: 'postgres',
      status: 'ok',
      message: postgres ? 'something answers at 127.0.0.1:5432' : 'nothing at 127.0.0.1:5432; not needed',
      ...(postgres && !databaseUrl
        ? { todo: 'To use it, set DATABASE_URL=postgres://user:password@127.0.0.1:5432/database.' }
        : {}),
    },
    {
      name: 'redis',
      status: 'ok',
      message: `${redis ? 'something answers' : 'nothing'} at 127.0.0.1:6379; this version needs none`,
    },
  ]
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 })
    const end = (seen: boolean) => {
      socket.destroy()
      resolve(seen)
    }
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })
}
