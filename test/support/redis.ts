import { connect, createServer, type Server, type Socket } from 'node:net'

/** The Redis of the tests: at TRAE_TEST_REDIS, else at the standard port. */
export const REDIS = process.env['TRAE_TEST_REDIS'] ?? 'redis://127.0.0.1:6379'

/** A line to Redis that can be cut and mended. */
export async function openLine() {
  const { hostname, port } = new URL(REDIS)
  const open = new Set<Socket>()
  let up = true
  const server: Server = createServer(socket => {
    if (!up) return void socket.destroy()
    const redis = connect(Number(port || 6379), hostname)
    for (const end of [socket, redis]) {
      open.add(end)
      end.on('error', () => {}).on('close', () => (socket.destroy(), redis.destroy()))
    }
    socket.pipe(redis).pipe(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    up = false
    for (const socket of open) socket.destroy()
    open.clear()
  }
  return {
    cut,
    url: `redis://127.0.0.1:${(server.address() as { port: number }).port}`,
    mend: () => (up = true),
    async close() {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
