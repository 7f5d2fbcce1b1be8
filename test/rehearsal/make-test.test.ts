import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { findMembers } from '../../core/access/users.ts'
import { newId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import type { TriggerOf } from '../../core/playbooks/playbook.ts'
import { makeTest } from '../../core/rehearsal/make-test.ts'
import { Pseudonyms } from '../../core/rehearsal/pseudonyms.ts'
import { readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'
import { decideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { listApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { listMessages } from '../../core/sales/messages.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { receiveWebhook } from '../../core/triggers/receive-webhook.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

const DAY = 86_400_000
const PLAYBOOKS = join(import.meta.dirname, '../../playbooks')
const source = await readFile(join(PLAYBOOKS, 'qualify-lead.yaml'), 'utf8')
const lead = {
  name: 'Mariana Prado',
  email: 'mariana.prado@solaris.com.br',
  phone: '+5511987654321',
  jobTitle: 'Diretora Comercial',
  source: 'WEBSITE',
  data: { companySize: '51-200', message: 'Aqui é a Mariana, preciso de um orçamento' },
}

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

describe.each(DATABASE_KINDS)('a test made from a run, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
    await installBuiltIns(engine, engine.workspaceId)
    await publishPolicies(engine, engine.workspaceId, PLAYBOOKS)
    await engine.publish(source)
  })
  afterAll(() => engine?.close())

  it('passes, tells what happened at which time, and holds nothing of the person', async () => {
    const leadId = await engine.capture(lead)
    await engine.settled()
    await engine.advance(5 * DAY) // Saturday: the reminder goes out on Monday
    await engine.advance(2 * DAY + 7_200_000)
    const [message] = (await listMessages(engine, engine.workspaceId, { first: 1 })).items
    await receiveReply(engine, engine.workspaceId, {
      messageId: message!.node.id,
      body: 'Sim! Mariana Prado, mariana.prado@solaris.com.br',
    })
    await engine.settled()
    const run = await engine.run()
    expect(run.output).toMatchObject({ outcome: 'scheduled' })

    const text = await makeTest(engine, engine.workspaceId, run.id)
    expect(text).not.toMatch(/mariana|prado|solaris|987654321/i)
    expect(text).not.toContain(leadId)
    const { tests } = parse(text) as { tests: { events: unknown[]; expect: unknown[]; lead: object }[] }
    expect(tests[0]!.lead).toMatchObject({ status: 'NEW', name: 'Ana Exemplo' })
    expect(tests[0]!.events).toMatchObject([{ at: '7d2h', type: 'message.received' }])
    expect(tests[0]!.expect).toEqual([
      { run: 'completed', output: { outcome: 'scheduled' } },
      { effects: ['crm/update-lead', 'email/send', 'whatsapp/send', 'calendar/schedule', 'email/send'] },
      { step: 'channel', at: '0s' },
      { step: 'answer', at: '5d' },
      { step: 'lateAnswer', at: '7d2h' },
      { emitted: 'lead.qualified' },
      { emitted: 'meeting.scheduled' },
    ])

    const read = readTests({ file: 'q.yaml', source, beside: { file: 'q.test.yaml', source: text } }, bench.catalog)
    expect(read.diagnostics).toEqual([])
    const report = await testPlaybook(bench.rehearsal, read, read.playbook!)
    expect(report.results.map(result => result.failures)).toEqual([[]])
    const other = text.replace('at: 7d2h', 'at: 8d')
    const changed = readTests({ file: 'q.yaml', source, beside: { file: 'q.test.yaml', source: other } }, bench.catalog)
    expect((await testPlaybook(bench.rehearsal, changed, read.playbook!)).results[0]!.passed).toBe(false)
  })

  /** The test that a run becomes, and what comes of it. */
  async function remade(text: string, runId: string): Promise<{ made: string; test: Record<string, unknown> }> {
    const made = await makeTest(engine, engine.workspaceId, runId)
    const read = readTests(
      { file: 'r.yaml', source: text, beside: { file: 'r.test.yaml', source: made } },
      bench.catalog,
    )
    expect(read.diagnostics.filter(finding => finding.severity === 'error')).toEqual([])
    const report = await testPlaybook(bench.rehearsal, read, read.playbook!)
    expect(report.results.map(result => result.failures)).toEqual([[]])
    return { made, test: (parse(made) as { tests: Record<string, unknown>[] }).tests[0]! }
  }

  it('begins by hand where the run did, with its inputs, and lets people decide as they did', async () => {
    await engine.wipe()
    const text = `id: discount
name: Discount
module: vendas
triggers: [{ manual: true }]
inputs:
  percent: { type: number, required: true }
  contact: { type: object }
  until: { type: date }
enrollment: { subject: '\${{ inputs.contact.leadId }}' }
steps:
  - id: ok
    approval:
      title: '\${{ inputs.percent }} %'
      of: [rita@example.com, joao@example.com]
      required: 2
      form: { most: { type: number, required: true }, note: { type: string } }
      timeout: 5d
  - id: each
    forEach: { in: '\${{ [1, 2] }}', as: n }
    do: [{ id: again, approval: { title: A, of: [rita@example.com], timeout: 1d, onTimeout: reject } }]
  - wait: 1d
  - return: { most: '\${{ steps.ok.output.form.most }}', name: '\${{ lead.name }}', said: '\${{ inputs.contact.name }}' }
`
    await engine.publish(text)
    const leadId = await engine.capture(lead)
    const { id } = await startByHand(engine, engine.workspaceId, {
      playbook: 'discount',
      inputs: { percent: 12, contact: { leadId, name: 'Joana Barros' } },
      by: 'somebody',
    })
    await engine.settled()
    const vote = async (email: string, rest: object = {}) => {
      const { items } = await listApprovals(engine, engine.workspaceId, { first: 1, filter: { statuses: ['open'] } })
      const approvalId = items[0]!.node.id
      await decideApproval(engine, engine.workspaceId, { approvalId, email, decision: 'approved', ...rest })
      await engine.settled()
    }
    await engine.advance(DAY)
    await vote('rita@example.com', { form: { most: 5 } })
    await engine.advance(DAY)
    await vote('joao@example.com', { form: { most: 7 }, comment: 'Joana Barros, +55 11 91234-5678' })
    await vote('rita@example.com', { decision: 'rejected' })
    await engine.advance(DAY)
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { most: 7 } })
    const { made, test } = await remade(text, id)
    expect(made).not.toMatch(/joana|barros|mariana|rita|91234/i)
    expect(test).toMatchObject({
      inputs: { percent: 12, until: null },
      approvals: { ok: { decision: 'approve', after: '2d', form: { most: 7 } }, 'each[0].again': 'reject' },
      expect: [
        { run: 'completed', output: { most: 7 } },
        { effects: [] },
        { approval: 'ok', status: 'approved' },
        { approval: 'each[0].again', status: 'rejected' },
        { approval: 'each[1].again', status: 'timedOut' },
        { step: 'ok', at: '2d' },
        { step: '2', at: '4d' },
      ],
    })
    expect(test).not.toHaveProperty('event')
  })

  it('goes on no longer than a run that is not over has', async () => {
    await engine.wipe()
    const text = `id: slow
name: Slow
module: vendas
triggers: [{ event: lead.captured }, { schedule: { every: 1h } }]
steps: [{ wait: 1d }, { id: ask, approval: { title: A, of: [rita@example.com] } }]
`
    await engine.publish(text)
    await engine.capture(lead)
    await engine.settled()
    const run = await engine.run()
    const early = await remade(text, run.id)
    expect(early.test['expect']).toContainEqual({ run: 'waiting' })
    await engine.sql.query({ name: '', text: 'update schedules set due_at = null' })
    await engine.advance(DAY)
    await engine.advance(60_000)
    const late = await remade(text, run.id)
    expect(late.test).toMatchObject({ until: '1d1m' })
    expect(late.test['expect']).toContainEqual({ approval: 'ask', status: 'open' })
  })

  it('hears that its own message failed, and of another that somebody else had sent', async () => {
    await engine.wipe()
    const text = `id: undelivered
name: Undelivered
module: vendas
triggers: [{ event: lead.captured }]
steps:
  - id: any
    waitFor: { one: { event: message.failed, correlate: { leadId: '\${{ lead.id }}' } }, timeout: 1d }
  - id: own
    waitFor: { one: { event: message.failed, correlate: { runId: '\${{ run.id }}' } }, timeout: 1d }
outputs: { silent: '\${{ steps.own.output.timedOut }}', reasons: ['\${{ steps.any.output.data.reason }}', '\${{ steps.own.output.data.reason }}'] }
`
    await engine.publish(text)
    const leadId = await engine.capture(lead)
    await engine.settled()
    const run = await engine.run()
    for (const [reason, runId] of [
      ['theirs', newId()],
      ['ours', run.id],
    ]) {
      await engine.emit('message.failed', { leadId, runId, reason }, leadId)
      await engine.settled()
      await engine.advance(60_000)
    }
    const { test } = await remade(text, run.id)
    const [theirs, ours] = test['events'] as Record<string, unknown>[]
    expect(theirs).toMatchObject({ reason: 'theirs', runId: expect.any(String) })
    expect(ours).toEqual({ at: '1m', type: 'message.failed', reason: 'ours' })
    expect(test['expect']).toContainEqual({ run: 'completed', output: { silent: false, reasons: ['theirs', 'ours'] } })
  })

  it('says who started it where that left nobody to be asked', async () => {
    await engine.wipe()
    const text = `id: alone
name: Alone
module: vendas
triggers: [{ manual: true }]
steps: [{ id: ok, approval: { title: A, of: [role:OWNER], timeout: 1d } }]
`
    await engine.publish(text)
    const [owner] = await findMembers(engine, engine.workspaceId, { roles: ['OWNER'], emails: [] })
    const { id } = await startByHand(engine, engine.workspaceId, { playbook: 'alone', inputs: {}, by: owner!.id })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'VALIDATION' } })
    expect((await remade(text, id)).test).toMatchObject({ startedBy: 'role:OWNER', inputs: {} })
  })

  it.each([
    ["{ cron: '0 9 * * 1-5', timezone: America/Sao_Paulo, inputs: { part: morning } }", 3 * DAY],
    ['{ id: often, every: 6h, inputs: { part: morning } }', DAY / 4],
  ])('begins with the tick where the run did: %s', async (schedule, until) => {
    await engine.wipe()
    const text = `id: rounds
name: Rounds
module: gestao
triggers: [{ event: round.asked }, { schedule: ${schedule} }]
inputs: { part: { type: string, default: rest } }
steps:
  - wait: 2h
  - return: { part: '\${{ inputs.part }}', at: '\${{ event.scheduledAt }}' }
`
    await engine.publish(text)
    await engine.advance(until)
    await engine.advance(DAY / 12)
    const [run] = (await engine.runs()).toReversed()
    expect(run).toMatchObject({ status: 'completed', output: { part: 'morning' } })
    const { test } = await remade(text, run!.id)
    expect(test['event']).toMatchObject({ type: 'schedule.fired' })
  })

  it('begins with the post where the run did, with what the playbook reads of it', async () => {
    await engine.wipe()
    const text = `id: orders
name: Orders
module: vendas
triggers: [{ webhook: { id: shop, inputs: { total: '\${{ event.body.total }}' } } }]
inputs: { total: { type: number, required: true } }
steps: [{ return: { total: '\${{ inputs.total }}', source: '\${{ event.headers["x-source"] }}' } }]
`
    await engine.publish(text)
    const [version] = await engine.playbooks.current(engine.workspaceId)
    const [trigger] = version!.playbook.triggers
    const webhook = { id: 'w', workspaceId: engine.workspaceId, playbookId: version!.playbookId }
    await receiveWebhook(engine, webhook, trigger as TriggerOf<'webhook'>, {
      body: { total: 7, buyer: { name: 'Joana Barros', email: 'joana@example.com' } },
      headers: { 'x-source': 'shop', 'x-forwarded-for': '203.0.113.9' },
      query: {},
    })
    await engine.settled()
    const run = await engine.run()
    expect(run.output).toEqual({ total: 7, source: 'shop' })
    const { made, test } = await remade(text, run.id)
    expect(test['event']).toMatchObject({ webhook: 'shop', headers: { 'x-source': 'shop' }, body: { total: 7 } })
    expect(made).not.toMatch(/joana|barros|203\.0/i)
  })

  it('is refused for a run of another workspace', async () => {
    const run = await engine.run()
    const other = '01957d3a-0000-7000-8000-000000000000' as typeof engine.workspaceId
    await expect(makeTest(engine, other, run.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('pseudonyms', () => {
  it('are the same for the same value, keep what is free mail, and find names in texts', () => {
    const names = new Pseudonyms('x')
    names.addName('João da Silva')
    const made = names.replace({
      a: 'joao@gmail.com',
      b: ['joao@gmail.com', 'eu@acme.com', 'ela@acme.com'],
      text: 'Oi, sou o João (João da Silva), me liga: +55 11 98765-4321. Silvana',
    }) as { a: string; b: string[]; text: string }
    expect(made.a).toBe('pessoa1@gmail.com')
    expect(made.b[0]).toBe(made.a)
    expect(made.b[1]!.split('@')[1]).toBe(made.b[2]!.split('@')[1])
    expect(made.b[1]).not.toBe(made.b[2])
    expect(made.text).toMatch(/^Oi, sou o Ana \(Ana Exemplo\), me liga: \+5511900000\d+\. Silvana$/)
  })
})
