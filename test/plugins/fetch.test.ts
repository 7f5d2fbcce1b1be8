import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { callAction } from '../../core/plugins/call-action.ts'
import type { LogLine } from '../../core/plugins/capabilities/calling.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { readFile, writeFile } from 'node:fs/promises'
import { type FarSide, openFarSide } from './far-side.ts'
import { openPluginWorld, PROBE, type PluginWorld } from './world.ts'

let world: PluginWorld
let far: FarSide
beforeAll(async () => {
  far = await openFarSide(['api.example.com', 'other.example.com'], (request, response) =>
    response
      .writeHead(200, { 'content-type': 'text/x-pong' })
      .end(`${request.method} ${request.headers['x-probe']} ${request.text}`),
  )
  world = await openPluginWorld('postgres')
  const path = join(world.folder, 'probe')
  const manifest = await buildPlugin(PROBE, path)
  manifest.permissions.hosts[0]!.port = far.port // which port is free is known only now
  await writeFile(join(path, 'plugin.json'), JSON.stringify(manifest))
  await installPlugin(world.core, {
    workspaceId: world.workspaceId,
    from: { kind: 'folder', path },
    grant: 'all-declared',
  })
  expect(await readFile(join(path, 'plugin.js'), 'utf8')).not.toContain(String(far.port))
})
afterAll(async () => {
  await world?.close()
  await far?.close()
})

const ask = (url: string, settings = {}, onLog?: (line: LogLine) => void) =>
  callAction(
    { ...world.core, ...settings },
    {
      workspaceId: world.workspaceId,
      action: resolveAction(world.core, world.workspaceId, 'probe/ask'),
      input: { url },
      run: { id: randomUUID(), path: 'ask', attempt: 1, key: randomUUID(), playbookId: 'p' },
      locale: 'en',
      timeZone: 'UTC',
      onLog,
    },
  )

test('a plugin fetches from a host that it was granted, and the run shows it without the query', async () => {
  const lines: LogLine[] = []
  const { output } = await ask(`https://api.example.com:${far.port}/v1?token=secret`, { egress: far.settings }, line =>
    lines.push(line),
  )
  expect(output).toEqual({ status: 200, text: 'POST yes ping', type: 'text/x-pong' })
  expect(lines).toMatchObject([
    {
      level: 'debug',
      message: `POST https://api.example.com:${far.port}/v1 → 200`,
      fields: { status: 200, bytes: 13 },
    },
    { level: 'debug', message: 'asked of the host: fetch' },
  ])
})

test('and from no other host, on no other port, and from nothing private unless the host was set up so', async () => {
  await expect(ask(`https://other.example.com:${far.port}/`, { egress: far.settings })).rejects.toMatchObject({
    code: 'PERMISSION',
  })
  await expect(ask('https://api.example.com/', { egress: far.settings })).rejects.toMatchObject({ code: 'PERMISSION' })
  await expect(
    ask(`https://api.example.com:${far.port}/`, { egress: { resolve: far.settings.resolve } }),
  ).rejects.toMatchObject({
    code: 'PERMISSION',
    message: expect.stringContaining('does not lead to the open internet'),
  })
  expect(far.connections).toHaveLength(1)
})
