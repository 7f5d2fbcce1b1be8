import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookAtScaling, readScaling, scalingChanges, scalingSentence } from '../../../core/brain/scaling/scaling.ts'
import { DATABASE_KINDS } from '../../support/database.ts'
import { appendEvent } from '../../../core/events/append-event.ts'
import { newId } from '../../../core/ids.ts'
import { openTestCore } from '../../support/core.ts'
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
    await engine.publish(`
id: scale
name: Scale
module: gestao
triggers: [{ event: scaling.recommended }]
steps: [{ return: '\${{ event.from }} -> \${{ event.to }}: \${{ event.reason }}' }]`)
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
      (
        await engine.sql.query<{ workers: number; wanted: string | null }>({
          name: '',
          text: 'select workers, wanted from scaling',
        })
      )[0]
    // A look that is under way stores the number that it has read: it is put right until one begins with three
    await soon(async () => {
      await run('update scaling set workers = 3 where workers <> 3')
      return stored()
    }).toEqual({ workers: 3, wanted: 'up' })
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
    expect(
      await run(`select data from events where type = 'scaling.recommended' order by created_at desc limit 1`),
    ).toEqual([
      {
        data: {
          from: 4,
          to: 3,
          reason: 'idle',
          figure: expect.closeTo(0.1, 3),
          reasons: [{ code: 'idle', figure: expect.closeTo(0.1, 3) }],
        },
      },
    ])
    // A playbook has heard of it: each change once
    await soon(() => engine.count('runs', `output = '"4 -> 3: idle"'::jsonb`)).toBe(1)
    expect(await engine.count('runs', `output = '"3 -> 4: cpu"'::jsonb`)).toBe(1)
    const history = await scalingChanges(engine, 2)
    expect(history.map(({ from, to }) => [from, to])).toEqual([
      [4, 3],
      [3, 4],
    ])
    expect(scalingSentence('en', history[1]!.reasons[0]!)).toBe('The processes use 100% of a core on average.')
    expect(told).toMatchObject([{ from_workers: 4, to_workers: 3, reasons: [{ code: 'idle' }] }])
  })

  test('events that nobody takes up ask for as many processes as there are twenties of them', async () => {
    const core = await openTestCore(kind) // nobody is at work
    try {
      const { sql, clock, workspaceId } = core
      const fence = { owner: newId(), token: 1 }
      const until = new Date(clock.now().getTime() + 3_600_000)
      const lead = {
        name: '',
        text: `insert into brain_leader (id, owner, token, process, since, until) values (1, $1, 1, 'p', $2, $2)`,
      }
      await sql.query(lead, [fence.owner, until])
      const there = `insert into processes (id, process, cpu, seen_at) select gen_random_uuid(), 'p' || n, 0.5, $1 from generate_series(1, 3) n`
      await sql.query({ name: '', text: there }, [until])
      for (let n = 0; n < 61; n++)
        await appendEvent(
          sql,
          workspaceId,
          { type: 'x.happened', subjectId: null, data: { n }, source: 'test' },
          clock.now(),
        )
      clock.advance(10_000) // younger is no waiting
      await lookAtScaling(core, fence)
      clock.advance(30_000)
      await lookAtScaling(core, fence)
      expect(await readScaling(core)).toMatchObject({
        workers: 3,
        recommendedWorkers: 4,
        reasons: [{ code: 'queue', figure: 61 }],
      })
    } finally {
      await core.close()
    }
  })
})
