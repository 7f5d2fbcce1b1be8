import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describe.each(DATABASE_KINDS)('control flow on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const playbook = (steps: string, rest = '') => `
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
${steps.replace(/^/gm, '  ')}
${rest}`

  /** Publishes, captures a lead, waits until nothing is left to do now. */
  async function walk(steps: string, rest = ''): Promise<void> {
    await engine.publish(playbook(steps, rest))
    await engine.capture()
    await engine.settled()
  }
  const marks = async () =>
    (
      await engine.sql.query<{ summary: string }>({
        name: '',
        text: `select summary from activities where kind = 'NOTE' order by id`,
      })
    ).map(row => row.summary)

  /** The worker stops and another takes its runs up from what is stored. */
  async function restart(): Promise<void> {
    await engine.brain.stop()
    await engine.brain.start()
    await engine.settled()
  }

  test('a long loop is never far ahead of its journal', async () => {
    const record = engine.journal.record.bind(engine.journal)
    let [open, most] = [0, 0]
    const watched = vi.spyOn(engine.journal, 'record').mockImplementation(async entry => {
      most = Math.max(most, (open += entry.entries.length))
      await record(entry).finally(() => (open -= entry.entries.length))
    })
    await engine.publish(
      playbook(`
- id: each
  forEach: { in: '\${{ event.items }}', as: n, limit: 20 }
  do: [{ set: { n: '\${{ vars.n }}' } }]`).replace('lead.captured', 'items.came'),
    )
    await engine.emit('items.came', { items: Array.from({ length: 2000 }, (_, n) => n) })
    await engine.settled()
    watched.mockRestore()
    expect((await engine.run()).status).toBe('completed')
    expect(most).toBeGreaterThan(100) // the journal is asked for much at once, and shares its commits
    expect(most).toBeLessThan(1200)
  })

  test('a forEach goes through its list in order, each item with steps and keys of its own', async () => {
    await walk(
      `
- id: each
  forEach: { in: '\${{ ["a", "b", "c"] }}', as: letter, index: i }
  do:
    - id: said
      uses: probe/echo
      with: { value: '\${{ vars.letter }}\${{ vars.i }}' }
    - uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: '\${{ steps.said.output.value }}' }
      onError: continue`,
      "outputs: { list: '${{ steps.each.output.map(o, o.key) }}' }",
    )
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed' })
    expect(await marks()).toEqual(['a0', 'b1', 'c2'])
    const keys = (run.output as { list: string[] }).list
    expect(keys).toEqual([0, 1, 2].map(index => `${run.id}/each[${index}].1`))
    const steps = await engine.steps(run.id)
    expect(steps['each']).toMatchObject({ status: 'completed', progress: { done: 3, total: 3 } })
    expect(steps['each[1]']).toMatchObject({ kind: 'iteration', status: 'completed' })
    expect(steps['each[2].said']).toMatchObject({ output: { value: 'c2' }, status: 'completed' })
  })

  test('an empty list is done at once; null and what is no list are errors', async () => {
    await walk(`
- id: none
  forEach: { in: '\${{ [] }}' }
  do: [{ set: { a: 1 } }]
- id: null_list
  forEach: { in: '\${{ lead.data.missing }}' }
  do: [{ set: { a: 1 } }]
  onError: continue
- id: nothing
  forEach: { in: '\${{ default(lead.data.missing, null) }}' }
  do: [{ set: { a: 1 } }]`)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION', path: 'nothing' } })
    expect(run.error!.message).toContain('is null')
    expect((await engine.steps(run.id))['none']).toMatchObject({ output: [], status: 'completed' })
  })

  test('a forEach has up to limit items under way, waits included, and goes on after a restart where it stood', async () => {
    await walk(`
- id: each
  forEach: { in: '\${{ [0, 1, 2, 3, 4] }}', as: n, limit: 2 }
  do:
    - wait: 1d
    - uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: 'n\${{ vars.n }}' }
      onError: continue`)
    expect(await engine.count('waits', "status = 'open'")).toBe(2)
    await engine.advance(DAY)
    await restart()
    expect((await marks()).sort()).toEqual(['n0', 'n1'])
    expect(await engine.count('waits', "status = 'open'")).toBe(2)
    await engine.advance(DAY)
    await restart()
    await engine.advance(DAY)
    expect((await marks()).sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
    expect(await engine.run()).toMatchObject({ status: 'completed' })
  })

  test('the list of a forEach is the one that the step began with, whatever happens to the lead', async () => {
    await walk(`
- id: each
  forEach: { in: '\${{ [lead.name, lead.name] }}' }
  do:
    - wait: 1d
    - uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: '\${{ vars.item }}' }
      onError: continue`)
    await engine.sql.query({ name: '', text: `update leads set name = 'Other'` })
    await engine.advance(DAY)
    await restart()
    await engine.advance(DAY)
    expect(await marks()).toEqual(['Ana Souza', 'Ana Souza'])
  })

  test('mode all fails with the first item that fails and stops the others; settled tells how each ended', async () => {
    const loop = (mode: string) => `
- id: each
  forEach: { in: '\${{ [0, 3, 1] }}', as: n, limit: 3, mode: ${mode} }
  do:
    - if: \${{ vars.n == 1 }}
      then: [{ raise: { code: ODD, message: 'n is \${{ vars.n }}' } }]
    - wait: \${{ days(int(vars.n) + 1) }}
    - uses: probe/echo
      with: { value: '\${{ vars.n }}' }`
    await walk(loop('all'))
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'ODD', path: 'each[2].0.then.0' } })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
    await engine.publish(playbook(loop('settled'), "outputs: { list: '${{ steps.each.output }}' }"))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    await engine.advance(4 * DAY)
    await engine.advance(DAY)
    const { output } = (await engine.runs())[0]!
    expect(output).toMatchObject({
      list: [
        { status: 'completed', output: { value: 0 } },
        { status: 'completed', output: { value: 3 } },
        { status: 'failed', error: { code: 'ODD', message: 'n is 1' } },
      ],
    })
  })

  test('loops nest, with branches and approvals of their own paths', async () => {
    await walk(
      `
- id: outer
  forEach: { in: '\${{ [1, 2] }}', as: a }
  do:
    - id: inner
      forEach: { in: '\${{ [10, 20] }}', as: b }
      do:
        - parallel:
            branches:
              left: [{ id: l, set: { last: '\${{ vars.a + vars.b }}' } }]
              right:
                - wait: 1h
                - uses: probe/echo
                  with: { value: '\${{ vars.a * vars.b }}' }`,
      "outputs: { all: '${{ steps.outer.output }}' }",
    )
    for (let hour = 0; hour < 4; hour++) await engine.advance(60 * MINUTE)
    const cell = (value: number) => expect.objectContaining({ right: { value } })
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: {
        all: [
          [cell(10), cell(20)],
          [cell(20), cell(40)],
        ],
      },
    })
  })

  test('a while goes on as long as its condition holds, and fails with LIMIT beyond its max', async () => {
    const loop = (max: number) => `
- set: { n: 0 }
- id: count
  while: \${{ vars.n < 4 }}
  max: ${max}
  do:
    - set: { n: '\${{ vars.n + 1 }}' }
    - wait: 1h
    - uses: probe/echo
      with: { value: '\${{ vars.n }}' }`
    await walk(loop(4), "outputs: { count: '${{ steps.count.output }}' }")
    for (let hour = 0; hour < 4; hour++) {
      await engine.advance(60 * MINUTE)
      await restart()
    }
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: { count: { iterations: 4, output: { value: 4 } } },
    })
    await engine.publish(playbook(loop(3)))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    for (let hour = 0; hour < 3; hour++) await engine.advance(60 * MINUTE)
    expect((await engine.runs())[0]).toMatchObject({ status: 'failed', error: { code: 'LIMIT', path: 'count' } })
  })

  test('a switch takes the case of its value, once and for all, or the default', async () => {
    await walk(
      `
- id: way
  switch: \${{ lead.name }}
  cases:
    Ana Souza:
      - wait: 1d
      - set: { side: ana }
    Bia: [{ set: { side: bia } }]
  default: [{ set: { side: other } }]
- switch: \${{ 3.0 }}
  cases: { '3': [{ set: { number: yes } }] }
- switch: \${{ lead.email != null }}
  cases: { 'false': [{ raise: { code: NEVER, message: never } }] }`,
      "outputs: { side: '${{ vars.side }}', number: '${{ vars.number }}' }",
    )
    await engine.sql.query({ name: '', text: `update leads set name = 'Bia'` })
    await restart()
    await engine.advance(DAY)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { side: 'ana', number: 'yes' } })
    expect(await engine.steps(run.id)).toMatchObject({
      'way.case0.1': { status: 'completed' },
      'way.case1.0': { status: 'skipped' },
      'way.default.0': { status: 'skipped' },
    })
  })

  test('a try catches by code and condition, names the error, and lets others through', async () => {
    const attempt = (code: string) => `
- id: outer
  try:
    - id: inner
      try:
        - raise: { code: ${code}, message: 'told by \${{ lead.name }}' }
      catch:
        errors: [SMALL, BIG]
        when: \${{ vars.error.code != "BIG" }}
        do: [{ set: { seen: 'inner \${{ vars.error.code }}' } }]
  catch:
    as: problem
    do:
      - wait: 1d
      - set: { seen: 'outer \${{ vars.problem.code }} \${{ vars.problem.path }} \${{ vars.problem.message }}' }`
    const seen = "outputs: { seen: '${{ vars.seen }}' }"
    await walk(attempt('SMALL'), seen)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { seen: 'inner SMALL' } })
    for (const [code, email] of [
      ['BIG', 'big@acme.com.br'],
      ['OTHER', 'other@acme.com.br'],
    ] as const) {
      await engine.publish(playbook(attempt(code), seen))
      await engine.capture({ email })
      await engine.settled()
      await restart()
      await engine.advance(DAY)
      expect((await engine.runs())[0]).toMatchObject({
        status: 'completed',
        output: { seen: `outer ${code} outer.try.inner.try.0 told by Ana Souza` },
      })
    }
  })

  test('the failure of a catch is the failure of its step', async () => {
    await walk(`
- id: guarded
  try: [{ raise: { code: FIRST, message: first } }]
  catch:
    do: [{ raise: { code: SECOND, message: second } }]`)
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'SECOND', path: 'guarded.catch.0' } })
  })

  test('a step that holds others is tried again with what failed, and what was done stays done', async () => {
    await walk(`
- id: block
  retry: { maxAttempts: 3, delay: 10s, jitter: 0, backoff: constant }
  parallel:
    branches:
      sends:
        - uses: probe/mark
          with: { leadId: '\${{ lead.id }}', text: once }
          onError: fail
        - id: shaky
          raise: { code: SHAKY, message: not yet, retryable: true }
      waits:
        - waitFor:
            any: [{ event: it.happens, correlate: { leadId: '\${{ lead.id }}' } }]
            timeout: 30d`)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'retrying', reason: { code: 'RETRY' } })
    await engine.advance(10_000)
    expect(await engine.run()).toMatchObject({ status: 'retrying' })
    expect(await marks()).toEqual(['once'])
    await restart()
    await engine.advance(10_000)
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'SHAKY', path: 'block.sends.shaky' } })
    expect(await marks()).toEqual(['once'])
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
  })

  test('a step that holds others stops when its time is up, and a try may catch that', async () => {
    await walk(
      `
- id: patient
  try:
    - id: slow
      timeout: 2h
      parallel:
        branches:
          a: [{ wait: 1d }]
          b: [{ uses: probe/echo, with: { value: 1 } }, { wait: 3d }, { set: { late: true } }]
  catch:
    errors: [TIMEOUT]
    do: [{ set: { late: '\${{ default(vars.late, false) }}' } }]`,
      "outputs: { late: '${{ vars.late }}' }",
    )
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await engine.advance(119 * MINUTE)
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await restart()
    await engine.advance(MINUTE)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { late: false } })
    const steps = await engine.steps(run.id)
    expect(steps['patient.try.slow']).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } })
    expect(steps['patient.try.slow.a.0']).toMatchObject({ status: 'cancelled' })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
  })

  test('a step that is done before its time is up leaves no alarm behind', async () => {
    await walk(`
- id: quick
  timeout: 10d
  waitFor: { any: [{ event: it.happens, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 5d }`)
    const leadId = (await engine.run()).subjectId!
    await engine.emit('it.happens', { leadId }, leadId)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
  })

  test('finally runs once, after success, failure and return, knows how the run ended, and may wait', async () => {
    const last = `finally:
  - wait: 1d
  - uses: probe/mark
    with: { leadId: '\${{ lead.id }}', text: '\${{ run.status }} \${{ run.error == null ? "" : run.error.code }}' }
    onError: continue`
    await walk('- set: { a: 1 }', last)
    await restart()
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    await engine.publish(playbook('- raise: { code: BROKEN, message: broken }', last))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    await restart()
    await engine.advance(DAY)
    expect((await engine.runs())[0]).toMatchObject({ status: 'failed', error: { code: 'BROKEN', path: '0' } })
    await engine.publish(playbook('- return: { early: true }', last))
    await engine.capture({ email: 'cid@acme.com.br' })
    await engine.settled()
    await engine.advance(DAY)
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed', output: { early: true } })
    expect(await marks()).toEqual(['completed ', 'failed BROKEN', 'completed '])
  })

  test('a run that completed fails with what fails in finally; one that failed keeps its own error', async () => {
    const last = 'finally: [{ raise: { code: LAST, message: last } }]'
    await walk('- set: { a: 1 }', last)
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'LAST', path: 'finally.0' } })
    await engine.publish(playbook('- raise: { code: FIRST, message: first }', last))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'failed', error: { code: 'FIRST' } })
  })

  test('a cancelled run sends nothing more, closes its waits, runs its finally, and asking twice is asking once', async () => {
    await walk(
      `
- parallel:
    branches:
      a: [{ wait: 1d }, { uses: probe/mark, with: { leadId: '\${{ lead.id }}', text: never }, onError: continue }]
      b: [{ waitFor: { any: [{ event: it.happens, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 9d } }]`,
      `finally:
  - uses: probe/mark
    with: { leadId: '\${{ lead.id }}', text: 'end: \${{ run.status }}' }
    onError: continue`,
    )
    const { id } = await engine.run()
    await cancelRun(engine, engine.workspaceId, id, { by: 'test' })
    await cancelRun(engine, engine.workspaceId, id, { by: 'somebody else' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'cancelled' })
    await engine.advance(10 * DAY)
    expect(await marks()).toEqual(['end: cancelled'])
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
    await expect(cancelRun(engine, engine.workspaceId, id, { by: 'test' })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('a run that is executing stops before its next step', async () => {
    await engine.publish(
      playbook(`
- set: { n: 0 }
- while: \${{ true }}
  max: 10000
  do: [{ uses: probe/echo, with: { value: '\${{ vars.n }}' } }, { set: { n: '\${{ vars.n + 1 }}' } }]`),
    )
    await engine.capture()
    for (let tries = 0; tries < 200 && (await engine.count('journal')) < 5; tries++)
      await new Promise(resolve => setTimeout(resolve, 10))
    await cancelRun(engine, engine.workspaceId, (await engine.run()).id, { by: 'test' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'cancelled' })
    expect(await engine.count('journal', "kind = 'iteration.completed'")).toBeLessThan(10_000)
  })

  test('a queued run that is cancelled never begins', async () => {
    await engine.publish(playbook('- set: { a: 1 }'))
    await engine.brain.stop()
    await engine.capture()
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    await cancelRun(engine, engine.workspaceId, (await engine.run()).id, { by: 'test' })
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'cancelled' })
    expect(await engine.count('journal', "kind like 'step.%'")).toBe(0)
  })
})
