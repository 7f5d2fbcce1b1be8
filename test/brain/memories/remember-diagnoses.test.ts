import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rememberDiagnoses } from '../../../core/brain/memories/remember-diagnoses.ts'
import { join } from 'node:path'
import { installPlugin } from '../../../core/plugins/install-plugin.ts'
import { BUILT } from '../../../core/plugins/our-plugins.ts'
import { forgetEntry } from '../../../core/memory/forget.ts'
import { getContext } from '../../../core/memory/get-context.ts'
import { retrieveEntry } from '../../../core/memory/read-entries.ts'
import { storeEntry } from '../../../core/memory/store-entry.ts'
import { DATABASE_KINDS, emptyTables } from '../../support/database.ts'
import { type Engine, startEngine } from '../../support/engine.ts'

describe.each(DATABASE_KINDS)('Diagnoses in the shared memory on %s', kind => {
  let engine: Engine
  let key: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    await installPlugin(engine, {
      workspaceId: engine.workspaceId,
      from: { kind: 'built-in', path: join(BUILT, 'diagnostico') },
      grant: 'all-declared',
    })
    const [row] = await engine.sql.query<{ name: string }>({ name: 'test-name', text: 'select name from workspaces' })
    key = `diagnostic_${row!.name.toLowerCase()}`
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'memory_entries', 'memory_spaces')
  })

  /** A run diagnoses, and the memory was told. */
  async function diagnose(skill: string, input = '{}'): Promise<void> {
    await engine.publish(`
id: ${skill}
name: Diagnose
module: gestao
triggers: [{ event: ${skill}.wanted }]
steps: [{ id: look, uses: diagnostico/${skill}, with: ${input} }]
`)
    engine.clock.advance(1000)
    await engine.emit(`${skill}.wanted`, {})
    await engine.settled()
    await rememberDiagnoses(engine)
  }
  const entry = () => retrieveEntry(engine, engine.workspaceId, key)
  const benchmark = `{ competitors: [{ name: Acme, price: 250, features: [WhatsApp] }] }`

  it('have the last word of each skill, and are found by it', async () => {
    await diagnose('competitor-benchmark', benchmark)
    await diagnose('cs-diagnostic')
    await diagnose('competitor-benchmark', benchmark.replace('250', '990'))
    const there = (await entry())!
    expect(there).toMatchObject({ type: 'diagnostic', module: 'diagnostico', origin: 'host:diagnoses' })
    expect(Object.keys(there.data['skills'] as object).sort()).toEqual(['competitor-benchmark', 'cs-diagnostic'])
    expect(there.content).toContain('Comparação com concorrentes')
    expect(there.content).toContain('990')
    expect(there.content).not.toContain('250')
    expect(there.content).toContain('Sucesso do cliente')
    expect(there.content).toContain('Não se sabe: ')
    const { related } = await getContext(engine, engine.workspaceId, 'posicionamento', { query: 'Acme concorrentes' })
    expect(related.map(found => found.entry.key)).toContain(key)
  })

  it('are told once: what was forgotten stays so, until there is a new one', async () => {
    await diagnose('competitor-benchmark', benchmark)
    const { updatedAt } = (await entry())!
    await rememberDiagnoses(engine)
    expect((await entry())!.updatedAt).toEqual(updatedAt)
    await forgetEntry(engine, engine.workspaceId, key)
    await rememberDiagnoses(engine)
    expect(await entry()).toBeNull()
    await diagnose('cs-diagnostic')
    expect(Object.keys((await entry())!.data['skills'] as object)).toEqual(['cs-diagnostic'])
  })

  it('leave alone what somebody else has stored of the company', async () => {
    const company = key.slice('diagnostic_'.length)
    await storeEntry(engine, engine.workspaceId, { type: 'diagnostic', company, content: 'Ours.' }, 'user:1')
    await diagnose('cs-diagnostic')
    expect(await entry()).toMatchObject({ content: 'Ours.', origin: 'user:1' })
  })

  it('follow the company when it is given another name', async () => {
    await diagnose('cs-diagnostic')
    const rename = (name: string) =>
      engine.sql.query({ name: 'test-rename', text: 'update workspaces set name = $1' }, [name])
    const before = key.slice('diagnostic_'.length)
    await rename('Padaria Nova')
    try {
      await diagnose('competitor-benchmark', benchmark)
      expect(await entry()).toBeNull()
      const renamed = await retrieveEntry(engine, engine.workspaceId, 'diagnostic_padaria nova')
      expect(Object.keys(renamed!.data['skills'] as object).sort()).toEqual(['competitor-benchmark', 'cs-diagnostic'])
    } finally {
      await rename(before)
    }
  })
})
