import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaybookTestReport } from '../../core/rehearsal/test-playbook.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

const failuresOf = (report: PlaybookTestReport) =>
  report.results.map(result => result.failures.map(failure => failure.message))

describe('a test that begins with inputs', () => {
  it('starts the run as a person would, with defaults, and about the lead that the test names', async () => {
    const report = await bench.rehearse(`
triggers: []
inputs:
  days: { type: integer, required: true }
  tone: { type: string, enum: [warm, plain], default: warm }
steps:
  - wait: \${{ days(inputs.days) }}
  - return: { tone: '\${{ inputs.tone }}', lead: '\${{ has(event.lead) ? event.lead.name : "nobody" }}' }
tests:
  - name: with a lead
    lead: { name: Rita }
    inputs: { days: 3 }
    expect: [{ run: completed, output: { tone: warm, lead: Rita } }, { step: '0', at: 3d }]
  - name: about nobody
    inputs: { days: 1, tone: plain }
    expect: [{ run: completed, output: { tone: plain, lead: nobody } }, { step: '0', at: 1d }]
`)
    expect(failuresOf(report)).toEqual([[], []])
  })

  it('needs none where the playbook needs none, also with manual: true', async () => {
    const report = await bench.rehearse(`
triggers: [{ manual: true }]
inputs: { days: { type: integer, default: 2 } }
steps: [{ wait: '\${{ days(inputs.days) }}' }]
tests: [{ name: by default, expect: [{ run: completed }, { step: '0', at: 2d }] }]
`)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('is let in as a real start is: once for a subject, and merged by debounce', async () => {
    const report = await bench.rehearse(`
triggers: [{ manual: true }]
inputs: { n: { type: integer, required: true } }
enrollment: { subject: '\${{ event.leadId }}' }
debounce: { key: '\${{ event.leadId }}', quiet: 1h }
steps: [{ return: '\${{ inputs.n }}' }]
tests:
  - name: the last of a burst
    lead: { name: Rita }
    inputs: { n: 1 }
    events: [{ at: 10m, inputs: { n: 2 } }, { at: 20m, inputs: { n: 3 } }, { at: 1d, inputs: { n: 4 } }]
    expect: [{ run: completed, output: 3 }, { runs: 1 }]
`)
    expect(failuresOf(report)).toEqual([[]])
  })
})

describe('starts that are held back', () => {
  const startsOf = (report: PlaybookTestReport) =>
    report.results[0]!.runs.map(({ run }) => (Date.parse(run.startedAt!) - Date.parse('2026-03-02T12:00:00Z')) / 60_000)
  const three = (admission: string) => `
triggers: [{ manual: true }]
${admission}
steps: [{ wait: 10m }]
tests:
  - name: three
    inputs: {}
    events: [{ at: 1m, inputs: {} }, { at: 2m, inputs: {} }]
    expect: [{ runs: 3 }, { run: completed }]
`
  it('begin when rateLimit gives them their turn', async () => {
    const report = await bench.rehearse(three('rateLimit: { limit: 1, per: 1h, behavior: delay }'))
    expect(failuresOf(report)).toEqual([[]])
    expect(startsOf(report)).toEqual([0, 60, 120])
    expect(report.results[0]!.timeline).toContain('+1h       run 2: the run starts')
  })

  it('begin one after the other where concurrency says so; a run that waits holds nobody back', async () => {
    const report = await bench.rehearse(three('concurrency: { limit: 1, behavior: queue }'))
    expect(failuresOf(report)).toEqual([[]])
    expect(startsOf(report)).toEqual([0, 1, 2])
  })
})

describe('a test that begins with a post to a webhook', () => {
  it('goes through its trigger: condition, inputs, and the same post once', async () => {
    const report = await bench.rehearse(`
triggers:
  - webhook:
      id: signup
      if: \${{ event.body.consent == true }}
      dedupe: \${{ event.body.id }}
      inputs: { email: '\${{ event.body.email }}' }
  - webhook: { id: other, inputs: { email: other@example.com } }
inputs: { email: { type: string, required: true } }
steps: [{ return: { email: '\${{ inputs.email }}', from: '\${{ event.query.from }}' } }]
tests:
  - name: posted twice
    event: { type: webhook.received, webhook: signup, body: { id: 1, consent: true, email: a@example.com }, query: { from: ad } }
    events: [{ at: 1m, type: webhook.received, webhook: signup, body: { id: 1, consent: true, email: b@example.com } }]
    expect: [{ run: completed, output: { email: a@example.com, from: ad } }, { runs: 1 }]
  - name: without consent
    event: { type: webhook.received, webhook: signup, body: { id: 1, consent: false, email: a@example.com } }
    expect: [{ run: none }]
  - name: what the sender sends is not what the playbook takes
    event: { type: webhook.received, webhook: signup, body: { id: 1, consent: true, email: 7 } }
    expect: [{ run: failed, error: VALIDATION }]
`)
    expect(failuresOf(report)).toEqual([[], [], []])
  })
})

describe('a test of a schedule', () => {
  const weekdays = `
triggers:
  - schedule: { cron: '30 9 * * 1-5', timezone: America/Sao_Paulo, inputs: { part: morning } }
  - schedule: { id: hourly, every: 1h }
inputs: { part: { type: string, default: rest } }
steps:
  - id: first
    wait: 90m
  - return: { part: '\${{ inputs.part }}', at: '\${{ event.scheduledAt }}', missed: '\${{ event.missed }}' }
`
  it('lets the clock fire it: its first tick without until, and no other schedule', async () => {
    const report = await bench.rehearse(`${weekdays}
tests:
  - name: the first trigger
    expect:
      - { run: completed, output: { part: morning, at: '2026-03-02T12:30:00.000Z', missed: false } }
      - { step: first, at: 2h }
      - { runs: 1 }
  - name: over the weekend
    now: 2026-03-06T18:00:00Z
    expect: [{ run: completed, output: { at: '2026-03-09T12:30:00.000Z' } }, { runs: 1 }]
  - name: the other one
    event: { type: schedule.fired, schedule: hourly }
    expect: [{ run: completed, output: { part: rest } }, { step: first, at: 150m }, { runs: 1 }]
  - name: whichever comes first
    event: { type: schedule.fired }
    expect: [{ run: completed, output: { part: morning } }, { runs: 1 }]
`)
    expect(failuresOf(report)).toEqual([[], [], [], []])
  })

  it('ticks as long as until says, and leaves undone what is due after it', async () => {
    const report = await bench.rehearse(`${weekdays}
tests:
  - name: four hours
    until: 4h
    expect: [{ runs: 5 }, { run: completed, output: { part: morning } }]
  - name: an hour
    until: 1h
    expect: [{ runs: 2 }, { run: waiting }]
`)
    expect(failuresOf(report)).toEqual([[], []])
  })

  it.each([
    ['allow', 6],
    ['skip', 2],
    ['queue', 3],
  ])('overlaps as it says: %s', async (overlap, runs) => {
    const report = await bench.rehearse(`
triggers: [{ schedule: { every: 1h, overlap: ${overlap} } }]
steps: [{ wait: 150m }]
tests: [{ name: until the third of a queue begins, until: 370m, expect: [{ runs: ${runs} }] }]
`)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('rests in a test that begins otherwise, whatever until says', async () => {
    const report = await bench.rehearse(`
triggers: [{ event: lead.captured }, { schedule: { every: 1h } }]
steps: [{ wait: 1d }]
tests:
  - { name: rests, expect: [{ runs: 1 }, { run: completed }] }
  - { name: with until, until: 150m, expect: [{ runs: 1 }, { run: waiting }] }
  - { name: begun by the clock, event: { type: schedule.fired }, until: 150m, expect: [{ runs: 2 }] }
`)
    expect(failuresOf(report)).toEqual([[], [], []])
  })
})

describe('the page about the language', () => {
  it('shows tests that pass', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/playbooks.md'), 'utf8')
    const examples = [...page.matchAll(/```yaml\n([^`]*^tests:[^`]*)```/gm)].map(match => match[1]!)
    const whole = examples.filter(text => text.includes('approvals:') || text.includes('no-answer'))
    expect(whole.length).toBeGreaterThan(1)
    for (const example of whole) expect(failuresOf(await bench.rehearse(example)).flat()).toEqual([])
  })
})
