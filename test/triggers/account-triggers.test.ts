import { createHmac, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { listCredentials } from '../../core/credentials/store.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { type PluginTrigger, triggerSecret, triggersOf } from '../../core/plugins/plugin-triggers.ts'
import { registrationsOf } from '../../core/plugins/registrations.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { switchTrigger } from '../../core/plugins/switch-trigger.ts'
import { makeAccountDefault, removeAccount, renameAccountOf } from '../../core/publishing/change-account.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { statement } from '../../core/sql.ts'
import { keepRegistrations } from '../../core/triggers/keep-registrations.ts'
import { pollPlugins } from '../../core/triggers/poll-plugins.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'
import { FIXTURES } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { packAgainst } from '../vendors/pack-plugin.ts'

const playbook = (id: string, event: string, account?: string) => `id: ${id}
name: ${id}
module: vendas
triggers:
  - event: ${event}
${account === undefined ? '' : `    account: ${account}\n`}steps: [ { set: { seen: true } } ]
`

describe.each(DATABASE_KINDS)('what two accounts of one plugin hear of, on %s', kind => {
  let host: TestServer
  let far: FarSide
  let folder: string
  let vendor: Installation
  let registrar: Installation
  /** What each account has there, by its key. */
  const changes: Record<string, number[]> = {}
  const hooks = new Map<string, { id: string; url: string; secret: string; key: string }>()
  let made = 0
  beforeAll(async () => {
    far = await openFarSide(['api.example.com'], (request, response) => {
      const { url = '', method, headers } = request
      const answer = (status: number, body?: unknown) => response.writeHead(status).end(JSON.stringify(body))
      if (url.startsWith('/changes')) {
        const after = Number(url.split('=')[1])
        const known = changes[String(headers['x-api-key'])] ?? [] // asked before the test has set anything up
        return void answer(200, { ids: known.filter(id => id > after), more: false })
      }
      if (method === 'GET') return void answer(200, { hooks: [...hooks.values()] })
      if (method === 'DELETE') return void answer(hooks.delete(url.split('/')[2]!) ? 204 : 404, {})
      const hook = { ...(JSON.parse(request.text) as { url: string; secret: string; key: string }), id: `h${++made}` }
      hooks.set(hook.id, hook)
      answer(201, hook)
    })
    host = await openTestServer(kind, {}, { TRAE_PUBLIC_URL: 'https://trae.example.com' }, { egress: far.settings })
    folder = await mkdtemp(join(tmpdir(), 'trae-vendor-'))
    await packVendor(join(folder, 'vendor'), far.port)
    await packAgainst('registrar', join(folder, 'registrar'), ['api.example.com'], far.port, FIXTURES)
    vendor = await install('vendor')
    registrar = await install('registrar')
    for (const name of ['main', 'sales']) {
      const region = `api.example.com:${far.port}`
      await connect(vendor, 'key', name, { region, apiKey: `key-of-${name}` })
      await connect(vendor, 'pair', name, { user: 'ana', password: `secret-of-${name}` })
      await connect(registrar, 'app', name, { appSecret: `secret-of-${name}` })
    }
    await publish('on-default', 'vendor.changed')
    await publish('on-sales', 'vendor.changed', 'sales')
  })
  afterAll(async () => {
    await host?.close()
    await far?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const install = (id: string) =>
    installPlugin(host.core, {
      workspaceId: host.core.workspaceId,
      from: { kind: 'folder', path: join(folder, id) },
      grant: 'all-declared',
    })
  const viewer = () => ({ workspaceId: host.core.workspaceId, userId: newId<UserId>() })
  const connect = (of: Installation, template: string, account: string, fields: Record<string, string>) =>
    connectCredential(host.core, viewer(), { installationId: of.id, template, account, fields })
  const publish = (id: string, event: string, account?: string) =>
    publishPlaybook(host.core, host.core.workspaceId, playbook(id, event, account))
  const now = (one: Installation) => host.core.plugins.installation(host.core.workspaceId, one.pluginId)!
  const trigger = async (of: Installation, name: string, account: string): Promise<PluginTrigger> =>
    (await triggersOf(host.core, now(of))).find(one => one.trigger === name && one.account === account)!
  const credential = async (of: Installation, account: string) =>
    (await listCredentials(host.core, host.core.workspaceId)).find(
      one => one.installationId === of.id && one.account === account,
    )!
  const poll = () => {
    host.core.clock.advance(120_000)
    return pollPlugins(host.core)
  }
  const cursor = async (account: string) =>
    (
      await host.core.sql.query<{ cursor: number }>(
        statement('test.cursor', `select cursor from plugin_triggers where trigger = 'changed' and account = $1`),
        [account],
      )
    )[0]?.cursor
  /** Which playbooks runs began of since the last question. */
  const started = async () => {
    await host.core.brain.start()
    try {
      const left = statement('test.left', 'select count(*)::int as n from events where dispatched_at is null')
      await expect.poll(async () => (await host.core.sql.query<{ n: number }>(left))[0]!.n).toBe(0)
    } finally {
      await host.core.brain.stop()
    }
    const rows = await host.core.sql.query<{ slug: string }>(
      statement('test.began', 'select p.slug from runs r join playbooks p on p.id = r.playbook_id order by p.slug'),
    )
    await host.core.sql.query(statement('test.forget', 'truncate runs cascade'))
    return rows.map(({ slug }) => slug)
  }

  it('is asked for with the secret of each, goes on from a cursor of its own, and starts what names it', async () => {
    Object.assign(changes, { 'Key key-of-main': [1], 'Key key-of-sales': [101, 102] })
    await triggersOf(host.core, vendor)
    expect(await poll()).toBe(2)
    expect(await started()).toEqual(['on-default', 'on-sales', 'on-sales'])
    expect([await cursor('main'), await cursor('sales')]).toEqual([1, 102])
    Object.assign(changes, { 'Key key-of-main': [1, 2] })
    await poll()
    expect(await started()).toEqual(['on-default'])
  })

  it('starts what names none where it is the default, from the moment on that it is', async () => {
    await makeAccountDefault(host.core, viewer(), (await credential(vendor, 'sales')).id)
    onTestFinished(async () => {
      await makeAccountDefault(host.core, viewer(), (await credential(vendor, 'main')).id)
    })
    Object.assign(changes, { 'Key key-of-main': [1, 2, 3], 'Key key-of-sales': [101, 102, 103] })
    await poll()
    expect(await started()).toEqual(['on-default', 'on-sales'])
    expect([await cursor('main'), await cursor('sales')]).toEqual([3, 103])
  })

  it('comes to an address of its own, proven with its own secret', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const post = async (account: string, secret: string) => {
      const { path } = await trigger(vendor, 'ordered', account)
      const order = randomUUID()
      const signed = createHmac('sha1', secret).update(`https://trae.example.com${path}order${order}`).digest('base64')
      const headers = { ...form, 'x-twilio-signature': signed }
      return (await fetch(host.url + path!, { method: 'POST', body: `order=${order}`, headers })).status
    }
    expect(await post('main', 'secret-of-main')).toBe(200)
    expect(await post('sales', 'secret-of-sales')).toBe(200)
    expect(await post('sales', 'secret-of-main')).toBe(401)
    await publish('orders-of-sales', 'vendor.ordered', 'sales')
    expect(await started()).toEqual(['orders-of-sales'])
  })

  it('is registered at the vendor for the account that a playbook names, and for no other', async () => {
    await publish('told-sales', 'registrar.told', 'sales')
    await keepRegistrations(host.core)
    const sales = await trigger(registrar, 'told', 'sales')
    expect([...hooks.values()]).toMatchObject([
      {
        url: `https://trae.example.com${sales.path}`,
        secret: await triggerSecret(host.core, host.core.workspaceId, sales.id),
      },
    ])
    const stands = await registrationsOf(host.core, registrar.id)
    expect(stands.get(sales.id)).toMatchObject({ wanted: true, registeredAt: expect.any(Date) })
    expect(stands.get((await trigger(registrar, 'told', 'main')).id)).toMatchObject({ wanted: false })
  })

  it('is asked for no more once its account is removed, which waits until the vendor posts to it no more', async () => {
    const { id } = await credential(registrar, 'sales')
    const named = expect.stringContaining('the playbook told-sales names it')
    await expect(removeAccount(host.core, viewer(), id)).rejects.toMatchObject({ code: 'CONFLICT', message: named })
    await publish('told-sales', 'registrar.told')
    await switchTrigger(host.core, viewer(), (await trigger(registrar, 'told', 'sales')).id, 'ON')
    await keepRegistrations(host.core)
    const posted = expect.stringContaining('its vendor still posts to told')
    await expect(removeAccount(host.core, viewer(), id)).rejects.toMatchObject({ code: 'CONFLICT', message: posted })
    await switchTrigger(host.core, viewer(), (await trigger(registrar, 'told', 'sales')).id, 'OFF')
    await keepRegistrations(host.core)
    await removeAccount(host.core, viewer(), id)
    expect(await trigger(registrar, 'told', 'sales')).toBeUndefined()
    expect([...hooks.values()].map(({ url }) => url)).toEqual([
      `https://trae.example.com${(await trigger(registrar, 'told', 'main')).path}`,
    ])
  })

  it('goes on under another name where it was, once nothing names the old one', async () => {
    await connect(vendor, 'key', 'brazil', { region: `api.example.com:${far.port}`, apiKey: 'key-of-brazil' })
    Object.assign(changes, { 'Key key-of-brazil': [201] })
    await triggersOf(host.core, now(vendor))
    await poll()
    const before = await trigger(vendor, 'replied', 'brazil')
    await renameAccountOf(host.core, viewer(), (await credential(vendor, 'brazil')).id, 'rio')
    expect(await trigger(vendor, 'replied', 'rio')).toMatchObject({ id: before.id, path: before.path })
    expect(await cursor('rio')).toBe(201)
  })

  it('is found by the check where there is no such account, or no plugin that tells of the event', async () => {
    const findings = async (event: string, account: string) => {
      const refused = await publish('wrong', event, account).catch((error: unknown) => error)
      return (refused as { details: { diagnostics: unknown[] } }).details.diagnostics
    }
    expect(await findings('vendor.changed', 'sale')).toMatchObject([
      { code: 'UNKNOWN_ACCOUNT', path: 'triggers.0.account', line: 6, suggestion: 'sales' },
    ])
    expect(await findings('lead.captured', 'sales')).toMatchObject([{ code: 'CONFLICTING_KEYS', line: 6 }])
  })
})
