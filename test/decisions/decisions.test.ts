import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Decision } from '../../core/decisions/decision.ts'
import { hindsight, inspectModel, resetModel } from '../../core/decisions/model.ts'
import { Models } from '../../core/decisions/models.ts'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { findDecisions, listDecisions } from '../../core/decisions/read-decisions.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { previewDecision, requestDecision } from '../../core/decisions/request-decision.ts'
import { takeDecision } from '../../core/decisions/take-decision.ts'
import { newId } from '../../core/ids.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { CHOICE, SCORE } from './policies.ts'

const DAY = 24 * 60 * 60_000

describe.each(DATABASE_KINDS)('Decisions on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'decision_policies')
    await publishPolicy(engine, engine.workspaceId, SCORE)
    await publishPolicy(engine, engine.workspaceId, CHOICE)
  })

  const decide = (inputs: Record<string, unknown>, policy = 'worth-a-call', rest = {}) =>
    requestDecision(engine, engine.workspaceId, { policy, inputs, ...rest })
  const outcome = (decisionId: string, result: 'success' | 'failure') =>
    recordOutcome(engine, engine.workspaceId, { decisionId, outcome: result, source: 'test' })
  const read = async (id: string) => (await findDecisions(engine, engine.workspaceId, [id]))[0]!
  /** From now on nobody is asked. */
  const askNobody = () => publishPolicy(engine, engine.workspaceId, SCORE.replace('threshold: 85', 'threshold: 0'))
  const examples = () => engine.count('decision_examples')

  it('shows the seven steps, decides where it is sure, and asks where it is not', async () => {
    const sure = await decide({ source: 'referral', visits: 3 })
    expect(sure).toMatchObject({
      status: 'decided',
      automatic: true,
      chosen: 'call',
      recommended: 'call',
      score: 80,
      options: [
        { key: 'call', title: 'Call' },
        { key: 'wait', title: 'Wait' },
      ],
      steps: {
        context: { source: 'referral', visits: 3 },
        similar: [],
        learnt: { outcomes: 0 },
        rules: { held: [{ because: 'Referrals know us.', points: 30 }], start: 50, score: 80 },
        combination: { score: 80 },
        recommendation: { option: 'call' },
      },
    })
    expect(sure.steps.model.probability).toBeCloseTo(0.8, 9)
    expect(sure.confidence).toBeGreaterThanOrEqual(80)
    const close = await decide({ source: 'website', visits: 3 })
    expect(close).toMatchObject({ status: 'pending', chosen: null, automatic: false, score: 50 })
    expect(close.confidence).toBeLessThan(85)
    expect((await listDecisions(engine, engine.workspaceId, { filter: { statuses: ['pending'] } })).items).toHaveLength(
      1,
    )
  })

  it('finds decisions that were like it, and how they went', async () => {
    const first = await decide({ source: 'referral', visits: 3 })
    await outcome(first.id, 'success')
    const second = await decide({ source: 'referral', visits: 3 })
    expect(second.steps.similar).toMatchObject([{ id: first.id, similarity: 1, chosen: 'call', outcome: 'success' }])
    expect(second.steps.learnt).toMatchObject({ similarOutcomes: 1, similarSuccesses: 1, outcomes: 1 })
    expect(second.steps.combination.near).toEqual({ tried: 1, successes: 1 })
    expect(second.steps.combination.shares!.similar).toBeCloseTo(1 / 22, 9) // one outcome beside the rules' 20 and itself
  })

  it('finds them whoever took them: another process, a person later, with what became of them by now', async () => {
    const other = { ...engine, models: new Models(engine) }
    const similar = async (core = engine as Pick<Engine, 'sql' | 'models'>) =>
      (
        await previewDecision(core, engine.workspaceId, {
          policy: 'worth-a-call',
          inputs: { source: 'website', visits: 3 },
        })
      ).similar
    expect(await similar()).toEqual([]) // both have looked
    expect(await similar(other)).toEqual([])
    const asked = await decide({ source: 'website', visits: 3 })
    expect(await similar(other)).toEqual([]) // nobody has decided yet
    await engine.sql.transaction(tx =>
      takeDecision(tx, engine.workspaceId, { decisionId: asked.id, choice: 'call', by: null }, engine.clock.now()),
    )
    await requestDecision(other, engine.workspaceId, {
      policy: 'worth-a-call',
      inputs: { source: 'referral', visits: 3 },
    })
    for (const core of [engine, other]) {
      expect(await similar(core)).toMatchObject([{ id: asked.id, similarity: 1, outcome: null }, { chosen: 'call' }])
    }
    await outcome(asked.id, 'failure')
    for (const core of [engine, other])
      expect(await similar(core)).toMatchObject([{ id: asked.id, outcome: 'failure', at: asked.createdAt }, {}])
    // A text that learns from less has other words
    await publishPolicy(engine, engine.workspaceId, SCORE.replace('[source, visits]', '[source]'))
    expect(await similar()).toMatchObject([{ id: asked.id, similarity: 1 }])
  })

  it('learns once an outcome, whoever says it and however often', async () => {
    const pending = await decide({ source: 'website', visits: 3 })
    const decision = await decide({ source: 'referral', visits: 3 })
    const said = await Promise.all(
      Array.from({ length: 8 }, (_, n) => outcome(decision.id, n % 2 ? 'success' : 'failure')),
    )
    expect(said.filter(Boolean)).toHaveLength(1)
    expect(await examples()).toBe(1)
    expect((await read(decision.id)).outcome).not.toBeNull()
    await expect(outcome(pending.id, 'success')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(outcome(newId(), 'success')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await examples()).toBe(1)
  })

  it('knows the same in every process, to the last bit, and after a start from nothing', async () => {
    await askNobody()
    for (let n = 0; n < 30; n++) {
      const { id } = await decide({ source: 'referral', visits: n % 5 || 1 })
      await outcome(id, n % 3 === 0 ? 'success' : 'failure')
    }
    const here = await inspectModel(engine, engine.workspaceId, 'worth-a-call')
    const other = await inspectModel({ ...engine, models: new Models(engine) }, engine.workspaceId, 'worth-a-call')
    expect(here.outcomes).toBe(30)
    expect(other).toEqual(here)
    expect((await decide({ source: 'referral', visits: 2 })).score).toBeLessThan(80) // rules said 80
  })

  it('loses and doubles nothing when outcomes are recorded at once, past a stored snapshot', async () => {
    await askNobody()
    const ids: string[] = []
    for (let n = 0; n < 270; n++) ids.push((await decide({ source: 'referral', visits: 1 + (n % 4) })).id)
    for (let at = 0; at < ids.length; at += 27)
      await Promise.all(ids.slice(at, at + 27).map((id, n) => outcome(id, n % 4 === 0 ? 'failure' : 'success')))
    const here = await inspectModel(engine, engine.workspaceId, 'worth-a-call')
    expect(here.outcomes).toBe(270)
    expect(await engine.count('decision_models', 'snapshot is not null')).toBe(1)
    const other = await inspectModel({ ...engine, models: new Models(engine) }, engine.workspaceId, 'worth-a-call')
    expect(other).toEqual(here)
  })

  it('hears from events how a decision went: the first that says so, and silence after its time', async () => {
    const [won, lost, silent] = [newId(), newId(), newId()]
    const decisions: Decision[] = []
    for (const leadId of [won, lost, silent]) decisions.push(await decide({ leadId, source: 'referral', visits: 3 }))
    await engine.emit('meeting.scheduled', { leadId: won })
    await engine.emit('lead.lost', { leadId: won })
    await engine.emit('lead.lost', { leadId: lost })
    await engine.emit('lead.lost', { leadId: newId() })
    await expect.poll(async () => (await read(decisions[0]!.id)).outcome).toBe('success')
    await expect.poll(async () => (await read(decisions[1]!.id)).outcome).toBe('failure')
    expect(await read(decisions[2]!.id)).toMatchObject({ outcome: null })
    engine.clock.advance(14 * DAY)
    await expect.poll(async () => (await read(decisions[2]!.id)).outcome).toBe('failure')
    expect((await read(decisions[2]!.id)).outcomeSource).toBe('time')
    expect((await read(decisions[0]!.id)).outcomeSource).toMatch(/^event:/)
    expect(await examples()).toBe(3)
    await expect.poll(() => engine.count('decision_listens')).toBe(0)
  })

  it('answers the same decision to the same key', async () => {
    const [first, second] = await Promise.all([
      decide({ source: 'referral' }, 'worth-a-call', { key: 'k1' }),
      decide({ source: 'referral' }, 'worth-a-call', { key: 'k1' }),
    ])
    expect(second.id).toBe(first.id)
    expect(await engine.count('decisions')).toBe(1)
  })

  it('refuses inputs that do not fit and policies that there are not, and stores nothing', async () => {
    await expect(decide({ visits: 'many' })).rejects.toMatchObject({ code: 'VALIDATION' })
    await expect(decide({ plan: 'x' })).rejects.toMatchObject({ code: 'VALIDATION' })
    await expect(decide({}, 'worth-call')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('did you mean "worth-a-call"?'),
    })
    expect(await engine.count('decisions')).toBe(0)
  })

  it('begins again as the rules say after a reset, and old decisions teach nothing more', async () => {
    await askNobody()
    const old = await decide({ source: 'referral', visits: 3 })
    for (let n = 0; n < 20; n++) await outcome((await decide({ source: 'referral', visits: 3 })).id, 'failure')
    const preview = () =>
      previewDecision(engine, engine.workspaceId, { policy: 'worth-a-call', inputs: { source: 'referral', visits: 3 } })
    expect((await preview()).combination.score).toBeLessThan(60)
    const seen = await hindsight(engine, engine.workspaceId, 'worth-a-call', 100)
    expect(seen.at(-1)).toMatchObject({ decisionId: old.id, chosen: 'call', now: 'wait' })
    await resetModel(engine, engine.workspaceId, old.policyId)
    expect((await preview()).combination.score).toBe(80)
    await outcome(old.id, 'failure')
    expect((await inspectModel(engine, engine.workspaceId, 'worth-a-call')).outcomes).toBe(0)
    const fresh = await decide({ source: 'referral', visits: 3 })
    await outcome(fresh.id, 'success')
    expect(await inspectModel(engine, engine.workspaceId, 'worth-a-call')).toMatchObject({ outcomes: 1, generation: 2 })
  })

  it('takes the option that succeeds, and never one that a rule forbids', async () => {
    const first = await decide({}, 'channel')
    expect(first).toMatchObject({ status: 'pending', score: null })
    expect(first.confidence).toBe(50)
    const forced = await decide({ phone: false }, 'channel')
    expect(forced).toMatchObject({ status: 'decided', chosen: 'email', confidence: 100 })
    for (let n = 0; n < 30; n++) await outcome((await decide({ phone: false }, 'channel')).id, 'failure')
    expect(await decide({}, 'channel')).toMatchObject({ chosen: 'sms', status: 'decided' })
    expect(await decide({ phone: false }, 'channel')).toMatchObject({ chosen: 'email' })
    // What a learner of scores would say of it decides nothing, and is not told
    expect(await inspectModel(engine, engine.workspaceId, 'channel')).toMatchObject({
      outcomes: 30,
      shares: null,
      curve: [],
      weights: [],
      options: [
        { key: 'email', title: 'E-mail', tried: 30 },
        { key: 'sms', tried: 0 },
      ],
    })
  })

  it('keeps what was learnt through a new version, and says which version decided', async () => {
    await outcome((await decide({ source: 'referral', visits: 3 })).id, 'success')
    const again = await publishPolicy(engine, engine.workspaceId, SCORE)
    expect(again).toMatchObject({ version: 1, changed: false })
    const next = await publishPolicy(engine, engine.workspaceId, SCORE.replace('points: 30', 'points: 40'))
    expect(next).toMatchObject({ version: 2, changed: true })
    expect(await decide({ source: 'referral', visits: 3 })).toMatchObject({ policyVersion: 2 })
    expect((await inspectModel(engine, engine.workspaceId, 'worth-a-call')).outcomes).toBe(1)
  })
})
