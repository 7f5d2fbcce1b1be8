import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { listDecisions } from '../../core/decisions/read-decisions.ts'
import type { UserId } from '../../core/ids.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { makeTest } from '../../core/rehearsal/make-test.ts'
import { testRunner } from '../../core/rehearsal/run-tests-apart.ts'
import { type PlaybookTestReport, readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'
import { decideDecision } from '../../core/runs/decide-decision.ts'
import { CHOICE, SCORE } from '../decisions/policies.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

const PATIENCE = { timeout: 120_000 }
let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

const STEPS = `
steps:
  - id: call
    decide: worth-a-call
    with: { leadId: '\${{ lead.id }}', source: '\${{ lead.company }}', visits: 3 }
    within: 4h
  - return: { choice: '\${{ steps.call.output.choice }}', by: '\${{ steps.call.output.by }}' }
`
const failuresOf = (report: PlaybookTestReport) =>
  report.results.map(result => result.failures.map(failure => failure.message))

describe('a decision in a test', () => {
  it('is taken by the policy where no fixture says what is decided, and by the fixture where one does', async () => {
    const report = await bench.rehearse(
      `${STEPS}
tests:
  - name: the policy decides
    lead: { company: referral }
    expect:
      - { run: completed, output: { choice: call, by: engine } }
      - { step: call, at: 0s, output: { score: 80, recommended: call } }
  - name: the fixture decides
    lead: { company: referral }
    fixtures: { call: { output: { choice: wait } } }
    expect: [{ run: completed, output: { choice: wait, by: engine } }]
`,
      SCORE,
      CHOICE,
    )
    expect(failuresOf(report)).toEqual([[], []])
  })

  it('tries nothing out', async () => {
    const sure = CHOICE.replace('threshold: 90', 'threshold: 0\nexplore: 0.3').replace('chance: 20 }', 'chance: 21 }')
    const steps = Array.from({ length: 30 }, (_, n) => `  - { id: by${n}, decide: channel }`).join('\n')
    const expected = Array.from({ length: 30 }, (_, n) => `{ step: by${n}, output: { choice: email } }`).join(', ')
    const report = await bench.rehearse(`steps:\n${steps}\ntests: [{ name: email, expect: [${expected}] }]`, sure)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('needs a fixture where a person would be asked, or where there is no such policy', async () => {
    const tests = `${STEPS}\ntests: [{ name: undecided, lead: { company: website }, expect: [{ run: failed }] }]`
    expect(failuresOf(await bench.rehearse(tests, SCORE))).toEqual([
      [
        expect.stringMatching(
          /^call \(decide worth-a-call, line \d+ of the playbook\) asks a person \(wait is recommended, with a confidence of \d+ %\).*fixtures: {2}call: \{ output: \{ choice: wait, by: person \}, after: 2h \}$/,
        ),
      ],
    ])
    expect(failuresOf(await bench.rehearse(tests))).toEqual([[expect.stringContaining('nor is there such a policy')]])
    const wrong = tests.replace('lead: { company: website }', 'fixtures: { email/send: done }')
    await expect(bench.rehearse(wrong, SCORE)).rejects.toThrow('no step or action "email/send"')
  })

  it('waits for the person who is asked, and fails when nobody decides', async () => {
    const report = await bench.rehearse(`${STEPS}
tests:
  - name: after three hours
    fixtures: { call: { output: { choice: call }, after: 3h } }
    expect:
      - { run: completed, output: { choice: call, by: person } }
      - { step: call, at: 3h }
  - name: never
    fixtures: { call: { error: { code: TIMEOUT }, after: 4h } }
    expect: [{ run: failed, error: TIMEOUT }, { step: call, at: 4h, status: failed }]
  - name: still thinking
    until: 1h
    fixtures: { call: { output: { choice: call }, after: 3h } }
    expect: [{ run: waiting }, { step: call, status: waiting }]
`)
    expect(failuresOf(report)).toEqual([[], [], []])
    const letter = `steps: [{ id: letter, uses: email/send, with: { to: a@example.com, subject: a, body: a }, onError: continue }]
tests: [{ name: a, fixtures: { letter: { output: {}, after: 1h } }, expect: [{ run: completed }] }]`
    await expect(bench.rehearse(letter)).rejects.toThrow('only a fixture of decide has it')
  })
})

describe('a person who takes longer than the step has', () => {
  it.each([
    ['its own timeout', 'call', (step: string) => `  - ${step}\n    timeout: 2h`],
    [
      'that of the steps around it',
      'around',
      (step: string) => `  - id: around
    timeout: 2h
    try: [{ raise: { code: BROKEN, message: broken } }]
    catch:
      do:
        - ${step.replaceAll('\n', '\n      ')}`,
    ],
  ])('decides nothing: %s is up on the clock of the test', async (_, limited, around) => {
    const decide = "id: call\n    decide: worth-a-call\n    with: { leadId: '${{ lead.id }}' }"
    const report = await bench.rehearse(`
steps:
${around(decide)}
tests:
  - name: too late
    fixtures: { call: { output: { choice: call }, after: 3h } }
    expect: [{ run: failed, error: TIMEOUT }, { step: ${limited}, at: 2h, status: failed }]
  - name: in time
    fixtures: { call: { output: { choice: call }, after: 1h } }
    expect: [{ run: completed }, { step: call, at: 1h }]
`)
    expect(failuresOf(report)).toEqual([[], []])
  })

  it('decides nothing, and where `within` says so the test is told what to write instead', async () => {
    const late =
      'tests: [{ name: late, fixtures: { call: { output: { choice: call }, after: 5h } }, expect: [{ run: completed }] }]'
    await expect(bench.rehearse(`${STEPS}${late}`)).rejects.toThrow('waits for a person no longer than 4h')
  })
})

describe.each(DATABASE_KINDS)('a decision in a test of the host, on %s', kind => {
  let engine: Engine
  const source = `id: judge\nname: Judge\nmodule: pre_vendas\ntriggers: [{ event: lead.captured }]${STEPS}`
  beforeAll(async () => {
    engine = await startEngine(kind)
    await publishPolicy(engine, engine.workspaceId, SCORE)
  })
  afterAll(() => engine?.close())

  it('made from a run is what a person decided, at the time that they did', async () => {
    await engine.publish(source)
    await engine.capture({ company: 'website' })
    await engine.settled()
    await engine.advance(3 * 3_600_000)
    const [asked] = (await listDecisions(engine, engine.workspaceId, {})).items
    const [user] = await engine.sql.query<{ id: UserId }>({ name: 'test-owner', text: 'select id from users limit 1' })
    await decideDecision(engine, engine.workspaceId, { decisionId: asked!.node.id, choice: 'call', by: user!.id })
    await engine.settled()
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { choice: 'call', by: 'person' } })

    const text = await makeTest(engine, engine.workspaceId, run.id)
    expect(text).toContain('after: 3h')
    const beside = { file: 'judge.test.yaml', source: text }
    const read = readTests({ file: 'judge.yaml', source, beside }, bench.catalog)
    expect(read.diagnostics).toEqual([])
    const report = await testPlaybook(bench.rehearsal, read, compilePlaybook(source, bench.catalog).playbook!)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('made from a run in which time decided is of when it was due, however late that was seen', async () => {
    await engine.publish(source)
    const leadId = await engine.capture({ company: 'website', email: 'late@acme.com.br' })
    await engine.settled()
    await engine.advance(4 * 3_600_000 + 10 * 60_000)
    const run = (await engine.runs()).find(({ subjectId }) => subjectId === leadId)!
    expect(run).toMatchObject({ status: 'completed', output: { by: 'time' } })

    const text = await makeTest(engine, engine.workspaceId, run.id)
    expect(text).toMatch(/after: 4h$/m)
    const beside = { file: 'judge.test.yaml', source: text }
    const read = readTests({ file: 'judge.yaml', source, beside }, bench.catalog)
    expect(read.diagnostics).toEqual([])
    const report = await testPlaybook(bench.rehearsal, read, compilePlaybook(source, bench.catalog).playbook!)
    expect(failuresOf(report)).toEqual([[]])
  })

  it('is taken by the policies of the workspace', PATIENCE, async () => {
    const tests = `tests: [{ name: decided, lead: { company: referral }, expect: [{ run: completed, output: { choice: call } }] }]\n`
    const outcome = await testRunner(engine)(engine.workspaceId, { file: 'judge.yaml', source: source + tests })
    expect(outcome.tests).toMatchObject([{ name: 'decided', failures: [] }])
  })
})
