/**
 * What a connection that is kept saves: requests to a TLS server on this machine, each over a connection of its own and over kept ones.
 * CPU is that of this process; the server has one of its own.
 *
 *   node bench/egress.ts [--requests 2000] [--at-once 8]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { egress, type EgressSettings } from '../core/credentials/egress.ts'
import { SocketPool } from '../core/credentials/socket-pool.ts'
import { openFarSide } from '../test/plugins/far-side.ts'

const NAME = 'api.example.com'
if (process.send) {
  const { port, settings } = await openFarSide([NAME], (_request, response) => void response.end('{"ok":true}'))
  process.send({ port, ca: settings.privateCa })
} else {
  const { values } = parseArgs({
    options: { requests: { type: 'string', default: '2000' }, 'at-once': { type: 'string', default: '8' } },
  })
  const server = fork(import.meta.filename, { execArgv: [] })
  const [{ port, ca }] = (await once(server, 'message')) as [{ port: number; ca: string }]
  const settings: EgressSettings = {
    privateHosts: new Set([`${NAME}:${port}`]),
    privateCa: ca,
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  }
  const [requests, atOnce] = [Number(values.requests), Number(values['at-once'])]
  for (const [what, sockets] of [
    ['warming up', undefined],
    ['a connection each', undefined],
    ['kept connections', new SocketPool()],
  ] as const) {
    const owner = { plugin: 'bench', account: '' }
    const policy = { ...settings, sockets, owner, allows: () => true }
    const count = what === 'warming up' ? 200 : requests
    let left = count
    const [began, cpu] = [performance.now(), process.cpuUsage()]
    const line = async () => {
      while (left-- > 0) await egress({ url: `https://${NAME}:${port}/`, method: 'GET', headers: {} }, policy)
    }
    await Promise.all(Array.from({ length: atOnce }, line))
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpu)
    if (what !== 'warming up')
      console.log(
        `${what}: ${Math.round(count / seconds)} requests/s, ${((user + system) / 1000 / count).toFixed(2)} ms CPU each, ${atOnce} at once`,
      )
    sockets?.close()
  }
  server.kill()
}
