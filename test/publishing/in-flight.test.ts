import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ActiveRun } from '../../core/runs/active-run.ts'
import { claimRuns } from '../../core/runs/claim-runs.ts'
import { Journal } from '../../core/runs/journal.ts'
import { publishImpact } from '../../core/publishing/publish-impact.ts'
import type { InFlightPolicy } from '../../core/publishing/move-runs.ts'
import { publishPlaybook, type Publication } from '../../core/publishing/publish-playbook.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 86_400_000
const text = (steps: string, outputs = "outputs: { said: '${{ default(vars.said, null) }}' }") => `
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
${steps.trim().replace(/^/gm, '  ')}
${outputs}
`
const mark = (id: string, said = id) =>
  `- id: ${id}\n  uses: probe/mark\n  with: { leadId: '\${{ lead.id }}', text: ${said} }`
const pause = (id: string, time = '1d') => `- id: ${id}\n  wait: ${time}`
const said = (what: string) => `- set: { said: ${what} }`
const steps = (...all: string[]) => text(all.join('\n'))

describe.each(DATABASE_KINDS)('Promise 8, versions: runs under way at a publication, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const publish = (source: string, inFlight: InFlightPolicy = 'finish'): Promise<Publication> =>
    publishPlaybook(engine, engine.workspaceId, source, { inFlight })
  const impact = (playbookId: string, source: string) => publishImpact(engine, engine.workspaceId, playbookId, source)
  const notes = () => engine.count('activities', "kind = 'NOTE'")
  const versionOf = async (runId: string) =>
    (await engine.playbooks.get((await engine.runs()).find(run => run.id === runId)!.versionId)).number
  /** One run of this text, as far as it goes now. */
  const begin = async (source: string) => {
    const { playbookId } = await publish(source)
    const leadId = await engine.capture()
    await engine.settled()
    return { playbookId, leadId, run: await engine.run() }
  }

  test('finish on their version, unless something else is said', async () => {
    const { run } = await begin(steps(pause('pause'), said('old')))
    const done = await publish(steps(pause('pause'), said('new')))
    expect(done.inFlight).toEqual({
      policy: 'finish',
      moved: 0,
      finishing: [{ reason: 'POLICY', path: null, count: 1 }],
    })
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'old' } })
    expect(await versionOf(run.id)).toBe(1)
  })

  test('migrate: they go on with the new version from where they stand; what is done is not done again', async () => {
    const { run, playbookId } = await begin(steps(mark('first'), pause('pause'), said('old')))
    const next = steps(mark('first'), pause('pause'), mark('second'), said('new'))
    expect((await impact(playbookId, next)).inFlight).toMatchObject({
      total: 1,
      waitingAt: [{ path: 'pause', count: 1, kept: true }],
      migratable: 1,
      restartable: 1,
      blocked: [],
    })
    expect((await publish(next, 'migrate')).inFlight).toEqual({ policy: 'migrate', moved: 1, finishing: [] })
    expect((await engine.run()).status).toBe('waiting')
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ id: run.id, status: 'completed', output: { said: 'new' } })
    expect(await versionOf(run.id)).toBe(2)
    expect(await notes()).toBe(2)
    expect(await engine.count('journal', "kind = 'run.migrated'")).toBe(1)
  })

  test('migrate: who has been at a step that is gone finishes on the old version, and the answer says where', async () => {
    const { run, playbookId } = await begin(steps(mark('first'), pause('pause'), said('old')))
    const next = steps(mark('other'), pause('pause'), said('new'))
    expect((await impact(playbookId, next)).inFlight).toMatchObject({
      migratable: 0,
      blocked: [{ reason: 'STEP_GONE', path: 'first', count: 1 }],
    })
    expect((await publish(next, 'migrate')).inFlight).toEqual({
      policy: 'migrate',
      moved: 0,
      finishing: [{ reason: 'STEP_GONE', path: 'first', count: 1 }],
    })
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ id: run.id, output: { said: 'old' } })
  })

  test('migrate: a step that is gone is no matter to a run that has not come to it', async () => {
    await begin(steps(pause('pause'), mark('gone'), said('old')))
    expect((await publish(steps(pause('pause'), said('new')), 'migrate')).inFlight.moved).toBe(1)
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'new' } })
    expect(await notes()).toBe(0)
  })

  test('migrate: a wait that says something else now begins anew, one that says the same keeps its time', async () => {
    await begin(steps(pause('pause', '10d'), said('old')))
    await engine.advance(DAY)
    await publish(steps(pause('pause', '2d'), said('new')), 'migrate')
    await engine.settled()
    await engine.advance(2 * DAY - 1)
    expect((await engine.run()).status).toBe('waiting')
    await engine.advance(1)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'new' } })
  })

  test('migrate: a waitFor that listens for another event now hears it, also one from before', async () => {
    const wait = (event: string) =>
      `- id: answer\n  waitFor:\n    any:\n      - { event: ${event}, correlate: { leadId: '\${{ lead.id }}' } }\n    timeout: 30d`
    const { leadId } = await begin(steps(wait('message.received'), said('old')))
    await engine.emit('call.ended', { leadId }, leadId)
    await engine.settled()
    await publish(steps(wait('call.ended'), said('new')), 'migrate')
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'new' } })
  })

  test('migrate: a queued run that nobody has taken begins with the new version', async () => {
    await publish(steps(said('old')))
    await engine.brain.stop()
    await engine.capture()
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    expect((await publish(steps(said('new')), 'migrate')).inFlight.moved).toBe(1)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'new' } })
    expect(await engine.count('journal', "kind = 'run.started'")).toBe(1)
  })

  test('restart: runs begin anew for their event; what was sent is not sent again, everything else is computed anew', async () => {
    const { run, playbookId } = await begin(steps(mark('first'), said('old'), pause('pause')))
    const next = steps(said('new'), mark('before'), mark('first', 'changed'), pause('other'))
    expect((await impact(playbookId, next)).inFlight).toMatchObject({ restartable: 1 })
    expect((await publish(next, 'restart')).inFlight).toEqual({ policy: 'restart', moved: 1, finishing: [] })
    await engine.settled()
    const [anew, old] = await engine.runs()
    expect(old).toMatchObject({ id: run.id, status: 'cancelled', reason: { code: 'RESTARTED', runId: anew!.id } })
    expect(anew).toMatchObject({ status: 'waiting', eventId: run.eventId, subjectId: run.subjectId })
    expect(await engine.count('waits', `run_id = '${run.id}' and status = 'open'`)).toBe(0)
    expect(await notes()).toBe(2) // `first` once, by the old run; `before` once
    await engine.advance(DAY)
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed', output: { said: 'new' } })
    expect(await notes()).toBe(2)
  })

  test('restart: a run with an effect whose outcome is open is left to finish', async () => {
    const retrying = `${mark('first').replace(/ }$/, ', failures: 1 }')}\n  retry: { maxAttempts: 3, delay: 1d, jitter: 0 }`
    const { run, playbookId } = await begin(steps(retrying, said('old')))
    expect(run.status).toBe('retrying')
    const next = steps(retrying, said('new'))
    expect((await impact(playbookId, next)).inFlight).toMatchObject({ restartable: 0, migratable: 1 })
    expect((await publish(next, 'restart')).inFlight).toMatchObject({
      moved: 0,
      finishing: [{ reason: 'UNSETTLED_EFFECT', path: 'first', count: 1 }],
    })
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ id: run.id, status: 'completed', output: { said: 'old' } })
    expect(await notes()).toBe(1)
  })

  test('an event that was emitted is not emitted again by the run that begins anew', async () => {
    const emit = "- id: tell\n  emit: { event: deal.won, data: { leadId: '${{ lead.id }}' } }"
    await begin(steps(emit, pause('pause'), said('old')))
    await publish(steps(emit, pause('pause'), said('new')), 'restart')
    await engine.settled()
    expect(await engine.count('events', "type = 'deal.won'")).toBe(1)
  })

  test('restart: what a loop has sent is not sent again, item by item, though the list would be another now', async () => {
    const loop = (list: string) => `- id: each
  forEach: { in: '\${{ ${list} }}' }
  do:
    - id: note
      uses: probe/mark
      with: { leadId: '\${{ lead.id }}', text: '\${{ vars.item }}' }`
    await begin(steps(loop('["a", "b"]'), pause('pause'), said('old')))
    expect(await notes()).toBe(2)
    await publish(steps(said('new'), loop('["b", "c", "d"]'), pause('pause')), 'restart')
    await engine.settled()
    expect((await engine.runs()).map(run => run.status)).toEqual(['waiting', 'cancelled'])
    expect(await notes()).toBe(2)
  })

  test('restart: the new run takes the place of the old one under enrollment and its key', async () => {
    const rest = (what: string) =>
      text(
        `${pause('pause')}\n${said(what)}`,
        `idempotencyKey: '\${{ event.lead.email }}'
enrollment: { subject: '\${{ event.lead.id }}', reenter: false }
outputs: { said: '\${{ vars.said }}' }`,
      )
    await begin(rest('old'))
    const kept = 'enrollment is not null and idempotency_key is not null'
    expect(await engine.count('runs', kept)).toBe(1)
    expect((await publish(rest('new'), 'restart')).inFlight).toMatchObject({ moved: 1, finishing: [] })
    await engine.settled()
    const [anew] = await engine.runs()
    expect(await engine.count('runs', `${kept} and id = '${anew!.id}'`)).toBe(1)
    expect(await engine.count('runs', kept)).toBe(1)
    await engine.advance(DAY)
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed', output: { said: 'new' } })
  })

  test('restart: a run that nobody has taken begins with the new version, as itself', async () => {
    await publish(steps(said('old')))
    await engine.brain.stop()
    await engine.capture()
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    const { id } = await engine.run()
    expect((await publish(steps(said('new')), 'restart')).inFlight.moved).toBe(1)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ id, status: 'completed', output: { said: 'new' } })
  })

  test('a run that is at its finally, or asked to stop, stays as it is', async () => {
    const last = (what: string) => text(said(what), `finally:\n  - id: last\n    wait: 1d`)
    const { playbookId, run } = await begin(last('old'))
    for (const policy of ['migrate', 'restart'] as const)
      expect((await publish(last(policy), policy)).inFlight).toMatchObject({
        moved: 0,
        finishing: [{ reason: 'ENDING', count: 1 }],
      })
    expect((await impact(playbookId, last('other'))).inFlight).toMatchObject({
      total: 1,
      migratable: 0,
      restartable: 0,
      blocked: [{ reason: 'ENDING', count: 1 }],
    })
    expect(await engine.run()).toMatchObject({ id: run.id, status: 'waiting' })
  })

  test('what a worker holds is not touched: it finishes on its version when it is not let go in time', async () => {
    await publish(steps(said('old')))
    await engine.brain.stop()
    await engine.capture()
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    const owner = randomUUID()
    const core = { ...engine, journal: new Journal(engine, owner) }
    const {
      leases: [lease],
    } = await claimRuns(engine, owner, { limit: 1, leaseMs: 60_000 })
    const run = new ActiveRun(core, lease!, await engine.playbooks.get(lease!.versionId))
    for (const policy of ['migrate', 'restart'] as const)
      expect((await publish(steps(said(policy)), policy)).inFlight).toEqual({
        policy,
        moved: 0,
        finishing: [{ reason: 'EXECUTING', path: null, count: 1 }],
      })
    await run.write([{ kind: 'step.completed', path: '0', data: { output: { said: 'old' } } }])
    expect(await engine.run()).toMatchObject({ versionId: lease!.versionId, status: 'running' })
    await engine.brain.start()
    engine.clock.advance(60_001)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'old' } })
  })

  test('a run that is parked a moment later is moved then', async () => {
    await publish(steps(pause('pause'), said('old')))
    await engine.brain.stop()
    await engine.capture()
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    const owner = randomUUID()
    const core = { ...engine, journal: new Journal(engine, owner) }
    const {
      leases: [lease],
    } = await claimRuns(engine, owner, { limit: 1, leaseMs: 60_000 })
    const run = new ActiveRun(core, lease!, await engine.playbooks.get(lease!.versionId))
    const published = publish(steps(pause('pause'), said('new')), 'migrate')
    await new Promise(resolve => setTimeout(resolve, 300))
    const { executeRun } = await import('../../core/runs/execute-run.ts')
    const { Suspects } = await import('../../core/runs/suspects.ts')
    expect(await executeRun(core, run, new Suspects())).toBe('parked')
    expect((await published).inFlight).toEqual({ policy: 'migrate', moved: 1, finishing: [] })
    await engine.brain.start()
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { said: 'new' } })
  })

  test('many at once: each is moved or stays, and each is told once', async () => {
    const { playbookId } = await publish(steps(pause('pause'), pause('later'), said('old')))
    for (let i = 0; i < 40; i++) await engine.capture({ email: `many-${i}@acme.com.br` })
    await engine.settled()
    await engine.sql.query({
      name: '',
      text: `update waits set status = 'due' where run_id in (select id from runs order by id limit 15)`,
    })
    await engine.sql.query({ name: '', text: "update runs set due_at = now() - interval '10 years'" })
    await engine.settled()
    const next = steps(pause('pause'), said('new'))
    expect((await impact(playbookId, next)).inFlight).toMatchObject({ total: 40, migratable: 25 })
    const { inFlight } = await publish(next, 'migrate')
    expect(inFlight).toEqual({
      policy: 'migrate',
      moved: 25,
      finishing: [{ reason: 'STEP_GONE', path: 'later', count: 15 }],
    })
    await engine.advance(DAY)
    await engine.advance(DAY)
    const outputs = (await engine.runs()).map(run => (run.output as { said: string }).said)
    expect([outputs.filter(said => said === 'new').length, outputs.filter(said => said === 'old').length]).toEqual([
      25, 15,
    ])
  })
})
