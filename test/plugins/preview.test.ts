import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { brokenAudit, readAudit } from '../../core/access/audit.ts'
import { readConfig } from '../../core/config.ts'
import type { Manifest } from '../../core/plugins/manifest.ts'
import { installPreviewed, previewPackage, readPreview } from '../../core/plugins/packages/preview-package.ts'
import { readTarball } from '../../core/plugins/packages/read-tarball.ts'
import { warningSentence } from '../../core/plugins/packages/warnings.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { makeSigner, type NpmFarSide, openNpmFarSide, type Signer } from './npm-far-side.ts'
import { MINIMAL, type Mutable, onlyGreet, spoil } from './spoil.ts'
import { type Entry, entriesOf, paxPath, tarball } from './tarballs.ts'
import { buildProbe, openPluginWorld, type PluginWorld } from './world.ts'

const run = promisify(execFile)

describe.each(DATABASE_KINDS)('a package is looked at before it is installed, on %s', kind => {
  let world: PluginWorld
  let npm: NpmFarSide
  let signer: Signer
  let built: string
  let folder: string
  let n = 0

  beforeAll(async () => {
    world = await openPluginWorld(kind)
    npm = await openNpmFarSide()
    Object.assign(world.core, { config: readConfig({ TRAE_PLUGIN_REGISTRY: npm.url }) })
    built = await buildProbe(world.folder, 'built')
  })
  afterAll(async () => {
    await npm?.close()
    await world?.close()
  })
  beforeEach(async () => {
    folder = join(world.folder, `package-${++n}`)
    await cp(built, folder, { recursive: true })
  })
  afterEach(async () => {
    npm.clear()
    for (const table of ['plugin_previews', 'installations', 'plugin_packages', 'service_bindings', 'audit_log'])
      await world.core.sql.query(statement(`clear-${table}`, `delete from ${table}`))
    await world.core.plugins.invalidate(world.workspaceId)
  })

  const upload = (bytes: Uint8Array, name = 'probe-1.2.0.tgz') =>
    previewPackage(world.core, world.workspaceId, { kind: 'tarball', name, bytes })
  const fetched = (spec: string) => previewPackage(world.core, world.workspaceId, { kind: 'npm', spec })
  const agree = (digest: string) => installPreviewed(world.core, world.workspaceId, digest, undefined)
  const edited = async (edit: (manifest: Mutable<Manifest>) => void) => {
    await spoil(folder, { edit })
    return tarball(await entriesOf(folder))
  }
  const rows = async () => [await world.count('plugin_packages'), await world.count('installations')]

  it('shows what it is and what it may do, and installs exactly that', async () => {
    const preview = await upload(tarball(await entriesOf(folder)), '/home/ana/probe-1.2.0.tgz')
    expect(preview).toMatchObject({
      manifest: { id: 'probe', version: '1.2.0' },
      source: { kind: 'tarball', name: 'probe-1.2.0.tgz' },
      warnings: [],
      installed: undefined,
    })
    expect(preview.added.map(({ value }) => value)).toContain('leads:read')
    expect(await rows()).toEqual([1, 0])
    const installed = await agree(preview.digest)
    expect(installed).toMatchObject({ pluginId: 'probe', digest: preview.digest, status: 'ENABLED' })
    expect(installed.granted).toEqual(preview.manifest.permissions)
    expect(await readAudit(world.core, world.workspaceId, 'plugin:probe')).toMatchObject([
      { seq: 1, actor: 'host', action: 'plugin.installed', data: { version: '1.2.0', digest: preview.digest } },
    ])
    expect(await brokenAudit(world.core, world.workspaceId)).toBeUndefined()
  })

  it('agrees to nothing that was not looked at, or too long ago', async () => {
    const gone = { code: 'NOT_FOUND', message: expect.stringContaining('Look at it again') }
    await expect(agree('0'.repeat(64))).rejects.toMatchObject(gone)
    const { digest } = await upload(tarball(await entriesOf(folder)))
    world.core.clock.advance(61 * 60_000)
    await expect(agree(digest)).rejects.toMatchObject(gone)
    await expect(readPreview(world.core, world.workspaceId, digest)).rejects.toMatchObject(gone)
    expect((await rows())[1]).toBe(0)
  })

  it('takes what npm pack and tar make', async () => {
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'probe', version: '1.2.0' }))
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', folder], { cwd: world.folder })
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
    const packed = await readTarball(await readFile(join(world.folder, filename)), filename)
    await run('tar', ['czf', 'made-by-tar.tgz', '-C', folder, '.'], { cwd: world.folder })
    const tarred = await readTarball(await readFile(join(world.folder, 'made-by-tar.tgz')), 'tar')
    expect(packed.digest).toBe(tarred.digest)
    const below = await readTarball(tarball(await entriesOf(folder, 'package/dist/')), 'dist')
    expect(below.digest).toBe(packed.digest)
    const long = `package/${'very-'.repeat(30)}long.txt`
    const entries = [...(await entriesOf(folder)), paxPath(long), { path: 'cut', data: 'x' }]
    expect((await readTarball(tarball(entries), 'pax')).digest).toBe(packed.digest)
  })

  describe('refuses, and leaves nothing behind:', () => {
    afterEach(async () => {
      expect(await rows()).toEqual([0, 0])
      expect(await readdir(world.folder)).not.toContain('escaped.txt')
    })
    const beside =
      (...more: Entry[]) =>
      async () =>
        tarball([...(await entriesOf(folder)), ...more])
    const refusals: [string, () => Promise<Uint8Array>, string][] = [
      ['a path that climbs out', beside({ path: 'package/../../escaped.txt' }), 'climbs out of the package'],
      ['the same behind a long name', beside(paxPath('../escaped.txt'), { path: 'package/a' }), 'climbs out'],
      [
        'a GNU long name that climbs out',
        beside({ path: 'L', type: 'L', data: '../x\0' }, { path: 'a' }),
        'climbs out',
      ],
      ['an absolute path', beside({ path: '/etc/cron.d/x' }), 'absolute path "/etc/cron.d/x"'],
      ['a path of Windows', beside({ path: 'C:\\escaped.txt' }), 'absolute path'],
      ['a path with backslashes that climbs out', beside({ path: 'a\\..\\..\\x' }), 'climbs out'],
      ['a symbolic link', beside({ path: 'package/x', type: '2', link: '/etc/passwd' }), 'is a link'],
      ['a hard link', beside({ path: 'package/x', type: '1', link: 'package/plugin.js' }), 'is a link'],
      ['a device', beside({ path: 'package/x', type: '3' }), 'is a device'],
      ['a pipe', beside({ path: 'package/x', type: '6' }), 'is a pipe'],
      ['an unknown kind of entry', beside({ path: 'package/x', type: 'Z' }), 'unknown kind "Z"'],
      ['a file twice', async () => tarball([...(await entriesOf(folder)), ...(await entriesOf(folder))]), 'twice'],
      [
        'more files than anybody needs',
        async () => tarball(Array.from({ length: 20_000 }, (_, i) => ({ path: `package/${i}`, data: '' }))),
        'more than', // files, or MiB of headers: whichever comes first
      ],
      [
        'a few files too many',
        beside(...Array.from({ length: 199 }, (_, i) => ({ path: `package/${i}` }))),
        'holds more than 200 files',
      ],
      [
        'folders without end',
        beside(...Array.from({ length: 700 }, (_, i) => ({ path: `package/${i}/`, type: '5' }))),
        'more than 200 files',
      ],
      ['folders too deep', beside({ path: 'package/a/b/c/d/e/f/g/h/i' }), 'folders deep'],
      [
        'a decompression bomb',
        beside({ path: 'package/bomb', data: Buffer.alloc(300 * 1024 * 1024) }),
        'unpacks to more',
      ],
      ['a size that lies', beside({ path: 'package/x', data: 'x', size: 0o7777777777 }), 'was cut off'],
      [
        'a tarball that was cut off',
        async () => tarball((await entriesOf(folder)).slice(0, 1), { end: false }),
        'has no end',
      ],
      ['half a gzip', async () => tarball(await entriesOf(folder)).subarray(0, 200), 'not a gzipped tar'],
      ['a zip', async () => Buffer.from('PK\x03\x04…'), 'not a gzipped tar archive'],
      ['noise in a gzip', async () => tarball([{ path: 'x', data: 'y' }]).fill(0xff, 30, 60), 'not a gzipped tar'],
      [
        'a header that was damaged',
        async () => {
          const { gzipSync } = await import('node:zlib')
          const plain = gunzipSync(tarball(await entriesOf(folder)))
          plain[3] = 0x5a
          return gzipSync(plain)
        },
        'checksum does not fit',
      ],
      ['no manifest', async () => tarball([{ path: 'package/index.js', data: '1' }]), 'holds no plugin.json'],
      ['no bundle', async () => tarball((await entriesOf(folder)).slice(0, 1)), 'no plugin.js beside it'],
      [
        'a bundle that was changed',
        async () => tarball([(await entriesOf(folder))[0]!, { path: 'package/plugin.js', data: MINIMAL }]),
        'is not the file that plugin.json was made for',
      ],
      ['an id of ours', () => edited(manifest => (manifest.id = 'mailbox')), 'is a plugin that comes with TRAE OS'],
      ['the id of a service', () => edited(manifest => (manifest.id = 'whatsapp')), 'is the name of a service'],
      ['an engine that does not fit', () => edited(manifest => (manifest.engine = '^7')), 'was made for TRAE OS ^7'],
      [
        'a manifest that lies about its exports',
        async () => {
          await spoil(folder, { bundle: MINIMAL, edit: m => (onlyGreet(m), (m.actions['pay'] = m.actions['greet']!)) })
          return tarball(await entriesOf(folder))
        },
        'actions.pay: the manifest declares it, plugin.js does not have it',
      ],
      [
        'CommonJS',
        async () => {
          await spoil(folder, { bundle: `module.exports = { actions: {} }`, edit: onlyGreet })
          return tarball(await entriesOf(folder))
        },
        'is a CommonJS module',
      ],
    ]
    it.each(refusals)('%s', async (_, make, message) => {
      const bytes = await make()
      await expect(upload(bytes)).rejects.toMatchObject({ code: 'MANIFEST', message: expect.stringContaining(message) })
    })

    it('a tarball that is too large', async () => {
      await expect(upload(Buffer.alloc(10 * 1024 * 1024 + 1))).rejects.toMatchObject({
        code: 'MANIFEST',
        message: expect.stringContaining('is larger than 10 MiB'),
      })
    })

    const release = async (more: { dist?: Record<string, unknown> } = {}) =>
      npm.publish('trae-plugin-probe', '1.2.0', tarball(await entriesOf(folder)), more)
    it.each<[string, () => Promise<unknown>, string, string]>([
      ['a package that is not there', async () => {}, 'NOT_FOUND', 'There is no trae-plugin-probe on'],
      [
        'a tarball that the hash does not fit',
        async () => {
          await release()
          const other = tarball([...(await entriesOf(folder)), { path: 'package/extra', data: '' }])
          npm.answers.set(npm.tarballPath('trae-plugin-probe', '1.2.0'), { status: 200, body: other })
        },
        'MANIFEST',
        'is not what',
      ],
      ['a version without a hash', () => release({ dist: { integrity: undefined } }), 'MANIFEST', 'gives no hash'],
      ['a hash that is too weak', () => release({ dist: { integrity: 'sha1-AAAA' } }), 'MANIFEST', 'gives no hash'],
      [
        'a tarball on another host',
        () => release({ dist: { tarball: 'http://169.254.169.254/latest/meta-data' } }),
        'MANIFEST',
        'is on 169.254.169.254, another host',
      ],
      [
        'a registry that breaks',
        async () => npm.answers.set('/trae-plugin-probe', { status: 500, body: '{}' }),
        'UNAVAILABLE',
        'answered 500',
      ],
      [
        'a registry that wants to know who asks',
        async () => npm.answers.set('/trae-plugin-probe', { status: 401, body: '{}' }),
        'UNAVAILABLE',
        'set TRAE_PLUGIN_REGISTRY_TOKEN',
      ],
      [
        'an answer that is none',
        async () => npm.answers.set('/trae-plugin-probe', { status: 200, body: '<html>' }),
        'UNAVAILABLE',
        'cannot be understood',
      ],
      [
        'a package whose manifest is of another version',
        async () => npm.publish('trae-plugin-probe', '1.3.0', tarball(await entriesOf(folder))),
        'MANIFEST',
        'says in its plugin.json that it is version 1.2.0',
      ],
    ])('from the registry, %s', async (_, prepare, code, message) => {
      await prepare()
      await expect(fetched('trae-plugin-probe')).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      })
    })

    const path = () => npm.tarballPath('trae-plugin-probe', '1.2.0')
    const sentTo = async (location: string) => {
      await release()
      npm.answers.set(path(), { status: 302, body: '', location })
    }
    it.each([
      ['the network of this host', 'https://localhost/probe.tgz', 'localhost does not lead to the open internet'],
      ['an address in it', 'https://169.254.169.254/latest/meta-data', 'address'],
      ['unencrypted', 'http://example.com/probe.tgz', 'https'],
    ])('a registry that sends us on to %s', async (_, location, message) => {
      await sentTo(location)
      await expect(fetched('trae-plugin-probe')).rejects.toMatchObject({
        code: 'MANIFEST',
        message: expect.stringContaining(message),
      })
    })
    it('npm itself, where its name leads into the network of this host', async () => {
      const asked: string[] = []
      const resolve = (host: string) => (asked.push(host), Promise.resolve([{ address: '10.0.0.7', family: 4 }]))
      const core = { ...world.core, config: readConfig({}), egress: { resolve } }
      const look = previewPackage(core, world.workspaceId, { kind: 'npm', spec: 'trae-plugin-probe' })
      await expect(look).rejects.toMatchObject({
        code: 'MANIFEST',
        message: expect.stringContaining('registry.npmjs.org does not lead to the open internet'),
      })
      expect(asked).toEqual(['registry.npmjs.org'])
    })
    it('a registry that sends us round and round', async () => {
      await sentTo(path())
      await expect(fetched('trae-plugin-probe')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    })

    it.each(['', 'Probe', '../probe', '@acme', 'a b', 'probe@', 'probe@>>1', 'http://x/y.tgz', 'x'.repeat(215)])(
      'a name that is none: %j',
      async spec => {
        await expect(fetched(spec)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
        expect(npm.asked).toEqual([])
      },
    )
  })

  it('follows a registry to another place of its own', async () => {
    npm.publish('trae-plugin-probe', '1.2.0', tarball(await entriesOf(folder)))
    const from = npm.tarballPath('trae-plugin-probe', '1.2.0')
    npm.answers.set(from, { status: 302, body: '', location: '/store/probe.tgz' })
    npm.answers.set('/store/probe.tgz', { status: 200, body: tarball(await entriesOf(folder)) })
    expect((await fetched('trae-plugin-probe')).manifest.version).toBe('1.2.0')
  })

  it('fetches from the registry what a range means, verified, and says who published it', async () => {
    for (const version of ['1.2.0', '1.4.0', '2.0.0'])
      npm.publish('@acme/probe', version, await edited(manifest => (manifest.version = version)))
    npm.publish('@acme/probe', '3.0.0-rc.1', Buffer.from(''), {}, 'next')
    const version = async (spec: string) => (await fetched(spec)).manifest.version
    expect(await version('@acme/probe')).toBe('2.0.0')
    expect(await version('@acme/probe@^1')).toBe('1.4.0')
    expect(await version('npm:@acme/probe@1.2.x')).toBe('1.2.0')
    await expect(fetched('@acme/probe@^5')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('has no version ^5 on'),
    })
    const { digest, source } = await fetched('@acme/probe@1.2.0')
    expect(source).toMatchObject({
      kind: 'npm',
      registry: npm.url,
      name: '@acme/probe',
      version: '1.2.0',
      publishedBy: 'acme-bot',
      publishedAt: '2026-03-01T12:00:00.000Z',
      provenance: null,
      signedWith: null,
    })
    expect((await agree(digest)).source).toEqual(source)
    expect(npm.asked.map(({ url }) => url)).toContain('/@acme%2fprobe')
  })

  it('sends the token to the registry, and shows where a package was built', async () => {
    const bytes = tarball(await entriesOf(folder))
    const payload = (hash: string) =>
      Buffer.from(
        JSON.stringify({
          subject: [{ name: 'pkg:npm/probe@1.2.0', digest: { sha512: hash } }],
          predicate: {
            buildDefinition: {
              externalParameters: {
                workflow: { repository: 'https://github.com/acme/probe', ref: 'refs/tags/v1.2.0', path: 'release.yml' },
              },
            },
          },
        }),
      ).toString('base64')
    const attest = (hash: string) =>
      npm.answers.set('/-/npm/v1/attestations/probe-plugin@1.2.0', {
        status: 200,
        body: JSON.stringify({ attestations: [{ bundle: { dsseEnvelope: { payload: payload(hash) } } }] }),
      })
    npm.publish('probe-plugin', '1.2.0', bytes, {
      dist: { attestations: { url: `${npm.url}-/npm/v1/attestations/probe-plugin@1.2.0` } },
      more: { deprecated: 'use probe-2' },
    })
    attest(createHash('sha512').update(bytes).digest('hex'))
    const { config } = world.core
    Object.assign(world.core, {
      config: readConfig({ TRAE_PLUGIN_REGISTRY: npm.url, TRAE_PLUGIN_REGISTRY_TOKEN: 'npm_secret' }),
    })
    const { source, warnings } = await fetched('probe-plugin')
    Object.assign(world.core, { config })
    expect(source).toMatchObject({
      provenance: { repository: 'https://github.com/acme/probe', ref: 'refs/tags/v1.2.0' },
    })
    expect(warnings).toEqual([{ code: 'DEPRECATED', reason: 'use probe-2' }])
    expect(npm.asked.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer npm_secret'))
    attest('00') // provenance of something else
    expect((await fetched('probe-plugin')).source).toMatchObject({ provenance: null })
  })

  describe('of a registry that signs what it has', () => {
    it('is verified, and says with which key', async () => {
      const { entry } = npm.signAll('2027-01-01T00:00:00.000Z')
      npm.publish('@acme/probe', '1.2.0', tarball(await entriesOf(folder)))
      const { digest, source } = await fetched('@acme/probe')
      expect(source).toMatchObject({ signedWith: entry.keyid })
      expect((await agree(digest)).source).toEqual(source)
    })

    it.each<[string, (bytes: Uint8Array) => Record<string, unknown>, string]>([
      ['carries no signature', () => ({ signatures: [] }), 'carries no signature'],
      [
        'has another hash than was signed',
        bytes => ({ integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')} ` }),
        'it was changed on its way',
      ],
      [
        'is signed by somebody else',
        () => ({ signatures: [makeSigner().sign('trae-plugin-probe@1.2.0:')] }),
        'which http',
      ],
      ['has a signature that is none', () => ({ signatures: [{ keyid: signer.entry.keyid, sig: 'AAAA' }] }), 'changed'],
      [
        'has a second signature that does not fit',
        bytes => {
          const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
          const good = signer.sign(`trae-plugin-probe@1.2.0:${integrity}`)
          return { signatures: [good, signer.sign('trae-plugin-probe@9.9.9:')] }
        },
        'it was changed on its way',
      ],
    ])('is refused where it %s, and nothing of it is fetched', async (_, distOf, message) => {
      signer = npm.signAll()
      const bytes = tarball(await entriesOf(folder))
      npm.publish('trae-plugin-probe', '1.2.0', bytes, { dist: distOf(bytes) })
      await expect(fetched('trae-plugin-probe')).rejects.toMatchObject({
        code: 'MANIFEST',
        message: expect.stringContaining(message),
      })
      expect(npm.asked.map(({ url }) => url)).not.toContain(npm.tarballPath('trae-plugin-probe', '1.2.0'))
    })

    it('is refused where its key had ended before it was published, or the keys cannot be read now', async () => {
      npm.signAll('2026-01-01T00:00:00.000Z')
      npm.publish('trae-plugin-probe', '1.2.0', tarball(await entriesOf(folder)))
      await expect(fetched('trae-plugin-probe')).rejects.toMatchObject({
        code: 'MANIFEST',
        message: expect.stringContaining('had ended, on 2026-01-01'),
      })
      npm.answers.set('/-/npm/v1/keys', { status: 503, body: '{}' })
      await expect(fetched('trae-plugin-probe')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    })
  })

  it('warns of what should be looked at twice', async () => {
    const first = await edited(manifest => ((manifest.id = 'malibox'), (manifest.publisher = 'TRAE')))
    const { warnings, digest } = await upload(first, 'malibox-1.2.0.tgz')
    expect(warnings).toEqual([
      { code: 'NEAR_NAME', name: 'malibox', known: 'mailbox' },
      { code: 'CLAIMS_PUBLISHER', publisher: 'TRAE' },
    ])
    expect(warningSentence(warnings[0]!, 'pt-BR')).toBe(
      'O nome malibox se parece com mailbox, que você conhece. Confira se é este mesmo que você quer.',
    )
    await agree(digest)
    const older = await edited(manifest => ((manifest.version = '1.1.9'), (manifest.publisher = 'Acme')))
    expect((await upload(older, 'malibox-1.1.9.tgz')).warnings).toEqual([{ code: 'OLDER', installed: '1.2.0' }])
    npm.publish('malibox', '1.1.9', older)
    expect((await fetched('malibox')).warnings.map(({ code }) => code)).toEqual(['OTHER_SOURCE', 'OLDER'])
  })

  it('an entry that was changed, or taken out, is found in the audit log', async () => {
    for (const version of ['1.2.0', '1.2.1', '1.2.2'])
      await agree((await upload(await edited(manifest => (manifest.version = version)))).digest)
    expect(await brokenAudit(world.core, world.workspaceId)).toBeUndefined()
    const change = (text: string) => world.core.sql.query(statement('', text))
    await change(`update audit_log set data = data || '{"version": "9.9.9"}' where seq = 2`)
    expect(await brokenAudit(world.core, world.workspaceId)).toBe(2)
    await change('delete from audit_log where seq = 2')
    expect(await brokenAudit(world.core, world.workspaceId)).toBe(2)
  })
})
