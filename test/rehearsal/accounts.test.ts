import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaybookTestReport } from '../../core/rehearsal/test-playbook.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

const failuresOf = (report: PlaybookTestReport) =>
  report.results.map(result => result.failures.map(failure => failure.message))

const send = (id: string, account?: string) => `
  - id: ${id}
    uses: twilio/send-sms${account === undefined ? '' : `\n    account: ${account}`}
    with: { to: '+5511987654321', body: ${id} }
    onError: continue`
const BOTH = `
steps:${send('here')}${send('there', 'sales')}
  - return: { here: '\${{ steps.here.status }}', there: '\${{ steps.there.status }}' }
`

describe('a test of a playbook with two accounts', () => {
  it('answers calls of each with what stands under its name, and tells from which one an effect would go out', async () => {
    const report = await bench.rehearse(`${BOTH}
tests:
  - name: one account is locked
    fixtures:
      twilio/send-sms: done
      twilio/send-sms:sales: { error: { code: VALIDATION } }
    expect:
      - { run: completed, output: { here: completed, there: failed } }
      - { effects: [twilio/send-sms:main] }
  - name: both
    fixtures: { twilio/send-sms: done }
    expect:
      - effects: [{ twilio/send-sms:main: { body: here } }, { twilio/send-sms:sales: { body: there } }]
  - name: said of none of them
    fixtures: { 'twilio/send-sms:main': done, 'twilio/send-sms:sales': done }
    expect: [{ effects: [twilio/send-sms, twilio/send-sms] }]
`)
    expect(failuresOf(report)).toEqual([[], [], []])
    expect(report.results[1]!.timeline.join('\n')).toMatch(
      /here.*held back, account main(.|\n)*there.*held back, account sales/,
    )
  })

  it('fails where it would go out from another account, and where a fixture is for another one', async () => {
    const report = await bench.rehearse(`
steps:${send('text')}
tests:
  - name: expected of sales
    fixtures: { text: done }
    expect: [{ effects: [twilio/send-sms:sales] }]
  - name: answered for sales
    fixtures: { twilio/send-sms:sales: done }
    expect: [{ run: completed }]
`)
    expect(failuresOf(report)).toEqual([
      ['The effects are: twilio/send-sms:main; expected: twilio/send-sms:sales.'],
      [expect.stringContaining('the test does not say what comes of it')],
    ])
  })

  it('is told where no step can call with the account that a fixture or an expectation names', async () => {
    const wrong = (rest: string) => bench.rehearse(`\nsteps:${send('text', 'sales')}\ntests:\n  - name: wrong\n${rest}`)
    await expect(
      wrong('    fixtures: { twilio/send-sms:main: done }\n    expect: [{ run: completed }]'),
    ).rejects.toThrow('no step or action "twilio/send-sms:main"')
    await expect(
      wrong('    fixtures: { text: done }\n    expect: [{ effects: [twilio/send-sms:main] }]'),
    ).rejects.toThrow('sends or writes nothing with twilio/send-sms:main')
  })

  it('brings events of an account to what listens to that one', async () => {
    const report = await bench.rehearse(`
triggers:
  - { event: twilio.message-received, account: sales }
steps:
  - id: next
    waitFor:
      one: { event: twilio.message-received, account: sales, correlate: { from: '+5511987654321' } }
      timeout: 2d
  - return: '\${{ steps.next.output.timedOut }}'
tests:
  - name: of another account
    event: { type: twilio.message-received, account: main }
    expect: [{ run: none }]
  - name: the next one comes to another account
    event: { type: twilio.message-received, account: sales }
    events: [{ at: 1d, type: twilio.message-received, from: '+5511987654321', account: main }]
    expect: [{ run: completed, output: true }]
  - name: the next one comes to this account
    event: { type: twilio.message-received, account: sales }
    events: [{ at: 1d, type: twilio.message-received, from: '+5511987654321', account: sales }]
    expect: [{ run: completed, output: false }]
  - name: of whichever account
    events: [{ at: 1d, type: twilio.message-received, from: '+5511987654321' }]
    expect: [{ run: completed, output: false }]
`)
    expect(failuresOf(report)).toEqual([[], [], [], []])
  })
})
