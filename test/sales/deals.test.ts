import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { listActivities } from '../../core/sales/activities.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { findCustomers, listCustomers, startCustomer, updateCustomer } from '../../core/sales/customers.ts'
import { moveDeal, openDeal, updateDeal } from '../../core/sales/deals.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { findDeals, listDeals, pipeline } from '../../core/sales/read-deals.ts'
import { statement } from '../../core/sql.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const EVENTS = statement(
  'test.deal-events',
  `select type, data, source from events where subject_id = $1 and type <> 'lead.captured' order by created_at, id`,
)
const FROM = { source: 'test' }

describe.each(DATABASE_KINDS)('deals and customers on %s', kind => {
  let core: TestCore
  let workspaceId: WorkspaceId
  beforeAll(async () => {
    core = await openTestCore(kind)
    workspaceId = core.workspaceId
  })
  afterAll(() => core.close())

  let count = 0
  const lead = async (fields: Record<string, unknown> = {}) =>
    (
      await captureLead(
        core,
        workspaceId,
        leadInput.parse({ name: 'Ana', email: `deal-${++count}@acme.com.br`, ...fields }),
        FROM,
      )
    ).leadId
  const told = (leadId: string) =>
    core.sql.query<{ type: string; data: Record<string, unknown>; source: string }>(EVENTS, [leadId])
  const types = async (leadId: string) => (await told(leadId)).map(({ type }) => type)

  test('a deal is opened once for each key, told, and written into the history of the lead', async () => {
    const leadId = await lead()
    const open = () =>
      openDeal(
        core,
        workspaceId,
        { leadId, title: 'Acme', value: { amount: '1200.5' }, expectedCloseOn: '2026-12-31' },
        { source: 'run:x', key: `open-${leadId}` },
      )
    const [first, again] = [await open(), await open()]
    expect(again).toEqual(first)
    expect(first).toMatchObject({
      stage: 'PROSPECTING',
      value: { amount: '1200.50', currency: 'BRL' },
      probability: 10,
      expectedCloseOn: '2026-12-31',
      closedAt: null,
    })
    expect(await told(leadId)).toMatchObject([
      {
        type: 'deal.opened',
        source: 'run:x',
        data: { dealId: first.id, leadId, amount: '1200.50', stage: 'PROSPECTING' },
      },
    ])
    const { items } = await listActivities(core, workspaceId, { filter: { leadId }, first: 10 })
    expect(items.filter(({ node }) => node.kind === 'DEAL')).toHaveLength(1)
  })

  test('moving tells where from and where to, and what it means', async () => {
    const leadId = await lead()
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'Acme' }, FROM)
    expect(await moveDeal(core, workspaceId, { id, stage: 'NEGOTIATION' }, FROM)).toMatchObject({ probability: 75 })
    const lost = await moveDeal(core, workspaceId, { id, stage: 'LOST', lostReason: 'price' }, FROM)
    expect(lost).toMatchObject({ lostReason: 'price', probability: 0, closedAt: core.clock.now().toISOString() })
    const reopened = await moveDeal(core, workspaceId, { id, stage: 'PROPOSAL' }, FROM)
    expect(reopened).toMatchObject({ lostReason: null, closedAt: null, probability: 50 })
    await moveDeal(core, workspaceId, { id, stage: 'WON' }, FROM)
    await moveDeal(core, workspaceId, { id, stage: 'WON' }, FROM)
    expect(await types(leadId)).toEqual([
      'deal.opened',
      'deal.moved',
      'deal.moved',
      'deal.lost',
      'deal.moved',
      'deal.reopened',
      'deal.moved',
      'deal.won',
    ])
    expect((await told(leadId)).at(-1)).toMatchObject({ data: { dealId: id, from: 'PROPOSAL', to: 'WON' } })
  })

  test('a move that is sent again does not undo what somebody did since', async () => {
    const leadId = await lead()
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'Acme' }, FROM)
    const move = { ...FROM, key: `move-${id}` }
    await moveDeal(core, workspaceId, { id, stage: 'PROPOSAL' }, move)
    await moveDeal(core, workspaceId, { id, stage: 'WON' }, FROM)
    expect(await moveDeal(core, workspaceId, { id, stage: 'PROPOSAL' }, move)).toMatchObject({ stage: 'WON' })
  })

  test('two who move a deal at the same moment are told one after the other', async () => {
    const leadId = await lead()
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'Acme' }, FROM)
    await Promise.all(Array.from({ length: 6 }, () => moveDeal(core, workspaceId, { id, stage: 'WON' }, FROM)))
    expect(await types(leadId)).toEqual(['deal.opened', 'deal.moved', 'deal.won'])
  })

  test('a patch changes what it names, null empties, and the rest stays', async () => {
    const leadId = await lead()
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'Acme', value: { amount: '10' } }, FROM)
    const patched = await updateDeal(
      core,
      workspaceId,
      {
        id,
        patch: { probability: 33, expectedCloseOn: '2027-01-02' },
      },
      FROM,
    )
    expect(patched).toMatchObject({
      title: 'Acme',
      probability: 33,
      value: { amount: '10.00' },
      expectedCloseOn: '2027-01-02',
    })
    expect(
      await updateDeal(core, workspaceId, { id, patch: { value: null, expectedCloseOn: null } }, FROM),
    ).toMatchObject({
      value: null,
      expectedCloseOn: null,
      probability: 33,
    })
    await updateDeal(core, workspaceId, { id, patch: { probability: 33 } }, FROM) // as it is: nothing to tell
    expect(await types(leadId)).toEqual(['deal.opened', 'deal.updated', 'deal.updated'])
  })

  test.each([
    ['a lead of nobody', { leadId: newId(), title: 'x' }, /no lead/],
    [
      'an amount with three decimals',
      { leadId: newId(), title: 'x', value: { amount: '1.234' } },
      /at most two decimals/,
    ],
    ['a negative amount', { leadId: newId(), title: 'x', value: { amount: '-1' } }, /must be an amount/],
    ['a day that there is not', { leadId: newId(), title: 'x', expectedCloseOn: '2026-02-30' }, /date/i],
  ])('refuses %s', async (_what, input, reason) => {
    await expect(openDeal(core, workspaceId, input, FROM)).rejects.toThrow(reason)
  })

  test('nothing of it is another workspace’s', async () => {
    const stranger = newId<WorkspaceId>()
    const leadId = await lead()
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'Acme' }, FROM)
    const customer = await startCustomer(core, workspaceId, { leadId }, FROM)
    await expect(moveDeal(core, stranger, { id, stage: 'WON' }, FROM)).rejects.toThrow(/no deal/)
    await expect(updateDeal(core, stranger, { id, patch: { title: 'x' } }, FROM)).rejects.toThrow(/no deal/)
    await expect(updateCustomer(core, stranger, { id: customer.id, patch: { plan: 'x' } }, FROM)).rejects.toThrow(
      /no customer/,
    )
    expect(await findDeals(core, stranger, [id])).toEqual([])
    expect(await findCustomers(core, stranger, [customer.id])).toEqual([])
  })

  test('the pipeline adds up from the rows, by stage and currency', async () => {
    const before = await pipeline(core, workspaceId, 30)
    const at = (stages: typeof before, stage: string) => stages.find(one => one.stage === stage)!
    const leadId = await lead({ company: 'Pipeline & Filhos' })
    const open = (title: string, amount: string, currency: 'BRL' | 'USD' = 'BRL') =>
      openDeal(core, workspaceId, { leadId, title, stage: 'NEGOTIATION', value: { amount, currency } }, FROM)
    await Promise.all([open('a', '100.10'), open('b', '200.20'), open('c', '5', 'USD')])
    const { id } = await openDeal(core, workspaceId, { leadId, title: 'no value', stage: 'NEGOTIATION' }, FROM)
    const after = await pipeline(core, workspaceId, 30)
    expect(after.map(({ stage }) => stage)).toEqual([
      'PROSPECTING',
      'QUALIFICATION',
      'PROPOSAL',
      'NEGOTIATION',
      'WON',
      'LOST',
    ])
    expect(at(after, 'NEGOTIATION').count).toBe(at(before, 'NEGOTIATION').count + 4)
    expect(at(after, 'NEGOTIATION').values).toEqual(
      expect.arrayContaining([
        { currency: 'BRL', amount: '300.30', weighted: '225.23' },
        { currency: 'USD', amount: '5.00', weighted: '3.75' },
      ]),
    )
    await moveDeal(core, workspaceId, { id, stage: 'WON' }, FROM)
    expect(at(await pipeline(core, workspaceId, 30), 'WON').count).toBe(at(after, 'WON').count + 1)
    core.clock.advance(31 * 86_400_000)
    expect(at(await pipeline(core, workspaceId, 30), 'WON').count).toBe(0)
    const search = await listDeals(core, workspaceId, {
      first: 2,
      filter: { search: 'filhos', stages: ['NEGOTIATION'] },
    })
    expect(search).toMatchObject({ hasNextPage: true, items: [{}, {}] })
    const rest = await listDeals(core, workspaceId, {
      first: 2,
      after: search.items[1]!.cursor,
      filter: { search: 'filhos', stages: ['NEGOTIATION'] },
    })
    expect(rest.items).toHaveLength(1)
  })

  test('a lead is one customer, who comes back to onboarding after having left', async () => {
    const leadId = await lead({ company: 'Acme Solar' })
    const start = () => startCustomer(core, workspaceId, { leadId, plan: 'Pro', mrr: { amount: '99.90' } }, FROM)
    const [first, again] = [await start(), await start()]
    expect(again.id).toBe(first.id)
    expect(first).toMatchObject({ name: 'Acme Solar', status: 'ONBOARDING', mrr: { amount: '99.90' }, health: null })
    await updateCustomer(core, workspaceId, { id: first.id, patch: { status: 'CHURNED' } }, FROM)
    expect((await findCustomers(core, workspaceId, [first.id]))[0]).toMatchObject({ churnedAt: expect.any(String) })
    expect(await start()).toMatchObject({ id: first.id, status: 'ONBOARDING', churnedAt: null })
    expect(await types(leadId)).toEqual(['customer.started', 'customer.status-changed', 'customer.started'])
  })

  test('health is told when it changes, with what it was before', async () => {
    const leadId = await lead()
    const { id } = await startCustomer(core, workspaceId, { leadId }, FROM)
    const factors = (score: number) => [{ name: 'nps', points: score, value: `${score}`, reason: `Nota ${score}.` }]
    const set = (score: number) =>
      updateCustomer(core, workspaceId, { id, patch: { health: { score, factors: factors(score) }, facts: { nps: score } } }, FROM) // prettier-ignore
    await set(80)
    await set(80)
    await set(60)
    const changes = (await told(leadId)).filter(({ type }) => type === 'customer.health-changed')
    expect(changes.map(({ data }) => [data['before'], data['score'], data['factors']])).toEqual([
      [null, 80, factors(80)],
      [80, 60, factors(60)],
    ])
    const low = await listCustomers(core, workspaceId, { filter: { healthMax: 60 } })
    expect(low.items.map(({ node }) => node.id)).toEqual([id])
    expect(low.items[0]!.node.facts).toEqual({ nps: 60 })
  })

  test('a customer knows when they last wrote', async () => {
    const leadId = await lead({ email: 'writes@acme.com.br' })
    const { id, lastHeardAt } = await startCustomer(core, workspaceId, { leadId }, FROM)
    expect(lastHeardAt).toBe(null)
    const sent = await sendMessage(
      core,
      workspaceId,
      { leadId, to: 'writes@acme.com.br', subject: 'Oi', body: 'Tudo bem?' },
      { key: `hello-${id}`, runId: null as never },
    )
    await receiveReply(core, workspaceId, { messageId: sent.id, body: 'Tudo' })
    expect((await findCustomers(core, workspaceId, [id]))[0]!.lastHeardAt).toBe(core.clock.now().toISOString())
  })

  test('a customer of a deal of somebody else is refused', async () => {
    const [mine, theirs] = [await lead(), await lead()]
    const { id } = await openDeal(core, workspaceId, { leadId: theirs, title: 'x' }, FROM)
    await expect(startCustomer(core, workspaceId, { leadId: mine, dealId: id }, FROM)).rejects.toThrow(/no such deal/)
  })
})
