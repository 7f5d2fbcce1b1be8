import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerSuggestion, suggestedDecisions } from '../../core/brain/dashboard.ts'
import { type Step, STEP_RULES } from '../../core/brain/steps/find-steps.ts'
import { STEP_CODES, stepWords } from '../../core/brain/steps/step-words.ts'
import { type Known, planSteps } from '../../core/brain/steps/suggest-steps.ts'
import { acceptTask, cancelTask, completeByHand, handBackTask } from '../../core/brain/tasks/operate-task.ts'
import { getTask, listTasks } from '../../core/brain/tasks/read-tasks.ts'
import type { Task } from '../../core/brain/tasks/task.ts'
import { resumeModule, setManual } from '../../core/brain/module-mode.ts'
import { rankSteps } from '../../core/brain/steps/rank-steps.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { getDecision } from '../../core/decisions/read-decisions.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { requestDecision } from '../../core/decisions/request-decision.ts'
import type { UserId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { startCustomer, updateCustomer } from '../../core/sales/customers.ts'
import { RULES } from '../../core/sales/suggestions.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 24 * 60 * 60_000
const FROM = { source: 'test' }

describe.each(DATABASE_KINDS)('next steps of a fresh install, on %s,', kind => {
  let engine: Engine
  let user: string
  let [waiting, unwell] = ['', '']

  beforeAll(async () => {
    engine = await startEngine(kind)
    const { workspaceId } = engine
    await installBuiltIns(engine, workspaceId)
    await publishPolicies(engine, workspaceId, engine.config.playbooksDir)
    await publishFolder(engine, workspaceId, engine.config.playbooksDir)
    const [owner] = await engine.sql.query<{ id: string }>({ name: '', text: 'select id from users' })
    user = owner!.id
    waiting = await engine.capture({ email: undefined, phone: '+5511987654321', name: 'Bia' })
    await engine.capture({
      email: 'ana@acme.com.br',
      company: 'Acme',
      jobTitle: 'CEO',
      data: { message: 'quero orçamento' },
    })
    unwell = await engine.capture({ email: undefined, phone: '+5511987654322', name: 'Caio' })
    const { id } = await startCustomer(engine, workspaceId, { leadId: unwell }, FROM)
    await updateCustomer(engine, workspaceId, { id, patch: { health: { score: 41, factors: [] } } }, FROM)
    for (let day = 0; day < 12; day++) await engine.advance(DAY)
  }, 240_000)
  afterAll(() => engine.close())

  const decisionOf = async ({ decisionId }: Task) => getDecision(engine, engine.workspaceId, decisionId!)
  const decided = () =>
    engine.count('decisions', `policy_id = (select id from decision_policies where slug = 'next-step')`)
  const outcomeOf = (task: Task, outcome: string) =>
    expect.poll(async () => (await decisionOf(task)).outcome, { timeout: 20_000 }).toBe(outcome)
  const read = (id: string) => getTask(engine, engine.workspaceId, { id })
  /** As the playbook that computes it would, with a fact that says so. */
  const setHealth = async (score: number) => {
    const [row] = await engine.sql.query<{ id: string }>({ name: '', text: 'select id from customers' })
    await updateCustomer(engine, engine.workspaceId, { id: row!.id, patch: { health: { score, factors: [] } } }, FROM)
  }
  const suggested = async (code: string): Promise<Task[]> => {
    const { items } = await listTasks(engine, engine.workspaceId, { first: 50, filter: { statuses: ['suggested'] } })
    return items.map(({ node }) => node).filter(({ reason }) => reason?.code === code)
  }
  const one = async (code: string) => {
    await expect.poll(async () => (await suggested(code)).length, { timeout: 20_000 }).toBe(1)
    return (await suggested(code))[0]!
  }
  /** The brain looks again: each workspace every ten minutes. */
  const lookAgain = async (ms = 11 * 60_000) => {
    const [before] = await engine.sql.query<{ at: Date }>({ name: '', text: 'select steps_at as at from workspaces' })
    await engine.advance(ms)
    await expect
      .poll(
        async () =>
          (await engine.sql.query<{ at: Date }>({ name: '', text: 'select steps_at as at from workspaces' }))[0]!.at,
        { timeout: 20_000 },
      )
      .not.toEqual(before!.at)
  }

  test('three things are suggested, each with its reason in figures, and nothing is sent or begun', async () => {
    await lookAgain()
    expect(await one('lead-waits')).toMatchObject({
      status: 'suggested',
      module: 'pre_vendas',
      action: 'sdr/automated-outreach',
      subjectId: waiting,
      reason: { code: 'lead-waits', values: { days: 12, all: 1, score: 15, run: 'nurture-lead' } },
    })
    expect(await one('customer-unwell')).toMatchObject({
      action: 'onboarding/onboarding-message',
      subjectId: unwell,
      reason: { values: { health: 41, all: 1 } },
    })
    expect(await one('at-risk')).toMatchObject({
      action: 'diagnostico/cs-diagnostic',
      source: 'figures:at-risk',
      reason: { values: { atRisk: 1, customers: 1 } },
    })
    expect(await suggested('lead-silent')).toEqual([]) // the run of qualify-lead is still at it
    expect(await engine.count('tasks', `status <> 'suggested'`)).toBe(0)
  })

  test('each has its place by a decision of its own that says why, and looking again decides nothing again', async () => {
    const waits = await one('lead-waits')
    expect(await decisionOf(waits)).toMatchObject({
      status: 'decided',
      automatic: true,
      outcome: null,
      subjectId: waiting,
      recommended: waits.priority,
      score: waits.rank,
      steps: { context: { rule: 'lead-waits', module: 'pre_vendas', byHand: false, score: 15 } },
    })
    const unwellStep = await one('customer-unwell')
    expect([waits.rank, unwellStep.rank]).toEqual([45, 65]) // as the rules see it, nothing is learnt
    const before = await decided()
    expect(before).toBe(await engine.count('tasks', `status = 'suggested'`))
    await lookAgain()
    await lookAgain(DAY)
    expect(await one('lead-waits')).toMatchObject({ reason: { values: { days: 13 } } }) // it was looked at
    expect(await decided()).toBe(before)
    const { items } = await listTasks(engine, engine.workspaceId, {
      first: 10,
      filter: { statuses: ['suggested'] },
      sort: { by: 'rank' },
    })
    const ranks = items.map(({ node }) => node.rank!)
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))
  })

  test('a step whose lead has another score by now is decided on again, and the decision that held is dropped', async () => {
    const before = await one('lead-waits')
    await engine.sql.query({ name: '', text: 'update leads set score = 90 where id = $1' }, [waiting])
    await lookAgain()
    const after = await one('lead-waits')
    expect(after.id).toBe(before.id)
    expect(after.decisionId).not.toBe(before.decisionId)
    expect(after.rank).toBeGreaterThan(before.rank!)
    expect(await decisionOf(before)).toMatchObject({ status: 'withdrawn', outcome: null })
    expect(await engine.count('decision_listens', `decision_id = '${before.decisionId}'`)).toBe(0)
  })

  test('its words say what to do, why with the figures, and what would happen, in both languages', async () => {
    const { reason } = await one('lead-waits')
    expect(stepWords('pt-BR', reason!, false)).toEqual({
      title: 'Escrever a um lead que espera',
      why: 'Chegou há 13 dias, score 90, e ninguém escreveu. O playbook nurture-lead está esperando.',
      does: expect.stringContaining('Nada é enviado'),
    })
    expect(stepWords('en', reason!, true)!.does).toContain('inbox')
    for (const code of [...STEP_CODES, ...Object.keys(STEP_RULES), ...RULES.map(({ name }) => name)])
      for (const locale of ['pt-BR', 'en'])
        expect(stepWords(locale, { code, values: {} }, false), `${code} ${locale}`).not.toBeNull()
  })

  test('one that is taken up is a durable task, and does what it said', async () => {
    const task = await one('lead-waits')
    const { id } = task
    await acceptTask(engine, engine.workspaceId, id)
    await outcomeOf(task, 'success')
    await expect.poll(async () => (await read(id)).status, { timeout: 20_000 }).toBe('completed')
    expect((await read(id)).result).toMatchObject({ text: expect.stringContaining('Bia') })
    expect(await engine.count('messages', `lead_id = '${waiting}'`)).toBe(0)
    await lookAgain()
    expect(await suggested('lead-waits')).toEqual([]) // taken up a moment ago: not again
  })

  test('one that is dismissed does not come back for the same reason for two weeks, and then it does', async () => {
    const task = await one('customer-unwell')
    await cancelTask(engine, engine.workspaceId, task.id, user)
    await outcomeOf(task, 'failure')
    await lookAgain()
    await lookAgain(10 * DAY)
    expect(await suggested('customer-unwell')).toEqual([])
    await lookAgain(5 * DAY)
    expect(await one('customer-unwell')).toMatchObject({ subjectId: unwell })
  })

  test('where the reason is over, the suggestion is taken back, and that is no refusal', async () => {
    const [task] = (await suggested('customer-unwell')) as [Task]
    await setHealth(90)
    await lookAgain()
    expect(await read(task.id)).toMatchObject({ status: 'cancelled', reason: { gone: true } })
    expect(await decisionOf(task)).toMatchObject({ status: 'withdrawn', outcome: null })
    await setHealth(50)
    await lookAgain(DAY)
    expect(await one('customer-unwell')).toMatchObject({ reason: { values: { health: 50 } } })
  })

  test('what only a person can do waits in the inbox when it is taken up, whoever hands what back', async () => {
    await engine.publish(`
id: fails
name: Fails
module: gestao
triggers: [{ event: gestao.asked }]
steps: [{ raise: { code: NEVER, message: always } }]`)
    for (let n = 0; n < 3; n++) await engine.emit('gestao.asked', {})
    await engine.settled()
    await lookAgain()
    const task = await one('module-fails')
    expect(task).toMatchObject({
      module: 'gestao',
      action: 'hand:look-at-failures',
      reason: { values: { failed: 3, playbook: 'fails' } },
    })
    expect(await acceptTask(engine, engine.workspaceId, task.id)).toMatchObject({ status: 'manual' })
    await expect(handBackTask(engine, engine.workspaceId, task.id, user)).rejects.toMatchObject({ code: 'CONFLICT' })
    await setManual(engine, engine.workspaceId, 'gestao', { reason: 'I look', by: user as UserId })
    await resumeModule(engine, engine.workspaceId, 'gestao', user as UserId)
    expect(await read(task.id)).toMatchObject({ status: 'manual', runId: null })
    await completeByHand(engine, engine.workspaceId, task.id, { by: user, result: 'mended' })
    expect(await read(task.id)).toMatchObject({ status: 'completed', result: 'mended' })
  })

  test('what is answered on the dashboard is answered here', async () => {
    await lookAgain()
    const { id } = await one('at-risk')
    const open = (await suggestedDecisions(engine, engine.workspaceId)).find(({ name }) => name === 'at-risk')
    expect(open).toMatchObject({ taskId: null })
    const answered = await answerSuggestion(engine, engine.workspaceId, { name: 'at-risk', accept: false, by: user })
    expect(answered).toMatchObject({ id, status: 'cancelled' })
    await lookAgain()
    expect(await suggested('at-risk')).toEqual([])
  })

  test('what people take up comes first by and by, though the rules see no difference', async () => {
    const steps = ['lead-silent', 'lead-waits'].map(code => ({
      source: `step:${code}:x`,
      module: 'pre_vendas' as const,
      action: 'hand:x',
      data: {},
      priority: 'medium' as const,
      reason: { code, values: {} },
    }))
    const order = async () => (await rankSteps(engine, engine.workspaceId, steps)).map(({ reason }) => reason.code)
    for (let n = 0; n < 60; n++) {
      const waits = n % 2 === 0
      const { id } = await requestDecision(engine, engine.workspaceId, {
        policy: 'next-step',
        inputs: {
          step: `x${n}`,
          rule: waits ? 'lead-waits' : 'lead-silent',
          module: 'pre_vendas',
          priority: 'medium',
          byHand: true,
        },
      })
      const outcome = waits ? 'success' : 'failure'
      await recordOutcome(engine, engine.workspaceId, { decisionId: id, outcome, source: 'test' })
    }
    expect(await order()).toEqual(['lead-waits', 'lead-silent'])
    const [first, last] = await rankSteps(engine, engine.workspaceId, steps)
    expect(first!.rank! - last!.rank!).toBeGreaterThan(20)
    await engine.sql.query({ name: '', text: `update decision_policies set slug = 'other' where slug = 'next-step'` })
    expect(await order()).toEqual(['lead-silent', 'lead-waits']) // without the policy, as the rules found them
    await engine.sql.query({ name: '', text: `update decision_policies set slug = 'next-step' where slug = 'other'` })
  })

  test('a brain that may not suggest does not, and one that may does again', async () => {
    await engine.sql.query({ name: '', text: `update workspaces set next_steps = 'off', steps_at = null` })
    await engine.advance(20 * DAY)
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(await engine.sql.query({ name: '', text: 'select steps_at as at from workspaces' })).toEqual([{ at: null }])
    await engine.sql.query({ name: '', text: `update workspaces set next_steps = 'suggest'` })
    await expect.poll(async () => (await suggested('lead-waits')).length, { timeout: 20_000 }).toBeGreaterThan(0)
  })
})

describe('the plan of next steps', () => {
  const now = new Date('2026-03-20T12:00:00Z')
  const step = (about: string, days = 4): Step => ({
    source: `step:lead-waits:${about}`,
    module: 'pre_vendas',
    action: 'hand:lead-waits',
    data: {},
    priority: 'medium',
    reason: { code: 'lead-waits', values: { days } },
  })
  const known = (about: string, status: Known['status'], daysAgo: number | null, gone = false): Known => ({
    id: about,
    source: `step:lead-waits:${about}`,
    status,
    reason: { values: { days: 4 }, code: 'lead-waits', ...(gone ? { gone: true as const } : {}) },
    finishedAt: daysAgo === null ? null : new Date(now.getTime() - daysAgo * DAY),
    key: `step:lead-waits:${about}:2026-03-16`,
    asked: null,
  })
  const added = (...args: Parameters<typeof planSteps>) => planSteps(...args).add.map(({ source }) => source.slice(16))

  test('no more than a rule may have open, the most pressing first; those that stand count', () => {
    const steps = ['a', 'b', 'c', 'd', 'e'].map(about => step(about))
    expect(added(steps, [], now)).toEqual(['a', 'b', 'c'])
    expect(added(steps, [known('e', 'suggested', null), known('a', 'manual', null)], now)).toEqual(['b', 'c'])
  })

  test('what was dismissed, done or failed rests; what was taken back does not', () => {
    const [a] = [step('a')]
    for (const status of ['cancelled', 'completed', 'failed'] as const) {
      expect(added([a], [known('a', status, 13)], now), status).toEqual([])
      expect(added([a], [known('a', status, 15)], now), status).toEqual(['a'])
    }
    expect(added([a], [known('a', 'cancelled', 0, true)], now)).toEqual(['a'])
  })

  test('other figures make it fresh, the same ones in another order do not', () => {
    expect(planSteps([step('a')], [known('a', 'suggested', null)], now)).toEqual({
      add: [],
      refresh: [],
      again: [],
      gone: [],
    })
    expect(planSteps([step('a', 5)], [known('a', 'suggested', null)], now).refresh).toEqual([
      { id: 'a', reason: { code: 'lead-waits', values: { days: 5 } } },
    ])
  })

  test('another day is no reason to decide again, another score is, and so is a step that was never decided on', () => {
    const asked = { rule: 'lead-waits', score: 40 }
    const standing = { ...known('a', 'suggested', null), asked: { ...asked, step: 'a', byHand: false } }
    const again = (score: number, task: Known) =>
      planSteps([{ ...step('a', 9), asked: { ...asked, score } }], [task], now).again.map(({ id, key }) => [id, key])
    expect(again(40, standing)).toEqual([])
    expect(again(80, standing)).toEqual([['a', 'step:lead-waits:a:2026-03-16']])
    expect(again(40, { ...standing, asked: null })).toHaveLength(1)
    const scoreless = planSteps([{ ...step('a'), asked: { rule: 'lead-waits' } }], [standing], now)
    expect(scoreless.again).toHaveLength(1) // it had a score then
  })
})
