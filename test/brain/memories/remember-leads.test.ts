import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rememberLeads } from '../../../core/brain/memories/remember-leads.ts'
import { forgetEntry } from '../../../core/memory/forget.ts'
import { getContext } from '../../../core/memory/get-context.ts'
import { retrieveEntry } from '../../../core/memory/read-entries.ts'
import { searchMemory } from '../../../core/memory/search-memory.ts'
import { storeEntry, storeOwnEntry } from '../../../core/memory/store-entry.ts'
import { erasePerson } from '../../../core/privacy/erase-person.ts'
import { updateLead } from '../../../core/sales/leads.ts'
import { receiveLetter } from '../../../core/sales/receive-message.ts'
import { openTestCore, type TestCore } from '../../support/core.ts'
import { DATABASE_KINDS, emptyTables } from '../../support/database.ts'
import { captureLead } from '../../../core/sales/capture-lead.ts'
import { leadInput } from '../../../core/sales/lead.ts'

const EMAIL = 'ana@acme.com.br'
const KEY = `lead_${EMAIL}`

describe.each(DATABASE_KINDS)('leads in the shared memory, on %s,', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind) // nobody is at work: the test looks itself
  })
  afterAll(() => core.close())
  beforeEach(() =>
    emptyTables(core.sql, 'events', 'messages', 'leads', 'memory_entries', 'memory_spaces', 'suppressions'),
  )

  const capture = async (fields: Record<string, unknown> = {}) => {
    const input = leadInput.parse({ name: 'Ana Souza', email: EMAIL, company: 'Acme', jobTitle: 'CEO', ...fields })
    return (await captureLead(core, core.workspaceId, input, { source: 'test' })).leadId
  }
  const look = async () => {
    core.clock.advance(6000)
    await rememberLeads(core)
  }
  const entry = (key = KEY) => retrieveEntry(core, core.workspaceId, key)
  const change = async (id: string, patch: Parameters<typeof updateLead>[2]['patch']) =>
    updateLead(core, core.workspaceId, { id, patch }, { key: crypto.randomUUID(), runId: null })

  it('say who the lead is and what was said, are found by it, and stand in the context of a module', async () => {
    const leadId = await capture({ data: { message: 'Quero trocar o sistema de irrigação' } })
    await rememberLeads(core)
    expect(await entry()).toBeNull() // what is committed around it may not be seen yet
    await look()
    expect(await entry()).toMatchObject({ type: 'lead', leadId, module: 'pre_vendas', origin: 'host:leads' })
    expect((await entry())!.content.split('\n')).toEqual([
      'Ana Souza, CEO, Acme',
      EMAIL,
      'Situação: novo. Chegou por: API.',
      'Formulário: message: Quero trocar o sistema de irrigação',
    ])
    const [found] = (await searchMemory(core, core.workspaceId, 'irrigação')).found
    expect(found).toMatchObject({ entry: { key: KEY } })
    const { related } = await getContext(core, core.workspaceId, 'pre_vendas', { query: 'irrigação' })
    expect(related.map(one => one.entry.key)).toEqual([KEY])
  })

  it('follow what changes: score, status, an answer and another address; what would say the same is not written', async () => {
    const leadId = await capture()
    await look()
    await change(leadId, { score: 72, status: 'QUALIFIED' })
    await look()
    expect((await entry())!.content).toContain('Situação: qualificado, score 72.')
    const letter = { externalId: 'm1', from: EMAIL, subject: 'Re', text: 'Podemos falar na terça?', automatic: false }
    expect(await receiveLetter(core, core.workspaceId, { ...letter, answers: undefined } as never)).not.toBeNull()
    await look()
    expect((await entry())!.content).toMatch(/Escreveu \(\d{4}-\d\d-\d\d\): Podemos falar na terça\?/)
    const { updatedAt } = (await entry())!
    await change(leadId, { data: {} })
    await look()
    expect((await entry())!.updatedAt).toEqual(updatedAt)
    await core.sql.query({ name: '', text: `update leads set email = 'ana@nova.com.br', updated_at = $1` }, [
      core.clock.now(),
    ])
    await look()
    expect(await entry()).toBeNull()
    expect(await entry('lead_ana@nova.com.br')).toMatchObject({ leadId })
  })

  it('of many at once all are told of, some at each look, and none twice', async () => {
    for (let n = 0; n < 230; n++) await capture({ email: `l${n}@acme.com.br` })
    await capture({ email: undefined, phone: '+5511987654321' }) // without an address there is no key
    const count = async () =>
      (await core.sql.query<{ n: number }>({ name: '', text: 'select count(*)::int as n from memory_entries' }))[0]!.n
    const counts: number[] = []
    for (let looks = 0; looks < 4; looks++) {
      await look()
      counts.push(await count())
    }
    expect(counts).toEqual([100, 200, 230, 230])
    const revision = async () => core.sql.query({ name: '', text: 'select revision from memory_spaces' })
    const before = await revision()
    await look()
    expect(await revision()).toEqual(before)
  })

  it('leave alone what somebody else has stored, and stay forgotten until the lead changes', async () => {
    const leadId = await capture()
    await storeEntry(core, core.workspaceId, { type: 'lead', email: EMAIL, content: 'Prefere ligações' }, 'user:x')
    await look()
    expect((await entry())!.content).toBe('Prefere ligações')
    await forgetEntry(core, core.workspaceId, KEY)
    await look()
    expect(await entry()).toBeNull()
    await change(leadId, { score: 10 })
    await look()
    expect(await entry()).toMatchObject({ origin: 'host:leads' })
  })

  it('go with the person who is erased, also one that was written while that went on', async () => {
    const leadId = await capture()
    await look()
    core.clock.advance(1000)
    await erasePerson(core, core.workspaceId, EMAIL, 'host')
    expect(await entry()).toBeNull()
    // What a look had read before, and stored after
    const late = { type: 'lead', email: EMAIL, leadId, content: 'Ana Souza' } as const
    await storeOwnEntry(core, core.workspaceId, late, 'host:leads')
    await look()
    expect(await entry()).toBeNull()
    const rows = await core.sql.query({ name: '', text: 'select key from memory_entries' })
    expect(rows).toEqual([])
  })
})
