import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { installPreviewed, previewPackage } from '../../core/plugins/packages/preview-package.ts'
import { updatePlugin } from '../../core/plugins/packages/update-plugin.ts'
import { statement } from '../../core/sql.ts'
import { type FarSide, openFarSide } from './far-side.ts'
import { spoil } from './spoil.ts'
import { entriesOf, tarball } from './tarballs.ts'
import { buildProbe, openPluginWorld, type PluginWorld } from './world.ts'

describe('a plugin from the https address of its tarball', () => {
  let world: PluginWorld
  let web: FarSide
  let folder: string
  let asked: string[] = []
  const served = new Map<string, { status?: number; headers?: Record<string, string>; body?: Uint8Array }>()

  beforeAll(async () => {
    world = await openPluginWorld('pglite')
    web = await openFarSide(['plugins.example.com'], (request, response) => {
      asked.push(request.url!)
      const { status = 200, headers = {}, body } = served.get(request.url!) ?? { status: 404 }
      response.writeHead(status, headers).end(body)
    })
    folder = await buildProbe(world.folder, 'built')
  })
  afterAll(async () => {
    await web?.close()
    await world?.close()
  })
  beforeEach(async () => {
    Object.assign(world.core, { egress: web.settings })
    served.set('/probe-1.2.0.tgz', { body: await packed('1.2.0') })
  })
  afterEach(async () => {
    served.clear()
    asked = []
    for (const table of ['plugin_previews', 'installations', 'plugin_packages', 'service_bindings'])
      await world.core.sql.query(statement(`clear-${table}`, `delete from ${table}`))
    await world.core.plugins.invalidate()
  })

  const packed = async (version: string) => {
    await spoil(folder, { edit: manifest => void (manifest.version = version) })
    return tarball(await entriesOf(folder))
  }
  const hashOf = (bytes: Uint8Array) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const at = (path: string) => `https://plugins.example.com:${web.port}${path}`
  const fetched = (spec: string) => previewPackage(world.core, world.workspaceId, { kind: 'npm', spec })
  const agree = (digest: string) => installPreviewed(world.core, world.workspaceId, digest, undefined)

  it('is shown with its hash, and installed; a later one from there comes from the same place', async () => {
    const { body } = served.get('/probe-1.2.0.tgz')!
    const integrity = hashOf(body!)
    const preview = await fetched(at('/probe-1.2.0.tgz'))
    const source = { kind: 'url', url: at('/probe-1.2.0.tgz'), integrity }
    expect(preview).toMatchObject({ manifest: { id: 'probe', version: '1.2.0' }, source, warnings: [] })
    await agree(preview.digest)
    expect(world.core.plugins.installation(world.workspaceId, 'probe')).toMatchObject({ version: '1.2.0', source })
    served.set('/probe-1.3.0.tgz', { body: await packed('1.3.0') })
    expect((await fetched(at('/probe-1.3.0.tgz'))).warnings).toEqual([])
    served.set('/else/probe-1.3.0.tgz', served.get('/probe-1.3.0.tgz')!)
    expect((await fetched(at('/else/probe-1.3.0.tgz'))).warnings).toMatchObject([{ code: 'OTHER_SOURCE' }])
    await expect(updatePlugin(world.core, world.workspaceId, 'probe', undefined)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('did not come from a registry'),
    })
  })

  it('has the hash that was asked for; a query is asked for and not kept, a redirect is followed', async () => {
    const { body } = served.get('/probe-1.2.0.tgz')!
    served.set('/latest.tgz?token=secret', { status: 302, headers: { location: at('/probe-1.2.0.tgz') } })
    const preview = await fetched(`${at('/latest.tgz?token=secret')}#${hashOf(body!)}`)
    expect(preview.source).toEqual({ kind: 'url', url: at('/latest.tgz'), integrity: hashOf(body!) })
    expect(asked).toEqual(['/latest.tgz?token=secret', '/probe-1.2.0.tgz'])
  })

  describe('refuses, and leaves nothing behind:', () => {
    afterEach(async () => {
      expect([await world.count('plugin_packages'), await world.count('installations')]).toEqual([0, 0])
    })
    const redirect = (location: string) => {
      served.set('/moved.tgz', { status: 302, headers: { location } })
      return at('/moved.tgz')
    }
    const big = () => {
      served.set('/big.tgz', { body: Buffer.alloc(10 * 1024 * 1024 + 1) })
      return at('/big.tgz')
    }
    const broken = () => {
      served.set('/broken.tgz', { status: 500 })
      return at('/broken.tgz')
    }
    const cases: [string, () => string, string, string][] = [
      ['http', () => at('/probe-1.2.0.tgz').replace('https', 'http'), 'BAD_USER_INPUT', 'starts with https://'],
      ['another protocol', () => 'file:///etc/passwd', 'BAD_USER_INPUT', 'starts with https://'],
      ['a password', () => at('/probe-1.2.0.tgz').replace('//', '//a:b@'), 'BAD_USER_INPUT', 'user name or a password'],
      [
        'another hash',
        () => `${at('/probe-1.2.0.tgz')}#${hashOf(Buffer.from('other'))}`,
        'MANIFEST',
        'is not what was asked for',
      ],
      ['a weak hash', () => `${at('/probe-1.2.0.tgz')}#sha1-abc`, 'BAD_USER_INPUT', 'sha512-<base64>'],
      ['an address inside of the network', () => 'https://inside.example.com/x.tgz', 'MANIFEST', 'open internet'],
      ['an IP address', () => 'https://127.0.0.1/x.tgz', 'MANIFEST', 'names an address'],
      [
        'a redirect to an address inside',
        () => redirect('https://inside.example.com/x.tgz'),
        'MANIFEST',
        'open internet',
      ],
      ['a redirect to http', () => redirect('http://plugins.example.com/x.tgz'), 'MANIFEST', 'only https://'],
      ['more than 10 MiB', big, 'MANIFEST', 'more than 10485760 bytes'],
      ['what is not there', () => at('/gone.tgz'), 'NOT_FOUND', 'There is nothing at'],
      ['an error', broken, 'UNAVAILABLE', 'answered 500'],
    ]
    it.each(cases)('%s', async (_what, address, code, message) => {
      await expect(fetched(address())).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    })
  })
})
