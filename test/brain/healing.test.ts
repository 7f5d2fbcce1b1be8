import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brainStatus } from '../../core/brain/brain-status.ts'
import { listIncidents } from '../../core/brain/healing/incidents.ts'
import { resumeModule, setManual } from '../../core/brain/module-mode.ts'
import { completeByHand, handBackTask } from '../../core/brain/tasks/operate-task.ts'
import { listTasks } from '../../core/brain/tasks/read-tasks.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

/** Leaves a mark on a lead that may not be there yet: fails until it is. */
const playbook = (module: string) => `
id: mark-${module.replace('_', '-')}
name: Mark
module: ${module}
triggers: [{ event: ${module.replace('_', '-')}.asked }]
steps:
  - id: mark
    uses: probe/mark
    with: { leadId: '\${{ event.lead }}', text: healed }
    onError: fail
  - return: '\${{ steps.mark.output.id }}'`

describe.each(DATABASE_KINDS)('healing on %s', kind => {
  let engine: Engine
  let user: UserId
  let folder: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    const [owner] = await engine.sql.query<{ id: UserId }>({ name: '', text: 'select id from users' })
    user = owner!.id
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = true' })
    folder = await mkdtemp(join(tmpdir(), 'trae-mailbox-'))
    await buildPlugin(join(import.meta.dirname, '../../plugins/mailbox'), folder)
    const from = { kind: 'built-in', path: folder } as const
    await installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'all-declared' })
    await engine.publish(playbook('vendas'))
    await engine.publish(playbook('pre_vendas'))
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })

  const module = async (key: string) =>
    (await brainStatus(engine, engine.workspaceId)).modules.find(module => module.key === key)!
  const incidents = async () =>
    (await listIncidents(engine, engine.workspaceId, { first: 10 })).items.map(({ node }) => node)
  const inbox = async () =>
    (await listTasks(engine, engine.workspaceId, { first: 50, filter: { statuses: ['manual'] } })).items.map(
      ({ node }) => node,
    )
  /** Runs of the module that fail. */
  const fail = async (type: string, count: number) => {
    const leads = Array.from({ length: count }, () => newId())
    for (const lead of leads) await engine.emit(`${type}.asked`, { lead })
    await expect
      .poll(() => engine.count('runs', `error is not null`), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(count)
    return leads
  }
  const bringLead = (id: string) =>
    engine.sql.query({
      name: '',
      text: `insert into leads (id, workspace_id, name, source, locale, status, created_at, updated_at)
             values ('${id}', '${engine.workspaceId}', 'Ana', 'API', 'en', 'NEW', now(), now())`,
    })

  test('one failure is no error of a module', async () => {
    const [lead] = await fail('vendas', 1)
    engine.clock.advance(1000)
    await engine.settled()
    expect(await incidents()).toEqual([])
    await bringLead(lead!)
    engine.clock.advance(15 * 60_000) // forgotten
  })

  test('a module that fails is restarted, its failed runs are tried again, and it recovers', async () => {
    await engine.brain.stop() // so that all failures are there before the brain looks
    const leads = [newId(), newId(), newId()]
    for (const lead of leads) await engine.emit('vendas.asked', { lead })
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = false' })
    await engine.brain.start()
    await expect.poll(() => engine.count('runs', `status = 'failed'`), { timeout: 20_000 }).toBe(4)
    for (const lead of leads) await bringLead(lead) // whatever it was is over
    engine.clock.advance(1000)
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = true' })
    // The brain looks again by itself: it may have passed 'watching' before this asks.
    await expect
      .poll(async () => (await incidents())[0]?.timeline.map(({ kind }) => kind), { timeout: 20_000 })
      .toContain('watching')
    engine.clock.advance(1000)
    await expect.poll(() => engine.count('activities', `summary = 'healed'`), { timeout: 20_000 }).toBe(3)
    engine.clock.advance(10 * 60_000)
    await expect.poll(async () => (await incidents())[0]?.status, { timeout: 20_000 }).toBe('resolved')
    const [incident] = await incidents()
    expect(incident).toMatchObject({ module: 'vendas', failures: 3, restarted: 3, resolvedBy: 'healing' })
    expect(incident!.timeline.map(({ kind }) => kind)).toEqual(['opened', 'restarted', 'watching', 'recovered'])
    expect(await module('vendas')).toMatchObject({ mode: 'auto', restarts: 1, recoveries: 1 })
    expect(await module('pre_vendas')).toMatchObject({ restarts: 0 })
  })

  test('one that fails a second time goes to a person, who does a step by hand, or hands it back', async () => {
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = false' })
    const leads = [newId(), newId()]
    for (const lead of leads) await engine.emit('pre-vendas.asked', { lead })
    await expect.poll(() => engine.count('runs', `status = 'failed'`), { timeout: 20_000 }).toBe(3)
    engine.clock.advance(1000)
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = true' })
    // The brain looks again by itself: it may have passed 'watching' before this asks.
    await expect
      .poll(async () => (await incidents())[0]?.timeline.map(({ kind }) => kind), { timeout: 20_000 })
      .toContain('watching')
    engine.clock.advance(1000) // from here on it is the second failure
    await expect
      .poll(
        async () => {
          engine.clock.advance(1000)
          return (await incidents())[0]?.status
        },
        { timeout: 20_000 },
      )
      .toBe('escalated')
    expect(await module('pre_vendas')).toMatchObject({ status: 'manual', mode: 'manual' })
    await expect.poll(async () => (await inbox()).length, { timeout: 20_000 }).toBe(2)
    const told = `to_address = 'owner@example.com' and subject like '%Pré-vendas%'`
    await expect.poll(() => engine.count('messages', told), { timeout: 20_000 }).toBe(1)
    expect(
      await engine.count('alerts', `rule = 'module-manual' and subject = 'pre_vendas' and status = 'FIRING'`),
    ).toBe(1)
    const [second, first] = await inbox()
    expect(first).toMatchObject({ action: 'probe/mark', path: 'mark', module: 'pre_vendas' })

    await completeByHand(engine, engine.workspaceId, first!.id, { by: user, result: { id: 'by hand' }, note: 'called' })
    await expect.poll(() => engine.count('runs', `output = '"by hand"'::jsonb`), { timeout: 20_000 }).toBe(1)
    await expect(completeByHand(engine, engine.workspaceId, first!.id, { by: user, result: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
    })

    for (const lead of leads) await bringLead(lead)
    await handBackTask(engine, engine.workspaceId, second!.id, user)
    await expect.poll(() => engine.count('runs', `status = 'completed'`), { timeout: 20_000 }).toBe(5)

    await resumeModule(engine, engine.workspaceId, 'pre_vendas', user)
    expect(await module('pre_vendas')).toMatchObject({ mode: 'auto' })
    expect((await incidents())[0]).toMatchObject({ status: 'resolved', resolvedBy: `user:${user}` })
    expect((await incidents())[0]!.timeline.map(({ kind }) => kind)).toEqual([
      'opened',
      'restarted',
      'watching',
      'failedAgain',
      'escalated',
      'handedBack',
    ])
  })

  test('one that restarting has mended twice within an hour is not restarted again: a person is asked at once', async () => {
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = false' })
    await engine.publish(playbook('oferta'))
    const now = engine.clock.now()
    for (const [resolved, by] of [
      [5, 'healing'],
      [50, 'healing'],
      [10, `user:${user}`], // by a person: counts for nothing
    ] as const)
      await engine.sql.query(
        {
          name: '',
          text: `insert into incidents (id, workspace_id, module, status, summary, failures, failures_from, opened_at, watched_from, watched_until, updated_at, resolved_at, resolved_by)
                 values (gen_random_uuid(), $1, 'oferta', 'resolved', 'before', 2, $2, $2, $2, $2, $2, $2, $3)`,
        },
        [engine.workspaceId, new Date(now.getTime() - resolved * 60_000), by],
      )
    const runs = await engine.count('runs', `status = 'failed'`)
    for (let n = 0; n < 2; n++) await engine.emit('oferta.asked', { lead: newId() })
    await expect.poll(() => engine.count('runs', `status = 'failed'`), { timeout: 20_000 }).toBe(runs + 2)
    engine.clock.advance(1000)
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = true' })
    await expect.poll(async () => (await incidents())[0]?.status, { timeout: 20_000 }).toBe('escalated')
    const [incident] = await incidents()
    expect(incident).toMatchObject({ module: 'oferta', restarted: 0 })
    expect(incident!.timeline.map(({ kind, data }) => [kind, data['again']])).toEqual([
      ['opened', undefined],
      ['failedAgain', true],
      ['escalated', undefined],
    ])
    expect(await module('oferta')).toMatchObject({ status: 'manual', mode: 'manual' })
    await expect.poll(async () => (await inbox()).filter(({ module }) => module === 'oferta').length).toBe(2)
  })

  test('one that was mended once an hour ago is restarted as ever', async () => {
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = false' })
    await engine.publish(playbook('aquisicao'))
    const now = engine.clock.now()
    for (const minutes of [5, 70])
      await engine.sql.query(
        {
          name: '',
          text: `insert into incidents (id, workspace_id, module, status, summary, failures, failures_from, opened_at, watched_from, watched_until, updated_at, resolved_at, resolved_by)
                 values (gen_random_uuid(), $1, 'aquisicao', 'resolved', 'before', 2, $2, $2, $2, $2, $2, $2, 'healing')`,
        },
        [engine.workspaceId, new Date(now.getTime() - minutes * 60_000)],
      )
    const runs = await engine.count('runs', `status = 'failed'`)
    for (let n = 0; n < 2; n++) await engine.emit('aquisicao.asked', { lead: newId() })
    await expect.poll(() => engine.count('runs', `status = 'failed'`), { timeout: 20_000 }).toBe(runs + 2)
    engine.clock.advance(1000)
    await engine.sql.query({ name: '', text: 'update workspaces set auto_healing = true' })
    await expect
      .poll(async () => (await incidents())[0]?.timeline.map(({ kind }) => kind), { timeout: 20_000 })
      .toContain('restarted')
  })

  test('in a manual module a playbook that an event starts runs on; only tasks and what fails wait for a person', async () => {
    await engine.publish(`
id: hears
name: Hears
module: diagnostico
triggers: [{ event: diagnostico.asked }]
steps: [{ return: heard }]`)
    await setManual(engine, engine.workspaceId, 'diagnostico', { reason: 'mine', by: user })
    await engine.emit('diagnostico.asked', {})
    await expect.poll(() => engine.count('runs', `output = '"heard"'::jsonb`), { timeout: 20_000 }).toBe(1)
    expect((await inbox()).filter(({ module }) => module === 'diagnostico')).toEqual([])
  })
})
