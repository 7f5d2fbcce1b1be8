import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { makeTest } from '../../core/rehearsal/make-test.ts'
import { readHistory } from '../../core/rehearsal/read-history.ts'
import { simulate } from '../../core/rehearsal/simulate.ts'
import { startCustomer, updateCustomer } from '../../core/sales/customers.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { openTestBench, type TestBench } from '../rehearsal/rehearse.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 86_400_000
const by = { source: 'test' }
const playbook = (steps: string) => `id: offer
name: Offer
module: vendas
triggers: [{ event: lead.captured }]
steps:
${steps.replace(/^/gm, '  ')}`
const OFFER = playbook(`- wait: 2d
- if: '\${{ deal != null && deal.stage == "PROPOSAL" && double(deal.value.amount) >= 1000.0 }}'
  then:
    - id: offer
      uses: email/send
      with: { to: '\${{ lead.email }}', subject: '\${{ deal.title }}', body: Olá, leadId: '\${{ lead.id }}' }
      onError: continue
- return: { stage: '\${{ default(deal.stage, "none") }}', health: '\${{ default(customer.health.score, -1.0) }}' }`)

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

describe('the check of deal and customer', () => {
  const messages = (condition: string) =>
    compilePlaybook(playbook(`- if: '\${{ ${condition} }}'\n  then: [{ return: {} }]`), bench.catalog).diagnostics.map(
      ({ code, suggestion }) => [code, suggestion],
    )

  it('knows their fields, and which values they have', () => {
    expect(messages('deal != null && deal.stage == "WON" && customer == null')).toEqual([])
    expect(messages('deal.stagee == "WON"')).toEqual([['UNKNOWN_FIELD', 'stage']])
    expect(messages('customer.healht.score < 70.0')).toEqual([['UNKNOWN_FIELD', 'health']])
    expect(messages('deal.title > 3')).toMatchObject([['EXPRESSION_TYPE', undefined]])
  })

  it('holds their fields against the records of a test', async () => {
    const tests = (record: string) => `${OFFER}
tests:
  - name: one
    ${record}
    expect: [{ run: completed }]
`
    await expect(bench.rehearse(tests('deal: { stag: PROPOSAL }'))).rejects.toThrow('stag')
    await expect(bench.rehearse(tests('customer: { status: GONE }'))).rejects.toThrow('GONE')
  })
})

it('a test of a playbook says which deal and customer are on record, and changes them', async () => {
  const report = await bench.rehearse(`${OFFER}
tests:
  - name: has neither
    expect: [{ run: completed, output: { stage: none, health: -1 } }]
  - name: has both
    lead: { name: Ana, email: ana@example.com }
    deal: { title: Painéis, stage: PROPOSAL, value: { amount: '1200.00', currency: BRL } }
    customer: { status: ACTIVE, health: { score: 64 } }
    fixtures: { offer: done }
    expect:
      - { run: completed, output: { stage: PROPOSAL, health: 64 } }
      - { effects: [{ email/send: { subject: Painéis } }] }
  - name: loses the deal before the letter
    deal: { title: Painéis, stage: PROPOSAL, value: { amount: '1200.00', currency: BRL } }
    events: [{ at: 1d, deal: { stage: LOST } }]
    expect:
      - { run: completed, output: { stage: LOST } }
      - { noEffects: true }
`)
  expect(report.results.map(({ failures }) => failures)).toEqual([[], [], []])
})

describe.each(DATABASE_KINDS)('a run on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
    await installBuiltIns(engine, engine.workspaceId)
    await engine.publish(OFFER)
  })
  afterAll(() => engine?.close())

  it('reads the deal and the customer of its lead as they are when it asks', async () => {
    const { workspaceId } = engine
    const value = { amount: '1500.00', currency: 'BRL' as const }
    const leadId = await engine.capture({ name: 'Ana', email: 'ana@example.com' })
    await engine.settled()
    const open = await openDeal(engine, workspaceId, { leadId, title: 'Painéis', value, stage: 'PROPOSAL' }, by)
    const lost = await openDeal(engine, workspaceId, { leadId, title: 'Newer', value }, by)
    await moveDeal(engine, workspaceId, { id: lost.id, stage: 'LOST' }, by)
    const customer = await startCustomer(engine, workspaceId, { leadId }, by)
    const health = { score: 64, factors: [] }
    await updateCustomer(engine, workspaceId, { id: customer.id, patch: { health } }, by)
    await engine.advance(2 * DAY)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { stage: 'PROPOSAL', health: 64 } })
    expect(await engine.count('messages', `subject = 'Painéis'`)).toBe(1)

    const made = await makeTest(engine, workspaceId, run.id)
    expect(made).not.toContain(open.id)
    const report = await bench.rehearse(`${OFFER}\n${made.replace(/^#.*\n/gm, '')}`)
    expect(report.results.map(({ failures }) => failures)).toEqual([[]])

    const { playbook: draft } = compilePlaybook(OFFER, bench.catalog)
    const since = new Date(engine.clock.now().getTime() - 10 * DAY)
    const history = await readHistory(engine, workspaceId, draft!, since)
    expect((await simulate(bench.rehearsal, OFFER, history)).counts).toEqual({
      same: 1,
      added: 0,
      missing: 0,
      moved: 0,
    })
  })

  it('has neither where nobody has one, and where it is about nobody', async () => {
    await engine.wipe()
    await engine.publish(OFFER)
    await engine.capture({ name: 'Rui', email: 'rui@example.com' })
    await engine.settled()
    await engine.advance(2 * DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { stage: 'none', health: -1 } })
    await engine.wipe()
    await engine.publish(OFFER.replace('lead.captured', 'day.began'))
    await engine.emit('day.began', {})
    await engine.settled()
    await engine.advance(2 * DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { stage: 'none', health: -1 } })
  })
})
