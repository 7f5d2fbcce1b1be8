import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { resetModel } from '../../core/decisions/model.ts'
import type { PastPolicy } from '../../core/decisions/past-policy.ts'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { listDecisions } from '../../core/decisions/read-decisions.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import type { UserId } from '../../core/ids.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { readHistory } from '../../core/rehearsal/read-history.ts'
import { runSimulation } from '../../core/rehearsal/run-simulation.ts'
import { simulate } from '../../core/rehearsal/simulate.ts'
import { decideDecision } from '../../core/runs/decide-decision.ts'
import { CHOICE, SCORE } from '../decisions/policies.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

const DAY = 86_400_000
const PATIENCE = { timeout: 120_000 }
const judge = (visits: number, id = 'call') => `id: judge
name: Judge
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - id: ${id}
    decide: worth-a-call
    with: { leadId: '\${{ lead.id }}', source: '\${{ lead.company }}', visits: ${visits} }
outputs: { choice: '\${{ steps.${id}.output.choice }}', score: '\${{ steps.${id}.output.score }}' }
`
const CHANNEL = (id: string) => `id: judge
name: Judge
module: pre_vendas
triggers: [{ event: lead.captured }]
steps: [{ id: ${id}, decide: channel }]
`
/** From now on nobody is asked. */
const SURE = SCORE.replace('threshold: 85', 'threshold: 0')
const TRIES = CHOICE.replace('threshold: 90', 'threshold: 0\nexplore: 0.3')

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

describe.each(DATABASE_KINDS)('what a simulation decides on %s', kind => {
  let engine: Engine
  let by: UserId
  beforeAll(async () => {
    engine = await startEngine(kind)
    await installBuiltIns(engine, engine.workspaceId)
    const [user] = await engine.sql.query<{ id: UserId }>({ name: 'test-owner', text: 'select id from users limit 1' })
    by = user!.id
  })
  afterAll(() => engine?.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'decision_policies')
    await engine.advance(DAY)
  })

  const policy = (source: string) => publishPolicy(engine, engine.workspaceId, source)
  /** A lead, decided about. */
  const lead = async (company: string) => {
    await engine.capture({ email: `lead${Math.round(engine.clock.now().getTime() / 1000)}@example.com`, company })
    await engine.settled()
    const newest = (await decisions())[0]!
    await engine.advance(60_000)
    return newest
  }
  const decisions = async () =>
    (await listDecisions(engine, engine.workspaceId, { first: 100 })).items.map(({ node }) => node)
  /** A lead whose decision ends badly. */
  const disappointing = async (company: string) => {
    const { id } = await lead(company)
    await recordOutcome(engine, engine.workspaceId, { decisionId: id, outcome: 'failure', source: 'test' })
    await engine.advance(60_000)
  }
  const history = (source: string, days = 20) => {
    const { playbook } = compilePlaybook(source, bench.catalog)
    const since = new Date(engine.clock.now().getTime() - days * DAY)
    return readHistory(engine, engine.workspaceId, playbook!, since)
  }
  const simulated = async (source: string) =>
    simulate(bench.rehearsal, source, JSON.parse(JSON.stringify(await history(source))))

  it('is what was decided, as long as what is asked is the same: with the text and what was learnt at each moment', async () => {
    await policy(SURE)
    await engine.publish(judge(3))
    for (let n = 0; n < 6; n++) await disappointing('referral')
    await policy(SURE.replace('points: 30', 'points: 45'))
    for (let n = 0; n < 6; n++) await disappointing('referral')
    const was = await decisions()
    expect(new Set(was.map(({ score }) => score)).size).toBeGreaterThan(6) // it has learnt from each
    const counts = [await engine.count('decisions'), await engine.count('decision_examples')]

    const report = await simulated(judge(3))
    expect(report).toMatchObject({
      runs: { completed: 12 },
      decisionCounts: { same: 12, changed: 0, added: 0, missing: 0 },
    })
    expect(report.decisions.map(({ choice, confidence }) => [choice, confidence])).toEqual(
      was.toReversed().map(({ chosen, confidence }) => [chosen, confidence]),
    )
    expect(report.decisions.every(({ asksPerson }) => !asksPerson)).toBe(true)
    expect(report.assumptions.join(' ')).not.toContain('a person would be asked')
    expect([await engine.count('decisions'), await engine.count('decision_examples')]).toEqual(counts)
    const [kept] = await bench.rehearsal.core.sql.query<{ n: number }>({
      name: '',
      text: 'select ((select count(*) from decisions) + (select count(*) from decision_examples))::int as n',
    })
    expect(kept).toEqual({ n: 0 })
  })

  it('begins with what was known when the time begins, from what was stored of it or from the first outcome on', async () => {
    await policy(SURE)
    await engine.publish(judge(3))
    for (let n = 0; n < 5; n++) await disappointing('referral')
    await engine.advance(DAY)
    const known = async (): Promise<PastPolicy> => (await history(judge(3), 1)).policies[0]!
    const folded = await known()
    expect(folded.knowledge.learner).toMatchObject({ outcomes: 5, successes: 0 })
    expect(folded.learnt).toEqual([])
    await engine.sql.query({ name: '', text: 'update decision_models set snapshot = $1::jsonb, snapshot_seq = 5' }, [
      JSON.stringify(folded.knowledge),
    ])
    expect(await known()).toEqual(folded)
    await disappointing('referral')
    expect(await known()).toMatchObject({ knowledge: folded.knowledge, learnt: [{ example: { success: false } }] })
    expect((await simulated(judge(3))).decisionCounts).toMatchObject({ same: 6, changed: 0 })
  })

  it('knows what was forgotten at a reset', async () => {
    const { id } = await policy(SURE)
    await engine.publish(judge(3))
    for (let n = 0; n < 6; n++) await disappointing('referral')
    await resetModel(engine, engine.workspaceId, id)
    await engine.advance(60_000)
    const after = await lead('referral')
    expect(after.score).toBe(80)
    expect((await simulated(judge(3))).decisionCounts).toMatchObject({ same: 7, changed: 0 })
    await engine.advance(DAY)
    expect((await history(judge(3), 1)).policies[0]!.knowledge.learner).toMatchObject({ outcomes: 0 })
  })

  it(
    'says what it would decide otherwise, and takes what is recommended where a person would be asked',
    PATIENCE,
    async () => {
      await policy(SCORE)
      await engine.publish(judge(3))
      const [sure, asked] = [await lead('referral'), await lead('website')]
      expect(asked).toMatchObject({ status: 'pending', recommended: 'wait' })
      await decideDecision(engine, engine.workspaceId, { decisionId: asked.id, choice: 'call', by })
      await engine.settled()

      const report = await simulated(judge(3))
      expect(report.decisionCounts).toEqual({ changed: 1, added: 0, missing: 0, same: 1 })
      expect(report.decisions).toMatchObject([
        {
          difference: 'changed',
          choice: 'wait',
          asksPerson: true,
          was: 'call',
          wasBy: 'person',
          leadId: asked.subjectId,
        },
        { difference: 'same', choice: 'call', asksPerson: false, was: 'call', wasBy: 'engine', leadId: sure.subjectId },
      ])
      expect(report.assumptions).toContain(
        'Of 2 decisions a person would be asked for 1: what is recommended to them is taken, at once.',
      )

      const messages = []
      const since = new Date(engine.clock.now().getTime() - 20 * DAY)
      for await (const message of runSimulation(engine, engine.workspaceId, { source: judge(0, 'other'), since }))
        messages.push(message)
      expect(messages.at(-1)).toMatchObject({
        report: {
          runs: { completed: 2 },
          decisionCounts: { changed: 1, added: 0, missing: 0, same: 1 },
          decisions: [
            {
              difference: 'changed',
              policy: 'worth-a-call',
              path: 'other',
              choice: 'wait',
              was: 'call',
              wasBy: 'person',
            },
            { difference: 'same', choice: 'call', asksPerson: true },
          ],
        },
      })
      expect(
        (await simulated(CHANNEL('none').replace(/steps.*/, 'steps: [{ set: { a: 1 } }]'))).decisionCounts,
      ).toEqual({
        changed: 0,
        added: 0,
        missing: 2,
        same: 0,
      })
    },
  )

  it('tries out what was tried out, and anything new the same in each simulation', PATIENCE, async () => {
    await policy(TRIES)
    await engine.publish(CHANNEL('by'))
    for (let n = 0; n < 20; n++) await lead('website')
    const was = await decisions()
    expect(was.some(({ steps }) => steps.combination.tried)).toBe(true)
    expect((await simulated(CHANNEL('by'))).decisionCounts).toEqual({ changed: 0, added: 0, missing: 0, same: 20 })
    const [first, second] = [await simulated(CHANNEL('anew')), await simulated(CHANNEL('anew'))]
    expect(first.decisions).toEqual(second.decisions)
    expect(new Set(first.decisions.map(({ choice }) => choice))).toEqual(new Set(['email', 'sms']))
  })

  it('lets the first version of a policy decide what came before it, and says so', async () => {
    await engine.publish(judge(3).replace(/steps:[^]*/, 'steps: [{ set: { a: 1 } }]\n'))
    await engine.capture({ company: 'referral' })
    await engine.settled()
    await engine.advance(DAY)
    await policy(SURE)
    const report = await simulated(judge(3))
    expect(report.decisions).toMatchObject([{ difference: 'added', choice: 'call', was: null, wasAt: null }])
    expect(report.assumptions.join('\n')).toContain('so that the first version decides: worth-a-call.')
  })
})
