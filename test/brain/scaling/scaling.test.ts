import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readScaling } from '../../../core/brain/scaling/scaling.ts'
import { DATABASE_KINDS } from '../../support/database.ts'
import { type Engine, startEngine } from '../../support/engine.ts'

describe.each(DATABASE_KINDS)('scaling on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  const run = (text: string, values: readonly unknown[] = []) => engine.sql.query({ name: '', text }, [...values])
  const soon = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

  test('busy processes ask for one more, calm ones for one less, each with its reason and in its time', async () => {
    const changes: (string | null)[] = []
    engine.pubsub.on('brain.changed', ({ workspaceId }) => changes.push(workspaceId))
    const until = new Date(engine.clock.now().getTime() + 24 * 3_600_000)
    await run('truncate processes, scaling, scaling_changes')
    await run(
      `insert into processes (id, process, cpu, seen_at) select gen_random_uuid(), 'p' || n, 1, $1 from generate_series(1, 3) n`,
      [until],
    )
    // This process says nothing of itself meanwhile: how busy a test is, is another matter
    await run(`create function quiet() returns trigger language plpgsql as 'begin return null; end'`)
    await run('create trigger quiet before insert on processes for each row execute function quiet()')
    await run(`delete from processes where process not like 'p_'`)
    const stored = async () =>
      (await engine.sql.query<{ wanted: string | null }>({ name: '', text: 'select wanted from scaling' }))[0]
    await soon(async () => (await stored())?.wanted ?? null).toBeNull()
    await run(`update scaling set workers = 3`)
    await soon(async () => (await stored())?.wanted).toBe('up')
    expect((await readScaling(engine)).recommendedWorkers).toBe(3)
    engine.clock.advance(31_000)
    await soon(() => readScaling(engine)).toMatchObject({
      workers: 3,
      recommendedWorkers: 4,
      reasons: [{ code: 'cpu', figure: 1 }],
    })
    expect(changes).toContain(null)
    expect(await engine.metrics.registry.getSingleMetricAsString('trae_recommended_workers')).toMatch(/ 4$/)

    await run('update processes set cpu = 0.1')
    await soon(async () => (await stored())?.wanted).toBe('down')
    engine.clock.advance(301_000)
    await soon(async () => (await readScaling(engine)).recommendedWorkers).toBe(3)
    const told = await run('select from_workers, to_workers, reasons from scaling_changes order by at desc limit 1')
    expect(told).toMatchObject([{ from_workers: 4, to_workers: 3, reasons: [{ code: 'idle' }] }])
  })
})
