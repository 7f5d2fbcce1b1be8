import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Journal } from '../../core/runs/journal.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { Worker } from '../../core/runs/worker.ts'
import type { Statement } from '../../core/sql.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const NEVER_MS = 3_600_000

describe.each(DATABASE_KINDS)(
  'a run that is rung for when it is over and its worker does not know yet, on %s',
  kind => {
    let engine: Engine
    beforeAll(async () => void (engine = await startEngine(kind)))
    afterAll(() => engine.close())

    test('is looked at at once, also by a worker that never looks by itself', async () => {
      await engine.publish(playbook('- id: no\n  raise: { code: NOT_NOW, message: as asked }'))
      await engine.brain.stop()
      await engine.capture()
      await dispatchEvents(engine)
      const { id } = await engine.run()
      let restarts = 0
      /** Somebody restarts the run between the commit of its end and the answer of the database. */
      const sql: Engine['sql'] = {
        ...engine.sql,
        async query<Row>(statement: Statement, parameters?: readonly unknown[]) {
          const rows = await engine.sql.query<Row>(statement, parameters)
          if (
            statement.name.startsWith('journal-') &&
            JSON.stringify(parameters).includes('run.failed') &&
            restarts < 3
          ) {
            restarts++
            await restartRun(engine, engine.workspaceId, id, { by: 'test' })
            await new Promise(resolve => setTimeout(resolve, 50)) // the bell has rung
          }
          return rows
        },
      }
      const owner = randomUUID()
      const journal = new Journal({ ...engine, sql }, owner)
      const worker = new Worker(
        { ...engine, sql, journal },
        { owner, concurrency: 5, leaseMs: NEVER_MS, pollMs: NEVER_MS },
      )
      worker.start()
      await expect.poll(() => restarts, { timeout: 30_000 }).toBe(3)
      await expect.poll(async () => (await engine.run()).status, { timeout: 30_000 }).toBe('failed')
      await worker.stop()
      journal.close()
    })
  },
)
