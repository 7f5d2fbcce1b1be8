import { connect } from 'node:net'
import type { Config } from '../../config.ts'
import type { Finding } from './finding.ts'

/** A server at its usual port on this machine, which could be used, and is not needed. */
export async function checkNeighbours({ databaseUrl }: Config): Promise<Finding> {
  const isThere = await answers(5432)
  return {
    name: 'postgres',
    status: 'ok',
    message: isThere ? 'something answers at 127.0.0.1:5432' : 'nothing at 127.0.0.1:5432; not needed',
    ...(isThere && !databaseUrl
      ? { todo: 'To use it, set DATABASE_URL=postgres://user:password@127.0.0.1:5432/database.' }
      : {}),
  }
}

/** Whether somebody listens at a port of this machine. */
export function answers(port: number): Promise<boolean> {
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
