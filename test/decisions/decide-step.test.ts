import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { listDecisions } from '../../core/decisions/read-decisions.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { decideDecision } from '../../core/runs/decide-decision.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { DATABASE_KINDS, emptyTables } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { SCORE } from './policies.ts'

const HOUR = 60 * 60_000

describe.each(DATABASE_KINDS)('A step that decides, on %s', kind => {
  let engine: Engine
  let by: UserId
  beforeAll(async () => {
    engine = await startEngine(kind)
    const [user] = await engine.sql.query<{ id: UserId }>({ name: 'test-owner', text: 'select id from users limit 1' })
    by = user!.id
  })
  afterAll(() => engine.close())
  beforeEach(async () => {
    await engine.wipe()
    await emptyTables(engine.sql, 'decision_policies')
    await publishPolicy(engine, engine.workspaceId, SCORE)
  })

  async function start(source: string, keys = ''): Promise<void> {
    await engine.publish(`
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: call
    decide: worth-a-call
    with: { leadId: '\${{ lead.id }}', source: ${source}, visits: 3 }${keys}
outputs: { choice: '\${{ steps.call.output.choice }}', by: '\${{ steps.call.output.by }}' }
`)
    await engine.capture()
    await engine.settled()
  }
  const decisions = async () => (await listDecisions(engine, engine.workspaceId, {})).items.map(item => item.node)
  const decide = (decisionId: string, choice: string) =>
    decideDecision(engine, engine.workspaceId, { decisionId, choice, by, comment: 'I know them' })

  it('goes on at once where the policy is sure', async () => {
    await start('referral')
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { choice: 'call', by: 'engine' } })
    const [decision] = await decisions()
    expect(decision).toMatchObject({ status: 'decided', path: 'call', subjectId: expect.any(String) })
  })

  it('waits for a person where it is not, over restarts, and goes on with what was chosen', async () => {
    await start('website')
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'DECISION' } })
    expect((await engine.steps(run.id))['call']).toMatchObject({
      status: 'waiting',
      reason: { code: 'DECISION', message: 'waits for a person to decide: Is this lead worth a call?' },
    })
    await engine.brain.stop()
    await engine.brain.start()
    await engine.settled()
    const [asked] = await decisions()
    expect(asked).toMatchObject({ status: 'pending', recommended: 'wait' })
    await expect(decide(asked!.id, 'email')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    const both = await Promise.allSettled([decide(asked!.id, 'call'), decide(asked!.id, 'call')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { choice: 'call', by: 'person' } })
    expect(await decisions()).toMatchObject([
      { status: 'decided', decidedBy: by, comment: 'I know them', automatic: false },
    ])
    await expect(decide(asked!.id, 'wait')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(decide(newId(), 'wait')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('takes the recommendation when time is up, and a person is too late then', async () => {
    await start('website', '\n    within: 4h')
    const [asked] = await decisions()
    await engine.advance(4 * HOUR)
    await expect.poll(async () => (await engine.run()).status).toBe('completed')
    expect(await engine.run()).toMatchObject({ output: { choice: 'wait', by: 'time' } })
    await expect(decide(asked!.id, 'call')).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('fails when time is up where the playbook says so', async () => {
    await start('website', '\n    within: 4h\n    onTimeout: fail')
    await engine.advance(4 * HOUR)
    await expect.poll(async () => (await engine.run()).status).toBe('failed')
    expect(await engine.run()).toMatchObject({ error: { code: 'TIMEOUT' } })
    expect(await decisions()).toMatchObject([{ status: 'withdrawn' }])
  })

  it('is asked no more when its run is cancelled', async () => {
    await start('website')
    const [asked] = await decisions()
    await cancelRun(engine, engine.workspaceId, (await engine.run()).id, { by: 'test', reason: 'no more' })
    await expect.poll(async () => (await engine.run()).status).toBe('cancelled')
    expect(await decisions()).toMatchObject([{ status: 'withdrawn' }])
    await expect(decide(asked!.id, 'call')).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
