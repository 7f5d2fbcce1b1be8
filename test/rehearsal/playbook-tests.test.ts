import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaybookTestReport } from '../../core/rehearsal/test-playbook.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

const failuresOf = (report: PlaybookTestReport) =>
  report.results.map(result => result.failures.map(failure => failure.message))
const passedOf = (report: PlaybookTestReport) => report.results.map(result => result.passed)

const LETTER = `
steps:
  - id: letter
    uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Olá, leadId: '\${{ lead.id }}' }
    onError: continue
  - id: answer
    waitFor:
      any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }]
      timeout: 10d
  - if: \${{ steps.answer.output.timedOut }}
    then: [{ return: { outcome: silence } }]
  - return: { outcome: answered }
`

describe('a test of a playbook', () => {
  it('runs ten days in a moment, with the time that each step was over', async () => {
    const began = Date.now()
    const report = await bench.rehearse(`${LETTER}
tests:
  - name: nobody answers
    fixtures: { letter: done }
    expect:
      - { run: completed, output: { outcome: silence } }
      - { step: letter, at: 0s, attempts: 1 }
      - { step: answer, at: 10d }
      - { effects: [{ email/send: { to: ana@example.com, subject: Olá } }] }
`)
    expect(failuresOf(report)).toEqual([[]])
    expect(Date.now() - began).toBeLessThan(20_000)
  })

  it('really runs scripts', async () => {
    const report = await bench.rehearse(`
steps:
  - id: twice
    run: return input.name.repeat(2)
    with: { name: '\${{ lead.name }}' }
  - return: \${{ steps.twice.output }}
tests:
  - name: computed
    lead: { name: Ana, email: ana@example.com }
    expect: [{ run: completed, output: AnaAna }]
`)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('brings later events at their time: a minute before the timeout, and a minute after it', async () => {
    const report = await bench.rehearse(`${LETTER}
tests:
  - name: just in time
    fixtures: { letter: done }
    events: [{ at: 239h59m, type: message.received, text: Sim }]
    expect: [{ run: completed, output: { outcome: answered } }, { step: answer, at: 239h59m, output: { data: { text: Sim } } }]
  - name: too late
    fixtures: { letter: done }
    events: [{ at: 240h1m, type: message.received, text: Sim }]
    expect: [{ run: completed, output: { outcome: silence } }, { step: answer, at: 10d }]
`)
    expect(failuresOf(report)).toEqual([[], []])
    expect(report.coverage).toMatchObject({ percent: 100 })
  })

  it('fails where an effect has no fixture, though the playbook goes on, and says which line to add', async () => {
    const report = await bench.rehearse(`${LETTER}
tests:
  - name: without a word about the letter
    expect: [{ run: completed }]
`)
    expect(failuresOf(report)).toEqual([
      [
        'letter (email/send, line 7 of the playbook) sends, and the test does not say what comes of it. Add under fixtures:  letter: done',
      ],
    ])
  })

  it('says what was expected, what was found and in which line, with what happened', async () => {
    const report = await bench.rehearse(`${LETTER}
tests:
  - name: everything is otherwise
    fixtures: { letter: done }
    expect:
      - { run: failed, error: TIMEOUT }
      - { noEffects: true }
      - { effects: [{ email/send: { subject: Oi } }] }
      - { step: answer, at: 9d }
      - { step: answer, output: { timedOut: false } }
      - { step: letter, status: skipped, attempts: 2 }
`)
    const [result] = report.results
    expect(result!.failures.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '23: The run is completed, expected failed',
      '24: The effects are: email/send; expected: none.',
      '25: The input of effect 1, email/send has Olá at subject, expected Oi.',
      '26: answer was over at 10d, expected 9d.',
      '27: The output of answer has true at timedOut, expected false.',
      '28: letter is completed, expected skipped.',
      '28: letter has attempts 1, expected 2.',
    ])
    expect(result!.failures[4]).toMatchObject({ expected: false, found: true })
    expect(result!.timeline.map(line => line.replace(/ \{.*/, ''))).toEqual([
      '+0s       the run starts',
      '+0s       letter: held back, done',
      '+0s       answer: waits for message.received',
      '+10d      answer: done',
      '+10d      2 "if steps.answer.output.timedOut": goes on with then',
      '+10d      2.then.0 "return": done',
      '+10d      the run is completed',
    ])
  })

  it('answers attempt by attempt, and waits between them as the real engine does', async () => {
    const steps = `
steps:
  - id: letter
    uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Olá }
    retry: { maxAttempts: 4, delay: 10s, factor: 3 }
tests:`
    const report = await bench.rehearse(`${steps}
  - name: twice away
    fixtures: { letter: [{ error: { code: UNAVAILABLE } }, { error: { code: UNAVAILABLE } }, done] }
    expect: [{ run: completed }, { step: letter, at: 40s, attempts: 3 }, { effects: [email/send] }]
  - name: always away
    fixtures: { letter: { error: { code: UNAVAILABLE, message: It is away. } } }
    expect: [{ run: failed, error: UNAVAILABLE }, { step: letter, attempts: 4 }, { noEffects: true }]
  - name: away once more than the list says
    fixtures: { letter: [{ error: { code: UNAVAILABLE } }] }
    expect: [{ run: failed }]
`)
    expect(failuresOf(report)).toEqual([
      [],
      [],
      ['letter (email/send) was called 2 times; the fixture letter in line 19 has 1 outcomes.'],
    ])
  })

  it('takes the most exact fixture: a path before an id before an action', async () => {
    const send = `{ to: '\${{ lead.email }}', subject: Olá, body: Olá }`
    const report = await bench.rehearse(`
steps:
  - { uses: email/send, with: ${send}, onError: continue }
  - { id: second, uses: email/send, with: ${send}, onError: continue }
  - { uses: email/send, with: ${send}, onError: continue }
tests:
  - name: each has its own
    fixtures:
      email/send: { error: { code: CONFLICT } }
      second: done
      '2': { output: { id: the-third } }
    expect:
      - { step: '0', status: failed, error: CONFLICT }
      - { step: second, status: completed }
      - { step: '2', output: { id: the-third } }
      - { effects: [email/send, email/send] }
`)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('knows that nothing starts, and that a run waits for good', async () => {
    const report = await bench.rehearse(`
triggers: [{ event: lead.captured, if: '\${{ event.lead.email != null }}' }]
steps:
  - waitFor: { any: [{ event: message.received, correlate: { leadId: '\${{ event.leadId }}' } }] }
tests:
  - name: no address, no run
    event: { type: lead.captured, lead: { email: null, phone: '+5511900000000' } }
    expect: [{ run: none }, { noEffects: true }]
  - name: waits
    expect: [{ run: waiting }, { step: '0', status: waiting }]
  - name: a run after all
    expect: [{ run: none }]
`)
    expect(failuresOf(report)).toEqual([
      [],
      [],
      ['The run is waiting, expected none: 0 "wait for message.received": waits for message.received'],
    ])
  })

  it('shares nothing with the test before it: not its waiting runs, nor its lead', async () => {
    const report = await bench.rehearse(`
enrollment: { subject: '\${{ event.leadId }}' }
steps:
  - wait: 1d
  - if: \${{ lead.status == "NEW" }}
    then: [{ waitFor: { any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }] } }]
tests:
  - name: first
    events: [{ at: 2h, lead: { status: QUALIFIED } }]
    expect: [{ run: completed }, { step: '0', at: 1d }]
  - name: second, in the year before
    now: 2025-01-01T00:00:00Z
    expect: [{ run: waiting }, { step: '0', at: 1d }]
  - name: third, long after
    now: 2030-01-01T00:00:00Z
    events: [{ at: 30d, type: message.received }]
    expect: [{ run: completed }, { step: '1.then.0', at: 30d }]
`)
    expect(failuresOf(report)).toEqual([[], [], []])
  })

  it('holds parallel branches: a race that the answer wins, with the coverage of each branch', async () => {
    const report = await bench.rehearse(`
steps:
  - id: cadence
    parallel:
      mode: race
      branches:
        ask:
          - { uses: email/send, with: { to: '\${{ lead.email }}', subject: A, body: A }, onError: continue }
          - wait: 2d
          - { uses: email/send, with: { to: '\${{ lead.email }}', subject: B, body: B }, onError: continue }
          - wait: 30d
        reply:
          - waitFor: { any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 60d }
  - if: \${{ steps.cadence.output.winner == "reply" }}
    then: [{ emit: { event: lead.qualified } }]
tests:
  - name: day three
    fixtures: { email/send: done }
    events: [{ at: 3d, type: message.received }]
    expect:
      - { run: completed }
      - effects: [{ email/send: { subject: A } }, { email/send: { subject: B } }]
      - { step: cadence.ask.1, at: 2d }
      - { step: cadence.ask.3, status: cancelled }
      - { emitted: lead.qualified }
`)
    expect(failuresOf(report)).toEqual([[]])
    expect(report.coverage.branches.map(({ path, branch, taken }) => [path, branch, taken])).toEqual([
      ['cadence', 'ask', 1],
      ['cadence', 'reply', 1],
      ['1', 'then', 1],
      ['1', 'else', 0],
    ])
    expect(report.coverage.percent).toBe(75)
  })

  it('passes exactly when nothing failed', async () => {
    const report = await bench.rehearse(`
steps: [{ set: { a: 1 } }, { emit: { event: lead.nurtured, data: { score: 3 } } }]
tests:
  - { name: right, expect: [{ emitted: lead.nurtured, data: { score: 3 } }] }
  - { name: wrong, expect: [{ emitted: lead.nurtured, data: { score: 4 } }] }
`)
    expect(passedOf(report)).toEqual([true, false])
  })

  it('answers for a playbook that is started, and fails a test that says nothing of it', async () => {
    const steps = `
steps:
  - id: sub
    uses: playbook/other
    with: { n: 1 }
  - uses: playbook/other
    await: false
outputs: { sub: '\${{ steps.sub.output }}' }
tests:
  - name: answered
    event: { type: lead.captured, lead: { email: ana@example.com } }
    fixtures: { sub: { output: { met: true } } }
    expect: [{ run: completed, output: { sub: { met: true } } }]
  - name: failed
    event: { type: lead.captured, lead: { email: ana@example.com } }
    fixtures: { sub: { error: { code: NOT_NOW } } }
    expect: [{ run: failed, error: NOT_NOW }]
  - name: forgotten
    event: { type: lead.captured, lead: { email: ana@example.com } }
    expect: [{ run: failed }]
`
    const { results } = await bench.rehearse(steps)
    expect(results.map(result => [result.name, result.passed])).toEqual([
      ['answered', true],
      ['failed', true],
      ['forgotten', false],
    ])
    expect(results[2]!.failures[0]!.message).toContain('Add under fixtures:  sub: { output: {} }')
  })
})
