import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { findPlaybook } from '../core/publishing/read-playbooks.ts'
import { createEmptyDatabase, DATABASE_KINDS } from './support/database.ts'
import { startHost, type TestHost } from './support/host.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trae-main-'))
  cleanups.push(() => rm(path, { recursive: true, force: true }))
  return path
}

async function host(environment: Record<string, string>): Promise<TestHost> {
  const started = await startHost(environment)
  cleanups.push(() => started.stop())
  return started
}

const PLAYBOOKS = join(import.meta.dirname, '../playbooks')

describe.each(DATABASE_KINDS)('a start on %s', kind => {
  test('makes an owner once, and the next start finds everything as it was', async () => {
    const home: Record<string, string> = { TRAE_DATA_DIR: await folder(), TRAE_OWNER_PASSWORD: '' }
    if (kind === 'postgres') {
      const database = await createEmptyDatabase()
      cleanups.push(() => database.drop())
      home['DATABASE_URL'] = database.url
    }
    const first = await startHost(home)
    expect(first.host.owner).toMatchObject({
      email: 'owner@example.com',
      password: expect.stringMatching(/^[\w-]{20}$/),
    })
    const plugins = first.host.core.plugins.list(first.host.workspaceId).map(plugin => plugin.digest)
    expect(plugins.length).toBeGreaterThan(4)
    await first.host.stop()

    const second = await startHost(home)
    expect(second.host.owner).toBeUndefined()
    expect(second.host.workspaceId).toBe(first.host.workspaceId)
    expect(second.host.core.plugins.list(first.host.workspaceId).map(plugin => plugin.digest)).toEqual(plugins)
    const versions = await second.host.core.playbooks.current(second.host.workspaceId)
    const files = (await readdir(PLAYBOOKS)).filter(name => /^[\w-]+\.yaml$/.test(name))
    expect(versions.map(version => [version.slug, version.number])).toEqual(
      files.sort().map(name => [name.slice(0, -'.yaml'.length), 1]),
    )
    await second.host.stop()
  })
})

test('a broken playbook is told with line and column, keeps its earlier version, and stops neither the host nor the others', async () => {
  const playbooks = await folder()
  await cp(PLAYBOOKS, playbooks, { recursive: true })
  const dataDir = await folder()
  const first = await startHost({ TRAE_DATA_DIR: dataDir, TRAE_PLAYBOOKS_DIR: playbooks })
  await first.host.stop()

  const file = join(playbooks, 'qualify-lead.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('sdr/lead-scoring@^1', 'sdr/lead-scorring@^1'))
  await writeFile(join(playbooks, 'new.yaml'), 'id: new\nname: [')
  const { host: second, url } = await host({ TRAE_DATA_DIR: dataDir, TRAE_PLAYBOOKS_DIR: playbooks })
  expect(second.broken.map(({ file }) => file)).toEqual(['new.yaml', 'qualify-lead.yaml'])
  expect(second.broken[1]!.error.message).toMatch(
    /qualify-lead.yaml:\d+:\d+: error: .*did you mean sdr\/lead-scoring\?/s,
  )
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect(await findPlaybook(second.core, second.workspaceId, 'qualify-lead')).toMatchObject({ status: 'ACTIVE' })
  expect((await second.core.playbooks.current(second.workspaceId)).map(version => version.slug)).toContain(
    'qualify-lead',
  )
})

test('a busy port is named, with what to do, and nothing is left running: the next start works', async () => {
  const busy = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => busy.once('listening', resolve))
  const { port } = busy.address() as AddressInfo
  const dataDir = await folder()
  await expect(startHost({ TRAE_DATA_DIR: dataDir, TRAE_PORT: String(port) })).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(new RegExp(`${port}.*TRAE_PORT`, 's')),
  })
  await new Promise(resolve => busy.close(resolve))
  const { url } = await host({ TRAE_DATA_DIR: dataDir, TRAE_PORT: String(port) })
  expect(url).toContain(String(port))
})
