import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'

export interface Program {
  readonly pid: number
  /** Milliseconds from the start of the process to its first healthy answer. */
  readonly startMs: number
  stop(): Promise<void>
}

/** Starts the whole program as `npm start` does, with nothing set but these variables, and waits until it is ready. */
export async function startProgram(port: number, variables: Readonly<Record<string, string>>): Promise<Program> {
  const began = performance.now()
  const flags = ['--max-semi-space-size=16', join(import.meta.dirname, '../core/cli/launch.js'), 'start']
  const host = spawn(process.execPath, flags, {
    env: {
      PATH: process.env['PATH'],
      TRAE_PORT: String(port),
      NODE_ENV: 'production',
      NODE_OPTIONS: process.env['TRAE_BENCH_NODE_OPTIONS'], // --cpu-prof and the like, for the host alone
      ...variables,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (;;) {
    if (host.exitCode !== null) throw new Error('the host did not start')
    if (await isReady(port)) break
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return { pid: host.pid!, startMs: Math.round(performance.now() - began), stop: () => stopped(host) }
}

async function stopped(host: ChildProcess): Promise<void> {
  if (host.exitCode !== null) return
  const exited = once(host, 'exit')
  host.kill('SIGTERM')
  await exited
}

function isReady(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const call = request({ host: '127.0.0.1', port, path: '/readyz' }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    call.on('error', () => resolve(false))
    call.end()
  })
}
