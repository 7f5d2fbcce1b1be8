import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { PlaybookRegistry } from '../../core/publishing/playbook-registry.ts'
import { publishImpact } from '../../core/publishing/publish-impact.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 86_400_000
const source = `id: locked
name: Locked
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: pause
    wait: 1d
  - id: hello
    uses: probe/echo@^1
    with: { value: hi }
outputs: { said: '\${{ steps.hello.output.value }}' }
`

describe.each(DATABASE_KINDS)('plugins that a version locked, on %s', kind => {
  let engine: Engine
  let folder: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-locked-'))
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** The probe again, in another version that answers otherwise, and with another name of its action where wanted. */
  async function upgrade(version: string, edit: (code: string) => string = code => code): Promise<void> {
    const from = join(folder, version, 'probe')
    await mkdir(from, { recursive: true })
    const code = await readFile(join(import.meta.dirname, '../support/plugins/probe/index.ts'), 'utf8')
    const changed = edit(code.replace("version: '1.0.0'", `version: '${version}'`))
    expect(changed).not.toBe(code)
    await writeFile(join(from, 'index.ts'), changed)
    await buildPlugin(from, join(folder, version, 'built'))
    await installPlugin(engine, {
      workspaceId: engine.workspaceId,
      from: { kind: 'folder', path: join(folder, version, 'built') },
      grant: 'all-declared',
    })
  }
  const louder = (code: string) => code.replace('value: input.value ?? null', "value: 'louder ' + input.value")
  const outputs = async () => (await engine.runs()).map(run => run.output)

  test('a run keeps them through an upgrade, also one that takes its action away; a new version takes the new ones', async () => {
    const first = await publishPlaybook(engine, engine.workspaceId, source)
    await engine.capture({ email: 'one@acme.com.br' })
    await engine.settled()
    await upgrade('2.0.0', code => louder(code).replace('echo: defineAction', 'shout: defineAction'))
    // as in another process, which compiles the version now
    Object.assign(engine.playbooks, { get: new PlaybookRegistry(engine).get.bind(new PlaybookRegistry(engine)) })
    await engine.advance(DAY)
    expect(await outputs()).toEqual([{ said: 'hi' }])

    const next = source.replace('probe/echo@^1', 'probe/shout')
    const impact = await publishImpact(engine, engine.workspaceId, first.playbookId, next)
    expect(impact.plugins).toEqual([{ service: null, pluginId: 'probe', from: '1.0.0', to: '2.0.0' }])
    await publishPlaybook(engine, engine.workspaceId, next)
    await engine.capture({ email: 'two@acme.com.br' })
    await engine.settled()
    await engine.advance(DAY)
    expect(await outputs()).toEqual([{ said: 'louder hi' }, { said: 'hi' }])
  })

  test('the same text is a new version where its plugins have changed, and only then', async () => {
    const text = source.replace('id: locked', 'id: same').replace('probe/echo@^1', 'probe/shout')
    const publish = () => publishPlaybook(engine, engine.workspaceId, text)
    expect(await publish()).toMatchObject({ number: 1, changed: true })
    expect(await publish()).toMatchObject({ number: 1, changed: false })
    await upgrade('2.1.0', code => code.replace('echo: defineAction', 'shout: defineAction'))
    expect(await publish()).toMatchObject({ number: 2, changed: true })
  })

  test('a plugin that is not granted something any more may not do it, whatever version a run has', async () => {
    const text = source
      .replace('id: locked', 'id: granted')
      .replace('probe/echo@^1', 'probe/mark')
      .replace('{ value: hi }', "{ leadId: '${{ lead.id }}', text: hi }")
      .replace(/outputs:.*\n/, '')
    await publishPlaybook(engine, engine.workspaceId, text)
    await engine.capture({ email: 'three@acme.com.br' })
    await engine.settled()
    await engine.sql.query({
      name: '',
      text: `update installations set granted = jsonb_set(granted, '{records}', '[]')`,
    })
    await engine.plugins.invalidate(engine.workspaceId)
    await engine.advance(DAY)
    const runs = await engine.runs()
    expect(runs.map(run => run.error?.code ?? run.status)).toContain('PERMISSION')
    expect(await engine.count('activities', "kind = 'NOTE'")).toBe(0)
  })
})
