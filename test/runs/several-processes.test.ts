import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCore, type OpenCore } from '../../core/core.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { openLine, REDIS } from '../support/redis.ts'
import { playbook } from './support.ts'

const NEVER_MS = 3_600_000
/** A first call of a process starts a sandbox. */
const PATIENCE = { timeout: 40_000 }
const PAUSE = `- uses: probe/pause\n  with: { ms: "\${{ int(event.lead.company) }}" }`
const MARK = `- uses: probe/mark\n  with: { leadId: "\${{ event.lead.id }}", text: once }`

describe('runs of several processes', () => {
  let engine: Engine
  let other: OpenCore
  let line: Awaited<ReturnType<typeof openLine>>

  const executing = () => expect.poll(() => engine.count('runs', 'lease_owner is not null'), PATIENCE).toBe(1)

  async function open(concurrency: number, pollMs: number) {
    line = await openLine()
    engine = await startEngine('postgres', {
      REDIS_URL: line.url,
      TRAE_WORKER_CONCURRENCY: String(concurrency),
      TRAE_LEASE_SECONDS: '600', // no heartbeat comes to help
    })
    other = await openCore({ ...engine.config, redisUrl: REDIS }, { clock: engine.clock, pollMs })
    await other.plugins.load(engine.workspaceId)
    await other.brain.open()
  }
  afterEach(async () => {
    await other.close(0)
    await engine.close()
    await line.close()
  })

  describe('of which one looks only when it is told', () => {
    beforeEach(() => open(1, NEVER_MS))

    it('a run goes to the process that has a place, while the other is busy', async () => {
      await engine.publish(playbook(PAUSE))
      const busy = await engine.capture({ email: 'one@example.com', company: '60000' })
      await executing()
      await engine.capture({ email: 'two@example.com', company: '1' })
      const done = () => engine.count('runs', `status = 'completed' and subject_id <> '${busy}'`)
      await expect.poll(done, { timeout: 25_000 }).toBe(1) // a call of a plugin ends after 30 s
      expect(await engine.count('runs', `finished_at is null and subject_id = '${busy}'`)).toBe(1)
    })

    it('who asks in one process that a run stops is heard by the process that executes it', async () => {
      await engine.publish(playbook(PAUSE))
      await engine.capture({ company: '60000' })
      await executing()
      const heard: string[] = []
      other.pubsub.on('run.updated', ({ runId }) => heard.push(runId))
      const { id } = await engine.run()
      await cancelRun(other, engine.workspaceId, id, { by: 'test' })
      await engine.settled()
      expect((await engine.run()).status).toBe('cancelled')
      await expect.poll(() => heard, PATIENCE).toContain(id)
    })
  })

  it('all are executed, each effect once, while Redis comes and goes and forgets everything', async () => {
    await open(2, 200)
    await engine.publish(playbook(`${PAUSE}\n${MARK}\n${PAUSE}`))
    const redis = new Redis(REDIS)
    const prefix = `trae:${engine.vault.derive('redis').slice(0, 16)}`
    for (let round = 0; round < 6; round++) {
      for (let index = 0; index < 8; index++)
        await engine.capture({ email: `${round}-${index}@example.com`, company: '5' })
      if (round % 2 === 0) line.cut()
      else line.mend()
      const keys = await redis.keys(`${prefix}*`)
      if (keys.length > 0) await redis.del(...keys)
    }
    line.mend()
    await expect.poll(() => engine.count('runs', "status = 'completed'"), PATIENCE).toBe(48)
    await engine.settled()
    redis.disconnect()
    expect(await engine.count('activities', "summary = 'once'")).toBe(48)
    expect(await engine.count('effects', 'settled_at is null')).toBe(0)
  })
})
