import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rememberContexts } from '../../../core/brain/memories/remember-contexts.ts'
import { forgetEntry } from '../../../core/memory/forget.ts'
import { getContext } from '../../../core/memory/get-context.ts'
import { listEntries } from '../../../core/memory/read-entries.ts'
import { searchMemory } from '../../../core/memory/search-memory.ts'
import { storeEntry } from '../../../core/memory/store-entry.ts'
import type { ModuleKey } from '../../../core/playbooks/playbook.ts'
import { DATABASE_KINDS, emptyTables } from '../../support/database.ts'
import { type Engine, startEngine } from '../../support/engine.ts'

const HOUR = 60 * 60_000

describe.each(DATABASE_KINDS)('Contexts of modules in the shared memory on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'memory_entries', 'memory_spaces', 'modules')
  })

  /** What came at this very moment counts from the next on. */
  const look = () => {
    engine.clock.advance(1000)
    return rememberContexts(engine)
  }
  const context = async (module: ModuleKey) => (await getContext(engine, engine.workspaceId, module)).context
  const keys = async () => (await listEntries(engine, engine.workspaceId, {})).items.map(({ node }) => node.key).sort()
  const hands = (mode: 'auto' | 'manual') =>
    engine.sql.query(
      {
        name: 'test-mode',
        text: `insert into modules (workspace_id, key, mode, reason, changed_at) values ($1, 'vendas', $2, 'Ana has it', now())
               on conflict (workspace_id, key) do update set mode = excluded.mode`,
      },
      [engine.workspaceId, mode],
    )

  it('say who works there, its playbooks and its figures, and there is none where nothing is known', async () => {
    await look()
    expect(await keys()).toEqual([])
    await engine.publish(
      `{ id: greet, name: Greet, module: pre_vendas, triggers: [{ event: lead.captured }], steps: [{ return: 1 }] }`,
    )
    await engine.capture()
    await engine.settled()
    await look()
    expect(await keys()).toEqual(['context_aquisicao', 'context_pre_vendas'])
    const there = (await context('pre_vendas'))!
    expect(there).toMatchObject({ type: 'context', module: 'pre_vendas', origin: 'host:contexts' })
    expect(there.data).toMatchObject({ status: 'completed', mode: 'auto', healthScore: 100, days: 30 })
    expect(there.content.split('\n')).toEqual([
      'Pré-vendas: terminou o que havia a fazer.',
      'Saúde 100 de 100.',
      'Recebe de: Aquisição, Gestão.',
      'Passa adiante para: Vendas.',
      'Playbooks em uso: greet.',
      'Últimos 30 dias: qualificados 0, com reunião 0.',
    ])
    expect((await context('aquisicao'))!.content).toContain('Últimos 30 dias: leads 1.')
    const { found } = await searchMemory(engine, engine.workspaceId, 'playbook greet')
    expect(found[0]!.entry.key).toBe('context_pre_vendas')
  })

  it('are looked at again when a module changes hands, and each hour', async () => {
    await hands('manual')
    await look()
    expect((await context('vendas'))!.content).toContain('nas mãos de uma pessoa: Ana has it')
    await hands('auto')
    await engine.capture()
    await look()
    expect((await context('aquisicao'))!.content).toContain('leads 1')
    await engine.capture({ email: 'bia@acme.com.br', name: 'Bia Lima' })
    await look()
    expect((await context('aquisicao'))!.content).toContain('leads 1')
    engine.clock.advance(HOUR)
    await look()
    expect((await context('aquisicao'))!.content).toContain('leads 2')
  })

  it('are stored where they have changed only, and what was forgotten stays so until then', async () => {
    await engine.capture()
    await look()
    const { updatedAt } = (await context('aquisicao'))!
    engine.clock.advance(HOUR)
    await look()
    expect((await context('aquisicao'))!.updatedAt).toEqual(updatedAt)
    await forgetEntry(engine, engine.workspaceId, 'context_aquisicao')
    engine.clock.advance(HOUR)
    await look()
    expect(await context('aquisicao')).toBeNull()
    await engine.capture({ email: 'bia@acme.com.br', name: 'Bia Lima' })
    engine.clock.advance(HOUR)
    await look()
    expect((await context('aquisicao'))!.content).toContain('leads 2')
  })

  it('leave alone what somebody else has stored', async () => {
    const given = { type: 'context', module: 'aquisicao', content: 'We begin in March.' } as const
    await storeEntry(engine, engine.workspaceId, given, 'user:1')
    await engine.capture()
    await look()
    expect(await context('aquisicao')).toMatchObject({ content: 'We begin in March.', origin: 'user:1' })
  })
})
