import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { correctOutcome } from '../../core/decisions/correct-outcome.ts'
import { type Example, Knowledge } from '../../core/decisions/knowledge.ts'
import { inspectModel, resetModel } from '../../core/decisions/model.ts'
import { Models } from '../../core/decisions/models.ts'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { findDecisions } from '../../core/decisions/read-decisions.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { policyInForce } from '../../core/decisions/read-policies.ts'
import { rememberDecisions } from '../../core/decisions/remember-decisions.ts'
import { previewDecision, requestDecision } from '../../core/decisions/request-decision.ts'
import { listEntries } from '../../core/memory/read-entries.ts'
import { newId } from '../../core/ids.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { CHOICE, SCORE } from './policies.ts'

const INPUTS = { source: 'referral', visits: 3 }

describe.each(DATABASE_KINDS)('An outcome that is corrected, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'decision_policies')
    await emptyTables(engine.sql, 'memory_entries', 'memory_spaces')
    await publishPolicy(engine, engine.workspaceId, SCORE.replace('threshold: 85', 'threshold: 0'))
  })

  const decide = () => requestDecision(engine, engine.workspaceId, { policy: 'worth-a-call', inputs: INPUTS })
  const record = (decisionId: string, outcome: 'success' | 'failure') =>
    recordOutcome(engine, engine.workspaceId, { decisionId, outcome, source: 'test' })
  const correct = (decisionId: string, outcome: 'success' | 'failure') =>
    correctOutcome(engine, engine.workspaceId, { decisionId, outcome, by: undefined })
  const score = async () =>
    (await previewDecision(engine, engine.workspaceId, { policy: 'worth-a-call', inputs: INPUTS })).combination.score!
  const outcomes = async () => (await inspectModel(engine, engine.workspaceId, 'worth-a-call')).outcomes

  it('changes the next decision, in every process, to what it would be had that been told at first', async () => {
    const ids: string[] = []
    for (let n = 0; n < 260; n++) {
      const { id } = await decide()
      ids.push(id)
      await record(id, n % 3 === 0 ? 'success' : 'failure')
    }
    const another = new Models(engine)
    const { policyId } = (await findDecisions(engine, engine.workspaceId, [ids[0]!]))[0]!
    const { pace } = (await policyInForce(engine, engine.workspaceId, 'worth-a-call')).policy
    await another.of(policyId, pace)
    const before = await score() // past the 250th a snapshot is stored
    expect(await engine.count('decision_models', 'snapshot is not null')).toBe(1)

    for (const id of ids.slice(200)) await correct(id, 'success')
    expect(await score()).toBeGreaterThan(before)
    expect(await outcomes()).toBe(260)
    const folded = new Knowledge(pace)
    for (const example of await examplesOf(engine, policyId)) folded.learn(example)
    expect(folded.learner.successes).toBe(67 + 60) // of the first 200 every third, of the rest all
    for (const models of [engine.models, another, new Models(engine)])
      expect((await models.of(policyId, pace)).knowledge.state()).toEqual(folded.state())
  })

  it('that has faded from an option is corrected as if it had been right at first', async () => {
    await publishPolicy(engine, engine.workspaceId, CHOICE.replace('threshold: 90', 'threshold: 0'))
    const ids: string[] = []
    for (let n = 0; n < 130; n++) {
      // A rule leaves e-mail alone: it goes well for a time, then never again
      const { id } = await requestDecision(engine, engine.workspaceId, { policy: 'channel', inputs: { phone: false } })
      ids.push(id)
      await record(id, n < 70 ? 'success' : 'failure')
    }
    const { policyId } = (await findDecisions(engine, engine.workspaceId, [ids[0]!]))[0]!
    const email = async () =>
      (await inspectModel(engine, engine.workspaceId, 'channel')).options.find(({ key }) => key === 'email')!
    expect(await email()).toMatchObject({ tried: 130, successes: 70 })
    expect((await email()).counted.tried).toBeLessThan(90)
    expect((await email()).chance).toBeLessThan(0.2)
    await Promise.all(ids.slice(0, 60).map(id => correct(id, 'failure')))
    const folded = new Knowledge('moving')
    for (const example of await examplesOf(engine, policyId)) folded.learn(example)
    for (const models of [engine.models, new Models(engine)])
      expect((await models.of(policyId, 'moving')).knowledge.state()).toEqual(folded.state())
    expect(await email()).toMatchObject({ tried: 130, successes: 10 })
    await resetModel(engine, engine.workspaceId, policyId)
    expect(await email()).toMatchObject({ tried: 0, counted: { tried: 0 }, near: null })
  })

  it('is said by whom it is, kept in the audit log and told to the memory; said again it changes nothing', async () => {
    const { id } = await decide()
    await expect(correct(id, 'success')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('decisionRecordOutcome'),
    })
    await expect(correct(newId(), 'success')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await record(id, 'failure')
    await rememberDecisions(engine)
    const memory = async () => {
      const { items } = await listEntries(engine, engine.workspaceId, {})
      return items.flatMap(({ node }) => (node.data['decisionId'] === id ? [node.outcome] : [])) // the leader may still bring older ones
    }
    expect(await memory()).toEqual(['failure'])
    for (const _twice of [1, 2]) await correct(id, 'success')
    expect((await findDecisions(engine, engine.workspaceId, [id]))[0]).toMatchObject({
      outcome: 'success',
      outcomeSource: 'host',
    })
    expect(await engine.count('audit_log', `action = 'decision.outcome-corrected' and target = 'decision:${id}'`)).toBe(
      1,
    )
    await rememberDecisions(engine)
    expect(await memory()).toEqual(['success'])
  })

  it('of a decision from before a reset teaches the new model nothing, and brings nothing back', async () => {
    const { id, policyId } = await decide()
    for (let n = 0; n < 10; n++) await record((await decide()).id, 'failure')
    await record(id, 'failure')
    await resetModel(engine, engine.workspaceId, policyId)
    const fresh = await decide()
    await record(fresh.id, 'failure')
    const before = await score()
    await correct(id, 'success')
    expect(await score()).toBe(before)
    await correct(fresh.id, 'success')
    expect(await outcomes()).toBe(1)
    expect(await score()).toBeGreaterThan(before)
  })
})

async function examplesOf(engine: Engine, policyId: string): Promise<Example[]> {
  return engine.sql.query<Example>(
    {
      name: 'test-examples',
      text: 'select option, context, prior, success from decision_examples where policy_id = $1 order by seq',
    },
    [policyId],
  )
}
