import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { requestDecision } from '../../core/decisions/request-decision.ts'
import { newId } from '../../core/ids.ts'
import { eraseFromMemory, forgetEntry } from '../../core/memory/forget.ts'
import { getContext } from '../../core/memory/get-context.ts'
import { listEntries } from '../../core/memory/read-entries.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { decideDecision } from '../../core/runs/decide-decision.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { CHOICE, SCORE } from './policies.ts'

describe.each(DATABASE_KINDS)('The memory of decisions on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'decision_policies')
    await emptyTables(engine.sql, 'memory_entries', 'memory_spaces')
    await publishPolicy(engine, engine.workspaceId, SCORE)
    await publishPolicy(engine, engine.workspaceId, CHOICE)
  })

  const decide = (inputs: Record<string, unknown>, policy = 'worth-a-call', rest = {}) =>
    requestDecision(engine, engine.workspaceId, { policy, inputs, ...rest })
  const outcome = (decisionId: string, result: 'success' | 'failure') =>
    recordOutcome(engine, engine.workspaceId, { decisionId, outcome: result, source: 'test' })
  const entries = async () => (await listEntries(engine, engine.workspaceId, {})).items.map(({ node }) => node)

  /** The engine has looked: nothing is left to remember. */
  async function remembered(): Promise<void> {
    const text = `select id from decisions where status = 'decided' and remembered is distinct from coalesce(outcome, 'pending')`
    while ((await engine.sql.query({ name: 'test-to-remember', text })).length > 0)
      await new Promise(resolve => setTimeout(resolve, 10))
  }

  it('has each that was taken, once, with why, and is told how it went', async () => {
    const leadId = newId()
    const { id } = await decide({ leadId, source: 'referral', visits: 3 })
    const open = await decide({ leadId: newId(), source: 'website', visits: 3 })
    expect(open.status).toBe('pending')
    await remembered()
    const [entry, ...others] = await entries()
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      type: 'decision',
      module: 'pre_vendas',
      outcome: 'pending',
      importance: expect.closeTo(0.3, 5),
      leadId,
      origin: `decision:${id}`,
      data: { decisionId: id, policy: 'worth-a-call', chosen: 'call', score: 80, automatic: true },
    })
    expect(entry!.key).toBe(`decision_${entry!.timestamp.toISOString()}`)
    expect(entry!.expiresAt!.getTime() - entry!.timestamp.getTime()).toBe(90 * 24 * 60 * 60_000)
    for (const part of ['Is this lead worth a call? Call.', 'Referrals know us.', 'source: referral', 'visits: 3'])
      expect(entry!.content).toContain(part)
    expect(entry!.content).not.toContain(leadId) // no identity: it is not learnt from

    await outcome(id, 'success')
    await remembered()
    expect(await entries()).toMatchObject([{ key: entry!.key, outcome: 'success' }])
    const { found } = await searchMemory(engine, engine.workspaceId, 'referral call', {
      filter: { outcomes: ['success'] },
    })
    expect(found.map(one => one.entry.key)).toEqual([entry!.key])
    const { decisions, experience } = await getContext(engine, engine.workspaceId, 'pre_vendas')
    expect(decisions.map(({ key }) => key)).toEqual([entry!.key])
    expect(experience).toMatchObject({ success: 1, failure: 0 })
  })

  it('has what a person decided, and what was over before it was looked at', async () => {
    const { id } = await decide({ source: 'website', visits: 3 })
    const [{ id: by }] = (await engine.sql.query({ name: 'test-user', text: 'select id from users limit 1' })) as [
      { id: never },
    ]
    await decideDecision(engine, engine.workspaceId, { decisionId: id, choice: 'wait', by })
    await outcome(id, 'failure')
    await remembered()
    expect(await entries()).toMatchObject([{ outcome: 'failure', data: { chosen: 'wait', automatic: false } }])
  })

  it('does not come back: neither what somebody forgot, nor what was erased with its lead', async () => {
    const leadId = newId()
    const one = await decide({ source: 'referral', visits: 3 })
    const two = await decide({ leadId, source: 'referral', visits: 4 })
    await remembered()
    const known = await entries()
    expect(known).toHaveLength(2)
    await forgetEntry(engine, engine.workspaceId, known.find(({ data }) => data['decisionId'] === one.id)!.key)
    await eraseFromMemory(engine.sql, engine.workspaceId, { leadIds: [leadId], emails: [] }, engine.clock.now())
    for (const { id } of [one, two]) await outcome(id, 'success')
    await remembered()
    expect(await entries()).toEqual([])
  })
})
