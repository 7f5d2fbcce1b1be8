import { createServer } from 'node:net'
import type { Config } from '../../config.ts'
import { readHostFile } from '../host-file.ts'
import type { Finding } from './finding.ts'

/** Can the port be had, or is it ours already? */
export async function checkPort({ host, port, dataDir }: Config): Promise<Finding> {
  const name = 'port'
  const error = await tryPort(host, port)
  if (!error) return { name, status: 'ok', message: port === 0 ? 'any free one' : `${port} on ${host} is free` }
  const running = readHostFile(dataDir)
  if (error.code === 'EADDRINUSE' && running && Number(new URL(running.url).port) === port)
    return {
      name,
      status: 'ok',
      message: `${port} on ${host} is taken by the TRAE OS that runs (process ${running.pid})`,
    }
  const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be had: ${error.message}`
  return {
    name,
    status: 'fail',
    message: `${port} on ${host} ${why}`,
    todo: 'Set TRAE_PORT (0 takes any free port), or TRAE_HOST.',
  }
}

function tryPort(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', resolve)
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}
