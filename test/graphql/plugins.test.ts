import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { type NpmFarSide, openNpmFarSide } from '../plugins/npm-far-side.ts'
import { entriesOf, tarball } from '../plugins/tarballs.ts'
import { FIXTURES, PROBE } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('plugins are installed over GraphQL, on %s', kind => {
  let host: TestServer
  let npm: NpmFarSide
  let folder: string
  beforeAll(async () => {
    npm = await openNpmFarSide()
    host = await openTestServer(kind, {}, { TRAE_PLUGIN_REGISTRY: npm.url })
    folder = await mkdtemp(join(tmpdir(), 'trae-plugins-'))
    await buildPlugin(PROBE, folder)
    npm.publish('trae-plugin-probe', '1.2.0', tarball(await entriesOf(folder)))
  })
  afterAll(async () => {
    await host?.close()
    await npm?.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const ask = async (query: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}) => {
    const { json } = await host.graphql(query, variables, { headers })
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const PREVIEW = `digest pluginId version publisher source { kind name publishedBy integrity } warnings { code sentence }
    permissions { kind value sentence reason } addedPermissions { value } actions { name title service } provides
    installed { version }`
  const fetchIt = (spec: string, headers = {}) =>
    ask(
      `mutation($p: String!) { pluginFetch(input: { package: $p }) { preview { ${PREVIEW} } userErrors { code message } } }`,
      { p: spec },
      headers,
    )
  const install = (digest: string) =>
    ask(
      'mutation($d: String!) { pluginInstall(input: { digest: $d }) { installation { pluginId version digest source { kind name } permissions { value } } userErrors { code message } } }',
      { d: digest },
    )

  it('shows what is on the registry, in the language of who asks, and installs what was shown', async () => {
    const { pluginFetch } = await fetchIt('trae-plugin-probe@^1', { 'accept-language': 'pt-BR' })
    expect(pluginFetch.userErrors).toEqual([])
    expect(pluginFetch.preview).toMatchObject({
      pluginId: 'probe',
      version: '1.2.0',
      source: { kind: 'NPM', name: expect.stringContaining('trae-plugin-probe'), publishedBy: 'acme-bot' },
      warnings: [],
      provides: ['email/send'],
      installed: null,
    })
    const titleOf = ({ actions }: { actions: { name: string; title: string }[] }) =>
      actions.find(({ name }) => name === 'greet')!.title
    expect(titleOf(pluginFetch.preview)).toBe('Cumprimentar')
    expect(titleOf((await fetchIt('trae-plugin-probe@^1', { 'accept-language': 'en' })).pluginFetch.preview)).toBe(
      'Greet',
    )
    expect(pluginFetch.preview.permissions).toContainEqual(
      expect.objectContaining({
        kind: 'RECORD',
        value: 'leads:read',
        sentence: expect.stringMatching(/^Ler os leads/),
      }),
    )
    const { pluginInstall } = await install(pluginFetch.preview.digest)
    expect(pluginInstall).toMatchObject({
      installation: { pluginId: 'probe', digest: pluginFetch.preview.digest, source: { kind: 'NPM' } },
      userErrors: [],
    })
  })

  it('takes a tarball over HTTP, and installs it by its digest', async () => {
    const answer = await host.send('POST', '/plugins/packages?name=probe-1.2.0.tgz', {
      body: tarball(await entriesOf(folder)),
      headers: { 'content-type': 'application/gzip' },
    })
    expect(answer).toMatchObject({ status: 201, json: { plugin_id: 'probe', version: '1.2.0' } })
    const { pluginPreview } = await ask(`query($d: String!) { pluginPreview(digest: $d) { ${PREVIEW} } }`, {
      d: answer.json.digest,
    })
    expect(pluginPreview).toMatchObject({ source: { kind: 'TARBALL', name: 'probe' }, installed: { version: '1.2.0' } })
    expect((await install(answer.json.digest)).pluginInstall.installation.source).toEqual({
      kind: 'TARBALL',
      name: 'probe',
    })
  })

  it('shows what a plugin hears of by itself, before it is installed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trae-hears-'))
    await buildPlugin(join(FIXTURES, 'vendor'), folder)
    npm.publish('trae-plugin-vendor', '1.0.0', tarball(await entriesOf(folder)))
    const { pluginFetch } = await ask(
      'mutation { pluginFetch(input: { package: "trae-plugin-vendor" }) { preview { hears } userErrors { message } } }',
    )
    expect(pluginFetch.userErrors).toEqual([])
    expect(pluginFetch.preview.hears).toEqual(
      expect.arrayContaining([
        'A contact changed: asks the vendor every 1m.',
        'Somebody replied: the vendor posts to an address here, and proves who it is.',
      ]),
    )
    await rm(folder, { recursive: true, force: true })
  })

  it('says what stands against a package, a name, a digest, a body', async () => {
    expect((await fetchIt('no-such-plugin')).pluginFetch).toMatchObject({
      preview: null,
      userErrors: [{ code: 'NOT_FOUND', message: expect.stringContaining('There is no no-such-plugin') }],
    })
    expect((await fetchIt('../x')).pluginFetch.userErrors).toMatchObject([{ code: 'INVALID' }])
    expect((await install('0'.repeat(64))).pluginInstall.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    const post = (body: Uint8Array | undefined, token?: null) =>
      host.send('POST', '/plugins/packages', {
        ...(body ? { body } : {}),
        headers: { 'content-type': 'application/gzip' },
        ...(token === null ? { token } : {}),
      })
    expect(await post(Buffer.from('nothing of the kind'))).toMatchObject({
      status: 422,
      json: { code: 'MANIFEST', detail: expect.stringContaining('not a gzipped tar archive') },
    })
    expect(await post(undefined)).toMatchObject({ status: 400 })
    expect(await post(Buffer.alloc(10 * 1024 * 1024 + 1))).toMatchObject({
      status: 413,
      json: { detail: expect.stringContaining('larger than 10 MiB') },
    })
    expect(await post(tarball([]), null)).toMatchObject({ status: 401 })
  })

  it('is disabled, enabled and removed; every change is told to subscribers and kept in its history', async () => {
    const { installation } = await ask('{ installation(pluginId: "probe") { id status removable } }')
    expect(installation.removable).toBe(true)
    const told: unknown[] = []
    host.core.pubsub.on('installation.updated', detail => told.push(detail))
    const change = (
      name: string,
      more: Record<string, unknown> = {},
      fields = 'installation { status statusReason }',
    ) =>
      ask(
        `mutation($input: P${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`,
        { input: { installationId: installation.id, ...more } },
      )
    expect((await change('pluginDisable', { reason: 'Too slow.' })).pluginDisable).toEqual({
      installation: { status: 'DISABLED', statusReason: 'Too slow.' },
      userErrors: [],
    })
    expect((await change('pluginDisable', { reason: 'x'.repeat(501) })).pluginDisable.userErrors).toMatchObject([
      { code: 'INVALID' },
    ])
    expect((await change('pluginEnable')).pluginEnable.installation).toEqual({ status: 'ENABLED', statusReason: null })
    const after = await ask(
      '{ installation(pluginId: "probe") { neededBy { slug } history { action reason version by { email } } } }',
    )
    expect(after.installation.neededBy).toEqual([])
    expect(after.installation.history.slice(0, 3)).toEqual([
      { action: 'plugin.enabled', reason: null, version: null, by: { email: host.core.owner.email } },
      { action: 'plugin.disabled', reason: 'Too slow.', version: null, by: { email: host.core.owner.email } },
      { action: 'plugin.updated', reason: null, version: '1.2.0', by: { email: host.core.owner.email } },
    ])
    const removed = await change('pluginUninstall', {}, 'uninstalledId pausedPlaybooks { slug }')
    expect(removed.pluginUninstall).toEqual({ uninstalledId: installation.id, pausedPlaybooks: [], userErrors: [] })
    expect((await change('pluginEnable')).pluginEnable.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    expect(told).toHaveLength(3)
  })
})
