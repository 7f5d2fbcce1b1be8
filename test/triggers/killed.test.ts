import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import { createTestDatabase, DATABASE_KINDS } from '../support/database.ts'

const PLAYBOOK = `id: clockwork
name: Clockwork
module: gestao
triggers: [ { schedule: { every: 1h, missed: all } } ]
steps: [ { set: { at: '\${{ event.scheduledAt }}' } } ]
`
const POINTS: readonly CrashPoint[] = ['schedule.fired', 'event.dispatched', 'run.claimed']

describe.each(DATABASE_KINDS)('a process that is killed, on %s', kind => {
  const cleanups: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  it.each(POINTS)('at %s: every tick has one run in the end', { timeout: 60_000 }, async point => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trae-schedule-'))
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
    const database = kind === 'postgres' ? await createTestDatabase() : undefined
    if (database) cleanups.push(() => database.drop())
    const home = {
      TRAE_DATA_DIR: dataDir,
      TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      TRAE_LEASE_SECONDS: '1',
      TRAE_LOG_LEVEL: 'error',
      TEST_PLAYBOOK: PLAYBOOK,
      ...(database ? { DATABASE_URL: database.url } : {}),
    }
    const first = live({
      ...home,
      TEST_NOW: '2026-03-02T12:00:00Z',
      TEST_ADVANCE: '10800000',
      TRAE_CRASH_AT: `${point}:1`,
    })
    expect((await once(first, 'exit'))[1]).toBe('SIGKILL')

    const second = live({ ...home, TEST_NOW: '2026-03-02T15:30:00Z', TEST_ADVANCE: '0' })
    await once(second, 'message')
    let there: Record<string, number> = {}
    for (const deadline = Date.now() + 20_000; Date.now() < deadline && there['completed'] !== 3;) {
      const answer = once(second, 'message')
      second.send('what is there?')
      there = (await answer)[0] as Record<string, number>
    }
    const ended = once(second, 'exit')
    second.disconnect()
    await ended
    expect(there).toEqual({ events: 3, undispatched: 0, runs: 3, completed: 3 })
  })
})

function live(environment: Record<string, string>): ChildProcess {
  return fork(join(import.meta.dirname, 'scheduler-process.ts'), {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    execArgv: ['--no-node-snapshot'],
  })
}
