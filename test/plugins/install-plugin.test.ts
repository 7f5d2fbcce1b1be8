import { cp, link, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../core/ids.ts'
import { checkPackage } from '../../core/plugins/packages/check-package.ts'
import { installPlugin, type InstallRequest } from '../../core/plugins/install-plugin.ts'
import { type Manifest, packageDigest, sha256 } from '../../core/plugins/manifest.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { MINIMAL, onlyGreet, spoil } from './spoil.ts'
import { buildProbe, insertWorkspace, openPluginWorld, type PluginWorld } from './world.ts'

describe.each(DATABASE_KINDS)('installing a plugin, on %s', kind => {
  let world: PluginWorld
  let built: string
  let folder: string
  let n = 0

  beforeAll(async () => {
    world = await openPluginWorld(kind)
    built = await buildProbe(world.folder, 'built')
  })
  afterAll(() => world?.close())
  beforeEach(async () => {
    folder = join(world.folder, `package-${++n}`)
    await cp(built, folder, { recursive: true })
  })
  afterEach(async () => {
    for (const text of ['delete from installations', 'delete from plugin_packages', 'delete from service_bindings'])
      await world.core.sql.query(statement(text.replaceAll(' ', '-'), text))
    await world.core.plugins.invalidate(world.workspaceId)
  })

  const install = (grant: InstallRequest['grant'] = 'all-declared', workspaceId = world.workspaceId) =>
    installPlugin(world.core, { workspaceId, from: { kind: 'folder', path: folder }, grant })
  const rows = async () => [
    await world.count('plugin_packages'),
    await world.count('installations'),
    await world.count('service_bindings'),
  ]

  test('stores the package under its hash, grants what was agreed to, and binds the service that nobody provided', async () => {
    const told: unknown[] = []
    world.core.pubsub.on('installation.updated', detail => told.push(detail))
    const installation = await install()
    expect(installation).toMatchObject({
      pluginId: 'probe',
      version: '1.2.0',
      status: 'ENABLED',
      statusReason: null,
      source: { kind: 'folder', path: folder },
    })
    expect(installation.granted).toEqual(installation.manifest.permissions)
    expect(installation.digest).toBe(packageDigest(JSON.parse(await readFile(join(folder, 'plugin.json'), 'utf8'))))
    expect(await rows()).toEqual([1, 1, 1])
    expect(told).toEqual([{ workspaceId: world.workspaceId, installationId: installation.id }])
    const catalog = world.core.plugins.catalog(world.workspaceId)
    expect([...catalog.services.keys()]).toEqual(['email/send'])
    expect(catalog.actions.get('probe/greet')).toMatchObject({ title: 'Greet', effect: 'none', version: '1.2.0' })
    expect(catalog.services.get('email/send')).toMatchObject({ title: 'Send an e-mail', idempotency: 'lookup' })
  })

  test('the stored manifest still has the digest that the package is named by', async () => {
    const { digest } = await install()
    const [row] = await world.core.sql.query<{ manifest: unknown; bundle: string }>(
      statement('test-package', 'select manifest, bundle from plugin_packages'),
    )
    expect(packageDigest(row!.manifest)).toBe(digest)
    expect(sha256(row!.bundle)).toBe((row!.manifest as Manifest).bundle.sha256)
  })

  test('the same package again changes nothing, in another workspace it is another installation of one package', async () => {
    const first = await install()
    expect(await install()).toMatchObject({ id: first.id, digest: first.digest })
    const other = await insertWorkspace(world.core, `w${n}`)
    expect((await install('all-declared', other)).id).not.toBe(first.id)
    expect(await rows()).toEqual([1, 2, 2])
    expect(world.core.plugins.list(world.workspaceId)).toHaveLength(1)
  })

  test('leaves a service with the provider that it has', async () => {
    await install()
    await spoil(folder, { edit: manifest => (manifest.id = 'rival') })
    await install()
    expect(world.core.plugins.providers(world.workspaceId, 'email')).toMatchObject([{ pluginId: 'probe' }])
    expect(await rows()).toEqual([2, 2, 1])
  })

  test('a newer version replaces the older one, which stays in the store', async () => {
    const before = await install()
    await spoil(folder, { edit: manifest => (manifest.version = '1.3.0') })
    const after = await install('as-before')
    expect(after).toMatchObject({ id: before.id, version: '1.3.0', status: 'ENABLED' })
    expect(await rows()).toEqual([2, 1, 1])
    expect(resolveAction(world.core, world.workspaceId, 'probe/greet@^1').version).toBe('1.3.0')
  })

  test('an update that asks for more waits for consent and shows the difference', async () => {
    const before = await install()
    await spoil(folder, {
      edit: manifest => {
        manifest.version = '2.0.0'
        manifest.permissions.hosts.push({ host: 'evil.example.net', reason: 'Statistics' })
        manifest.permissions.records.push({ name: 'activities:read', reason: 'To know more' })
        manifest.permissions.storage = { bytes: 5000, reason: 'More' }
      },
    })
    const refused = {
      code: 'PERMISSION',
      message: expect.stringContaining(
        'probe 2.0.0 asks for more than 1.2.0 was granted:\n  evil.example.net: Exchange data with evil.example.net over the internet. (Statistics)',
      ),
      details: { missing: [{ value: 'evil.example.net' }, { value: 'activities:read' }, { value: '5000' }] },
    }
    await expect(install('as-before')).rejects.toMatchObject(refused)
    await expect(install(before.granted)).rejects.toMatchObject(refused)
    expect(world.core.plugins.installation(world.workspaceId, 'probe')).toMatchObject({
      version: '1.2.0',
      granted: before.granted,
    })
    expect(await rows()).toEqual([1, 1, 1])
    expect(await install()).toMatchObject({ version: '2.0.0', granted: { storage: { bytes: 5000 } } })
  })

  test('one that asks for less is granted less', async () => {
    await install()
    await spoil(folder, {
      edit: manifest => (
        (manifest.version = '1.2.1'),
        (manifest.permissions.hosts = []),
        delete manifest.permissions.storage
      ),
    })
    const { granted } = await install('as-before')
    expect(granted).toMatchObject({ hosts: [] })
    expect(granted).not.toHaveProperty('storage')
  })

  test('a first installation without consent is refused', async () => {
    await expect(install('as-before')).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('probe 1.2.0 asks for'),
    })
    expect(await rows()).toEqual([0, 0, 0])
  })

  test('an unknown workspace is refused', async () => {
    await expect(install('all-declared', newId())).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await rows()).toEqual([0, 0, 0])
  })

  test('an update that would take a bound service away is refused', async () => {
    await install()
    await spoil(folder, { edit: manifest => ((manifest.version = '1.4.0'), (manifest.provides = {})) })
    await expect(install()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('no longer provides email'),
    })
    expect(await rows()).toEqual([1, 1, 1])
  })

  test('two at the same time end as one', async () => {
    const [first, second] = await Promise.all([install(), install()])
    expect(second.id).toBe(first.id)
    expect(await rows()).toEqual([1, 1, 1])
  })

  describe('refuses, and leaves nothing behind:', () => {
    afterEach(async () => expect(await rows()).toEqual([0, 0, 0]))

    const refusals: [string, (folder: string) => Promise<unknown>, string][] = [
      ['a folder that is not there', folder => rm(folder, { recursive: true }), 'is not a folder'],
      [
        'a file in place of the folder',
        async folder => (await rm(folder, { recursive: true }), writeFile(folder, '')),
        'is not a folder',
      ],
      ['no manifest', folder => rm(join(folder, 'plugin.json')), 'plugin.json is missing: build the plugin'],
      ['no bundle', folder => rm(join(folder, 'plugin.js')), 'plugin.js is missing: build the plugin'],
      [
        'a manifest that is not JSON',
        folder => writeFile(join(folder, 'plugin.json'), '{ "id": '),
        'plugin.json is not JSON',
      ],
      [
        'a manifest that is not UTF-8',
        folder => writeFile(join(folder, 'plugin.json'), Buffer.from([0xff, 0xfe])),
        'is not UTF-8',
      ],
      [
        'a bundle that was changed afterwards',
        folder => writeFile(join(folder, 'plugin.js'), MINIMAL),
        'is not the file that plugin.json was made for',
      ],
      [
        'a bundle that is too large',
        folder => writeFile(join(folder, 'plugin.js'), Buffer.alloc(6 * 1024 * 1024, 'x')),
        'is larger than 5120 KiB',
      ],
      [
        'too many files',
        folder => Promise.all(Array.from({ length: 201 }, (_, i) => writeFile(join(folder, `${i}.txt`), ''))),
        'more than 200 files',
      ],
      ['folders too deep', folder => mkdir(join(folder, 'a/b/c/d/e/f/g/h/i'), { recursive: true }), 'folders deep'],
      [
        'a bundle that is a link',
        async folder => {
          await rename(join(folder, 'plugin.js'), `${folder}.js`)
          await symlink(`${folder}.js`, join(folder, 'plugin.js'))
        },
        'plugin.js in',
      ],
      ['a link to a file outside', folder => symlink('/etc/passwd', join(folder, 'README.md')), 'README.md in'],
      [
        'a link to a folder',
        folder => symlink('/etc', join(folder, 'docs')),
        'is a link; a package holds only regular files',
      ],
      ['a link to nothing', folder => symlink('../../gone', join(folder, 'x')), 'is a link'],
      [
        'U+0000, which the database cannot hold',
        folder => spoil(folder, { edit: manifest => (manifest.messages = { en: { a: '\0' } }) }),
        'contains U+0000',
      ],
      [
        'half a character',
        folder => spoil(folder, { edit: manifest => (manifest.messages = { en: { a: '\ud800' } }) }),
        'half a surrogate pair',
      ],
      [
        'an engine that does not fit',
        folder => spoil(folder, { edit: manifest => (manifest.engine = '^7') }),
        'was made for TRAE OS ^7',
      ],
      [
        'an unknown permission',
        folder => spoil(folder, { edit: manifest => (manifest.permissions.records[0]!.name = 'lead:read' as never) }),
        'permissions.records.0.name: is not a permission; did you mean "leads:read"? (found "lead:read")',
      ],
      [
        'an unknown kind of permission',
        folder => spoil(folder, { edit: manifest => Object.assign(manifest.permissions, { files: ['/etc'] }) }),
        'permissions: Unrecognized key: "files"',
      ],
      [
        'an import',
        folder => spoil(folder, { bundle: `import fs from 'node:fs'\n${MINIMAL}`, edit: onlyGreet }),
        'imports "node:fs"; a bundle is one module that imports nothing',
      ],
      [
        'a dynamic import',
        folder => spoil(folder, { bundle: `const x = () => import('./other.js')\n${MINIMAL}`, edit: onlyGreet }),
        'imports "./other.js"',
      ],
      [
        'an export from elsewhere',
        folder => spoil(folder, { bundle: `export * from 'x'\n${MINIMAL}`, edit: onlyGreet }),
        'imports "x"',
      ],
      [
        'CommonJS',
        folder => spoil(folder, { bundle: `module.exports = { actions: { greet: { run() {} } } }`, edit: onlyGreet }),
        'is a CommonJS module',
      ],
      [
        'CommonJS that asks for more',
        folder => spoil(folder, { bundle: `module.exports = require('child_process')`, edit: onlyGreet }),
        'imports "child_process"',
      ],
      [
        'no default export',
        folder => spoil(folder, { bundle: `export const actions = {}`, edit: onlyGreet }),
        'has no default export',
      ],
      [
        'code that cannot be parsed',
        folder => spoil(folder, { bundle: `export default {\n  actions: ]`, edit: onlyGreet }),
        'plugin.js:2:12: Unexpected "]"',
      ],
      [
        'code that throws while it is loaded',
        folder => spoil(folder, { bundle: `throw new Error('not today')\n${MINIMAL}`, edit: onlyGreet }),
        'not today',
      ],
      [
        'code that looks for Node while it is loaded',
        folder => spoil(folder, { bundle: `process.exit(1)\n${MINIMAL}`, edit: onlyGreet }),
        'process is not defined',
      ],
      [
        'code that never ends to load',
        folder => spoil(folder, { bundle: `for (;;);\n${MINIMAL}`, edit: onlyGreet }),
        'plugin.js: While the bundle was loaded',
      ],
      [
        'an action that is declared and not there',
        folder =>
          spoil(folder, { bundle: MINIMAL, edit: m => (onlyGreet(m), (m.actions['ghost'] = m.actions['greet']!)) }),
        'actions.ghost: the manifest declares it, plugin.js does not have it',
      ],
      [
        'an action that is there and not declared',
        folder => spoil(folder, { bundle: MINIMAL.replace('greet:', 'hidden: { run() {} }, greet:'), edit: onlyGreet }),
        'plugin.js has an action "hidden" that the manifest does not declare',
      ],
      [
        'a provider that does not take what the service is given',
        folder =>
          spoil(folder, {
            edit: m =>
              (m.actions['post']!.input = {
                type: 'object',
                properties: { to: { type: 'string', maxLength: 20 } },
                required: ['to', 'template'],
              }),
          }),
        'provides.email.send: the action post does not take every input of email/send: template: may be missing, but is required',
      ],
      [
        'a provider that does not give what the service promises',
        folder =>
          spoil(folder, {
            edit: m => (m.actions['post']!.output = { type: 'object', properties: { id: { type: 'number' } } }),
          }),
        'may give output that email/send does not promise: id: may be missing',
      ],
      [
        'a provider that plays down its effect',
        folder => spoil(folder, { edit: m => (m.actions['post']!.effect = 'read') }),
        'has effect read; who provides email/send has effect send',
      ],
    ]
    test.each(refusals)('%s', async (_, prepare, message) => {
      await prepare(folder)
      await expect(install()).rejects.toMatchObject({ code: 'MANIFEST', message: expect.stringContaining(message) })
    })
  })

  test('a check says all that an installation would, and changes nothing', async () => {
    await spoil(folder, {
      edit: manifest => (
        (manifest.engine = '>=2 <3'),
        (manifest.actions['post']!.effect = 'none'),
        (manifest.actions['ghost'] = manifest.actions['greet']!)
      ),
    })
    const { problems, package: found } = await checkPackage(world.core, folder)
    expect(found).toBeUndefined()
    expect(problems).toEqual([
      expect.stringContaining('engine: probe 1.2.0 was made for TRAE OS >=2 <3'),
      expect.stringContaining('effect none'),
      expect.stringContaining('actions.ghost'),
    ])
    expect((await checkPackage(world.core, built)).warnings).toContain(
      'actions.look: has no sample input, so neither the editor nor the tests can show one.',
    )
    expect(await rows()).toEqual([0, 0, 0])
  })

  test('a second name of a file (a hard link, as package stores make) is a regular file', async () => {
    await link(join(folder, 'plugin.js.map'), join(folder, 'again.map'))
    expect(await install()).toMatchObject({ pluginId: 'probe' })
  })

  test.each([
    ['prob/greet', 'No plugin prob is installed. Did you mean probe/greet?'],
    ['probe/gret', 'probe 1.2.0 has no action gret. Did you mean greet?'],
    [
      'probe/greet@^2',
      'probe/greet@^2 asks for version ^2 of probe; installed is 1.2.0. Change the range, or install a version that fits.',
    ],
    ['email/sned', 'The service email has no action sned. Did you mean send?'],
    [
      'calendar/schedule',
      'Nobody provides calendar in this workspace: install a plugin that does, or choose one on the page Services.',
    ],
    ['greet', '"greet" names no action; write plugin/action, plugin/action@^1 or service/action.'],
    ['probe/constructor', 'probe 1.2.0 has no action constructor.'],
  ])('%s is not found, and says why', async (uses, message) => {
    await install()
    expect(() => resolveAction(world.core, world.workspaceId, uses)).toThrowError(
      expect.objectContaining({ code: 'NOT_FOUND', message }),
    )
  })
})
