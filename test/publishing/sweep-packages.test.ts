import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { sweepPackages } from '../../core/plugins/packages/sweep-packages.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const source = (said: string) => `id: sweep
name: Sweep
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - wait: 10d
  - id: hello
    uses: probe/echo
    with: { value: ${said} }
`

describe.each(DATABASE_KINDS)('packages that nobody needs, on %s', kind => {
  let engine: Engine
  let folder: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-sweep-'))
    await buildPlugin(join(import.meta.dirname, '../support/plugins/probe'), folder)
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  const install = async (version: string) => {
    const file = join(folder, 'plugin.json')
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), version }))
    const { workspaceId } = engine
    await installPlugin(engine, { workspaceId, from: { kind: 'folder', path: folder }, grant: 'all-declared' })
  }
  /** Marks, lets the hour pass, removes; answers the versions that are left. */
  const sweep = async () => {
    await sweepPackages(engine)
    engine.clock.advance(HOUR)
    await sweepPackages(engine)
    const text = 'select version from plugin_packages order by version'
    return (await engine.sql.query<{ version: string }>({ name: '', text })).map(({ version }) => version)
  }

  test('stay while a run, a published playbook or a run of the last month needs them, and go then', async () => {
    await engine.publish(source('one')) // locks 1.0.0
    await engine.capture()
    await engine.settled()
    await install('1.1.0')
    await install('1.2.0') // nobody ever locked 1.1.0
    expect(await sweep()).toEqual(['1.0.0', '1.2.0'])
    await engine.publish(source('two')) // locks 1.2.0; the run under way keeps 1.0.0
    expect(await sweep()).toEqual(['1.0.0', '1.2.0'])
    await engine.advance(10 * DAY)
    expect((await engine.run()).status).toBe('completed')
    expect(await sweep()).toEqual(['1.0.0', '1.2.0']) // it may be restarted
    await engine.advance(31 * DAY)
    expect(await sweep()).toEqual(['1.2.0'])
  })

  test('are needed again within the hour, and stay', async () => {
    await install('1.3.0')
    await install('1.4.0')
    await sweepPackages(engine) // marks 1.3.0
    await install('1.3.0')
    engine.clock.advance(HOUR)
    await sweepPackages(engine)
    await install('1.4.0')
    expect(await engine.count('plugin_packages', "version in ('1.3.0', '1.4.0')")).toBe(2)
  })
})
