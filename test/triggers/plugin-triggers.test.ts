import { createHmac, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import type { Installation } from '../../core/plugins/registry.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { statement } from '../../core/sql.ts'
import { pollPlugins } from '../../core/triggers/poll-plugins.ts'
import { type PluginTrigger, triggerSecret, triggersOf } from '../../core/plugins/plugin-triggers.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const MINUTE = 60_000
const PLAYBOOK = `id: answer-replies
name: Answer replies
module: vendas
triggers:
  - event: vendor.replied
    if: \${{ event.text != 'ignore' }}
steps:
  - id: note
    set: { said: '\${{ event.text }}' }
outputs: { said: '\${{ vars.said }}' }
`

describe.each(DATABASE_KINDS)('triggers of plugins, on %s', kind => {
  let host: TestServer
  let far: FarSide
  let folder: string
  let installation: Installation
  let triggers: Map<string, PluginTrigger>
  let changes: number[]
  let asked: string[]
  let vendorStatus: number
  beforeAll(async () => {
    far = await openFarSide(['api.example.com'], (request, response) => {
      const after = Number(new URLSearchParams(request.url!.split('?')[1]).get('after'))
      asked.push(request.url!)
      const fresh = changes.filter(id => id > after)
      const body = JSON.stringify({ ids: fresh.slice(0, 2), more: fresh.length > 2 })
      response.writeHead(vendorStatus).end(body)
    })
    host = await openTestServer(kind, {}, { TRAE_PUBLIC_URL: 'https://trae.example.com' }, { egress: far.settings })
    folder = await mkdtemp(join(tmpdir(), 'trae-vendor-'))
    await packVendor(join(folder, 'vendor'), far.port)
    installation = await install()
    triggers = new Map((await triggersOf(host.core, installation)).map(one => [one.trigger, one]))
  })
  afterAll(async () => {
    await host?.close()
    await far?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    changes = []
    asked = []
    vendorStatus = 200
  })

  const install = () => {
    const from = { kind: 'folder', path: join(folder, 'vendor') } as const
    return installPlugin(host.core, { workspaceId: host.core.workspaceId, from, grant: 'all-declared' })
  }
  const viewer = () => ({ workspaceId: host.core.workspaceId, userId: newId<UserId>() })
  const connect = (template: string, fields: Record<string, string>) =>
    connectCredential(host.core, viewer(), { installationId: installation.id, template, fields })
  const events = (type: string) =>
    host.core.sql.query<{ data: Record<string, unknown>; source: string }>(
      statement('test.events-of-type', 'select data, source from events where type = $1 order by id'),
      [type],
    )
  const post = async (path: string, body: string, headers: Record<string, string>) => {
    const response = await fetch(host.url + path, { method: 'POST', body, headers })
    const text = await response.text()
    const isXml = response.headers.get('content-type')?.startsWith('text/xml')
    const { status } = response
    return { status, text, json: isXml ? {} : (JSON.parse(text) as Record<string, unknown>) }
  }

  describe('a webhook', () => {
    const reply = async (replies: unknown, change: (signature: string) => string = same => same) => {
      const { id, path } = triggers.get('replied')!
      const secret = (await triggerSecret(host.core, host.core.workspaceId, id))!
      const body = JSON.stringify({ replies })
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
      return post(path!, body, { 'content-type': 'application/json', 'x-signature': change(signature) })
    }

    it('is proven, read by the plugin, and starts the playbooks that listen', async () => {
      await publishPlaybook(host.core, host.core.workspaceId, PLAYBOOK)
      await host.core.brain.start()
      onTestFinished(() => host.core.brain.stop())
      const id = randomUUID()
      expect(
        await reply([
          { id, text: 'Yes!' },
          { id: `${id}-2`, text: 'ignore' },
        ]),
      ).toMatchObject({ status: 200, json: { stored: 2 } })
      const runs = () =>
        host.core.sql.query<{ output: unknown }>(
          statement('test.outputs', `select output from runs where finished_at is not null order by created_at`),
        )
      await expect.poll(runs).toEqual([{ output: { said: 'Yes!' } }])
      expect((await events('vendor.replied'))[0]).toEqual({
        data: { id, text: 'Yes!', path: 'https://trae.example.com/hooks/t/…' },
        source: 'plugin:vendor',
      })
    })

    it('is stored once, however often the vendor sends it', async () => {
      const before = (await events('vendor.replied')).length
      const id = randomUUID()
      expect((await reply([{ id, text: 'Once' }])).json).toEqual({ stored: 1 })
      expect((await reply([{ id, text: 'Once' }])).json).toEqual({ stored: 0 })
      expect(await events('vendor.replied')).toHaveLength(before + 1)
    })

    it('of a stranger never reaches the plugin', async () => {
      const before = (await events('vendor.replied')).length
      const refused = await reply([{ id: randomUUID(), text: 'break' }], signature => signature.replace(/.$/, '!'))
      expect(refused).toMatchObject({ status: 401, json: { code: 'UNAUTHENTICATED' } })
      expect(await events('vendor.replied')).toHaveLength(before)
      expect((await post(`/hooks/t/${'x'.repeat(32)}`, '{}', {})).status).toBe(404)
    })

    it('that the plugin cannot read, or reads wrong, stores nothing and asks the vendor to send again', async () => {
      const before = (await events('vendor.replied')).length
      const good = { id: randomUUID(), text: 'Good' }
      expect((await reply([good, { id: randomUUID(), text: 'break' }])).status).toBeGreaterThanOrEqual(500)
      expect((await reply([good, { id: randomUUID(), text: 7 }])).status).toBeGreaterThanOrEqual(400)
      expect(await events('vendor.replied')).toHaveLength(before)
    })

    it('is proven with the secret of an account, over the public address', async () => {
      const { path } = triggers.get('ordered')!
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = 'order=o-1'
      const signature = createHmac('sha1', 'open sesame')
        .update(`https://trae.example.com${path}?a=1`)
        .update('ordero-1')
        .digest('base64')
      const send = () => post(`${path}?a=1`, body, { ...form, 'x-twilio-signature': signature })
      expect(await send()).toMatchObject({ status: 503 }) // not connected
      await connect('pair', { user: 'ana', password: 'open sesame' })
      expect(await send()).toMatchObject({ status: 200, text: expect.stringMatching(/<Response\/>$/) }) // Twilio reads orders in it
      await connect('pair', { user: 'ana', password: 'another one' })
      expect((await send()).status).toBe(401)
      expect(await events('vendor.ordered')).toMatchObject([{ data: { order: 'o-1' } }])
    })
  })

  describe('a poll', () => {
    const look = async (afterMs: number) => {
      host.core.clock.advance(afterMs)
      return pollPlugins(host.core)
    }
    const seen = async () => (await events('vendor.changed')).map(({ data }) => data['id'])
    const state = async () => (await triggersOf(host.core, installation)).find(({ trigger }) => trigger === 'changed')!

    it('is not asked while its account is not connected', async () => {
      expect(await look(2 * MINUTE)).toBe(1)
      expect(asked).toEqual([])
    })

    it('goes on from its cursor, at once while there is more, and tells each thing once', async () => {
      await connect('key', { region: `api.example.com:${far.port}`, apiKey: 'of-the-company' })
      changes = [1, 2, 3]
      await look(2 * MINUTE)
      expect(await seen()).toEqual([1, 2])
      await look(1) // there was more
      expect(await seen()).toEqual([1, 2, 3])
      expect(await look(30_000)).toBe(0)
      await look(31_000)
      expect(asked).toEqual(['/changes?after=0', '/changes?after=2', '/changes?after=3'])
    })

    it('keeps its cursor through an update of the plugin', async () => {
      installation = await install()
      changes = [3, 4]
      await look(2 * MINUTE)
      expect(asked).toEqual(['/changes?after=3'])
      expect(await seen()).toEqual([1, 2, 3, 4])
    })

    it('that fails says why, is asked later and later, and then goes on where it was', async () => {
      vendorStatus = 500
      await look(2 * MINUTE)
      expect(await state()).toMatchObject({
        failures: 1,
        lastError: expect.stringContaining('The vendor answered 500.'),
      })
      await look(61_000)
      expect(await state()).toMatchObject({ failures: 2 })
      expect(await look(61_000)).toBe(0) // two minutes by now
      vendorStatus = 200
      changes = [5]
      await look(61_000)
      expect(await state()).toMatchObject({ failures: 0, lastError: null })
      expect(await seen()).toEqual([1, 2, 3, 4, 5])
    })

    it('is asked by one of two processes', async () => {
      host.core.clock.advance(2 * MINUTE)
      const counts = await Promise.all([pollPlugins(host.core), pollPlugins(host.core)])
      expect(counts.toSorted()).toEqual([0, 1])
    })

    it('says for how long nobody had asked', async () => {
      await look(3 * 60 * MINUTE)
      const [gap] = await events('trigger.gap')
      expect(gap).toMatchObject({ data: { pluginId: 'vendor', trigger: 'changed' }, source: 'host' })
      const { from, to } = gap!.data as { from: string; to: string }
      expect(Date.parse(to) - Date.parse(from)).toBe(3 * 60 * MINUTE)
    })

    it('is asked by a running engine, without anybody telling it to', async () => {
      changes = [6]
      host.core.clock.advance(2 * MINUTE)
      await host.core.brain.start()
      onTestFinished(() => host.core.brain.stop())
      await expect.poll(seen).toContain(6)
    })
  })
})
