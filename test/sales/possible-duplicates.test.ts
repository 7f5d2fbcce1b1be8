import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { possibleDuplicates } from '../../core/sales/possible-duplicates.ts'
import { captureSampleLead } from '../../core/sales/sample-lead.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('who may be the same person, on %s', kind => {
  let core: TestCore
  beforeAll(async () => void (core = await openTestCore(kind)), 60_000)
  afterAll(() => core?.close())

  const capture = async (fields: Record<string, unknown>) =>
    (await captureLead(core, core.workspaceId, leadInput.parse({ source: 'API', ...fields }), { source: 'rest' }))
      .leadId
  const found = async (id: string) =>
    (await possibleDuplicates(core, core.workspaceId, [{ id }]))
      .get(id)!
      .map(({ lead, alike }) => [lead.name, ...alike])
      .toSorted()

  it('has the number, the name and the company, or the address but for what stands behind a +', async () => {
    const company = 'Acme Solar'
    const ana = await capture({ name: 'Ana Souza', email: 'ana_s@acme.example', phone: '+5511987654321', company })
    await capture({ name: 'A. Souza', email: 'a@other.example', phone: '+5511987654321' })
    await capture({ name: 'ANA SOUZA', email: 'b@other.example', company: 'acme solar' })
    await capture({ name: 'Ana News', email: 'ana_s+news@acme.example' })
    await capture({ name: 'Ana Souza', email: 'c@other.example', company: 'Another' })
    await capture({ name: 'Anaxs', email: 'anaxs+news@acme.example' }) // an underscore is itself
    await captureSampleLead(core, core.workspaceId, 'pt-BR')
    expect(await found(ana)).toEqual([
      ['A. Souza', 'phone'],
      ['ANA SOUZA', 'nameAndCompany'],
      ['Ana News', 'email'],
    ])
  })

  it('is found from the other side as well, and nobody is their own', async () => {
    const plus = await capture({ name: 'Rui', email: 'rui+1@acme.example', phone: '+5511987650000' })
    const bare = await capture({ name: 'Rui', email: 'rui@acme.example', phone: '+5511987650000' })
    expect(await found(plus)).toEqual([['Rui', 'phone', 'email']])
    expect(await found(bare)).toEqual([['Rui', 'phone', 'email']])
  })

  it('is nobody where nothing is known in common', async () => {
    expect(await found(await capture({ name: 'Gil Nunes', phone: '+5511900000001' }))).toEqual([])
    expect(await found(await capture({ name: 'Gil Nunes', email: 'gil@acme.example' }))).toEqual([])
  })
})
