import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { callAction } from '../../core/plugins/call-action.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { type HostTraffic, PluginTraffic, sweepTraffic, trafficOf } from '../../core/plugins/traffic.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type FarSide, openFarSide } from './far-side.ts'
import { openPluginWorld, PROBE, type PluginWorld } from './world.ts'

const DAY = 86_400_000

describe.each(DATABASE_KINDS)('what plugins exchange with whom, on %s', kind => {
  let world: PluginWorld
  let far: FarSide
  let installation: Installation
  let arrived = 0
  beforeAll(async () => {
    far = await openFarSide(['api.example.com'], (request, response) => {
      arrived++
      if (request.url === '/broken') return response.destroy()
      if (request.url === '/moved') return response.writeHead(302, { location: '/there' }).end()
      response.end('pong')
    })
    world = await openPluginWorld(kind)
    const path = join(world.folder, 'probe')
    const manifest = await buildPlugin(PROBE, path)
    manifest.permissions.hosts[0]!.port = far.port
    await writeFile(join(path, 'plugin.json'), JSON.stringify(manifest))
    const from = { kind: 'folder', path } as const
    installation = await installPlugin(world.core, { workspaceId: world.workspaceId, from, grant: 'all-declared' })
  })
  afterAll(async () => {
    await world?.close()
    await far?.close()
  })

  const ask = (path: string, traffic = world.core.traffic, name = 'api.example.com') => {
    const { core, workspaceId } = world
    const action = resolveAction(core, workspaceId, 'probe/ask')
    const run = { id: randomUUID(), path: 'ask', attempt: 1, key: randomUUID(), playbookId: 'p' }
    const input = { url: `https://${name}:${far.port}${path}` }
    const settings = { egress: far.settings, traffic }
    return callAction({ ...core, ...settings }, { workspaceId, action, input, run, locale: 'en', timeZone: 'UTC' })
  }
  const told = async () => (await trafficOf(world.core, world.workspaceId, [installation])).get(installation.id)!
  /** What is counted is stored a moment after the plugin has its answer. */
  const counted = (expected: Partial<HostTraffic> | undefined) =>
    expect.poll(told).toEqual(expected === undefined ? [] : [expect.objectContaining(expected)])
  const host = () => `api.example.com:${far.port}`
  /** Another process, which may let a plugin exchange so much. */
  const holdingTo = (bytes: number) =>
    new PluginTraffic({ ...world.core, config: { ...world.core.config, pluginTrafficBytes: bytes } })

  test('each request counts with what it sent and what came back, together and by host', async () => {
    await counted(undefined)
    await ask('/')
    await counted({ host: host(), requests: 1, received: 4 })
    const [{ sent, today }] = (await told()) as [HostTraffic]
    expect(sent).toBeGreaterThan(`https://${host()}/ping`.length)
    expect(today).toBe(sent + 4)
    await Promise.all(Array.from({ length: 20 }, () => ask('/')))
    await counted({ requests: 21, sent: 21 * sent, received: 84, today: 21 * (sent + 4) })
  })

  test('a redirect is a request more; one that fails on its way counts, one that may not leave does not', async () => {
    await ask('/moved')
    await counted({ requests: 23 })
    await expect(ask('/broken')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await counted({ requests: 24, received: 88 })
    const elsewhere = { ...world.core, egress: far.settings }
    const action = resolveAction(elsewhere, world.workspaceId, 'probe/ask')
    const run = { id: randomUUID(), path: 'ask', attempt: 1, key: randomUUID(), playbookId: 'p' }
    const call = { workspaceId: world.workspaceId, action, run, locale: 'en', timeZone: 'UTC' }
    for (const url of ['https://other.example.com/', 'no address'])
      await expect(callAction(elsewhere, { ...call, input: { url } })).rejects.toBeDefined()
    await ask('/')
    await counted({ requests: 25 })
  })

  test('a host is the same however its name is written', async () => {
    const { sent, received } = (await told())[0]!
    await ask('/', world.core.traffic, 'API.example.com.')
    await counted({ host: host(), requests: 26, received: received + 4 })
    expect((await told())[0]!.sent).toBeGreaterThan(sent)
  })

  test('who has exchanged what one may in a day is refused until midnight UTC, by every process', async () => {
    const [{ today }] = (await told()) as [HostTraffic]
    const before = arrived
    await expect(ask('/', holdingTo(today))).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfter: Math.ceil((DAY - (world.core.clock.now().getTime() % DAY)) / 1000),
      message: expect.stringMatching(
        /probe has exchanged .* MB with api\.example\.com:\d+ today.*TRAE_PLUGIN_TRAFFIC_MB/,
      ),
    })
    expect(arrived).toBe(before)
    const held = holdingTo(today + 1)
    await ask('/', held) // the last one that begins below the mark
    await counted({ requests: 27 })
    await expect(ask('/', held)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    world.core.clock.advance(DAY)
    await ask('/', held)
    await counted({ requests: 28 })
    expect((await told())[0]!.today).toBeLessThan(today)
  })

  test('is known for 30 days', async () => {
    world.core.clock.advance(29 * DAY)
    await sweepTraffic(world.core)
    await counted({ requests: 1, today: 0 })
    world.core.clock.advance(DAY)
    await counted(undefined)
    await sweepTraffic(world.core)
    const rows = await world.core.sql.query({ name: '', text: 'select from plugin_traffic' })
    expect(rows).toEqual([])
  })
})
