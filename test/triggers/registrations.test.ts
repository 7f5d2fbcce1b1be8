import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { rotateTriggerSecret, triggerSecret, triggersOf } from '../../core/plugins/plugin-triggers.ts'
import { registrationsOf } from '../../core/plugins/registrations.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { switchTrigger } from '../../core/plugins/switch-trigger.ts'
import { archivePlaybook } from '../../core/publishing/playbook-status.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { uninstallPlugin } from '../../core/publishing/uninstall-plugin.ts'
import { statement } from '../../core/sql.ts'
import { keepRegistrations } from '../../core/triggers/keep-registrations.ts'
import { pollPlugins } from '../../core/triggers/poll-plugins.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'
import { FIXTURES } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { packAgainst } from '../vendors/pack-plugin.ts'

const ORIGIN = 'https://trae.example.com'
const DAY = 86_400_000
const playbook = (event: string) => `id: on-${event.replace('.', '-')}
name: On ${event}
module: vendas
triggers: [ { event: ${event} } ]
steps: [ { set: { seen: true } } ]
`

describe.each(DATABASE_KINDS)('addresses that a plugin registers at its vendor, on %s', kind => {
  let host: TestServer
  let far: FarSide
  let folder: string
  let installation: Installation
  let hooks: Map<string, { id: string; url: string; secret: string; key: string }>
  let asked: string[]
  let changes: number[]
  let count = 0
  let published: string
  /** In place of the answer, or after the deed in place of the answer. */
  let fail: number | undefined
  let lose: boolean
  beforeAll(async () => {
    far = await openFarSide(['api.example.com'], (request, response) => {
      const answer = (status: number, body?: unknown) => response.writeHead(status).end(JSON.stringify(body))
      asked.push(`${request.method} ${request.url}`)
      if (fail !== undefined) return void answer(fail, {})
      const id = request.url!.split('/')[2]
      if (request.url!.startsWith('/changes')) {
        const after = Number(request.url!.split('=')[1])
        return void answer(200, { ids: changes.filter(one => one > after) })
      }
      if (request.method === 'GET') return void answer(200, { hooks: [...hooks.values()] })
      if (request.method === 'DELETE') return void answer(hooks.delete(id!) ? 204 : 404, {})
      const expiresAt = new Date(host.core.clock.now().getTime() + 8 * DAY).toISOString()
      const hook = {
        id: `h${++count}`,
        expiresAt,
        ...(JSON.parse(request.text) as { url: string; secret: string; key: string }),
      }
      hooks.set(hook.id, hook)
      if (lose) return void response.destroy()
      answer(201, hook)
    })
    host = await openTestServer(kind, {}, { TRAE_PUBLIC_URL: ORIGIN }, { egress: far.settings })
    folder = await mkdtemp(join(tmpdir(), 'trae-registrar-'))
    await packAgainst('registrar', join(folder, 'registrar'), ['api.example.com'], far.port, FIXTURES)
    asked = []
    hooks = new Map()
    installation = await install()
  })
  afterAll(async () => {
    await host?.close()
    await far?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    asked = []
    changes = []
    fail = undefined
    lose = false
  })

  const install = () => {
    const from = { kind: 'folder', path: join(folder, 'registrar') } as const
    return installPlugin(host.core, { workspaceId: host.core.workspaceId, from, grant: 'all-declared' })
  }
  const viewer = () => ({ workspaceId: host.core.workspaceId, userId: newId<UserId>() })
  const trigger = async (name: string) => (await triggersOf(host.core, installation)).find(one => one.trigger === name)!
  const stands = async (name: string) =>
    (await registrationsOf(host.core, installation.id)).get((await trigger(name)).id)
  const secretOf = async (name: string) =>
    (await triggerSecret(host.core, host.core.workspaceId, (await trigger(name)).id))!
  const switchTo = async (name: string, mode: 'AUTO' | 'ON' | 'OFF') =>
    switchTrigger(host.core, viewer(), (await trigger(name)).id, mode)
  const keep = async (afterMs = 0) => {
    host.core.clock.advance(afterMs)
    return keepRegistrations(host.core)
  }
  const urlsThere = () => [...hooks.values()].map(({ url }) => url)

  describe('as playbooks need them', () => {
    it('are not there while no playbook listens', async () => {
      expect(await keep()).toBe(0)
      expect(asked).toEqual([])
      expect(await stands('told')).toMatchObject({ wanted: false, registeredAt: null })
    })

    it('are registered once when one does, with a secret that the plugin never saw', async () => {
      const { path } = await trigger('told')
      published = (await publishPlaybook(host.core, host.core.workspaceId, playbook('registrar.told'))).playbookId
      expect(await keep()).toBe(1)
      expect([...hooks.values()]).toMatchObject([{ url: `${ORIGIN}${path}`, secret: await secretOf('told') }])
      expect(await stands('told')).toMatchObject({ wanted: true, lastError: null, dueAt: null })
      const kept = await host.core.sql.query<{ text: string }>(
        statement('test.registrations', 'select r::text as text from trigger_registrations r'),
        [],
      )
      for (const { text } of kept) {
        expect(text).not.toContain(await secretOf('told'))
        expect(text).not.toContain(path!.split('/').at(-1))
      }
      expect(await keep(DAY)).toBe(0)
      expect(hooks.size).toBe(1)
    })

    it('take what is posted there', async () => {
      const [hook] = hooks.values()
      const response = await fetch(hook!.url.replace(ORIGIN, host.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-token': hook!.secret },
        body: JSON.stringify({ text: 'Hello' }),
      })
      expect(await response.json()).toEqual({ stored: 1 })
    })

    it('get the new secret when that is changed, and the old registration is removed', async () => {
      const [before] = hooks.values()
      const { plaintext } = await rotateTriggerSecret(host.core, viewer(), (await trigger('told')).id)
      expect(await keep()).toBe(1)
      expect([...hooks.values()]).toMatchObject([{ url: before!.url, secret: plaintext }])
      expect([...hooks.keys()]).not.toEqual([before!.id])
    })

    it('are removed there when the playbook is archived', async () => {
      await archivePlaybook(host.core, host.core.workspaceId, published)
      await keep()
      expect(urlsThere()).toEqual([])
      expect(await stands('told')).toMatchObject({ wanted: false, registeredAt: null, leftOver: false })
    })
  })

  describe('as a person says', () => {
    it('are there while it is switched on, and gone when it is off', async () => {
      await switchTo('told', 'ON')
      await keep()
      expect(hooks.size).toBe(1)
      await switchTo('told', 'OFF')
      await keep()
      expect(hooks.size).toBe(0)
    })
  })

  describe('of a vendor that ends them', () => {
    it('are registered anew before, and the earlier one is removed', async () => {
      await switchTo('rung', 'ON')
      await keep()
      const [first] = hooks.keys()
      expect(await keep(5 * DAY)).toBe(0)
      expect(await keep(1.5 * DAY)).toBe(1)
      expect(hooks.size).toBe(1)
      expect([...hooks.keys()]).not.toEqual([first])
      expect(await stands('rung')).toMatchObject({ leftOver: false, failures: 0 })
    })

    it('ring, and the poll is asked at once', async () => {
      host.core.clock.advance(2 * DAY)
      await pollPlugins(host.core)
      changes = [1, 2]
      expect(await pollPlugins(host.core)).toBe(0)
      const ring = async (token: string) => {
        const { path } = await trigger('rung')
        return (await fetch(host.url + path!, { method: 'POST', headers: { 'x-token': token } })).status
      }
      expect(await ring('somebody else')).toBe(401)
      expect(await pollPlugins(host.core)).toBe(0)
      expect(await ring(await secretOf('rung'))).toBe(200)
      expect(await pollPlugins(host.core)).toBe(1)
      const events = await host.core.sql.query<{ data: unknown }>(
        statement('test.rung', `select data from events where type = 'registrar.rung' order by id`),
        [],
      )
      expect(events.map(({ data }) => data)).toEqual([{ id: 1 }, { id: 2 }])
      expect(await pollPlugins(host.core)).toBe(0)
    })

    it('ring while the poll is under way, and it is asked once more', async () => {
      const { path } = await trigger('rung')
      const secret = await secretOf('rung')
      const ring = () => fetch(host.url + path!, { method: 'POST', headers: { 'x-token': secret } })
      await ring()
      const asking = pollPlugins(host.core)
      await expect.poll(() => asked.some(line => line.startsWith('GET /changes'))).toBe(true)
      await ring()
      await asking
      // The ring came before or after the answer was stored: in either case somebody asks after it
      expect(await pollPlugins(host.core)).toBe(1)
      await switchTo('rung', 'OFF')
      await keep()
    })
  })

  describe('when something fails', () => {
    it('are found again after the answer was lost, and not made twice', async () => {
      lose = true
      await switchTo('told', 'ON')
      await keep()
      expect(hooks.size).toBe(1)
      expect(await stands('told')).toMatchObject({ registeredAt: null, failures: 1, leftOver: true })
      lose = false
      await keep(60_000)
      expect(hooks.size).toBe(1)
      expect(await stands('told')).toMatchObject({ registeredAt: expect.any(Date), failures: 0, lastError: null })
      await switchTo('told', 'OFF')
      await keep()
      expect(hooks.size).toBe(0)
    })

    it('are found and removed when nobody wants them any more after a lost answer', async () => {
      lose = true
      await switchTo('told', 'ON')
      await keep()
      expect(hooks.size).toBe(1)
      lose = false
      await switchTo('told', 'OFF')
      await keep()
      expect(hooks.size).toBe(0)
      expect(await stands('told')).toMatchObject({ leftOver: false, registeredAt: null })
    })

    it('say why, and are tried again as late as the vendor says', async () => {
      fail = 429
      await switchTo('told', 'ON')
      await keep()
      expect(await stands('told')).toMatchObject({
        failures: 1,
        lastError: 'UNAVAILABLE: The vendor answered 429.',
      })
      fail = undefined
      expect(await keep(119_000)).toBe(0)
      expect(await keep(2_000)).toBe(1)
      expect(hooks.size).toBe(1)
    })

    it('are not removed by two processes at once', async () => {
      await switchTo('told', 'OFF')
      const counts = await Promise.all([keepRegistrations(host.core), keepRegistrations(host.core)])
      expect(counts.toSorted()).toEqual([0, 1])
      expect(hooks.size).toBe(0)
    })
  })

  describe('of a plugin that is removed', () => {
    it('keep it from being removed while the vendor is away', async () => {
      await switchTo('told', 'ON')
      await keep()
      fail = 503
      await expect(uninstallPlugin(host.core, host.core.workspaceId, 'registrar')).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('told: The vendor answered 503.'),
      })
      fail = undefined
      await keep(60_000)
      expect(hooks.size).toBe(1)
      expect(await stands('told')).toMatchObject({ wanted: true, registeredAt: expect.any(Date), failures: 0 })
    })

    it('are removed with it', async () => {
      await uninstallPlugin(host.core, host.core.workspaceId, 'registrar')
      expect(hooks.size).toBe(0)
      installation = await install()
    })
  })

  it('are kept by a running engine, without anybody telling it to', async () => {
    await keep()
    await switchTo('told', 'ON')
    await host.core.brain.start()
    onTestFinished(() => host.core.brain.stop())
    await expect.poll(() => hooks.size, { timeout: 20_000 }).toBe(1)
  })

  describe('a vendor that asks whether the address is ours', () => {
    const get = async (name: string, query: Record<string, string>) => {
      const { path } = await trigger(name)
      const response = await fetch(`${host.url}${path}?${new URLSearchParams(query).toString()}`)
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
    }

    it('gets its challenge back from Meta’s address, for the token of that address alone', async () => {
      const asking = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444' }
      const answer = await get('leads', { ...asking, 'hub.verify_token': await secretOf('leads') })
      expect(answer).toMatchObject({ status: 200, text: '1158201444', type: expect.stringContaining('text/plain') })
      expect(await get('leads', { ...asking, 'hub.verify_token': 'guessed' })).toMatchObject({ status: 401 })
      expect(await get('leads', asking)).toMatchObject({ status: 401 })
      const script = { ...asking, 'hub.challenge': '<script>', 'hub.verify_token': await secretOf('leads') }
      expect(await get('leads', script)).toMatchObject({ status: 400 })
      expect(await get('told', { ...asking, 'hub.verify_token': await secretOf('told') })).toMatchObject({
        status: 405,
      })
    })

    it('is answered at Mailchimp’s', async () => {
      expect(await get('audience', {})).toMatchObject({ status: 200 })
    })

    it('gets its challenge back in a post of Slack, if that is proven', async () => {
      await connectCredential(host.core, viewer(), {
        installationId: installation.id,
        template: 'app',
        fields: { appSecret: 'secret of slack' },
      })
      const { path } = await trigger('chat')
      const post = async (secret: string) => {
        const body = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1aBm2rZgRNFdxV' })
        const timestamp = String(Math.floor(host.core.clock.now().getTime() / 1000))
        const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`
        const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp }
        const response = await fetch(host.url + path!, { method: 'POST', body, headers })
        return { status: response.status, json: (await response.json()) as unknown }
      }
      expect(await post('secret of slack')).toEqual({ status: 200, json: { challenge: '3eZbrw1aBm2rZgRNFdxV' } })
      expect(await post('another secret')).toMatchObject({ status: 401 })
    })
  })
})
