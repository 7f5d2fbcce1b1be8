import { readFile, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startTrae, temporaryFolder, trae } from './trae.ts'

const READY = 'TRAE OS is ready'
const mode = async (path: string) => (await stat(path)).mode & 0o777
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/** A host is started, maybe twice, on a machine that may be busy. */
const PATIENCE = { timeout: 120_000 }

describe('trae start', PATIENCE, () => {
  it('comes up with nothing set, tells the password once, and stops on SIGTERM', async () => {
    const dataDir = await temporaryFolder()
    const env = { TRAE_DATA_DIR: dataDir }
    const first = startTrae(['start'], { env, oldNode: true })
    const said = await first.until('write it down')
    const { url } = JSON.parse(await readFile(join(dataDir, 'host.json'), 'utf8')) as { url: string }
    expect(said).toContain(`${url}/admin`)
    expect(said).toContain(`${url}/l/demo`)
    expect(said).toContain('safe against a killed process, not against a power cut; set DATABASE_URL for Postgres')
    expect(said).not.toContain('\x1b') // no terminal, no colours
    const password = /password {2}(\S+)/.exec(said)![1]!
    expect(said.split(password)).toHaveLength(2)

    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const signedIn = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'owner@trae.local', password }),
    })
    expect(signedIn.status).toBe(200)
    expect(await mode(join(dataDir, 'host.json'))).toBe(0o600)
    await expect.poll(() => exists(join(dataDir, 'cli-token'))).toBe(true)
    expect(await mode(join(dataDir, 'cli-token'))).toBe(0o600)

    first.process.kill('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(await exists(join(dataDir, 'host.json'))).toBe(false)

    const second = startTrae(['start'], { env })
    expect(await second.until('Database')).not.toContain('password')
    second.process.kill('SIGINT')
    const { code, stdout } = await second.ended
    expect(code).toBe(0)
    expect(stdout).not.toContain('Sign in with')
  })

  it('answers in JSON, one value in a line', async () => {
    const env = {
      TRAE_DATA_DIR: await temporaryFolder(),
      TRAE_OWNER_EMAIL: 'ana@example.com',
      TRAE_OWNER_PASSWORD: 'correct horse battery',
    }
    const host = startTrae(['start', '--json'], { env })
    await host.until('"ready":true')
    host.process.kill('SIGTERM')
    const { code, stdout } = await host.ended
    const [ready, stopped, ...more] = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(code).toBe(0)
    expect(ready).toMatchObject({ ready: true, database: 'pglite', owner: { email: 'ana@example.com' }, broken: [] })
    expect(stdout).not.toContain('correct horse battery')
    expect([stopped, more]).toEqual([{ stopped: true }, []])
  })

  it('ends at once, with 1, when it is told a second time while something is still under way', async () => {
    const host = startTrae(['start', '--json'], { env: { TRAE_DATA_DIR: await temporaryFolder() } })
    const { url } = JSON.parse(await host.until('\n')) as { url: string }
    const slow = connect(Number(new URL(url).port), '127.0.0.1')
    slow.on('error', () => {}) // cut off when the host ends
    slow.write('GET /healthz HTTP/1.1\r\nhost: ') // a request that never ends
    await delay(300)
    host.process.kill('SIGTERM')
    host.process.kill('SIGTERM') // the same Ctrl-C, passed on by npm
    await delay(600)
    expect(host.process.exitCode).toBe(null)
    host.process.kill('SIGTERM')
    expect(await host.ended).toMatchObject({ code: 1, signal: null })
  })

  it('says what is wrong with the environment in a sentence, without a stack', async () => {
    const env = { TRAE_PORT: 'eight', TRAE_ENCRYPTION_KEY: 'short' }
    const { code, stdout, stderr } = await trae(['start'], { env })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('TRAE_PORT')
    expect(stderr).toContain('TRAE_ENCRYPTION_KEY: must be 64 hexadecimal digits')
    expect(stderr).not.toMatch(/^ {4}at /m)
    const machine = await trae(['start', '--json'], { env })
    expect(machine).toMatchObject({ code: 1, stderr: '' })
    expect(JSON.parse(machine.stdout)).toMatchObject({ error: { code: 'CONFIG', retryable: false } })
  })

  it('refuses a data directory that another process has, and a port that is taken', async () => {
    const dataDir = await temporaryFolder()
    const host = startTrae(['start'], { env: { TRAE_DATA_DIR: dataDir } })
    await host.until(READY)
    expect(await trae(['start'], { env: { TRAE_DATA_DIR: dataDir } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in use by another TRAE OS'),
    })

    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise(done => taken.once('listening', done))
    const { port } = taken.address() as { port: number }
    const other = await trae(['start'], { env: { TRAE_DATA_DIR: await temporaryFolder(), TRAE_PORT: String(port) } })
    taken.close()
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining(`${port}`) })
    expect(other.stderr).not.toMatch(/^ {4}at /m)
  })
})
