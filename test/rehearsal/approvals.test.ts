import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlaybookTestReport } from '../../core/rehearsal/test-playbook.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

const failuresOf = (report: PlaybookTestReport) =>
  report.results.map(result => result.failures.map(failure => failure.message))

const DISCOUNT = `
steps:
  - id: discount
    approval:
      title: 'Desconto para \${{ lead.name }}'
      of: [role:ADMIN, Carla@example.com]
      form: { percent: { type: number, required: true } }
      timeout: 2d
      onTimeout: reject
  - if: \${{ steps.discount.output.approved }}
    then: [{ return: { percent: '\${{ steps.discount.output.form.percent }}' } }]
  - return: { why: '\${{ steps.discount.output.decision }}', comment: '\${{ steps.discount.output.comment }}' }
tests:`

describe('an approval in a test', () => {
  it('is approved with a form, rejected with a comment, or decided by nobody, at its time', async () => {
    const report = await bench.rehearse(`${DISCOUNT}
  - name: approved
    approvals: { discount: { decision: approve, after: 3h, form: { percent: 10 } } }
    expect:
      - { run: completed, output: { percent: 10 } }
      - { approval: discount, title: Desconto para Ana Souza, of: [carla@example.com, role:ADMIN], status: approved, at: 0s, times: 1 }
      - { step: discount, at: 3h, output: { by: [{ name: Ada, decision: approved }] } }
  - name: rejected
    approvals: { discount: { decision: reject, after: 1d, comment: Caro } }
    expect:
      - { run: completed, output: { why: rejected, comment: Caro } }
      - { approval: discount, status: rejected }
      - { step: discount, at: 1d }
  - name: one rejection of two is none yet
    approvals: { discount: { decision: reject, by: carla@example.com } }
    expect: [{ run: completed, output: { why: timedOut } }, { step: discount, at: 2d }, { approval: discount, status: timedOut }]
  - name: too late
    approvals: { discount: { decision: approve, after: 49h, form: { percent: 10 } } }
    expect: [{ run: completed, output: { why: timedOut } }]
  - name: left alone
    approvals: { discount: timeout }
    expect: [{ run: completed, output: { why: timedOut } }]
  - name: nothing said
    expect: [{ run: completed, output: { why: timedOut } }, { approval: discount, of: [role:ADMIN, carla@example.com] }]
`)
    expect(failuresOf(report)).toEqual([[], [], [], [], [], []])
    expect(report.coverage.percent).toBe(100)
    expect(report.results[0]!.timeline[1]).toBe('+0s       discount: asks role:ADMIN, carla@example.com')
  })

  it('is answered in parallel branches and in loops, each asking by itself', async () => {
    const ask = (title: string) =>
      `approval: { title: '${title}', of: [role:OWNER, role:EDITOR], required: 2, timeout: 5d, onTimeout: reject }`
    const report = await bench.rehearse(`
steps:
  - id: both
    parallel:
      branches:
        price: [{ id: price, ${ask('Price')} }]
        terms: [{ wait: 1h }, { id: terms, ${ask('Terms')} }]
  - id: each
    forEach: { in: '\${{ [1, 2, 3] }}', as: item }
    do:
      - id: item
        ${ask('Item ${{ vars.item }}')}
  - return: { price: '\${{ steps.price.output.decision }}', terms: '\${{ steps.terms.output.decision }}' }
tests:
  - name: each has its own
    approvals:
      price: { decision: approve, after: 2h }
      both.terms.terms: reject
      item: [approve, { decision: reject, after: 1d }, timeout]
    expect:
      - { run: completed, output: { price: approved, terms: rejected } }
      - { step: price, at: 2h }
      - { step: terms, at: 1h }
      - { approval: item, times: 3 }
      - { approval: 'each[1].item', title: Item 2, status: rejected }
      - { step: 'each[1].item', at: 26h }
      - { step: 'each[2].item', output: { decision: timedOut } }
  - name: one iteration apart from the others
    approvals:
      price: approve
      terms: approve
      item: approve
      'each[1].item': reject
    expect:
      - { run: completed }
      - { step: 'each[0].item', output: { decision: approved } }
      - { step: 'each[1].item', output: { decision: rejected } }
      - { step: 'each[2].item', output: { decision: approved } }
`)
    expect(failuresOf(report)).toEqual([[], []])
  })

  it('says what people cannot do, and how what was asked differs', async () => {
    const report = await bench.rehearse(`${DISCOUNT}
  - name: somebody else decides
    approvals: { discount: { decision: approve, by: role:OWNER, form: { percent: 10 } } }
    expect: [{ run: completed }]
  - name: asked otherwise
    approvals: { discount: [{ decision: approve, form: { percent: 1 } }] }
    expect:
      - { approval: discount, title: Rabatt, of: [role:OWNER], status: rejected, at: 1h, times: 2 }
`)
    expect(failuresOf(report)).toEqual([
      [
        'approvals.discount: role:OWNER is not among those who are asked about "Desconto para Ana Souza"; whoever started the run by hand does not decide on it.',
      ],
      [
        'discount asked 1 time, expected 2 times.',
        'discount asked at 0s, expected 1h.',
        'discount has the title Desconto para Ana Souza, expected Rabatt.',
        'discount asked ["carla@example.com","role:ADMIN"], expected ["role:OWNER"].',
        'discount is approved, expected rejected.',
      ],
    ])
  })

  it('is not asked of whoever started the run by hand, unless it says selfApproval', async () => {
    const steps = (selfApproval: boolean) => `
triggers: [{ manual: true }]
steps: [{ id: ask, approval: { title: A, of: [role:OWNER, role:ADMIN], selfApproval: ${selfApproval}, timeout: 1d } }]
tests:
  - name: the owner starts it
    startedBy: role:OWNER
    approvals: { ask: approve }
    expect: [{ run: completed }, { approval: ask, of: [${selfApproval ? 'role:ADMIN, role:OWNER' : 'role:ADMIN'}] }]
`
    expect(failuresOf(await bench.rehearse(steps(false)))).toEqual([[]])
    expect(failuresOf(await bench.rehearse(steps(true)))).toEqual([[]])
  })

  it('fails where it is asked more often than the list says, and where nobody was asked', async () => {
    const report = await bench.rehearse(`
steps:
  - id: each
    forEach: { in: '\${{ [1, 2] }}', as: item }
    do: [{ id: ask, approval: { title: A, of: [role:ADMIN], timeout: 1d, onTimeout: reject } }]
  - if: \${{ false }}
    then: [{ id: never, approval: { title: B, of: [role:ADMIN], timeout: 1d } }]
tests:
  - name: once too often
    approvals: { ask: [approve] }
    expect: [{ run: completed }, { approval: never }]
`)
    expect(failuresOf(report)).toEqual([
      [
        'approvals.ask: each[1].ask was asked 2 times; the list has 1 answers.',
        '1.then.never asked nobody; each[0].ask, each[1].ask did.',
      ],
    ])
  })
})

describe('a wait until a time of day in a test', () => {
  it('ends on the day, by the clock of the zone, also where clocks change', async () => {
    const report = await bench.rehearse(`
steps:
  - id: monday
    wait: { until: '09:00', days: [mon], timezone: America/Sao_Paulo }
  - id: york
    wait: { until: '02:30', days: [sun], timezone: America/New_York }
  - id: ours
    wait: { until: '08:00' }
tests:
  - name: on Friday evening
    now: 2026-02-27T21:00:00Z
    expect:
      - { step: monday, output: { until: '2026-03-02T12:00:00.000Z' }, at: 63h }
      - { step: york, output: { until: '2026-03-08T07:00:00.000Z' } }
      - { step: ours, output: { until: '2026-03-08T11:00:00.000Z' } }
  - name: at nine sharp it is the next Monday
    now: 2026-03-02T12:00:00Z
    expect: [{ step: monday, at: 7d }]
  - name: the lead's own clock
    now: 2026-03-02T12:00:00Z
    lead: { phone: '+5592987654321' }
    expect: [{ step: ours, output: { until: '2026-03-15T12:00:00.000Z' } }]
`)
    expect(failuresOf(report)).toEqual([[], [], []])
  })
})
