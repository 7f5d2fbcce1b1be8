import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readAudit } from '../../core/access/audit.ts'
import { readFigures } from '../../core/brain/alerts/read-figures.ts'
import { readConfig } from '../../core/config.ts'
import { followKillList } from '../../core/plugins/follow-kill-list.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { type KillListEntry, namedBy } from '../../core/plugins/kill-list.ts'
import { installPreviewed, previewPackage } from '../../core/plugins/packages/preview-package.ts'
import { updatePlugin } from '../../core/plugins/packages/update-plugin.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { startEngine } from '../support/engine.ts'
import { type FarSide, openFarSide } from './far-side.ts'
import { type NpmFarSide, openNpmFarSide } from './npm-far-side.ts'
import { spoil } from './spoil.ts'
import { entriesOf, tarball } from './tarballs.ts'
import { buildProbe, openPluginWorld, type PluginWorld } from './world.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
const signed = (text: string, key = privateKey) => `${sign(null, Buffer.from(text), key).toString('base64')}\n`
const REASON = 'It sent contacts to somebody else.'

describe.each(DATABASE_KINDS)('the kill list of plugins, on %s', kind => {
  let world: PluginWorld
  let web: FarSide
  let npm: NpmFarSide
  let folder: string
  /** What the web serves: path → text. */
  const served = new Map<string, string>()
  const moved = new Map<string, string>()

  beforeAll(async () => {
    world = await openPluginWorld(kind)
    web = await openFarSide(['lists.example.com'], (request, response) => {
      const to = moved.get(request.url!)
      if (to) return response.writeHead(302, { location: to }).end()
      const text = served.get(request.url!)
      response.writeHead(text === undefined ? 404 : 200).end(text)
    })
    npm = await openNpmFarSide()
    folder = await buildProbe(world.folder, 'built')
  })
  afterAll(async () => {
    await npm?.close()
    await web?.close()
    await world?.close()
  })
  beforeEach(async () => {
    Object.assign(world.core, { egress: web.settings })
    settings({ TRAE_PLUGIN_KILL_LIST: address(), TRAE_PLUGIN_KILL_LIST_KEY: KEY })
    await spoil(folder, { edit: manifest => void (manifest.version = '1.2.0') })
    await install()
  })
  afterEach(async () => {
    served.clear()
    moved.clear()
    npm.clear()
    for (const table of ['plugin_kill_list', 'plugin_previews', 'installations', 'plugin_packages', 'service_bindings'])
      await world.core.sql.query(statement(`clear-${table}`, `delete from ${table}`))
    for (const table of ['audit_log', 'events'])
      await world.core.sql.query(statement(`clear-${table}`, `delete from ${table}`))
    await world.core.plugins.invalidate()
  })

  const address = () => `https://lists.example.com:${web.port}/plugins.json`
  const settings = (env: Record<string, string>) =>
    Object.assign(world.core, { config: readConfig({ TRAE_PLUGIN_REGISTRY: npm.url, ...env }) })
  const install = () =>
    installPlugin(world.core, {
      workspaceId: world.workspaceId,
      from: { kind: 'folder', path: folder },
      grant: 'all-declared',
    })
  const minutes = (n: number) => new Date(world.core.clock.now().getTime() + n * 60_000).toISOString()
  const listOf = (entries: readonly object[], issuedAt = minutes(0)) => JSON.stringify({ entries, issuedAt })
  const serve = (text: string, signature = signed(text)) => {
    served.set('/plugins.json', text)
    served.set('/plugins.json.sig', signature)
  }
  const look = () => followKillList(world.core)
  const probe = () => world.core.plugins.installation(world.workspaceId, 'probe')!
  const problem = async () =>
    (
      await world.core.sql.query<{ problem: string | null }>(
        statement('read-problem', 'select problem from plugin_kill_list'),
      )
    )[0]?.problem ?? null
  const history = async () =>
    (await readAudit(world.core, world.workspaceId, 'plugin:probe')).map(({ action, actor, data }) => [
      action,
      actor,
      data['reason'] ?? null,
    ])
  const version = (text: string) => spoil(folder, { edit: manifest => void (manifest.version = text) })
  const PT = `Está na lista de bloqueio de plugins: ${REASON}`

  it('disables what it names at once and says why; nobody enables it until the list lets it go', async () => {
    serve(listOf([{ id: 'probe', versions: '<1.3.0', reason: REASON }]))
    await look()
    expect(probe()).toMatchObject({ status: 'DISABLED', statusReason: PT })
    expect(await history()).toEqual([
      ['plugin.disabled', 'host', PT],
      ['plugin.installed', 'host', null],
    ])
    const events = await world.core.sql.query(
      statement('read-told', `select data from events where type = 'plugin.disabled'`),
    )
    expect(events).toEqual([{ data: { pluginId: 'probe', reason: PT, by: 'host' } }])
    await expect(enablePlugin(world.core, world.workspaceId, 'probe')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(REASON),
    })
    await look() // again: no second entry
    expect((await history()).length).toBe(2)
    serve(listOf([{ id: 'other', reason: REASON }], minutes(1)))
    await look()
    expect(probe()).toMatchObject({ status: 'ENABLED', statusReason: null })
    expect((await history())[0]).toEqual(['plugin.enabled', 'host', null])
  })

  it('leaves to people what a person has disabled, and refuses to enable it while it is named', async () => {
    await disablePlugin(world.core, world.workspaceId, 'probe', { reason: 'Too slow.' })
    serve(listOf([{ id: 'probe', reason: REASON }]))
    await look()
    expect(probe()).toMatchObject({ status: 'DISABLED', statusReason: 'Too slow.' })
    await expect(enablePlugin(world.core, world.workspaceId, 'probe')).rejects.toMatchObject({ code: 'CONFLICT' })
    serve(listOf([], minutes(1)))
    await look()
    expect(probe()).toMatchObject({ status: 'DISABLED', statusReason: 'Too slow.' })
    await enablePlugin(world.core, world.workspaceId, 'probe')
    expect(probe().status).toBe('ENABLED')
  })

  it('a version that it does not name is installed over it and enabled; what had locked the other one goes on with it', async () => {
    const { digest } = probe()
    serve(listOf([{ digest, reason: REASON }]))
    await look()
    expect(probe().status).toBe('DISABLED')
    await version('1.3.0')
    await install()
    expect(probe()).toMatchObject({ version: '1.3.0', status: 'ENABLED' })
    expect(
      (await history())
        .slice(0, 2)
        .map(([action]) => action)
        .toSorted(),
    ).toEqual(['plugin.enabled', 'plugin.updated'])
    const lock = { id: 'v1', plugins: { probe: digest }, providers: {} }
    const uses = `probe/${Object.keys(probe().manifest.actions)[0]!}`
    expect(resolveAction(world.core, world.workspaceId, uses, lock).version).toBe('1.3.0')
    expect(world.core.plugins.lockedCatalog(world.workspaceId, lock).actions.get(uses)?.version).toBe('1.3.0')
    serve(listOf([], minutes(1)))
    await look()
    expect(resolveAction(world.core, world.workspaceId, uses, lock).version).toBe('1.2.0')
    expect(world.core.plugins.lockedCatalog(world.workspaceId, lock).actions.get(uses)?.version).toBe('1.2.0')
  })

  it('refuses to install what it names, before anything is stored, and what was named after it was looked at', async () => {
    await world.core.sql.query(statement('clear-installations', 'delete from installations'))
    await world.core.sql.query(statement('clear-plugin_packages', 'delete from plugin_packages'))
    await world.core.plugins.invalidate()
    const upload = async () =>
      previewPackage(world.core, world.workspaceId, {
        kind: 'tarball',
        name: 'probe.tgz',
        bytes: tarball(await entriesOf(folder)),
      })
    const no = { code: 'MANIFEST', message: expect.stringContaining(`probe 1.2.0 is on the kill list of this host`) }
    serve(listOf([{ id: 'probe', versions: '1.2.0', reason: REASON }]))
    await look()
    await expect(upload()).rejects.toMatchObject(no)
    await expect(install()).rejects.toMatchObject(no)
    expect([await world.count('plugin_packages'), await world.count('installations')]).toEqual([0, 0])
    serve(listOf([], minutes(1)))
    await look()
    const { digest } = await upload()
    serve(listOf([{ digest, reason: REASON }], minutes(2)))
    await look()
    await expect(installPreviewed(world.core, world.workspaceId, digest, undefined)).rejects.toMatchObject(no)
    expect(await world.count('installations')).toBe(0)
  })

  it('refuses an update to a version that it names, and knows publisher and package at the registry', async () => {
    await world.core.sql.query(statement('clear-installations', 'delete from installations'))
    await world.core.plugins.invalidate()
    npm.publish('trae-probe', '1.2.0', tarball(await entriesOf(folder)))
    const fetched = (spec: string) => previewPackage(world.core, world.workspaceId, { kind: 'npm', spec })
    await installPreviewed(world.core, world.workspaceId, (await fetched('trae-probe')).digest, undefined)
    await version('1.3.0')
    npm.publish('trae-probe', '1.3.0', tarball(await entriesOf(folder)))
    serve(listOf([{ id: 'trae-probe', versions: '>=1.3.0', reason: REASON }]))
    await look()
    await expect(updatePlugin(world.core, world.workspaceId, 'probe', undefined)).rejects.toMatchObject({
      code: 'MANIFEST',
      message: expect.stringContaining(REASON),
    })
    expect(probe()).toMatchObject({ version: '1.2.0', status: 'ENABLED' })
    serve(listOf([{ publisher: 'acme-bot', reason: REASON }], minutes(1)))
    await look()
    expect(probe().status).toBe('DISABLED')
  })

  it('does not stop a start whose own plugin it names', async () => {
    const own = join(world.folder, 'ours')
    await buildProbe(own, 'probe')
    await spoil(join(own, 'probe'), { edit: manifest => void (manifest.version = '1.4.0') })
    serve(listOf([{ id: 'probe', versions: '1.4.0', reason: REASON }]))
    await look()
    const said: string[] = []
    expect(await installBuiltIns(world.core, world.workspaceId, text => said.push(text), own)).toEqual([])
    expect(said).toEqual([expect.stringContaining('is on the kill list and is not installed')])
    expect(probe().version).toBe('1.2.0')
  })

  describe('changes nothing, says why and logs it:', () => {
    const wanted = () => [{ id: 'probe', reason: REASON }]
    const cases: [string, () => void, string][] = [
      [
        'a signature by another key',
        () => serve(listOf(wanted()), signed(listOf(wanted()), generateKeyPairSync('ed25519').privateKey)),
        'signature',
      ],
      ['a signature of another text', () => serve(listOf(wanted()), signed(`${listOf(wanted())} `)), 'signature'],
      ['a signature that is none', () => serve(listOf(wanted()), 'yes'), 'signature'],
      ['no signature', () => void served.set('/plugins.json', listOf(wanted())), 'answers 404'],
      ['no list', () => {}, 'answers 404'],
      ['no JSON', () => serve('{'), 'is no JSON'],
      ['an entry that names nothing', () => serve(listOf([{ reason: REASON }])), 'names nothing'],
      [
        'an entry with a key that is not known',
        () => serve(listOf([{ id: 'probe', until: 'soon', reason: REASON }])),
        'until',
      ],
      ['a range that is none', () => serve(listOf([{ id: 'probe', versions: 'all', reason: REASON }])), 'no range'],
      ['a list of the future', () => serve(listOf(wanted(), minutes(60 * 25))), 'still to come'],
      [
        'a list that is too large',
        () => serve(listOf([...wanted(), { id: 'x', reason: 'y' }]).padEnd(1024 * 1024 + 1)),
        'more than',
      ],
      [
        'a redirect to an address inside',
        () => void moved.set('/plugins.json', 'https://inside.example.com/x.json'),
        'open internet',
      ],
      ['a redirect to http', () => void moved.set('/plugins.json', 'http://lists.example.com/x.json'), 'only https://'],
    ]
    it.each(cases)('%s', async (_what, prepare, why) => {
      const error = vi.spyOn(world.core.log, 'error')
      prepare()
      await look()
      expect(probe()).toMatchObject({ status: 'ENABLED' })
      expect(await problem()).toContain(why)
      expect(error).toHaveBeenCalledOnce()
      error.mockRestore()
    })

    it('a list that is older than the last one, from the same place', async () => {
      serve(listOf(wanted(), minutes(-10)))
      await look()
      expect(probe().status).toBe('DISABLED')
      serve(listOf([], minutes(-20)))
      await look()
      expect(probe().status).toBe('DISABLED')
      expect(await problem()).toContain('before the list that was accepted last')
      served.set('/other.json', listOf([], minutes(-20)))
      served.set('/other.json.sig', signed(served.get('/other.json')!))
      settings({ TRAE_PLUGIN_KILL_LIST: address().replace('plugins', 'other'), TRAE_PLUGIN_KILL_LIST_KEY: KEY })
      await look()
      expect(probe().status).toBe('ENABLED')
      expect(await problem()).toBeNull()
    })

    it('an address that leads inside of the network', async () => {
      Object.assign(world.core, { egress: { ...web.settings, privateHosts: undefined } })
      serve(listOf(wanted()))
      await look()
      expect(probe().status).toBe('ENABLED')
      expect(await problem()).toContain('open internet')
      expect((await readFigures(world.core as never, world.workspaceId)).get('kill-list')).toMatchObject([
        { value: 1, detail: expect.stringContaining('open internet') },
      ])
      Object.assign(world.core, { egress: web.settings })
      await look()
      expect((await readFigures(world.core as never, world.workspaceId)).get('kill-list')).toEqual([])
    })
  })

  it('reads a file without a key, and asks for its signature where there is a key', async () => {
    const file = join(world.folder, 'list.json')
    await writeFile(file, listOf([{ id: 'probe', reason: REASON }]))
    settings({ TRAE_PLUGIN_KILL_LIST: file, TRAE_PLUGIN_KILL_LIST_KEY: KEY })
    await look()
    expect(probe().status).toBe('ENABLED')
    expect(await problem()).toContain('list.json.sig cannot be read')
    settings({ TRAE_PLUGIN_KILL_LIST: file })
    await look()
    expect(probe().status).toBe('DISABLED')
    settings({}) // no list any more
    await look()
    expect(probe().status).toBe('ENABLED')
  })
})

describe('what an entry names', () => {
  const suspect = {
    manifest: { id: 'probe', version: '1.2.0-beta.1', bundle: { sha256: 'b'.repeat(64) } },
    digest: 'a'.repeat(64),
    source: { kind: 'npm', name: '@acme/trae-probe', publishedBy: 'acme' },
  } as never
  const named = (entry: Omit<KillListEntry, 'reason'>) => namedBy([{ ...entry, reason: 'r' }], suspect) !== undefined
  it.each([
    [{ id: 'probe' }, true],
    [{ id: '@acme/trae-probe' }, true],
    [{ id: 'prob' }, false],
    [{ id: 'probe', versions: '>=1.0.0 <1.3.0' }, true],
    [{ id: 'probe', versions: '1.2.0-beta.1' }, true],
    [{ id: 'probe', versions: '>=1.3.0' }, false],
    [{ digest: 'A'.repeat(64) }, true],
    [{ digest: 'b'.repeat(64) }, true],
    [{ digest: 'c'.repeat(64) }, false],
    [{ publisher: 'acme' }, true],
    [{ publisher: 'Acme' }, false],
    [{ id: 'probe', publisher: 'other' }, false],
    [{ id: 'other', digest: 'a'.repeat(64) }, false],
  ])('%j: %s', (entry, hit) => expect(named(entry)).toBe(hit))
})

describe('the settings of the kill list', () => {
  it.each([
    [{ TRAE_PLUGIN_KILL_LIST: 'http://lists.example.com/x.json' }, 'must start with https://'],
    [{ TRAE_PLUGIN_KILL_LIST: 'https://lists.example.com/x.json' }, 'TRAE_PLUGIN_KILL_LIST_KEY is needed'],
    [{ TRAE_PLUGIN_KILL_LIST_KEY: KEY }, 'needs TRAE_PLUGIN_KILL_LIST as well'],
    [{ TRAE_PLUGIN_KILL_LIST: 'x.json', TRAE_PLUGIN_KILL_LIST_KEY: 'abc' }, 'must be a public key of Ed25519'],
  ])('%j is refused', (env, why) => expect(() => readConfig(env)).toThrow(why))
})

it('the process that leads reads the list when it starts', { timeout: 120_000 }, async () => {
  const file = join(import.meta.dirname, 'fixtures', 'kill-list.json')
  const engine = await startEngine('pglite', { TRAE_PLUGIN_KILL_LIST: file })
  try {
    const probe = () => engine.plugins.installation(engine.workspaceId, 'probe')
    await expect.poll(() => probe()?.status, { timeout: 30_000 }).toBe('DISABLED')
  } finally {
    await engine.close()
  }
})
