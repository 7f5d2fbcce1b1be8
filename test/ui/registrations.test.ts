import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'
import { keepRegistrations } from '../../core/triggers/keep-registrations.ts'
import { FIXTURES } from '../plugins/world.ts'
import { startHost, type TestHost } from '../support/host.ts'
import { packAgainst } from '../vendors/pack-plugin.ts'
import { openBrowser, signIn, visit, type Visit } from './browser.ts'
import { look } from './look.ts'

let host: TestHost
let browser: Browser
let visitor: Visit
let far: FarSide
let folder: string
let path: string
let down = true
const hooks: { id: string; url: string; key: string; expiresAt: string }[] = []
beforeAll(async () => {
  far = await openFarSide(['api.example.com'], (request, response) => {
    if (down) return void response.writeHead(503).end('{}')
    if (request.method === 'DELETE') return void response.writeHead(hooks.pop() ? 204 : 404).end('{}')
    if (request.method === 'GET') return void response.end(JSON.stringify({ hooks, ids: [] }))
    const expiresAt = new Date(Date.now() + 7 * 86_400_000).toISOString()
    hooks.push({ id: 'h1', expiresAt, ...(JSON.parse(request.text) as { url: string; key: string }) })
    response.writeHead(201).end(JSON.stringify(hooks[0]))
  })
  ;[host, browser] = await Promise.all([startHost(), openBrowser()])
  const { core, workspaceId } = host.host
  // The vendor is on this machine, and what is due is done when the test says so
  Object.assign(core, { egress: far.settings })
  await core.brain.stop()
  Object.assign(core.config, { publicUrl: 'https://trae.example.com' })
  folder = await mkdtemp(join(tmpdir(), 'trae-registrar-'))
  await packAgainst('registrar', join(folder, 'registrar'), ['api.example.com'], far.port, FIXTURES)
  const from = { kind: 'folder', path: join(folder, 'registrar') } as const
  const { id } = await installPlugin(core, { workspaceId, from, grant: 'all-declared' })
  path = `/admin/plugins/${encodeNodeId('PluginInstallation', id)}`
  visitor = await visit(browser, host.url)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await far?.close()
  await rm(folder, { recursive: true, force: true })
  expect(visitor?.problems ?? []).toEqual([])
})

it(
  'a trigger that its plugin registers is switched on, fails, is tried again, and is switched off',
  { timeout: 180_000 },
  async () => {
    const { page } = visitor
    await signIn(page, host, path)
    const trigger = page.getByRole('region', { name: 'Rung for', exact: true })
    const keep = () => keepRegistrations(host.host.core)
    await keep()
    await page.reload()
    await trigger.getByText('nenhum playbook precisa dele').waitFor()
    await trigger.getByLabel('Registrar').selectOption('ON')
    await trigger.getByText('Sendo registrado').waitFor()
    await keep()
    await trigger.getByRole('alert').getByText('The vendor answered 503.').waitFor({ timeout: 60_000 })
    await look(page, 'registrations-failed')
    down = false
    await trigger.getByRole('button', { name: 'Tentar agora' }).click()
    await expect.poll(keep, { timeout: 20_000 }).toBe(1)
    await trigger.getByText('Registrado', { exact: true }).waitFor({ timeout: 60_000 })
    await look(page, 'registrations')
    await trigger.getByLabel('Registrar').selectOption('OFF')
    await expect.poll(keep, { timeout: 20_000 }).toBe(1)
    await trigger.getByText('Não registrado: desligado').waitFor({ timeout: 60_000 })
    expect(hooks).toEqual([])
  },
)
