import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { makeTest } from '../../core/rehearsal/make-test.ts'
import { Pseudonyms } from '../../core/rehearsal/pseudonyms.ts'
import { readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'
import { listMessages, receiveReply } from '../../core/sales/messages.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

const DAY = 86_400_000
const source = await readFile(join(import.meta.dirname, '../../playbooks/qualify-lead.yaml'), 'utf8')
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
    await engine.publish(source)
  })
  afterAll(() => engine?.close())

  it('passes, tells what happened at which time, and holds nothing of the person', async () => {
    const leadId = await engine.capture(lead)
    await engine.settled()
    await engine.advance(5 * DAY)
    await engine.advance(DAY)
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
    expect(tests[0]!.events).toMatchObject([{ at: '6d', type: 'message.received' }])
    expect(tests[0]!.expect).toEqual([
      { run: 'completed', output: { outcome: 'scheduled' } },
      { effects: ['crm/update-lead', 'email/send', 'email/send', 'calendar/schedule', 'email/send'] },
      { step: 'answer', at: '5d' },
      { step: 'lateAnswer', at: '6d' },
      { emitted: 'lead.qualified' },
      { emitted: 'meeting.scheduled' },
    ])

    const read = readTests({ file: 'q.yaml', source, beside: { file: 'q.test.yaml', source: text } }, bench.catalog)
    expect(read.diagnostics).toEqual([])
    const report = await testPlaybook(bench.rehearsal, read, read.playbook!)
    expect(report.results.map(result => result.failures)).toEqual([[]])
    const other = text.replace('at: 6d', 'at: 7d')
    const changed = readTests({ file: 'q.yaml', source, beside: { file: 'q.test.yaml', source: other } }, bench.catalog)
    expect((await testPlaybook(bench.rehearsal, changed, read.playbook!)).results[0]!.passed).toBe(false)
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
