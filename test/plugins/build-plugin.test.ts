import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { buildBuiltIns, installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { sha256 } from '../../core/plugins/manifest.ts'
import { openPluginWorld, PROBE, temporaryFolder } from './world.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder.remove())

let n = 0
/** Writes a plugin's source; `{…}` of `definePlugin` with an action `act` unless told otherwise. */
async function source(index: string, files: Record<string, string> = {}): Promise<string> {
  const path = join(folder.path, `source-${++n}`)
  await mkdir(path)
  for (const [name, text] of Object.entries({ ...files, 'index.ts': index })) await writeFile(join(path, name), text)
  return path
}
const plugin = (actions: string, head = '', id = 'sample') => `
import { defineAction, definePlugin, z } from 'trae-os/sdk'
${head}
export default definePlugin({
  id: '${id}', version: '1.0.0', kind: 'skill', engine: '^0', title: 'Sample', description: 'A sample.', publisher: 'tests', license: 'MIT',
  permissions: {}, actions: { ${actions} },
})`
const act = (more = '') =>
  `act: defineAction({ title: 'Act', description: 'Acts.', input: z.object({}), output: z.object({}), effect: 'none', idempotency: 'none', run: () => ({}), ${more} })`

describe('building a plugin', () => {
  test('makes a manifest, one module and its source map, the same bytes every time', async () => {
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'deeper/two')]
    const manifest = await buildPlugin(PROBE, one)
    await buildPlugin(PROBE, two)
    expect((await readdir(one)).sort()).toEqual(['plugin.js', 'plugin.js.map', 'plugin.json'])
    for (const name of await readdir(one))
      expect(await readFile(join(one, name), 'utf8')).toBe(await readFile(join(two, name), 'utf8'))
    expect(manifest.bundle.sha256).toBe(sha256(await readFile(join(one, 'plugin.js'))))
    const map = JSON.parse(await readFile(join(one, 'plugin.js.map'), 'utf8')) as { sources: string[] }
    expect(map.sources).toEqual(expect.arrayContaining(['index.ts', 'say-hello.ts']))
  })

  test('leaves zod out of what runs, and its schemas in the manifest', async () => {
    const out = join(folder.path, 'small')
    const { actions, bundle } = await buildPlugin(PROBE, out)
    expect(bundle.bytes).toBeLessThan(10_000)
    expect(await readFile(join(out, 'plugin.js'), 'utf8')).not.toContain('ZodObject')
    expect(actions['greet']!.input).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 50 },
        times: { default: 1, type: 'integer', minimum: 1, maximum: 3 },
      },
      required: ['name'],
    })
    expect(actions['post']).toMatchObject({
      hasLookup: true,
      output: { properties: { sentAt: { type: 'string', format: 'date-time' } } },
    })
  })

  test.each([
    [
      'Node',
      plugin(act(), `import { readFileSync } from 'node:fs'\nexport const x = readFileSync`),
      /index\.ts:3:\d+: "node:fs" belongs to Node, and a plugin runs without Node/,
    ],
    [
      'another door of ours',
      plugin(act(), `import 'trae-os/testing'`),
      /"trae-os\/testing" cannot be imported by a plugin/,
    ],
    ['what is not there', plugin(act(), `import './gone.ts'`), /Could not resolve "\.\/gone\.ts"/],
    ['code that cannot be parsed', `export default {`, /index\.ts:1:17: /],
    [
      'no default export',
      `export const a = 1`,
      /must `export default definePlugin\(\{ … \}\)`; found no default export/,
    ],
    [
      'a default export that is no plugin',
      `export default 5`,
      /must `export default definePlugin\(\{ … \}\)`; found a number/,
    ],
    [
      'a definition that throws',
      `throw new Error('no luck')\nexport default {}`,
      /failed while its definition was read: no luck/,
    ],
    [
      'a schema that JSON cannot say',
      plugin(act(`input: z.object({ at: z.date() }),`)),
      /actions\.act\.input cannot be written as JSON Schema: Date/,
    ],
    [
      'a recursive schema',
      plugin(act(`output: z.object({ any: z.json() }),`)),
      /actions\.act\.output\..*\$ref: references and recursive schemas/,
    ],
    [
      'an action that does nothing',
      plugin(act(`run: undefined,`)),
      /actions\.act\.run must be a function; found undefined/,
    ],
    ['a lookup that is not there', plugin(act(`idempotency: 'lookup',`)), /actions\.act\.idempotency: says lookup/],
    ['a reserved id', plugin(act(), '', 'email'), /id: is the name of a service/],
    ['a key that nobody knows', plugin(act(`colour: 'red',`)), /actions\.act: Unrecognized key: "colour"/],
  ])('refuses %s, and says where', async (_, index, message) => {
    const out = join(folder.path, `out-${n}`)
    await expect(source(index).then(path => buildPlugin(path, out))).rejects.toMatchObject({
      code: 'MANIFEST',
      message: expect.stringMatching(message),
    })
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('the plugins that come with TRAE OS', () => {
  const put = async (parent: string, id: string, text: string) => {
    await mkdir(join(parent, id), { recursive: true })
    await writeFile(join(parent, id, 'index.ts'), text)
  }

  test('are built all or not at all', async () => {
    const [sources, built] = [join(folder.path, 'plugins'), join(folder.path, 'dist/plugins')]
    await put(sources, 'one', plugin(act(), '', 'one'))
    await put(sources, 'two', plugin(act(), '', 'two'))
    await writeFile(join(sources, 'tsconfig.json'), '{}')
    const told: string[] = []
    expect((await buildBuiltIns(text => told.push(text), sources, built)).map(({ id }) => id)).toEqual(['one', 'two'])
    expect(told).toEqual([expect.stringMatching(/^Built the plugin one 1\.0\.0 \(\d+\.\d KiB\)$/), expect.any(String)])
    await put(sources, 'one', plugin(act(`effect: 'wrong',`), '', 'one'))
    await put(sources, 'two', 'export default {')
    await expect(buildBuiltIns(() => {}, sources, built)).rejects.toMatchObject({
      message: expect.stringMatching(/one\/index\.ts: actions\.act\.effect[^]*two\/index\.ts:1/),
    })
    expect(await readdir(built)).toEqual(['one', 'two'])
    expect(await readdir(join(folder.path, 'dist'))).toEqual(['plugins'])
  })

  test('are installed once; the second start reads a file each and starts no sandbox', async () => {
    const [sources, built] = [join(folder.path, 'ours'), join(folder.path, 'ours-built')]
    await put(sources, 'one', plugin(act(), '', 'one'))
    await put(sources, 'two', plugin(act(), '', 'two'))
    await buildBuiltIns(() => {}, sources, built)
    const world = await openPluginWorld('postgres')
    try {
      const told: string[] = []
      expect(await installBuiltIns(world.core, world.workspaceId, text => told.push(text), built)).toEqual([
        'one',
        'two',
      ])
      expect(told).toEqual(['Installing the plugin Sample 1.0.0', 'Installing the plugin Sample 1.0.0'])

      await world.core.sandbox.close() // whatever would need it fails now
      expect(await installBuiltIns(world.core, world.workspaceId, text => told.push(text), built)).toEqual([])
      await put(sources, 'two', plugin(act(`timeout: '5s',`), '', 'two'))
      await buildBuiltIns(() => {}, sources, built)
      await expect(installBuiltIns(world.core, world.workspaceId, () => {}, built)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      })
      expect(
        world.core.plugins.installation(world.workspaceId, 'two')!.manifest.actions['act']!.timeout,
      ).toBeUndefined()
    } finally {
      await world.close()
    }
  })

  test('no folder is no plugin', async () => {
    const nowhere = join(folder.path, 'nowhere')
    expect(await buildBuiltIns(() => {}, nowhere, join(folder.path, 'nothing'))).toEqual([])
  })
})
