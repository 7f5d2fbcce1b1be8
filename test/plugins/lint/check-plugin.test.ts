import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pluginFiles } from '../../../core/cli/new-plugin/plugin-files.ts'
import { createLog } from '../../../core/log.ts'
import { checkPlugin } from '../../../core/plugins/lint/check-plugin.ts'
import { packPlugin } from '../../../core/plugins/packages/pack-plugin.ts'
import { readTarball } from '../../../core/plugins/packages/read-tarball.ts'
import { foldersOf, SOURCES } from '../../../core/plugins/our-plugins.ts'
import { Sandbox } from '../../../core/sandbox/sandbox.ts'
import { temporaryFolder } from '../world.ts'
import { FAULTY } from './plugin-with-faults.ts'

const core = { sandbox: new Sandbox({ log: createLog('silent') }) }
let parent: Awaited<ReturnType<typeof temporaryFolder>>
let count = 0
beforeAll(async () => void (parent = await temporaryFolder()))
afterAll(async () => {
  await core.sandbox.close()
  await parent?.remove()
})

async function written(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(parent.path, `plugin-${count++}`)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

const shown = async (files: Readonly<Record<string, string>>) =>
  (await checkPlugin(core, await written(files))).findings.map(
    ({ kind, message, file, line }) => `${file}:${line} ${kind} ${message}`,
  )

describe('the check of a plugin', { timeout: 120_000 }, () => {
  it('has nothing to say of a new plugin, nor of ours', async () => {
    const fresh = await checkPlugin(core, await written(pluginFiles('fresh-one')))
    expect(fresh).toMatchObject({ findings: [], permissions: [], package: { manifest: { id: 'fresh-one' } } })
    const ours = await foldersOf(SOURCES, 'index.ts')
    expect(ours.length).toBeGreaterThan(5)
    for (const folder of ours) expect((await checkPlugin(core, folder)).findings, folder).toEqual([])
  })

  it('knows the events of the host, and what listens to one uses its permission', async () => {
    const listener = await readFile(join(import.meta.dirname, '../../support/plugins/listener/index.ts'), 'utf8')
    const said = (await shown({ 'index.ts': listener.replaceAll('deal.won', 'deal.wonn') })).filter(
      line => !/messages|publisher/.test(line),
    )
    expect(said).toEqual([
      expect.stringMatching(
        /^index.ts:\d+ warning triggers.won hears of deal.wonn, which the host never tells. Did you mean deal.won\?$/,
      ),
    ])
  })

  it('finds what a reader misses, each where it is written', async () => {
    expect(await shown(FAULTY)).toEqual([
      'actions/find-thing.ts:4 warning actions.find-thing has no sample, so the editor, the documentation and tests can show none.',
      ...['17 the host api.idle.com', '21 meetings:read', '25 emit:thing.lost', '27 storage', '28 the schedule'].map(
        each =>
          each.replace(
            /^(\d+) (.*)$/,
            'index.ts:$1 warning asks for $2, and nothing in it seems to use that. Ask for less, or say where it is used.',
          ),
      ),
      'index.ts:31 warning the messages in en lack other.',
      'index.ts:31 warning the messages in pt-BR lack plugin.title, plugin.description, actions.find-thing.title, found.',
      'index.ts:10 warning description has 299 characters; from 200 on nobody reads it to its end. Put the rest into a README.',
    ])
  })

  it('takes every use of a permission for one', async () => {
    const used = FAULTY['actions/find-thing.ts']!.replace(
      `return { text: ctx.t('found') }`,
      `const { storage, records: { meetings } } = ctx
      await storage.get('a')
      await ctx.schedule.get('a')
      await meetings.list({})
      const idle = 'api.idle.com'
      await ctx.fetch(\`https://\${idle}/\`)
      await ctx.events.emit('thing.lost', {})
      return { text: ctx.t('found') }`,
    )
    expect((await shown({ ...FAULTY, 'actions/find-thing.ts': used })).filter(text => text.includes('seems'))).toEqual(
      [],
    )
  })

  it('says a sample that does not fit, and one that is near a known id', async () => {
    const files = pluginFiles('mailbux')
    expect(
      await shown({
        ...files,
        'actions/greet.ts': files['actions/greet.ts']!.replace(`{ name: 'Ana' }`, `{ name: 5 }`),
      }),
    ).toEqual([
      'index.ts:7 warning The name mailbux is near mailbox, which you know. See that it is the one you mean.',
      expect.stringMatching(/^actions\/greet\.ts:11 warning .*actions\.greet\.sample.*name/),
    ])
  })

  it.each([
    [
      'an id of ours',
      { 'index.ts': ["id: 'one'", "id: 'sdr'"] },
      /^index\.ts:7 problem id: sdr is a plugin that comes/,
    ],
    [
      'a range that does not fit',
      { 'index.ts': ["'^0'", "'^9'"] },
      /^index\.ts:10 problem engine: .* was made for TRAE OS \^9/,
    ],
    [
      'a title that is too long',
      { 'actions/greet.ts': ['Greet somebody', 'x'.repeat(200)] },
      /^actions\/greet\.ts:4 problem actions\.greet\.title: /,
    ],
    ['a syntax error', { 'actions/greet.ts': ['defineAction({', 'defineAction({{'] }, /^actions\/greet\.ts:3 problem /],
    [
      'an import of Node',
      { 'actions/greet.ts': ['import {', "import 'node:fs'\nimport {"] },
      /^actions\/greet\.ts:1 problem "node:fs" belongs to Node/,
    ],
  ])('says what no host would install, and where: %s', async (_what, edits, told) => {
    const files = pluginFiles('one')
    const [path, [from, to]] = Object.entries(edits)[0] as [string, [string, string]]
    const found = await checkPlugin(core, await written({ ...files, [path]: files[path]!.replace(from, to) }))
    expect(found.package).toBeUndefined()
    const { kind, message, file, line } = found.findings[0]!
    expect(`${file}:${line} ${kind} ${message}`).toMatch(told)
  })

  it('refuses a folder that holds no plugin', async () => {
    await expect(checkPlugin(core, join(parent.path, 'nowhere'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(checkPlugin(core, parent.path)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('holds no index.ts'),
    })
  })
})

describe('a packed plugin', { timeout: 120_000 }, () => {
  const pack = async (files: Readonly<Record<string, string>>) => {
    const folder = await written(files)
    return packPlugin(folder, (await checkPlugin(core, folder)).package!)
  }

  it('is the same bytes for the same source, and what an installation reads', async () => {
    const [one, two] = [await pack(pluginFiles('packed')), await pack(pluginFiles('packed'))]
    expect(Buffer.from(one.tarball).equals(two.tarball)).toBe(true)
    expect(one.file).toBe('trae-plugin-packed-0.1.0.tgz')
    expect((await readTarball(one.tarball, one.file)).manifest.id).toBe('packed')
  })

  it('carries README and LICENSE, and of package.json neither scripts nor dependencies', async () => {
    const { files, name, file } = await pack({
      ...pluginFiles('packed'),
      'README.md': '# Packed\n',
      LICENSE: 'MIT\n',
      'package.json': JSON.stringify({
        name: '@acme/packed',
        author: 'Ana',
        scripts: { postinstall: 'rm -rf /' },
        dependencies: { left: '1' },
      }),
    })
    expect([name, file]).toEqual(['@acme/packed', 'acme-packed-0.1.0.tgz'])
    expect(files.map(({ path }) => path)).toEqual([
      'package.json',
      'plugin.json',
      'plugin.js',
      'plugin.js.map',
      'README.md',
      'LICENSE',
    ])
    const size = (value: object) => JSON.stringify(value, null, 2).length + 1
    expect(files[0]!.bytes).toBe(
      size({
        name: '@acme/packed',
        version: '0.1.0',
        description: 'Greets people in their own language.',
        license: 'MIT',
        keywords: ['trae-os-plugin'],
        type: 'module',
        files: ['plugin.json', 'plugin.js', 'plugin.js.map'],
        author: 'Ana',
      }),
    )
  })

  it('refuses a package.json that says another version, or no name of npm', async () => {
    const withPackage = (value: object) => ({ ...pluginFiles('packed'), 'package.json': JSON.stringify(value) })
    await expect(pack(withPackage({ version: '9.0.0' }))).rejects.toThrow(
      'package.json says version "9.0.0", index.ts says "0.1.0"',
    )
    await expect(pack(withPackage({ name: 'No Name' }))).rejects.toThrow('package.json: name: "No Name" is no name')
  })
})
