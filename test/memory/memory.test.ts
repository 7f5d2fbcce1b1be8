import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { type MemoryInputGiven, vectorIdOf } from '../../core/memory/entry.ts'
import { forgetEntry } from '../../core/memory/forget.ts'
import { getContext } from '../../core/memory/get-context.ts'
import { keepVectors } from '../../core/memory/keep-vectors.ts'
import { learnFromOutcomes } from '../../core/memory/learn-from-outcomes.ts'
import { memoryStatus, moveMemory, moveSome } from '../../core/memory/move-store.ts'
import { listEntries, retrieveEntry } from '../../core/memory/read-entries.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { FakeOpenAi } from '../vendors/openai/openai.ts'
import { FakePinecone } from '../vendors/pinecone/pinecone.ts'

const PINECONE_KEY = 'pcsk_of_the_memory'
const OPENAI_KEY = 'sk-of-the-memory'

describe.each(DATABASE_KINDS)('the memory on %s', kind => {
  let core: TestCore
  let workspaceId: WorkspaceId
  let origins = 0
  beforeAll(async () => {
    core = await openTestCore(kind)
  })
  afterAll(() => core.close())
  beforeEach(async () => {
    workspaceId = await newWorkspace(core)
  })
  const store = (given: MemoryInputGiven, origin = `test:${++origins}`) => storeEntry(core, workspaceId, given, origin)
  const embed = () => keepVectors(core, 'test')()
  const search = async (query: string, options = {}) => (await searchMemory(core, workspaceId, query, options)).found
  const keys = async (query: string, options = {}) => (await search(query, options)).map(({ entry }) => entry.key)

  it('knows entries by the keys of the seed', async () => {
    const timestamp = '2026-11-02T12:00:00.000Z'
    const stored = [
      await store({ type: 'decision', module: 'vendas', content: 'Oferecer 10% de desconto', timestamp }),
      await store({ type: 'decision', content: 'Ligar amanhã', timestamp }),
      await store({ type: 'diagnostic', company: 'Padaria  São José', content: 'Sem funil' }),
      await store({ type: 'lead', email: 'Ana@Acme.com.br', content: 'Prefere e-mail' }),
      await store({ type: 'context', module: 'oferta', content: 'Escada de ofertas com três degraus' }),
    ]
    expect(stored.map(({ key }) => key)).toEqual([
      'decision_2026-11-02T12:00:00.000Z',
      'decision_2026-11-02T12:00:00.001Z', // of two in one millisecond both are kept
      'diagnostic_padaria são josé',
      'lead_ana@acme.com.br',
      'context_oferta',
    ])
    expect(stored.map(({ outcome }) => outcome)).toEqual(['pending', 'pending', null, null, null])
    expect((await retrieveEntry(core, workspaceId, 'lead_ana@acme.com.br'))?.content).toBe('Prefere e-mail')
    expect(await retrieveEntry(core, workspaceId, 'lead_bob@acme.com.br')).toBeNull()
  })

  it('finds what stands under a name that is too long for a store of vectors, and tells two of them apart', async () => {
    const company = 'Irmãos Conceição && Ação '.repeat(10).slice(0, 170) + 'ã'.repeat(28)
    const stored = [
      await store({ type: 'diagnostic', company: `${company}A`, content: 'Sem funil de vendas' }),
      await store({ type: 'diagnostic', company: `${company}B`, content: 'Muitas indicações' }),
    ]
    expect(new Set(stored.map(({ key }) => key)).size).toBe(2)
    for (const { key } of stored) expect(vectorIdOf(key).length).toBeLessThanOrEqual(512)
    await embed()
    const [found] = await search('funil de vendas')
    expect(found).toMatchObject({ by: 'both', entry: { key: stored[0]!.key } })
  })

  it('stores the same thing of the same origin once, and replaces what is known by name', async () => {
    const first = await store({ type: 'note', content: 'uma vez' }, 'run:1/a')
    expect((await store({ type: 'note', content: 'uma vez' }, 'run:1/a')).id).toBe(first.id)
    await store({ type: 'lead', email: 'ana@acme.com.br', content: 'antes' })
    await store({ type: 'lead', email: 'ana@acme.com.br', content: 'depois' })
    const { items } = await listEntries(core, workspaceId, {})
    expect(items.map(({ node }) => node.content).toSorted()).toEqual(['depois', 'uma vez'])
  })

  it('finds by words before vectors are written, by meaning as well after, and shows where', async () => {
    await store({ type: 'note', content: 'O cliente pediu para renegociar o contrato de manutenção em março.' })
    await store({ type: 'note', content: 'A padaria compra farinha toda semana.' })
    const [before] = await search('renegociação de contratos')
    expect(before).toMatchObject({ by: 'words' })
    await embed()
    const [after, ...others] = await search('renegociação de contratos')
    expect(after).toMatchObject({ by: 'both', entry: { embedded: true } })
    expect(after!.highlights.filter(({ hit }) => hit).map(({ text }) => text)).toEqual(['renegociar', 'contrato'])
    expect(after!.highlights.map(({ text }) => text).join('')).toBe(after!.entry.content)
    expect(others.every(({ score }) => score < after!.score)).toBe(true)
  })

  it('keeps workspaces apart', async () => {
    const stranger = await newWorkspace(core)
    await storeEntry(core, stranger, { type: 'note', content: 'segredo do vizinho' }, 'x')
    await store({ type: 'note', content: 'segredo nosso' })
    await embed()
    expect((await search('segredo')).map(({ entry }) => entry.content)).toEqual(['segredo nosso'])
    expect((await listEntries(core, workspaceId, {})).items).toHaveLength(1)
    expect(await erasePerson(core, workspaceId, 'vizinho@acme.com.br', 'host')).toEqual({})
  })

  it('filters, pages, and prefers what is important', async () => {
    await store({
      type: 'decision',
      module: 'vendas',
      outcome: 'success',
      content: 'desconto aceito',
      timestamp: '2026-01-01T00:00:00Z',
    })
    await store({
      type: 'decision',
      module: 'vendas',
      outcome: 'failure',
      content: 'desconto recusado',
      timestamp: '2026-07-01T00:00:00Z',
    })
    await store({
      type: 'note',
      module: 'oferta',
      content: 'desconto',
      importance: 1,
      timestamp: '2026-08-01T00:00:00Z',
    })
    await embed()
    expect((await search('desconto'))[0]!.entry.type).toBe('note')
    const contents = async (filter: object) =>
      (await search('desconto', { filter })).map(({ entry }) => entry.content).toSorted()
    expect(await contents({ modules: ['vendas'] })).toEqual(['desconto aceito', 'desconto recusado'])
    expect(await contents({ outcomes: ['failure'] })).toEqual(['desconto recusado'])
    expect(await contents({ types: ['decision'], since: '2026-06-01T00:00:00Z' })).toEqual(['desconto recusado'])
    const first = await listEntries(core, workspaceId, { first: 2 })
    const rest = await listEntries(core, workspaceId, { first: 2, after: first.items[1]!.cursor })
    expect([first.hasNextPage, rest.hasNextPage]).toEqual([true, false])
    expect([...first.items, ...rest.items].map(({ node }) => node.content).toSorted()).toEqual([
      'desconto',
      'desconto aceito',
      'desconto recusado',
    ])
  })

  it('forgets at once, and takes the vector after', async () => {
    const { key } = await store({ type: 'note', content: 'esquecer a proposta' })
    await store({ type: 'note', content: 'lembrar da proposta' })
    await embed()
    await forgetEntry(core, workspaceId, key)
    expect(await retrieveEntry(core, workspaceId, key)).toBeNull()
    expect((await search('proposta')).map(({ entry }) => entry.content)).toEqual(['lembrar da proposta'])
    await embed()
    expect(await vectorIds(core, workspaceId)).toHaveLength(1)
    await expect(forgetEntry(core, workspaceId, key)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a key that is forgotten and stored again keeps its new vector', async () => {
    const given = { type: 'lead', email: 'eva@acme.com.br', content: 'gosta de café' } as const
    const { key } = await store(given)
    await embed()
    await forgetEntry(core, workspaceId, key)
    await store(given)
    await embed()
    await embed()
    expect(await vectorIds(core, workspaceId)).toEqual([key])
    expect(await keys('café')).toEqual([key])
  })

  it('forgets what has expired', async () => {
    const { key } = await store({
      type: 'note',
      content: 'promoção de hoje',
      expiresAt: new Date(core.clock.now().getTime() + 60_000).toISOString(),
    })
    await embed()
    expect(await keys('promoção')).toEqual([key])
    core.clock.advance(61_000)
    expect(await keys('promoção')).toEqual([])
    await embed()
    expect(await vectorIds(core, workspaceId)).toEqual([])
    const [row] = await core.sql.query<{ n: number }>(
      { name: '', text: 'select count(*)::int as n from memory_entries where workspace_id = $1' },
      [workspaceId],
    )
    expect(row!.n).toBe(0)
  })

  it('erases all that it holds of a person, and nothing else', async () => {
    const leadId = newId()
    await core.sql.query(
      {
        name: '',
        text: `insert into leads (id, workspace_id, name, email, source, status, locale, created_at, updated_at)
               values ($1, $2, 'Ana', 'ana@acme.com.br', 'API', 'NEW', 'pt-BR', $3, $3)`,
      },
      [leadId, workspaceId, core.clock.now()],
    )
    await store({ type: 'lead', email: 'ana@acme.com.br', content: 'Prefere ligações' })
    await store({ type: 'decision', content: 'Mandar proposta', leadId })
    const mentions = [
      await store({ type: 'note', content: 'Falar com ANA@acme.com.br na terça' }),
      await store({ type: 'note', content: 'dados', data: { contact: { email: 'ana@acme.com.br' } } }),
    ]
    const others = [
      await store({ type: 'note', content: 'bob@acme.com.br é outro, ana_acme também' }),
      await store({ type: 'note', content: 'ana@acmexcom.br não é o mesmo' }),
    ]
    await embed()
    expect(await keys('ana acme')).toContain('lead_ana@acme.com.br')
    expect(await erasePerson(core, workspaceId, 'Ana@acme.com.br', 'host')).toMatchObject({ memory_entries: 4 })
    const kept = [...mentions, ...others]
    // words and vectors of before are forgotten, also by this process, which had read them
    expect(await search('proposta ligações')).toEqual([])
    expect((await search('terça')).map(({ entry }) => entry.content)).toEqual(['Falar com [erased] na terça'])
    await embed()
    expect((await vectorIds(core, workspaceId)).toSorted()).toEqual(kept.map(({ key }) => key).toSorted())
    expect((await keys('terça')).length).toBeGreaterThan(0)
    for (const other of others) expect((await retrieveEntry(core, workspaceId, other.key))?.content).toBe(other.content)
    for (const table of ['memory_entries', 'memory_removals', 'memory_vectors'])
      expect(
        await core.sql.query(
          {
            name: '',
            text: `select 1 from ${table} where ${table}::text like '%' || $1 || '%' and ${table}::text ilike '%ana@acme.com.br%'`,
          },
          [workspaceId],
        ),
        table,
      ).toEqual([])
  })

  it('makes the vector again of what is cleaned while its vector is made', async () => {
    const { key } = await store({ type: 'note', content: 'ana@acme.com.br quer telhados' })
    const { embedder } = core.memory
    const texts: string[] = []
    const slow = {
      ...core,
      memory: {
        ...core.memory,
        embedder: {
          ...Object.fromEntries(
            ['model', 'dimensions', 'weight', 'chance'].map(name => [name, embedder[name as 'model']]),
          ),
          embed: async (given: readonly string[]) => {
            if (texts.length === 0) await erasePerson(core, workspaceId, 'ana@acme.com.br', 'host')
            texts.push(...given)
            return embedder.embed(given)
          },
        } as typeof embedder,
      },
    }
    await keepVectors(slow, 'test')()
    expect((await retrieveEntry(core, workspaceId, key))?.embedded).toBe(false)
    await embed()
    expect(await retrieveEntry(core, workspaceId, key)).toMatchObject({
      embedded: true,
      content: '[erased] quer telhados',
    })
  })

  it('learns how things ended, once', async () => {
    const { key } = await store({ type: 'decision', module: 'vendas', content: 'Ligar antes das nove' })
    const [learnt] = await learnFromOutcomes(core, workspaceId, [
      { key, outcome: 'success', note: 'Atendeu na primeira.' },
    ])
    expect(learnt).toMatchObject({ outcome: 'success', content: 'Ligar antes das nove\nAtendeu na primeira.' })
    expect(learnt!.importance).toBeCloseTo(0.7)
    const [again] = await learnFromOutcomes(core, workspaceId, [
      { key, outcome: 'success', note: 'Atendeu na primeira.' },
      { key: 'decision_x', outcome: 'failure' },
    ])
    expect(again).toMatchObject({ content: learnt!.content, importance: learnt!.importance })
    await store({ type: 'decision', module: 'vendas', outcome: 'failure', content: 'Ligar depois das nove da noite' })
    await store({ type: 'context', module: 'vendas', content: 'Vendemos por telefone' })
    const context = await getContext(core, workspaceId, 'vendas', { query: 'a que horas ligar' })
    expect(context.context?.content).toBe('Vendemos por telefone')
    expect(context.experience).toEqual({ success: 1, failure: 1, pending: 0, rate: 0.5 })
  })

  it.each([
    ['no content', { type: 'note', content: ' ' }],
    ['a context of no module', { type: 'context', content: 'x' }],
    ['a lead without address', { type: 'lead', email: 'ana', content: 'x' }],
    ['what no database keeps', { type: 'note', content: 'a\u0000b' }],
    ['too much data', { type: 'note', content: 'x', data: { long: 'x'.repeat(70_000) } }],
    ['a stranger among its members', { type: 'note', content: 'x', colour: 'red' }],
  ])('refuses %s, and keeps what it has', async (_what, given) => {
    await expect(store(given as never)).rejects.toMatchObject({ code: 'VALIDATION' })
    expect((await listEntries(core, workspaceId, {})).items).toEqual([])
  })

  describe('with OpenAI and Pinecone', () => {
    const openai = new FakeOpenAi(OPENAI_KEY)
    const pinecone = new FakePinecone(512, PINECONE_KEY)
    let far: TestCore
    beforeAll(async () => {
      far = await openTestCore(kind, {
        OPENAI_API_KEY: OPENAI_KEY,
        OPENAI_BASE_URL: await openai.open(),
        PINECONE_API_KEY: PINECONE_KEY,
        PINECONE_INDEX_HOST: await pinecone.open(),
      })
    })
    afterAll(async () => {
      await far.close()
      await openai.close()
      await pinecone.close()
    })
    const space = () => `trae-brain:${far.workspaceId}`

    it('loses nothing while the embedder is away, and moves to Pinecone without making vectors again', async () => {
      const put = (content: string) => storeEntry(far, far.workspaceId, { type: 'note', content }, content)
      const look = keepVectors(far, 'test')
      openai.there = false
      const contents = Array.from({ length: 450 }, (_, i) => `lembrança número ${i}`)
      for (const content of contents) await put(content)
      await look()
      const away = await memoryStatus(far, far.workspaceId)
      expect(away).toMatchObject({
        entries: 450,
        waiting: 450,
        store: 'database',
        embedder: 'text-embedding-3-small/512',
      })
      expect(away.failure).toContain('127.0.0.1')
      expect(away.failure).not.toContain(OPENAI_KEY)
      const words = await searchMemory(far, far.workspaceId, 'lembrança número 7')
      expect(words.found[0]!.entry.content).toBe('lembrança número 7')
      expect(words.withoutMeaning).toContain('cannot answer now')
      openai.there = true
      far.clock.advance(60_000)
      await look()
      expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ waiting: 0, failure: null })
      expect(openai.embedded.length).toBe(450)

      await moveMemory(far, 'pinecone')
      pinecone.instead.push(500, 500, 500, 500) // away in the middle: the look fails, the place is kept
      await look()
      expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ store: 'database', movingTo: 'pinecone' })
      await put('escrita durante a mudança')
      far.clock.advance(60_000)
      await keepVectors(far, 'another process')()
      expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ store: 'pinecone', movingTo: null, waiting: 0 })
      expect(pinecone.idsIn(space())).toHaveLength(451)
      expect(openai.embedded.filter(text => text.includes('lembrança')).length).toBe(450)
      const { found, withoutMeaning } = await searchMemory(far, far.workspaceId, 'mudança')
      expect(withoutMeaning).toBeNull()
      expect(found[0]).toMatchObject({ by: 'both', entry: { content: 'escrita durante a mudança' } })

      // the store that was moved away from is empty, so nobody who is erased stands there
      await keepVectors(far, 'test')()
      expect(await vectorIds(far, far.workspaceId)).toEqual([])
    })

    describe('a person who is erased', () => {
      const address = 'ana@acme.com.br'
      const id = `lead_${address}`
      const look = async () => {
        for (let looks = 0; looks < 3; looks++) await keepVectors(far, 'test')()
      }
      const inBoth = async () => [
        (await far.memory.stores.database!.fetch(far.workspaceId, [id])).length,
        pinecone.idsIn(space()).filter(one => one === id).length,
      ]
      beforeEach(async () => {
        await moveMemory(far, 'database')
        await look()
        await storeEntry(far, far.workspaceId, { type: 'lead', email: address, content: 'gosta de café' }, 'x')
        await far.sql.query(
          { name: '', text: `update memory_entries set id = '00000000-0000-7000-8000-000000000001' where key = $1` },
          [id],
        ) // the first that is copied
        await look()
        expect(await inBoth()).toEqual([1, 0])
      })
      const erase = () => erasePerson(far, far.workspaceId, address, 'host')

      it('while vectors are moved is gone in both stores', async () => {
        await moveMemory(far, 'pinecone')
        await moveSome(far)
        expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ movingTo: 'pinecone' })
        expect(await inBoth()).toEqual([1, 1])
        await erase()
        await look()
        expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ store: 'pinecone', movingTo: null })
        expect(await inBoth()).toEqual([0, 0])
      })

      it('after a move, before the old store was emptied, is gone in both, however often that fails', async () => {
        await moveMemory(far, 'pinecone')
        await keepVectors(far, 'test')()
        expect(await inBoth()).toEqual([1, 1])
        await erase()
        await look()
        expect(await inBoth()).toEqual([0, 0])
        await moveMemory(far, 'database')
        await keepVectors(far, 'test')()
        pinecone.instead.push(500, 500, 500, 500)
        await keepVectors(far, 'test')()
        const left = await memoryStatus(far, far.workspaceId)
        expect(left).toMatchObject({ store: 'database', movingTo: null, leaving: 'pinecone' })
        expect(left.failure).toContain('Pinecone')
        expect(pinecone.idsIn(space()).length).toBeGreaterThan(0)
        await look()
        expect(pinecone.idsIn(space())).toEqual([])
        expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ leaving: null, failure: null, waiting: 0 })
      })

      it('after a move was called off is gone in the store that was begun, and a move begun again copies all', async () => {
        await moveMemory(far, 'pinecone')
        await moveSome(far)
        expect(await inBoth()).toEqual([1, 1])
        await moveMemory(far, 'database')
        await moveMemory(far, 'pinecone')
        expect(await moveSome(far)).toBe(false) // what was begun is taken away first
        await moveMemory(far, 'database')
        await erase()
        await look()
        expect(await inBoth()).toEqual([0, 0])
        expect(pinecone.idsIn(space())).toEqual([])
        await moveMemory(far, 'pinecone')
        await look()
        const { entries, store } = await memoryStatus(far, far.workspaceId)
        expect(store).toBe('pinecone')
        expect(pinecone.idsIn(space())).toHaveLength(entries)
      })
    })

    it('one text that the embedder refuses keeps no other from its vector', async () => {
      openai.refuses = 'veneno'
      for (const content of ['antes', 'veneno', 'depois'])
        await storeEntry(far, far.workspaceId, { type: 'note', content }, `r:${content}`)
      await keepVectors(far, 'test')()
      openai.refuses = undefined
      expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ waiting: 1, failure: null })
      far.clock.advance(3_700_000)
      await keepVectors(far, 'test')()
      expect(await memoryStatus(far, far.workspaceId)).toMatchObject({ waiting: 0 })
    })

    it('asked everybody as their descriptions say', () => {
      expect(openai.problems).toEqual([])
      expect(pinecone.problems).toEqual([])
    })
  })
})

async function vectorIds(core: TestCore, workspaceId: WorkspaceId): Promise<readonly string[]> {
  return (await core.memory.stores.database!.list(workspaceId)).ids
}

async function newWorkspace(core: TestCore): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>()
  await core.sql.query(
    {
      name: '',
      text: `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, $2, 'Other', 'UTC', 'en', $3)`,
    },
    [id, id, core.clock.now()],
  )
  return id
}
