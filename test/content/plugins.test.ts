import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import type { Manifest } from '../../core/plugins/manifest.ts'
import { misfits } from '../../core/plugins/schema-fit.ts'
import { contractOf } from '../../core/plugins/services.ts'
import type { z as realZ } from '../../core/sdk/schema.ts'
import { z } from '../../core/sdk/schema-at-runtime.ts'
import { PLUGINS } from './catalog.ts'

const root = join(import.meta.dirname, '../../plugins')
const manifests = new Map<string, Manifest>()
let out: string

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'content-'))
  for (const { id } of PLUGINS) manifests.set(id, await buildPlugin(join(root, id), join(out, id)))
})
afterAll(() => rm(out, { recursive: true, force: true }))

describe.each(PLUGINS)('plugin $id', plugin => {
  test('builds to a small bundle without zod', async () => {
    const code = await readFile(join(out, plugin.id, 'plugin.js'), 'utf8')
    expect(code).not.toMatch(/ZodError|_zod/)
    expect(code.length).toBeLessThan(80_000)
  })

  test('fits the contracts of the services that it provides', () => {
    const { provides, actions } = manifests.get(plugin.id)!
    for (const [service, mapping] of Object.entries(provides))
      for (const [name, own] of Object.entries(mapping)) {
        const contract = contractOf(service, name)!
        expect(misfits(contract.input, actions[own]!.input)).toEqual([])
        expect(misfits(actions[own]!.output, contract.output)).toEqual([])
      }
  })

  test('describes every action, with a sample that its own schema takes', () => {
    for (const action of Object.values(plugin.actions)) {
      expect(action.description).toMatch(/^[A-Z].+\.$/)
      expect(action.input.safeParse(action.sample)).toMatchObject({ success: true })
    }
  })

  test('titles itself, its actions and its triggers in Portuguese', () => {
    const wanted = [
      'plugin.title',
      'plugin.description',
      ...Object.keys(plugin.actions).map(name => `actions.${name}.title`),
      ...Object.keys(plugin.triggers ?? {}).map(name => `triggers.${name}.title`),
    ]
    for (const key of wanted) expect(plugin.messages!['pt-BR']).toHaveProperty([key])
  })

  test('says the same things in both languages, with the same values', () => {
    const keys = (locale: string) =>
      Object.keys(plugin.messages?.[locale] ?? {}).filter(key => !/^(plugin|actions|triggers)\./.test(key))
    expect(keys('en').sort()).toEqual(keys('pt-BR').sort())
    const values = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
    for (const key of keys('en'))
      expect(values(plugin.messages!['pt-BR']![key]!)).toEqual(values(plugin.messages!['en']![key]!))
  })

  test('gives a reason for everything it asks for, and asks for nothing that its code does not use', async () => {
    const folder = join(root, plugin.id)
    const files = (await readdir(folder, { recursive: true })).filter(file => file.endsWith('.ts'))
    const own = (await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')))).join('\n')
    // What the SDK does in its name is the plugin's as well
    const lent = own.includes('noteHandoff') ? await readFile(join(root, '../core/sdk/note-handoff.ts'), 'utf8') : ''
    const source = own + lent
    for (const { name, reason } of plugin.permissions.records ?? []) {
      expect(reason).toMatch(/^[A-Z].+\.$/)
      expect(source).toContain(`records.${name.split(':')[0]}.`)
    }
    const used = new Set([...source.matchAll(/records\.(\w+)\.\w+\(/g)].map(([, noun]) => noun!))
    const granted = new Set((plugin.permissions.records ?? []).map(({ name }) => name.split(':')[0]!))
    expect([...used].sort()).toEqual([...granted].sort())
  })
})

describe('zod inside the sandbox', () => {
  const hollow = z as typeof realZ
  test('lets definitions run, and refuses to read data', () => {
    const schema = hollow.object({ a: hollow.string().min(1).optional() }).describe('x')
    expect(() => schema.parse({})).toThrow(/z\.parse\(\) does not exist inside the sandbox/)
  })
  test('can be awaited and put into a text without harm', async () => {
    expect(await Promise.resolve(hollow)).toBe(hollow)
  })
})
