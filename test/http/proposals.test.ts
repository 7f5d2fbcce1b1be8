import { extractText, getDocumentProxy, getMeta } from 'unpdf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { proposalPath } from '../../core/sales/proposal-link.ts'
import { encodeNodeId, decodeNodeId } from '../../graphql/node-id.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const TEXT = {
  title: 'Energia solar para a Padaria São João',
  introduction: 'Olá, Conceição!\n\nInstalação, homologação e manutenção à sua disposição.',
  items: [
    { description: 'Inversor “Fronius”', quantity: 2, unitPrice: '1990.05' },
    { description: 'Instalação', quantity: 1, unitPrice: '0.9' },
  ],
  currency: 'BRL',
  terms: 'Pagamento em 30 dias.',
}
const SHOWN = `id number status title total totalPrice revision url pdfUrl sentAt seenAt decidedAt decidedBy decisionNote items { unitAmount unitPrice price }`

describe.each(DATABASE_KINDS)('proposals, on %s', kind => {
  let world: TestServer
  beforeAll(async () => {
    world = await openTestServer(kind)
  })
  afterAll(() => world?.close())

  const mutate = async (name: string, input: Record<string, unknown>) => {
    const asked = `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { proposal { ${SHOWN} } userErrors { code field message } } }`
    const { json } = await world.graphql(asked, { input })
    expect(json.errors).toBeUndefined()
    return json.data[name]
  }
  const read = async (id: string) =>
    (await world.graphql(`query ($id: ID!) { node(id: $id) { ... on Proposal { ${SHOWN} } } }`, { id })).json.data.node
  let count = 0
  const write = async (text: Record<string, unknown> = {}, lead: Record<string, unknown> = {}) => {
    const { leadId } = await captureLead(
      world.core,
      world.core.workspaceId,
      leadInput.parse({
        name: 'Conceição Araújo',
        email: `p${++count}-${kind}@example.com`,
        company: 'Padaria',
        ...lead,
      }),
      { source: 'test' },
    )
    const input = { leadId: encodeNodeId('Lead', leadId), text: { ...TEXT, ...text } }
    return { ...(await mutate('proposalCreate', input)).proposal, leadId }
  }
  /** An address of ours on the server of this test. */
  const local = (url: string) => world.url + new URL(url).pathname
  const get = (url: string) => fetch(local(url), { redirect: 'manual' })
  const answer = (url: string, fields: Record<string, string>) =>
    fetch(local(url), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  const pdfOf = async (url: string) => new Uint8Array(await (await get(url)).arrayBuffer())
  const textOf = async (pdf: Uint8Array) => {
    const { text, totalPages } = await extractText(await getDocumentProxy(pdf.slice()), { mergePages: true })
    return { text: text.replaceAll(/\s+/gu, ' '), totalPages }
  }
  const events = (leadId: string) =>
    world.core.sql.query<{ type: string; data: Record<string, unknown> }>(
      {
        name: `test-proposal-events-${kind}`,
        text: `select type, data from events where subject_id = $1 and type like 'proposal.%' order by id`,
      },
      [leadId],
    )

  it('reckons to the cent from prices as people write them, and names what is wrong', async () => {
    const proposal = await write()
    expect(proposal).toMatchObject({ status: 'DRAFT', total: 398_100, totalPrice: '3981.00' })
    expect(proposal.items).toEqual([
      { unitAmount: 199_005, unitPrice: '1990.05', price: '3980.10' },
      { unitAmount: 90, unitPrice: '0.90', price: '0.90' },
    ])
    const wrong = await mutate('proposalUpdate', {
      proposalId: proposal.id,
      revision: 1,
      text: { ...TEXT, items: [{ description: 'x', quantity: 0, unitPrice: '1.999' }] },
    })
    expect(wrong.userErrors.map(({ field }: { field: string[] }) => field.join('.'))).toEqual([
      'input.text.items.0.quantity',
      'input.text.items.0.unitPrice',
    ])
    expect((await read(proposal.id)).revision).toBe(1)
  })

  it('is a PDF whose text can be selected, with its accents, in the language of the lead', async () => {
    const { pdfUrl } = await write()
    const response = await get(pdfUrl)
    expect(response.headers.get('content-type')).toBe('application/pdf')
    const pdf = new Uint8Array(await response.arrayBuffer())
    const { text, totalPages } = await textOf(pdf)
    expect(totalPages).toBe(1)
    for (const part of [
      'Energia solar para a Padaria São João',
      'Conceição Araújo · Padaria',
      'Instalação, homologação e manutenção à sua disposição.',
      'Inversor “Fronius” 2 R$ 1.990,05 R$ 3.980,10',
      'Total R$ 3.981,00',
      'Condições',
      'Página 1 de 1',
    ])
      expect(text).toContain(part)
    const meta = await getMeta(await getDocumentProxy(pdf.slice()))
    expect(meta.info).toMatchObject({ Title: expect.stringContaining('São João'), Language: 'pt-BR' })

    const english = await write({ currency: 'USD' }, { locale: 'en', name: 'Łukasz Żółć' })
    const other = (await textOf(await pdfOf(english.pdfUrl))).text
    expect(other).toContain('Total $3,981.00')
    expect(other).toContain('Łukasz Żółć')
  })

  it('breaks long proposals into pages, with the heads of the columns on each', async () => {
    const items = Array.from({ length: 80 }, (_, n) => ({ description: `Item ${n}`, quantity: 1, unitPrice: '1' }))
    const { pdfUrl } = await write({ items, terms: 'Muitas palavras. '.repeat(300) })
    const { text, totalPages } = await textOf(await pdfOf(pdfUrl))
    expect(totalPages).toBeGreaterThan(3)
    expect(text).toContain('Item 79')
    expect(text.match(/Preço unitário/g)!.length).toBeGreaterThan(2)
    expect(text).toContain(`Página ${totalPages} de ${totalPages}`)
  })

  it('is stored once when the customer has it: everybody gets the same bytes, and the draft is made anew', async () => {
    const draft = await write()
    await mutate('proposalUpdate', { proposalId: draft.id, revision: 1, text: { ...TEXT, title: 'Outro título' } })
    expect((await textOf(await pdfOf(draft.pdfUrl))).text).toContain('Outro título')
    await mutate('proposalSetStatus', { proposalId: draft.id, status: 'SENT' })
    const copies = await Promise.all([1, 2, 3].map(() => pdfOf(draft.pdfUrl)))
    expect(Buffer.from(copies[1]!).equals(Buffer.from(copies[0]!))).toBe(true)
    expect(Buffer.from(copies[2]!).equals(Buffer.from(copies[0]!))).toBe(true)
    const rows = await world.core.sql.query(
      { name: `test-documents-${kind}`, text: 'select 1 from proposal_documents where proposal_id = $1' },
      [decodeNodeId(draft.id)!.id],
    )
    expect(rows).toHaveLength(1)
    const changed = await mutate('proposalUpdate', { proposalId: draft.id, revision: 2, text: TEXT })
    expect(changed.userErrors[0].code).toBe('CONFLICT')
    await mutate('proposalSetStatus', { proposalId: draft.id, status: 'DRAFT' })
    await mutate('proposalUpdate', { proposalId: draft.id, revision: 2, text: TEXT })
    expect((await textOf(await pdfOf(draft.pdfUrl))).text).toContain('São João')
  })

  it('opens to whoever has its address until that expires, and to nobody who has changed it', async () => {
    const { id, url, pdfUrl } = await write()
    const row = decodeNodeId(id)!.id
    expect((await get(url)).status).toBe(200)
    const past = proposalPath(world.core, row, 'page', new Date(world.core.clock.now().getTime() - 1000))
    const expired = await fetch(world.url + past, { headers: { 'accept-language': 'pt-BR' } })
    expect([expired.status, await expired.text()]).toEqual([410, expect.stringContaining('Este link expirou')])
    expect((await fetch(`${world.url}${past.replace(/-[0-9a-z]+-/, '-zzzzzz-')}`)).status).toBe(404)
    const flipped = url.replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A'))
    expect((await get(flipped)).status).toBe(404)
    // The address of the file does not open the page, on which one can answer
    expect((await get(pdfUrl.replace('/proposal.pdf', ''))).status).toBe(404)
    expect((await get(`${url}/proposal.pdf`)).status).toBe(404)
  })

  it('is accepted once, with name and time, of many who answer at once; opening it answers nothing', async () => {
    const { id, url, leadId } = await write()
    const page = await (await get(url)).text()
    expect(page).not.toContain('<script')
    expect(await read(id)).toMatchObject({ status: 'DRAFT', seenAt: expect.any(String), decidedAt: null })
    const fields = { name: 'Conceição Araújo', note: 'Pode vir na segunda.', revision: '1', decision: 'ACCEPTED' }
    const answers = await Promise.all(
      [fields, { ...fields, decision: 'DECLINED' }, fields].map(one => answer(url, one)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409])
    const decided = await read(id)
    expect(decided).toMatchObject({ decidedBy: 'Conceição Araújo', decisionNote: 'Pode vir na segunda.' })
    expect(decided.decidedAt).not.toBeNull()
    const told = await events(leadId)
    expect(told.map(({ type }) => type)).toEqual([`proposal.${decided.status.toLowerCase()}`])
    expect(told[0]!.data).toMatchObject({ decidedBy: 'Conceição Araújo', total: 398_100 })
    expect(await (await get(url)).text()).toMatch(/(Aceita|Recusada) por Conceição Araújo em/)
  })

  it('refuses clearly an answer after its last day, without a name, to what was changed, and from a program', async () => {
    const late = await write({ validUntil: '2020-01-31' })
    const fields = { name: 'Ana Souza', revision: '1', decision: 'ACCEPTED' }
    const refused = await answer(late.url, fields)
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('valia até 31 de janeiro de 2020'),
    ])
    expect(await read(late.id)).toMatchObject({ status: 'EXPIRED', decidedAt: null })

    const { id, url, leadId } = await write({ validUntil: '2099-01-31' })
    const nameless = await answer(url, { ...fields, name: ' ', note: 'Fica aqui' })
    expect([nameless.status, await nameless.text()]).toEqual([422, expect.stringContaining('Fica aqui')])
    await mutate('proposalUpdate', { proposalId: id, revision: 1, text: { ...TEXT, title: 'Mais caro' } })
    const stale = await answer(url, fields)
    expect([stale.status, await stale.text()]).toEqual([409, expect.stringContaining('A proposta mudou')])
    await answer(url, { ...fields, revision: '2', website: 'x' })
    expect((await answer(url, { ...fields, revision: '2', decision: 'MAYBE' })).status).toBe(400)
    expect(await read(id)).toMatchObject({ status: 'DRAFT' })
    expect(await events(leadId)).toEqual([])
    expect((await answer(url, { ...fields, revision: '2', decision: 'DECLINED' })).status).toBe(303)
    expect(await read(id)).toMatchObject({ status: 'DECLINED' })
  })

  it('is found by status, lead, words and number', async () => {
    const { id, number, leadId } = await write({ title: 'Agulha no palheiro', validUntil: '2020-01-31' })
    const find = async (filter: Record<string, unknown>) => {
      const asked = 'query ($filter: ProposalFilter) { proposals(filter: $filter) { edges { node { id } } } }'
      const { json } = await world.graphql(asked, { filter })
      return json.data.proposals.edges.map((edge: { node: { id: string } }) => edge.node.id)
    }
    expect(await find({ search: 'palheiro' })).toEqual([id])
    expect(await find({ search: number })).toEqual([id])
    expect(await find({ leadId: encodeNodeId('Lead', leadId) })).toEqual([id])
    expect(await find({ search: 'palheiro', statuses: ['EXPIRED'] })).toEqual([id])
    expect(await find({ search: 'palheiro', statuses: ['DRAFT'] })).toEqual([])
  })
})
