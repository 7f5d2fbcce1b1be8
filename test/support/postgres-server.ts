import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

const STANDARD = 'postgres://postgres@127.0.0.1:5432/postgres'

export interface PostgresServer {
  readonly url: string
  stop(): Promise<void>
}

/** One of our own, which can be taken away for a while. */
export interface OwnPostgresServer extends PostgresServer {
  /** Ends at once, as if its machine had lost power; what it has committed stays. */
  crash(): Promise<void>
  /** Starts again on the same data and port. */
  restart(): Promise<void>
}

/**
 * The Postgres that tests use: the one that TRAE_TEST_POSTGRES names, else one at the standard port, else one started
 * for this run from a local installation. Undefined, with the reasons on stderr, where there is none at all.
 */
export async function findPostgres(): Promise<PostgresServer | undefined> {
  const named = process.env['TRAE_TEST_POSTGRES']
  const url = named ?? STANDARD
  if (await answers(url)) return { url, stop: async () => {} }
  if (named) throw new Error(`TRAE_TEST_POSTGRES names ${new URL(named).host}, where no Postgres answers.`)
  return startPostgres()
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** A cluster of its own in a temporary directory, from the newest local installation; undefined where there is none. */
export async function startPostgres(): Promise<OwnPostgresServer | undefined> {
  const bin = newestInstallation()
  if (!bin) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'trae-postgres-'))
  const user = unprivileged()
  if (user) chownSync(directory, user.uid, user.gid)
  const data = join(directory, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { ...user, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb of ${bin} failed: ${made.stderr}`)
  const port = await freePort()
  const start = () =>
    spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory], {
      ...user,
      stdio: 'ignore',
    })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const up = async () => {
    for (const deadline = Date.now() + 20_000; !(await answers(url)); await pause(100))
      if (Date.now() > deadline) throw new Error(`the Postgres of ${bin} does not come up`)
  }
  let server = start()
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const ended = new Promise(resolve => server.once('exit', resolve))
    server.kill(signal)
    await ended
  }
  await up()
  return {
    url,
    crash: () => end('SIGQUIT'), // immediate shutdown: no checkpoint, recovery at the next start
    async restart() {
      server = start()
      await up()
    },
    async stop() {
      await end('SIGINT') // fast shutdown
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

function newestInstallation(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map(version => join(root, version, 'bin')).find(bin => existsSync(join(bin, 'initdb')))
}

/** Postgres refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [, , uid, gid] = (spawnSync('getent', ['passwd', 'postgres'], { encoding: 'utf8' }).stdout ?? '').split(':')
  return { uid: Number(uid) || 65534, gid: Number(gid) || 65534 }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
