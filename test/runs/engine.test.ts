import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describe.each(DATABASE_KINDS)('the engine on %s', kind => {
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

  test('a captured lead starts a run of the playbook that fits, and its outputs are kept', async () => {
    await engine.publish(
      playbook(
        `
- id: hello
  uses: probe/echo
  with: { value: 'Olá \${{ lead.name }}' }
- set: { domain: '\${{ emailDomain(lead.email) }}' }`,
        "outputs: { text: '${{ steps.hello.output.value }}', domain: '${{ vars.domain }}', zone: '${{ run.timeZone }}' }",
      ),
    )
    await engine.capture()
    await engine.settled()
    const run = await engine.run()
    expect(run).toMatchObject({
      status: 'completed',
      output: { text: 'Olá Ana Souza', domain: 'acme.com.br', zone: 'America/Sao_Paulo' },
      error: null,
    })
    expect(await engine.steps(run.id)).toMatchObject({
      hello: { status: 'completed', attempt: 1 },
      1: { status: 'completed' },
    })
  })

  test('a trigger whose condition does not hold starts nothing', async () => {
    await engine.publish(
      playbook('- set: { a: 1 }').replace(
        '- event: lead.captured',
        "- event: lead.captured\n    if: ${{ event.lead.name == 'Bia' }}",
      ),
    )
    await engine.capture()
    await engine.settled()
    expect(await engine.runs()).toEqual([])
  })

  test('an if takes one branch, a false if skips its step, a return ends the run', async () => {
    await engine.publish(
      playbook(`
- id: gate
  if: \${{ lead.name == 'Ana Souza' }}
  then:
    - id: yes
      set: { side: 'then' }
  else:
    - id: no
      set: { side: 'else' }
- id: never
  if: \${{ vars.side == 'else' }}
  uses: probe/echo
- return: { side: '\${{ vars.side }}' }
- id: after
  set: { side: late }`),
    )
    await engine.capture()
    await engine.settled()
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { side: 'then' } })
    const steps = await engine.steps(run.id)
    expect(steps['gate.then.yes']!.status).toBe('completed')
    expect(steps['gate.else.no']!.status).toBe('skipped')
    expect(steps['gate']).toMatchObject({
      status: 'completed',
      output: { branch: 'then' },
      finishedAt: steps['gate.then.yes']!.finishedAt,
    })
    expect(steps['never']!.status).toBe('skipped')
    expect(steps['after']!.status).toBe('pending')
  })

  test('a wait leaves the worker, says until when, and goes on when its time has come', async () => {
    await engine.publish(playbook('- id: pause\n  wait: 3d\n- set: { a: 1 }'))
    await engine.capture()
    await engine.settled()
    const until = new Date(engine.clock.now().getTime() + 3 * DAY).toISOString()
    expect(await engine.run()).toMatchObject({ status: 'waiting', reason: { code: 'TIME', until } })
    await engine.advance(3 * DAY - MINUTE)
    expect((await engine.run()).status).toBe('waiting')
    await engine.advance(MINUTE)
    expect((await engine.run()).status).toBe('completed')
  })

  const waiting = playbook(
    `
- id: answer
  waitFor:
    any:
      - { event: message.received, correlate: { leadId: '\${{ lead.id }}' } }
    timeout: 5d`,
    "outputs: { timedOut: '${{ steps.answer.output.timedOut }}', text: '${{ default(steps.answer.output.?data.?text.orValue(null), null) }}' }",
  )

  test('an event that fits ends a waitFor; one about another lead does not', async () => {
    await engine.publish(waiting)
    const ana = await engine.capture()
    await engine.settled()
    await engine.emit('message.received', { leadId: 'somebody else', text: 'no' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'waiting', reason: { code: 'EVENT' } })
    await engine.emit('message.received', { leadId: ana, text: 'Sim' }, ana)
    await engine.emit('message.received', { leadId: ana, text: 'de novo' }, ana)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { timedOut: false, text: 'Sim' } })
  })

  test('without an event the timeout wins, and a late event changes nothing', async () => {
    await engine.publish(waiting)
    const ana = await engine.capture()
    await engine.settled()
    await engine.advance(5 * DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { timedOut: true } })
    await engine.emit('message.received', { leadId: ana, text: 'tarde' }, ana)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { timedOut: true } })
  })

  test('an event that came after the run started and before it waited counts, and ends only one wait', async () => {
    await engine.publish(
      playbook(`
- wait: 1h
- id: first
  waitFor: { any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 1d }
- id: second
  waitFor: { any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 1d }
- return: { first: '\${{ steps.first.output.timedOut }}', second: '\${{ steps.second.output.timedOut }}' }`),
    )
    const ana = await engine.capture()
    await engine.settled()
    await engine.emit('message.received', { leadId: ana, text: 'cedo' }, ana)
    await engine.settled()
    await engine.advance(60 * MINUTE)
    expect((await engine.run()).status).toBe('waiting')
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { first: false, second: true } })
  })

  test('all branches of a parallel run side by side and give their outputs by name', async () => {
    await engine.publish(
      playbook(`
- id: both
  parallel:
    branches:
      quick: [{ uses: probe/echo, with: { value: 1 } }]
      slow: [{ wait: 1d }, { uses: probe/echo, with: { value: 2 } }]
- return: \${{ steps.both.output }}`),
    )
    await engine.capture()
    await engine.settled()
    expect((await engine.run()).status).toBe('waiting')
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: { quick: { value: 1 }, slow: { value: 2 } },
    })
  })

  test('the first success wins a race, and the waits of the losers are closed', async () => {
    await engine.publish(
      playbook(`
- id: cadence
  parallel:
    mode: race
    branches:
      remind: [{ wait: 2d }, { id: late, uses: probe/mark, with: { leadId: '\${{ lead.id }}', text: lembrete } }, { wait: 30d }]
      reply: [{ id: answer, waitFor: { any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 10d } }]
- return: { winner: '\${{ steps.cadence.output.winner }}' }`),
    )
    const ana = await engine.capture()
    await engine.settled()
    await engine.advance(2 * DAY)
    expect(await engine.count('activities', "kind = 'NOTE'")).toBe(1)
    await engine.emit('message.received', { leadId: ana, text: 'Sim' }, ana)
    await engine.settled()
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { winner: 'reply' } })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
    expect((await engine.steps(run.id))['cadence.remind.2']!.status).toBe('cancelled')
    await engine.advance(60 * DAY)
    expect(await engine.count('activities', "kind = 'NOTE'")).toBe(1)
  })

  test('a parallel in mode all fails with its first failure; settled tells how each ended', async () => {
    const branches = `
    branches:
      good: [{ uses: probe/echo, with: { value: 1 } }]
      bad: [{ uses: probe/flaky, with: { failures: 9, code: VALIDATION } }]`
    await engine.publish(
      playbook(`- id: p\n  parallel:\n    mode: settled${branches}\n- return: \${{ steps.p.output }}`),
    )
    await engine.capture()
    await engine.settled()
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: [
        { name: 'good', status: 'completed' },
        { name: 'bad', status: 'failed', error: { code: 'VALIDATION' } },
      ],
    })
    await engine.publish(playbook(`- id: p\n  parallel:\n    mode: all${branches}`))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'failed', error: { code: 'VALIDATION', path: 'p.bad.0' } })
  })

  test('a retry waits outside the worker, counts the first attempt, and stops at its limit', async () => {
    await engine.publish(
      playbook(`
- id: try
  uses: probe/flaky
  with: { failures: 2 }
  retry: { maxAttempts: 3, backoff: exponential, delay: 10s, maxDelay: 5m, jitter: 0 }
- return: { attempt: '\${{ steps.try.output.attempt }}' }`),
    )
    await engine.capture()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'retrying', reason: { code: 'RETRY' } })
    await engine.advance(10_000)
    expect((await engine.run()).status).toBe('retrying')
    await engine.advance(19_000)
    expect((await engine.run()).status).toBe('retrying')
    await engine.advance(1000)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { attempt: 3 } })
  })

  test('an error that no repetition mends fails at once and names the step; onError continue goes on', async () => {
    await engine.publish(playbook('- id: try\n  uses: probe/flaky\n  with: { failures: 9, code: VALIDATION }'))
    await engine.capture()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'VALIDATION', path: 'try' } })
    await engine.publish(
      playbook(
        '- id: try\n  uses: probe/flaky\n  with: { failures: 9, code: VALIDATION }\n  onError: continue\n- return: { error: "${{ steps.try.error.code }}" }',
      ),
    )
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed', output: { error: 'VALIDATION' } })
  })

  test('an effect keeps one key through its attempts, so what arrived the first time is not done again', async () => {
    await engine.publish(
      playbook(`
- id: send
  uses: probe/mark
  with: { leadId: '\${{ lead.id }}', text: oi, failures: 1 }
  retry: { maxAttempts: 3, backoff: constant, delay: 1s, jitter: 0 }
- return: \${{ steps.send.output }}`),
    )
    await engine.capture()
    await engine.settled()
    await engine.advance(1000)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', output: { key: `${run.id}/send`, attempt: 2 } })
    expect(await engine.count('activities', "kind = 'NOTE'")).toBe(1)
    expect(await engine.count('effects', "status = 'sent'")).toBe(1)
  })

  test('an emitted event starts the playbooks that listen for it, once', async () => {
    await engine.publish(playbook("- emit: { event: lead.warm, data: { leadId: '${{ lead.id }}' } }"))
    await engine.publish(
      playbook('- set: { heard: true }').replace('id: test', 'id: listener').replace('lead.captured', 'lead.warm'),
    )
    const ana = await engine.capture()
    await engine.settled()
    const runs = await engine.runs()
    expect(runs.map(run => run.status)).toEqual(['completed', 'completed'])
    expect(runs.every(run => run.subjectId === ana)).toBe(true)
    expect(await engine.count('events', "type = 'lead.warm'")).toBe(1)
  })

  test('a subject goes through an enrolled playbook once at a time', async () => {
    const enrolled = (reenter: boolean) =>
      playbook('- wait: 1d', `enrollment: { subject: '\${{ event.leadId }}', reenter: ${reenter} }`)
    await engine.publish(enrolled(true))
    await engine.capture()
    await engine.capture()
    await engine.settled()
    expect(await engine.runs()).toHaveLength(1)
    await engine.advance(DAY)
    await engine.capture()
    await engine.settled()
    expect(await engine.runs()).toHaveLength(2)
    await engine.advance(DAY)
    await engine.publish(enrolled(false))
    await engine.capture()
    await engine.settled()
    expect(await engine.runs()).toHaveLength(2)
  })

  test('a run finishes the version that it began, and the next run takes the new one', async () => {
    await engine.publish(playbook('- wait: 1d\n- return: { version: 1 }'))
    await engine.capture()
    await engine.settled()
    await engine.publish(playbook('- return: { version: 2 }'))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    await engine.advance(DAY)
    expect((await engine.runs()).map(run => run.output)).toEqual([{ version: 2 }, { version: 1 }])
  })

  test('an expression that fails at run time fails its step and says where', async () => {
    await engine.publish(playbook("- id: bad\n  set: { x: '${{ event.nothing.there }}' }"))
    await engine.capture()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION', path: 'bad' } })
  })
})
