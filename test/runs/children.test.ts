import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { appendEvent } from '../../core/events/append-event.ts'
import { newId, type PlaybookId, type RunId } from '../../core/ids.ts'
import { BY_HAND } from '../../core/playbooks/match-playbooks.ts'
import { pausePlaybook } from '../../core/publishing/playbook-status.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { listJournal, type RunRecord } from '../../core/runs/read-runs.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const BY = { by: '0190a000-0000-7000-8000-000000000001' }
const mark = (text: string) => `- uses: probe/mark\n  with: { leadId: '\${{ lead.id }}', text: '${text}' }`
/** Fails while the name of the lead is Ana. */
const FAILS = `- if: \${{ lead.name == "Ana Souza" }}\n  raise: { code: NOT_NOW, message: as asked }`

describe.each(DATABASE_KINDS)('a playbook that starts another on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const child = (steps: string, rest = '', id = 'child') =>
    engine.publish(`
id: ${id}
name: Child
module: pre_vendas
triggers: []
steps:
${steps.replace(/^/gm, '  ')}
${rest}`)
  async function walk(steps: string, rest = '') {
    await engine.publish(playbook(steps, rest))
    await engine.capture()
    await engine.settled()
    return parent()
  }
  const byPath = async (): Promise<{ parent: RunRecord; children: RunRecord[] }> => {
    const runs = await engine.runs()
    return {
      parent: runs.find(run => run.parentRunId === null)!,
      children: runs.filter(run => run.parentRunId !== null).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    }
  }
  const parent = async () => (await byPath()).parent
  const children = async () => (await byPath()).children
  const rename = () => engine.sql.query({ name: '', text: `update leads set name = 'Bia'` })
  const marks = async () =>
    (
      await engine.sql.query<{ summary: string }>({
        name: '',
        text: `select summary from activities where kind = 'NOTE' order by id`,
      })
    ).map(row => row.summary)
  const restart = (run: RunRecord) => restartRun(engine, engine.workspaceId, run.id, BY)
  const stepOf = async (run: RunRecord, path: string) => (await engine.steps(run.id))[path]

  test('waits for it without a worker, over restarts, and has its outputs', async () => {
    await child(
      `- wait: 1h\n${mark('child')}`,
      `inputs: { n: { type: integer, required: true } }\noutputs: { twice: '\${{ inputs.n * 2 }}', who: '\${{ lead.name }}' }`,
    )
    const run = await walk(
      `- id: sub\n  uses: playbook/child\n  with: { n: 21 }\n${mark('after')}`,
      `outputs: { all: '\${{ steps.sub.output }}' }`,
    )
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'RUN' } })
    const [sub] = await children()
    expect(sub).toMatchObject({ status: 'waiting', parentRunId: run.id, subjectId: run.subjectId, inputs: { n: 21 } })
    expect(await stepOf(run, 'sub')).toMatchObject({
      status: 'waiting',
      uses: 'playbook/child',
      reason: { code: 'RUN' },
    })
    await engine.brain.stop()
    await engine.brain.start()
    await engine.settled()
    expect(await children()).toHaveLength(1)
    await engine.advance(3_600_000)
    expect(await parent()).toMatchObject({ status: 'completed', output: { all: { twice: 42, who: 'Ana Souza' } } })
    expect(await marks()).toEqual(['child', 'after'])
  })

  test('await: false starts it and goes on', async () => {
    await child('- wait: 1h')
    const run = await walk(
      '- id: sub\n  uses: playbook/child\n  await: false',
      `outputs: { id: '\${{ steps.sub.output.runId }}' }`,
    )
    const [sub] = await children()
    expect(run).toMatchObject({ status: 'completed', output: { id: sub!.id } })
    expect(sub).toMatchObject({ status: 'waiting', parentRunId: run.id })
  })

  test('a run that fails is an error of the step that names it, and is caught by its code', async () => {
    await child(FAILS)
    const failed = await walk('- id: sub\n  uses: playbook/child')
    const [sub] = await children()
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'NOT_NOW', path: 'sub' } })
    expect(failed.error!.message).toBe(`playbook/child: run ${sub!.id} failed: as asked`)
    await engine.wipe()
    await child(FAILS)
    const caught = await walk(
      `- try:\n    - uses: playbook/child\n  catch:\n    errors: [NOT_NOW]\n    do:\n      - return: { caught: '\${{ vars.error.code }}' }`,
    )
    expect(caught).toMatchObject({ status: 'completed', output: { caught: 'NOT_NOW' } })
    await engine.wipe()
    await child(FAILS)
    expect(await walk('- uses: playbook/child\n  onError: continue')).toMatchObject({ status: 'completed' })
  })

  test('a run that somebody cancels is an error of the step', async () => {
    await child('- wait: 1h')
    await walk('- id: sub\n  uses: playbook/child')
    const [sub] = await children()
    await cancelRun(engine, engine.workspaceId, sub!.id, { by: 'ana', reason: 'not needed' })
    await engine.settled()
    expect(await parent()).toMatchObject({
      status: 'failed',
      error: { code: 'CANCELLED', message: expect.stringContaining(`run ${sub!.id} was cancelled`) },
    })
  })

  test('cancelling the parent cancels it, and its finally runs', async () => {
    await child('- wait: 1h', `finally:\n${mark('cleaned up').replace(/^/gm, '  ')}`)
    const run = await walk('- id: sub\n  uses: playbook/child')
    await cancelRun(engine, engine.workspaceId, run.id, { by: 'ana' })
    await engine.settled()
    const { parent, children } = await byPath()
    expect(parent).toMatchObject({ status: 'cancelled' })
    expect(children).toMatchObject([{ status: 'cancelled', reason: { by: `run:${run.id}` } }])
    expect(await marks()).toEqual(['cleaned up'])
  })

  test('the loser of a race is cancelled; each iteration of a loop and each branch has a run', async () => {
    await child(
      `- wait: '\${{ inputs.time }}'`,
      `inputs: { time: { type: string } }\noutputs: { time: '\${{ inputs.time }}' }`,
    )
    const run = await walk(
      `
- id: first
  parallel:
    mode: race
    branches:
      fast: [ { uses: playbook/child, with: { time: 1h } } ]
      slow: [ { uses: playbook/child, with: { time: 2d } } ]
- id: each
  forEach: { in: '\${{ ["10m", "20m"] }}', as: time, limit: 2 }
  do:
    - uses: playbook/child
      with: { time: '\${{ vars.time }}' }`,
      `outputs: { each: '\${{ steps.each.output }}' }`,
    )
    await engine.advance(3_600_000)
    const stands = async () =>
      (await children()).map(one => `${(one.inputs as { time: string }).time} ${one.status}`).toSorted()
    expect(await stands()).toEqual(['10m waiting', '1h completed', '20m waiting', '2d cancelled'])
    await engine.advance(600_000)
    await engine.advance(600_000)
    expect(await parent()).toMatchObject({
      id: run.id,
      status: 'completed',
      output: { each: [{ time: '10m' }, { time: '20m' }] },
    })
  })

  test('a timeout cancels it; the next attempt goes on with the same run, and what was done is not done twice', async () => {
    await child(`${mark('once')}\n- wait: 1h\n${FAILS}\n${mark('end')}`)
    await walk('- id: sub\n  uses: playbook/child\n  timeout: 10m\n  retry: { maxAttempts: 2, delay: 1m, jitter: 0 }')
    await engine.advance(600_000)
    expect(await children()).toMatchObject([{ status: 'cancelled' }])
    expect(await parent()).toMatchObject({ status: 'retrying' })
    await engine.advance(60_000)
    expect(await children()).toMatchObject([{ status: 'waiting' }])
    await engine.advance(600_000)
    expect(await parent()).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } })
    expect(await children()).toMatchObject([{ status: 'cancelled' }])
    expect(await marks()).toEqual(['once'])
  })

  test('retry restarts the run that failed, where its code may be repeated', async () => {
    await child(
      `${mark('once')}\n- if: \${{ lead.name == "Ana Souza" }}\n  raise: { code: AWAY, message: not there, retryable: true }\n${mark('end')}`,
    )
    await walk('- id: sub\n  uses: playbook/child\n  retry: { maxAttempts: 2, delay: 1m, jitter: 0 }')
    expect(await parent()).toMatchObject({ status: 'retrying' })
    await rename()
    await engine.advance(60_000)
    expect(await parent()).toMatchObject({ status: 'completed' })
    expect(await children()).toMatchObject([{ status: 'completed' }])
    expect(await marks()).toEqual(['once', 'end'])
  })

  test('a restart of the parent restarts the run that failed', async () => {
    await child(`${mark('once')}\n${FAILS}`)
    const run = await walk('- id: sub\n  uses: playbook/child')
    await rename()
    await restart(run)
    await engine.settled()
    expect(await byPath()).toMatchObject({ parent: { status: 'completed' }, children: [{ status: 'completed' }] })
    expect(await marks()).toEqual(['once'])
  })

  test('a run whose parent has failed is restarted by itself, and the parent then takes what it came to', async () => {
    await child(`${mark('once')}\n${FAILS}`, 'outputs: { done: true }')
    const run = await walk('- id: sub\n  uses: playbook/child', `outputs: { sub: '\${{ steps.sub.output }}' }`)
    await rename()
    await restart((await children())[0]!)
    await engine.settled()
    expect(await byPath()).toMatchObject({ parent: { status: 'failed' }, children: [{ status: 'completed' }] })
    await restart(run)
    await engine.settled()
    expect(await parent()).toMatchObject({ status: 'completed', output: { sub: { done: true } } })
    expect(await children()).toHaveLength(1)
    expect(await marks()).toEqual(['once'])
  })

  test('a replay from a later step starts no other run, one from the step does', async () => {
    await child(mark('child'), 'outputs: { done: true }')
    const run = await walk(
      `- id: sub\n  uses: playbook/child\n- id: last\n  set: { sub: '\${{ steps.sub.output }}' }`,
      `outputs: { sub: '\${{ vars.sub }}' }`,
    )
    const later = await replayRun(engine, engine.workspaceId, run.id, { from: 'last', version: 'origin', ...BY })
    await engine.settled()
    expect((await engine.runs()).find(one => one.id === later)).toMatchObject({
      status: 'completed',
      output: { sub: { done: true } },
    })
    expect(await children()).toHaveLength(1)
    const anew = await replayRun(engine, engine.workspaceId, run.id, { from: 'sub', version: 'origin', ...BY })
    await engine.settled()
    expect((await children()).map(one => one.parentRunId)).toEqual([run.id, anew])
  })

  test('a playbook that is away, or does not let the run in, is an error and nobody waits', async () => {
    await child('- wait: 1h', `enrollment: { subject: '\${{ event.leadId }}' }`)
    await engine.publish(playbook('- id: sub\n  uses: playbook/child'))
    await engine.capture()
    await engine.settled()
    await engine.capture({ email: 'ana@acme.com.br' })
    await engine.settled()
    const refused = (await engine.runs()).filter(run => run.status === 'failed')
    expect(refused).toMatchObject([
      {
        parentRunId: null,
        error: { code: 'CONFLICT', message: expect.stringContaining('was not let in: its enrollment') },
      },
    ])
  })

  test('a playbook that is paused before the start is dispatched answers the step', async () => {
    await child('- wait: 1h')
    const run = await walk('- id: sub\n  uses: playbook/child')
    const [sub] = await children()
    await pausePlaybook(engine, engine.workspaceId, sub!.playbookId)
    // as if the step had stored another start just now
    const later = newId<RunId>()
    await engine.sql.query({ name: '', text: 'update waits set child_run_id = $1 where run_id = $2' }, [later, run.id])
    const target = {
      playbookId: sub!.playbookId as PlaybookId,
      trigger: BY_HAND,
      runId: later,
      parent: { runId: run.id as RunId, path: 'sub', awaits: true },
    }
    const event = { type: 'manual.started', subjectId: null, data: {}, source: 'test', target }
    await appendEvent(engine.sql, engine.workspaceId, event, engine.clock.now())
    engine.queue.ring('events')
    await engine.settled()
    expect(await parent()).toMatchObject({
      status: 'failed',
      error: { code: 'CONFLICT', message: expect.stringContaining('paused or archived') },
    })
  })

  test('a start that its step needs no longer is not dispatched', async () => {
    await child('- wait: 1h')
    const run = await walk('- id: sub\n  uses: playbook/child')
    const [sub] = await children()
    const target = {
      playbookId: sub!.playbookId as PlaybookId,
      trigger: BY_HAND,
      runId: newId<RunId>(),
      parent: { runId: run.id as RunId, path: 'sub', awaits: true },
    }
    const event = { type: 'manual.started', subjectId: null, data: {}, source: 'test', target }
    await appendEvent(engine.sql, engine.workspaceId, event, engine.clock.now())
    engine.queue.ring('events')
    await engine.settled()
    expect(await byPath()).toMatchObject({ parent: { status: 'waiting' }, children: [{ id: sub!.id }] })
  })

  test.each([
    ['concurrency: { limit: 1, behavior: cancelNew }', 'CANCELLED', 'were executing'],
    ['concurrency: { limit: 1, behavior: fail }', 'CONFLICT', 'all places were taken'],
    ['rateLimit: { limit: 1, per: 1h, behavior: drop }', 'CANCELLED', 'rateLimit lets no more'],
  ])('%s refuses the second with an error', async (rest, code, message) => {
    await child('- uses: probe/pause\n  with: { ms: 1000 }', rest)
    const run = await walk(
      `
- id: both
  parallel:
    mode: settled
    branches:
      one: [ { uses: playbook/child } ]
      two: [ { uses: playbook/child } ]`,
      `outputs: { both: '\${{ steps.both.output }}' }`,
    )
    expect(run).toMatchObject({ status: 'completed' })
    const both = (run.output as { both: { status: string; error?: { code: string; message: string } }[] }).both
    expect(both.map(one => one.status).toSorted()).toEqual(['completed', 'failed'])
    expect(both.find(one => one.error)!.error).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('a start with wrong inputs or an unknown subject changes nothing but the step', async () => {
    await child('- set: { a: 1 }', 'inputs: { n: { type: integer, required: true } }')
    const wrong = await walk(`- id: sub\n  uses: playbook/child\n  with: { n: '\${{ default(event.nothing, "x") }}' }`)
    expect(wrong).toMatchObject({ status: 'failed', error: { code: 'VALIDATION' } })
    expect(await children()).toEqual([])
    await engine.wipe()
    await child('- set: { a: 1 }')
    const about = await walk(`- uses: playbook/child\n  subject: \${{ null }}`)
    expect(about).toMatchObject({ status: 'completed' })
    expect(await children()).toMatchObject([{ subjectId: null }])
  })

  test('runs start each other at most ten deep, and the error names the chain', async () => {
    await engine.publish(playbook('- if: ${{ lead.name != "" }}\n  uses: playbook/test'))
    await engine.capture()
    await engine.settled()
    const runs = await engine.runs()
    expect(runs).toHaveLength(10)
    expect(runs.every(run => run.status === 'failed' && run.error!.code === 'LIMIT')).toBe(true)
    expect((await parent()).error!.message).toContain('test > test > test')
  })

  test('publishing with restart cancels what the old run waits for', async () => {
    await child('- wait: 1h')
    const run = await walk('- id: sub\n  uses: playbook/child')
    await publishPlaybook(engine, engine.workspaceId, playbook('- id: sub\n  uses: playbook/child\n- set: { a: 1 }'), {
      inFlight: 'restart',
    })
    await engine.settled()
    const runs = await engine.runs()
    expect(runs.filter(one => one.parentRunId === run.id)).toMatchObject([{ status: 'cancelled' }])
    expect(runs.filter(one => one.parentRunId !== null && one.parentRunId !== run.id)).toMatchObject([
      { status: 'waiting' },
    ])
  })

  test('the journal tells which run is waited for', async () => {
    await child('- set: { a: 1 }')
    const run = await walk('- id: sub\n  uses: playbook/child')
    const [sub] = await children()
    const journal = await listJournal(engine, engine.workspaceId, run.id, { first: 100 })
    expect(journal.find(entry => entry.kind === 'step.waiting')).toMatchObject({
      data: { run: { id: sub!.id, playbook: 'child' } },
    })
  })
})
