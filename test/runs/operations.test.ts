import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { decideEffect } from '../../core/runs/decide-effect.ts'
import { listJournal } from '../../core/runs/read-runs.ts'
import { releaseRun } from '../../core/runs/release-run.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const BY = { by: '0190a000-0000-7000-8000-000000000001' }

const mark = (id: string, text: string, rest = '') => `
- id: ${id}
  uses: probe/mark
  with: { leadId: '\${{ lead.id }}', text: '${text}' }${rest && `\n  ${rest}`}`
/** Fails while the name of the lead is Ana. */
const fails = (id: string) => `
- id: ${id}
  if: \${{ lead.name == "Ana Souza" }}
  raise: { code: NOT_NOW, message: as asked }`

describe.each(DATABASE_KINDS)('Promise 11, restart and replay: operations on runs on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  async function walk(steps: string, rest = '') {
    await engine.publish(playbook(steps.trim(), rest))
    await engine.capture()
    await engine.settled()
    return engine.run()
  }
  const rename = () => engine.sql.query({ name: '', text: `update leads set name = 'Bia'` })
  const marks = async () =>
    (
      await engine.sql.query<{ summary: string }>({
        name: '',
        text: `select summary from activities where kind = 'NOTE' order by id`,
      })
    ).map(row => row.summary)
  const journal = async (runId: string) => listJournal(engine, engine.workspaceId, runId, { first: 1000 })
  const statusOf = async (runId: string) => (await engine.runs()).find(run => run.id === runId)!.status
  /** The worker stops and another takes its runs up from what is stored. */
  async function otherWorker(): Promise<void> {
    await engine.brain.stop()
    await engine.brain.start()
    await engine.settled()
  }

  test('a failed run that is restarted tries what failed and sends nothing a second time', async () => {
    const run = await walk(mark('first', 'one') + fails('second') + mark('third', 'three'))
    expect(run).toMatchObject({ status: 'failed', error: { code: 'NOT_NOW' } })
    await rename()
    await restartRun(engine, engine.workspaceId, run.id, BY)
    expect(await engine.steps(run.id)).toMatchObject({ first: { status: 'completed' } })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ id: run.id, status: 'completed', error: null, reason: null })
    expect(await marks()).toEqual(['one', 'three'])
    expect(await engine.steps(run.id)).toMatchObject({ second: { status: 'skipped' }, third: { status: 'completed' } })
    expect((await journal(run.id)).find(entry => entry.kind === 'run.restarted')).toMatchObject({
      data: { ...BY, again: ['second'], was: { status: 'failed' } },
    })
  })

  test('a restart survives the death of its worker, and a failure is a failure again', async () => {
    const run = await walk(mark('first', 'one') + fails('second'))
    await engine.brain.stop()
    await restartRun(engine, engine.workspaceId, run.id, BY)
    expect(await engine.run()).toMatchObject({ status: 'queued' })
    expect(await engine.steps(run.id)).toMatchObject({ second: { status: 'pending' } })
    await otherWorker()
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'NOT_NOW', path: 'second' } })
    expect(await marks()).toEqual(['one'])
  })

  test('of a loop only the iterations that failed are tried again, and in them only what failed', async () => {
    const run = await walk(`
- id: each
  forEach: { in: '\${{ ["a", "b"] }}', as: letter }
  do:
    - id: said
      uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: '\${{ vars.letter }}' }
    - id: maybe
      if: \${{ lead.name == "Ana Souza" && vars.letter == "b" }}
      raise: { code: NOT_NOW, message: as asked }`)
    expect(run).toMatchObject({ status: 'failed', error: { path: 'each[1].maybe' } })
    await rename()
    const before = (await journal(run.id)).length
    await restartRun(engine, engine.workspaceId, run.id, BY)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await marks()).toEqual(['a', 'b'])
    const since = (await journal(run.id)).slice(before)
    expect(since.filter(entry => entry.kind === 'step.started')).toEqual([]) // no effect was even tried
  })

  test('a failure that the playbook dealt with is not tried again', async () => {
    const run = await walk(
      `
- id: shrug
  onError: continue
  if: \${{ lead.name == "Ana Souza" }}
  raise: { code: SHRUG, message: as asked }
- id: guard
  try:
    - id: inner
      raise: { code: CAUGHT, message: as asked }
  catch:
    as: oops
    do:
      - set: { caught: true }` + fails('last'),
    )
    expect(run).toMatchObject({ status: 'failed', error: { path: 'last' } })
    await rename()
    await restartRun(engine, engine.workspaceId, run.id, BY)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await engine.steps(run.id)).toMatchObject({ shrug: { status: 'failed' } })
    expect((await journal(run.id)).find(entry => entry.kind === 'run.restarted')!.data!['again']).toEqual(['last'])
  })

  test('a cancelled run says who stopped it, and goes on when it is restarted', async () => {
    const run = await walk(`${mark('first', 'one')}\n- id: pause\n  wait: 1h${mark('second', 'two')}`)
    await cancelRun(engine, engine.workspaceId, run.id, { ...BY, reason: 'too early' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'cancelled', reason: { code: 'CANCELLED', ...BY } })
    await restartRun(engine, engine.workspaceId, run.id, BY)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await engine.advance(3_600_000)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await marks()).toEqual(['one', 'two'])
  })

  test('a run that is under way, completed or unknown is not restarted', async () => {
    const run = await walk('- wait: 1h')
    await expect(restartRun(engine, engine.workspaceId, run.id, BY)).rejects.toMatchObject({ code: 'CONFLICT' })
    await engine.advance(3_600_000)
    await expect(restartRun(engine, engine.workspaceId, run.id, BY)).rejects.toThrow(/is completed/)
    const other = '0190a000-0000-7000-8000-00000000000f'
    await expect(restartRun(engine, engine.workspaceId, other, BY)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a replay reuses what came before the step, and computes and sends the rest anew as a run of its own', async () => {
    const steps = `${mark('first', 'one')}
- id: said
  uses: probe/echo
  with: { value: '\${{ steps.first.output.key }}' }${mark('third', 'three')}`
    const run = await walk(
      steps,
      "outputs: { key: '${{ steps.said.output.value }}', third: '${{ steps.third.output.key }}' }",
    )
    const id = await replayRun(engine, engine.workspaceId, run.id, { from: 'said', version: 'origin', ...BY })
    await engine.settled()
    const [replay, origin] = await engine.runs()
    expect(origin).toEqual(run)
    expect(replay).toMatchObject({ id, status: 'completed', originRunId: run.id, originPath: 'said' })
    expect(replay!.output).toEqual({ key: `${run.id}/first`, third: `${id}/third` })
    expect(await marks()).toEqual(['one', 'three', 'three'])
  })

  test('a replay inside a loop computes that iteration anew and keeps the others', async () => {
    const run = await walk(
      `
- id: each
  forEach: { in: '\${{ ["a", "b", "c"] }}', as: letter }
  do:
    - id: before
      uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: 'before \${{ vars.letter }}' }
    - id: send
      uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: '\${{ vars.letter }}' }` + mark('after', 'after'),
    )
    const sent = await marks()
    expect(sent).toHaveLength(7)
    await engine.brain.stop()
    await replayRun(engine, engine.workspaceId, run.id, { from: 'each[1].send', version: 'origin', ...BY })
    await otherWorker()
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed' })
    expect((await marks()).slice(7)).toEqual(['b', 'after'])
  })

  test('a replay with the current version needs steps that are there, and says which ones', async () => {
    const run = await walk(mark('first', 'one') + mark('second', 'two'))
    const from = (path: string, version: 'origin' | 'current') =>
      replayRun(engine, engine.workspaceId, run.id, { from: path, version, ...BY })
    await expect(from('nowhere', 'origin')).rejects.toThrow(/can be replayed from first, second/)
    await engine.publish(playbook((mark('first', 'one') + mark('new', 'new')).trim()))
    await expect(from('second', 'current')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await from('first', 'current')
    await engine.settled()
    expect(await marks()).toEqual(['one', 'two', 'one', 'new'])
  })

  describe('Promise 3, effects: an effect whose outcome is unknown', () => {
    /** Stops at an effect that was under way when its worker died. */
    async function quarantined(rest = '') {
      await engine.publish(
        playbook(
          `- id: risky
  uses: probe/unrepeatable
  with: { leadId: '\${{ lead.id }}', text: risky }${rest}${mark('after', 'after')}`,
        ),
      )
      await engine.brain.stop()
      await engine.capture()
      const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
      await dispatchEvents(engine)
      const { id, workspaceId } = { ...(await engine.run()), workspaceId: engine.workspaceId }
      await engine.sql.query(
        {
          name: '',
          text: `insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
                 values ($1, 1, $2, 'run.started', null, null, '{}', $3), ($1, 2, $2, 'step.started', 'risky', 1, '{}', $3)`,
        },
        [id, workspaceId, engine.clock.now()],
      )
      await engine.sql.query({ name: '', text: 'update runs set lease_epoch = 1 where id = $1' }, [id])
      await engine.brain.start()
      await engine.settled()
      expect(await engine.run()).toMatchObject({ status: 'quarantined', reason: { code: 'UNKNOWN_EFFECT' } })
      return id
    }
    const decide = (id: string, decision: Parameters<typeof decideEffect>[4]) =>
      decideEffect(engine, engine.workspaceId, id, 'risky', decision)

    test('was sent, says a person: the run goes on after it', async () => {
      const id = await quarantined()
      await expect(releaseRun(engine, engine.workspaceId, id, BY)).rejects.toThrow(/Decide that first/)
      await expect(restartRun(engine, engine.workspaceId, id, BY)).rejects.toThrow(/quarantine/)
      await decide(id, { decision: 'sent', output: { id: 'far' }, ...BY })
      await engine.settled()
      expect(await engine.run()).toMatchObject({ status: 'completed' })
      expect(await marks()).toEqual(['after'])
      expect((await engine.steps(id))['risky']).toMatchObject({ status: 'completed', output: { id: 'far' } })
      expect((await journal(id)).find(entry => entry.kind === 'effect.decided')).toMatchObject({
        path: 'risky',
        data: { decision: 'sent', ...BY },
      })
      expect(await engine.count('effects', `status = 'sent'`)).toBe(2)
      await expect(decide(id, { decision: 'sent', ...BY })).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    test('was not sent, says a person: it is sent, once, also where the worker dies in between', async () => {
      const id = await quarantined()
      await engine.brain.stop()
      await decide(id, { decision: 'notSent', ...BY })
      await otherWorker()
      expect(await statusOf(id)).toBe('completed')
      expect(await marks()).toEqual(['risky', 'after'])
    })

    test('failed, says a person: the playbook says what follows', async () => {
      const id = await quarantined('\n  onError: continue')
      await decide(id, { decision: 'failed', ...BY })
      await engine.settled()
      expect(await statusOf(id)).toBe('completed')
      expect(await marks()).toEqual(['after'])
      expect((await engine.steps(id))['risky']).toMatchObject({ status: 'failed', error: { code: 'UNKNOWN_OUTCOME' } })
    })
  })

  test('a run that was put in quarantine for crashes goes on when it is released', async () => {
    const run = await walk(`- wait: 1h${mark('after', 'after')}`)
    await engine.sql.query(
      {
        name: '',
        text: `update runs set status = 'quarantined', due_at = null, finished_at = $1, reason = '{"code": "QUARANTINE"}'`,
      },
      [engine.clock.now()],
    )
    await releaseRun(engine, engine.workspaceId, run.id, BY)
    await engine.advance(3_600_000)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await marks()).toEqual(['after'])
    expect((await journal(run.id)).filter(entry => entry.kind === 'run.released')).toMatchObject([{ data: BY }])
  })
})
