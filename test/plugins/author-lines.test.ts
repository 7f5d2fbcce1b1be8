import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TraeError } from '../../core/errors.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { callAction } from '../../core/plugins/call-action.ts'
import type { LogLine } from '../../core/plugins/capabilities/calling.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { packTarball, readTarball } from '../../core/plugins/packages/read-tarball.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { originalPlaces, readSourceMap } from '../../core/plugins/source-map.ts'
import { statement } from '../../core/sql.ts'
import { FIXTURES, openPluginWorld, type PluginWorld } from './world.ts'

// The author wrote actions/score.ts; what runs is plugin.js, one long line. What is thrown there is shown as the author wrote it.

let world: PluginWorld
let folder: string
beforeAll(async () => {
  world = await openPluginWorld('postgres')
  folder = join(world.folder, 'mistaken')
  await buildPlugin(join(FIXTURES, 'mistaken'), folder)
  const { workspaceId } = world
  await installPlugin(world.core, { workspaceId, from: { kind: 'folder', path: folder }, grant: 'all-declared' })
})
afterAll(() => world?.close())

async function fail(how: string): Promise<{ error: TraeError; lines: LogLine[] }> {
  const lines: LogLine[] = []
  const error = await callAction(world.core, {
    workspaceId: world.workspaceId,
    action: resolveAction(world.core, world.workspaceId, 'mistaken/try'),
    input: { how },
    run: { id: randomUUID(), path: 'step', attempt: 1, key: randomUUID(), playbookId: 'p' },
    locale: 'en',
    timeZone: 'UTC',
    onLog: line => lines.push(line),
  }).then(
    () => Promise.reject(new Error('it did not fail')),
    (error: TraeError) => error,
  )
  return { error, lines }
}

/** Gives the stored package another map. */
const storeMap = (text: string | null) =>
  world.core.sql.query(statement('test-set-map', `update plugin_packages set source_map = $1`), [text])

test('a mistake names file and line of the author, and the log has the line itself', async () => {
  const { error, lines } = await fail('mistake')
  expect(error.message).toMatch(
    /^Cannot read properties of undefined \(reading 'employees'\) \(actions\/score\.ts:8\)$/,
  )
  expect(error).toMatchObject({ code: 'PLUGIN', retryable: false })
  expect(lines).toEqual([
    {
      level: 'error',
      message: expect.stringMatching(
        /^TypeError: .*\n +at score \(actions\/score\.ts:8:\d+\)\n(.*\n)* +at .*index\.ts:23:\d+\)$/,
      ),
      fields: { source: 'actions/score.ts', line: 8, text: 'return lead.company!.employees * 2 // the mistake' },
    },
  ])
  expect(error.details?.['stack']).toBe(lines[0]!.message)
})

test('a mistake within a library names the line that called it', async () => {
  const { error, lines } = await fail('library')
  expect(error.message).toMatch(/ \(index\.ts:24\)$/)
  expect(lines[0]!.message).toMatch(/\(jose\/\S+\.js:\d+:\d+\)/)
  expect(lines[0]!.fields).toMatchObject({ source: 'index.ts', line: 24 })
})

test('an error that the author meant is as it was meant', async () => {
  const { error, lines } = await fail('meant')
  expect([error.code, error.message, lines]).toEqual(['NOT_FOUND', 'There is no such thing.', []])
})

test('the map stays with the host: no byte of it is in what the sandbox is given', async () => {
  const bundle = await readFile(join(folder, 'plugin.js'), 'utf8')
  expect(bundle).not.toContain('sourceMappingURL')
  expect(bundle).not.toContain('the mistake')
  const [row] = await world.core.sql.query<{ bundle: string; source_map: string }>(
    statement('test-read-package', `select bundle, source_map from plugin_packages`),
  )
  expect(row!.bundle).toBe(bundle)
  expect(row!.source_map).toContain('the mistake')
})

describe('a package', () => {
  const bytes = async (name: string) => readFile(join(folder, name))
  test('keeps its map in a tarball', async () => {
    const [manifest, bundle, sourceMap] = await Promise.all(['plugin.json', 'plugin.js', 'plugin.js.map'].map(bytes))
    const packed = packTarball({ manifest: manifest!, bundle: bundle!, sourceMap: sourceMap! })
    expect((await readTarball(packed, 'it')).sourceMap).toBe(sourceMap!.toString())
    expect((await readTarball(packTarball({ manifest: manifest!, bundle: bundle! }), 'it')).sourceMap).toBeUndefined()
  })

  test('is installed without a map that is too large, or none', async () => {
    const { workspaceId } = world
    for (const map of ['x'.repeat(3 * 1024 * 1024), 'a\0b']) {
      await storeMap(null)
      const copy = join(world.folder, `mistaken-${map.length}`)
      await buildPlugin(join(FIXTURES, 'mistaken'), copy)
      await writeFile(join(copy, 'plugin.js.map'), map)
      await installPlugin(world.core, { workspaceId, from: { kind: 'folder', path: copy }, grant: 'all-declared' })
      expect((await fail('mistake')).error.message).toBe("Cannot read properties of undefined (reading 'employees')")
    }
    await installPlugin(world.core, { workspaceId, from: { kind: 'folder', path: folder }, grant: 'all-declared' })
    expect((await fail('mistake')).error.message).toContain('(actions/score.ts:8)') // the map came later
  })
})

test.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['another version', '{"version":2,"sources":[],"mappings":"AAAA"}'],
  ['sources that are none', '{"version":3,"sources":[{}],"mappings":"AAAA"}'],
  ['mappings that are none', '{"version":3,"sources":["a"],"mappings":"!!!!"}'],
  ['numbers without an end', `{"version":3,"sources":["a"],"mappings":"${'g'.repeat(100_000)}"}`],
  ['a source that is not there', '{"version":3,"sources":[],"mappings":"AAAA"}'],
  ['lines before the first', '{"version":3,"sources":["a"],"mappings":"AADA"}'],
  ['maps within maps', '{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"file:///etc/passwd"}]}'],
])('a map that is hostile says nothing: %s', async (_, map) => {
  await storeMap(map)
  const { error } = await fail('mistake')
  expect([error.code, error.message]).toEqual(['PLUGIN', "Cannot read properties of undefined (reading 'employees')"])
})

test('a map that paints and a stack that was invented are shown as plain text', async () => {
  const source = '\u001b[2Jsecret\n\0.ts'
  await storeMap(JSON.stringify({ version: 3, sources: [source], sourcesContent: ['\u001b[31mred'], mappings: 'AAAA' }))
  const { error, lines } = await fail('invented')
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(error.message + JSON.stringify(lines)).not.toMatch(/[\0-\x09\x0b-\x1f]|\\u00/)
  expect(error.message).toBe('x (\ufffd[2Jsecret \ufffd.ts:1)')
})

test('one pass over a map finds places in any order, also on other lines', () => {
  // a;b where a is generated at 1:0 and 1:4 from source 0, b at 2:2 from source 1
  const map = readSourceMap(
    JSON.stringify({
      version: 3,
      sources: ['a.ts', 'b.ts'],
      sourcesContent: ['one\ntwo\nthree'],
      mappings: 'AAAA,IACE;EC',
    }),
  )!
  expect(map.mappings).toBe('AAAA,IACE;EC')
  const full = { ...map, mappings: 'AAAA,IACE;ECAA' }
  const at = (line: number, column: number) => ({ line, column })
  const found = originalPlaces(full, [at(2, 3), at(1, 5), at(1, 1), at(1, 4), at(2, 1), at(3, 1)])
  expect(found.map(place => place && [place.source, place.line, place.column, place.text])).toEqual([
    ['b.ts', 2, 3, undefined],
    ['a.ts', 2, 3, 'two'],
    ['a.ts', 1, 1, 'one'],
    ['a.ts', 1, 1, 'one'],
    undefined,
    undefined,
  ])
})
