import { afterAll, beforeAll, expect, test } from 'vitest'
import { brainStatus } from '../../core/brain/brain-status.ts'
import { analyticsOverview } from '../../core/brain/analytics.ts'
import { type Engine, startEngine } from '../support/engine.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine('postgres')
})
afterAll(() => engine.close())

const playbook = (steps: string) => `
id: test
name: Test
module: pre_vendas
triggers: [{ event: lead.captured }]
steps: ${steps}`

const status = () => brainStatus(engine, engine.workspaceId)
const module = async () => (await status()).modules.find(({ key }) => key === 'pre_vendas')!

test('the state of a module follows its runs: idle, waiting, completed, error', async () => {
  expect(await module()).toMatchObject({ status: 'idle', queueSize: 0, errorRate: 0, lastExecutedAt: null })
  await engine.publish(playbook('[{ wait: 1m }]'))
  await engine.capture({ email: 'a@acme.com.br' })
  await engine.settled()
  expect(await module()).toMatchObject({ status: 'waiting' })
  await engine.advance(60_000)
  expect(await module()).toMatchObject({ status: 'completed', errorRate: 0 })
  await engine.publish(playbook('[{ uses: probe/flaky, with: { failures: 9, code: VALIDATION } }]'))
  for (const name of ['b', 'c']) await engine.capture({ email: `${name}@acme.com.br` })
  await engine.settled()
  expect(await module()).toMatchObject({ status: 'error', errorRate: 2 / 3 })
})

test('health is 100 less what its factors say, each with the figure it comes from', async () => {
  const { healthScore, healthFactors } = await status()
  expect(healthFactors).toEqual([{ name: 'failures', points: -27, value: '2 of 3', reason: expect.any(String) }])
  expect(healthScore).toBe(73)
})

test('a stopped brain claims nothing, says so, and goes on where it stopped, also after a restart of the process', async () => {
  await engine.brain.stop()
  await engine.publish(playbook('[{ set: { a: 1 } }]'))
  await engine.capture({ email: 'd@acme.com.br' })
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(await status()).toMatchObject({ running: false, queueSize: 1 })
  expect((await status()).healthFactors.map(factor => factor.name)).toContain('stopped')
  await engine.brain.open() // what a new process does: it finds the brain stopped
  expect(engine.brain.running).toBe(false)
  await engine.brain.start()
  await engine.settled()
  expect(await status()).toMatchObject({ running: true, queueSize: 0 })
  expect((await engine.runs())[0]).toMatchObject({ status: 'completed' })
})

test('a crowd of moving runs is told once a second', async () => {
  await new Promise(resolve => setTimeout(resolve, 1100))
  let told = 0
  const off = engine.pubsub.on('brain.changed', () => told++)
  for (let index = 0; index < 20; index++) await engine.capture({ email: `crowd-${index}@acme.com.br` })
  await engine.settled()
  await new Promise(resolve => setTimeout(resolve, 1200))
  off()
  expect(told).toBeGreaterThan(0)
  expect(told).toBeLessThanOrEqual(3)
})

test('the overview counts what is in the rows', async () => {
  const overview = await analyticsOverview(engine, engine.workspaceId, 30)
  expect(overview).toMatchObject({
    leadsProcessed: await engine.count('leads'),
    meetingsScheduled: 0,
    conversionRate: 0,
    runs: { completed: await engine.count('runs', "status = 'completed'"), failed: 2, open: 0 },
  })
})
