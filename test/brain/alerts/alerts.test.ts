import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connectChannel, disconnectChannel } from '../../../core/brain/alerts/alert-channels.ts'
import { acknowledgeAlert, listAlerts, listDeliveries, readChanges } from '../../../core/brain/alerts/alerts.ts'
import { changeRule } from '../../../core/brain/alerts/change-rule.ts'
import { proveWebhook } from '../../../core/credentials/webhook-proof.ts'
import type { UserId } from '../../../core/ids.ts'
import { buildPlugin } from '../../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../../core/plugins/install-plugin.ts'
import { type FarSide, openFarSide } from '../../plugins/far-side.ts'
import { DATABASE_KINDS, emptyTables } from '../../support/database.ts'
import { type Engine, startEngine } from '../../support/engine.ts'

const HOUR = 60 * 60_000
const WATCHED = 'incidents leads alerts alert_watches alert_rules alert_channels notices messages'.split(' ')

interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

describe.each(DATABASE_KINDS)('alerts on %s', kind => {
  let engine: Engine
  let far: FarSide
  let user: UserId
  let folder: string
  let posts: Post[] = []
  /** What the far side answers. */
  let answers: number[] = []

  beforeAll(async () => {
    far = await openFarSide(['hooks.example.com'], (request, response) => {
      posts.push({ url: request.url!, headers: request.headers as Post['headers'], text: request.text })
      response.statusCode = answers.shift() ?? 204
      response.end()
    })
    engine = await startEngine(kind, {}, { egress: far.settings })
    const [owner] = await engine.sql.query<{ id: UserId }>({ name: '', text: 'select id from users' })
    user = owner!.id
    folder = await mkdtemp(join(tmpdir(), 'trae-mailbox-'))
    await buildPlugin(join(import.meta.dirname, '../../../plugins/mailbox'), folder)
    const from = { kind: 'built-in', path: folder } as const
    await installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'all-declared' })
  })
  afterEach(async () => {
    posts = []
    answers = []
    await engine.brain.stop() // or a look that is under way stores what it has read before
    await emptyTables(engine.sql, ...WATCHED)
    await engine.brain.start()
  })
  afterAll(async () => {
    await engine.close()
    await far.close()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (text: string) => engine.sql.query({ name: '', text })
  const escalate = (module: string) =>
    run(`insert into incidents (id, workspace_id, module, status, summary, failures, failures_from, opened_at, escalated_at, updated_at)
         select gen_random_uuid(), id, '${module}', 'escalated', 'INTERNAL: the vendor is gone', 5, now(), now(), now(), now() from workspaces`)
  const alerts = async () => (await listAlerts(engine, engine.workspaceId, { first: 50 })).items.map(({ node }) => node)
  const deliveries = async () =>
    (await listDeliveries(engine, engine.workspaceId, { first: 50 })).items.map(({ node }) => node)
  const statuses = async () => (await alerts()).map(({ rule, subject, status }) => `${rule} ${subject} ${status}`)
  const soon = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })
  const hook = (path: string) => `https://hooks.example.com:${far.port}${path}`
  const by = () => ({ by: user, comment: null })

  test('a module that a person has to look after is told once, by every channel, and once that it is over', async () => {
    const { secret } = await connectChannel(engine, engine.workspaceId, { kind: 'WEBHOOK', url: hook('/alerts') }, user)
    await escalate('vendas')
    await soon(statuses).toEqual(['module-manual vendas FIRING'])
    await soon(async () => (await deliveries()).map(({ channel, status }) => `${channel} ${status}`).sort()).toEqual([
      'EMAIL DELIVERED',
      'NOTICE DELIVERED',
      'WEBHOOK DELIVERED',
    ])
    expect(await run('select title, urgent from notices')).toEqual([
      { title: expect.stringContaining('(Vendas)'), urgent: true },
    ])
    const [mail] = await engine.sql.query<{ subject: string; body: string }>({
      name: '',
      text: `select subject, body from messages where to_address = 'owner@example.com'`,
    })
    expect(mail!.body).toContain('the vendor is gone')
    const [post] = posts
    const [alert] = await alerts()
    expect(JSON.parse(post!.text)).toMatchObject({
      type: 'alert.fired',
      data: { alertId: alert!.id, rule: 'module-manual', subject: 'vendas', severity: 'CRITICAL' },
    })
    const sent = { method: 'POST', url: hook('/alerts'), headers: post!.headers, body: Buffer.from(post!.text) }
    proveWebhook({ scheme: 'standard-webhooks' }, sent, secret!, engine.clock.now())
    expect(() =>
      proveWebhook({ scheme: 'standard-webhooks' }, { ...sent, body: Buffer.from('{}') }, secret!, engine.clock.now()),
    ).toThrow()

    await run(`update incidents set status = 'resolved', resolved_at = now()`)
    await soon(statuses).toEqual(['module-manual vendas RESOLVED'])
    await soon(() => posts.map(({ text }) => (JSON.parse(text) as { type: string }).type)).toEqual([
      'alert.fired',
      'alert.resolved',
    ])
    await soon(() => engine.count('notices', `title like 'Resolvido: %' or title like 'Resolved: %'`)).toBe(1)
    expect(
      (await readChanges(engine, engine.workspaceId, { after: 0, first: 10 })).map(({ kind }) => kind).slice(-2),
    ).toEqual(['FIRED', 'RESOLVED'])
  })

  test('what nobody acknowledges is told again after four hours; what somebody has is not', async () => {
    await escalate('vendas')
    await soon(() => engine.count('notices')).toBe(1)
    engine.clock.advance(4 * HOUR)
    await soon(() => engine.count('notices')).toBe(2)
    const [alert] = await alerts()
    await acknowledgeAlert(engine, engine.workspaceId, alert!.id, { by: user, comment: 'I am at it' })
    await acknowledgeAlert(engine, engine.workspaceId, alert!.id, by())
    expect((await alerts())[0]).toMatchObject({ status: 'ACKNOWLEDGED', acknowledgedBy: user, comment: 'I am at it' })
    engine.clock.advance(9 * HOUR)
    await escalate('onboarding') // its notice proves that the leader has looked
    await soon(() => engine.count('notices')).toBe(3)
    await run(`update incidents set status = 'resolved', resolved_at = now()`)
    await soon(statuses).toEqual(['module-manual onboarding RESOLVED', 'module-manual vendas RESOLVED'])
    await expect(acknowledgeAlert(engine, engine.workspaceId, alert!.id, by())).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test('a muted rule fires and tells nobody until that is over; one that is off does not fire', async () => {
    const until = new Date(engine.clock.now().getTime() + HOUR)
    await changeRule(engine, engine.workspaceId, 'module-manual', { mutedUntil: until }, user)
    await escalate('vendas')
    await soon(statuses).toEqual(['module-manual vendas FIRING'])
    expect(await engine.count('alert_deliveries')).toBe(0)
    engine.clock.advance(HOUR + 1000)
    await soon(() => engine.count('notices')).toBe(1)
    await changeRule(engine, engine.workspaceId, 'module-manual', { enabled: false }, user)
    await soon(statuses).toEqual(['module-manual vendas RESOLVED'])
  })

  test('a workspace sets the threshold, within bounds', async () => {
    await engine.capture()
    engine.clock.advance(5 * HOUR)
    await expect(changeRule(engine, engine.workspaceId, 'no-leads', { threshold: 0 }, user)).rejects.toThrow(
      /threshold|>=1/,
    )
    await changeRule(engine, engine.workspaceId, 'no-leads', { threshold: 4 }, user)
    await soon(statuses).toEqual(['no-leads  FIRING'])
    await engine.capture({ email: 'bia@acme.com.br' })
    await soon(statuses).toEqual(['no-leads  RESOLVED'])
  })

  test('a far side that is away is asked again, later each time, under the same id; one that says no is not', async () => {
    await connectChannel(engine, engine.workspaceId, { kind: 'WEBHOOK', url: hook('/alerts') }, user)
    await changeRule(engine, engine.workspaceId, 'module-manual', { channels: ['WEBHOOK'] }, user)
    answers = [503, 500, 204, 410]
    await escalate('vendas')
    await soon(() => posts.length).toBe(1)
    await soon(async () => (await deliveries())[0]?.lastError).toMatch(
      /^UNAVAILABLE: hooks.example.com:\d+ answered 503/,
    )
    engine.clock.advance(31_000)
    await soon(() => posts.length).toBe(2)
    await soon(async () => (await deliveries())[0]?.lastError).toMatch(/500/)
    engine.clock.advance(61_000)
    await soon(async () => (await deliveries())[0]).toMatchObject({
      status: 'DELIVERED',
      attempts: 3,
      lastError: null,
      nextAttemptAt: null,
    })
    expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1)

    await run(`update incidents set status = 'resolved', resolved_at = now()`)
    await soon(async () => (await deliveries())[0]).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      nextAttemptAt: null,
    })
    expect((await deliveries())[0]!.lastError).toMatch(/410.*connect the channel again/)
  })

  test('that it is over is not told before that it began', async () => {
    await connectChannel(engine, engine.workspaceId, { kind: 'WEBHOOK', url: hook('/alerts') }, user)
    await changeRule(engine, engine.workspaceId, 'module-manual', { channels: ['WEBHOOK'] }, user)
    answers = [503]
    await escalate('vendas')
    await soon(() => posts.length).toBe(1)
    await run(`update incidents set status = 'resolved', resolved_at = now()`)
    await soon(statuses).toEqual(['module-manual vendas RESOLVED'])
    engine.clock.advance(31_000)
    await soon(() => posts.map(({ text }) => (JSON.parse(text) as { type: string }).type)).toEqual([
      'alert.fired',
      'alert.fired',
      'alert.resolved',
    ])
  })

  test('a channel that was disconnected leaves what was to be told there in the log', async () => {
    await connectChannel(engine, engine.workspaceId, { kind: 'SLACK', url: hook('/services/T/B/secret') }, user)
    await changeRule(engine, engine.workspaceId, 'module-manual', { channels: ['SLACK'] }, user)
    answers = [503]
    await escalate('vendas')
    await soon(() => posts.length).toBe(1)
    expect(JSON.parse(posts[0]!.text)).toEqual({ text: expect.stringContaining('Vendas') })
    await soon(async () => (await deliveries())[0]?.lastError).toMatch(/503/)
    expect((await deliveries())[0]!.lastError).not.toContain('secret')
    await disconnectChannel(engine, engine.workspaceId, 'SLACK', user)
    engine.clock.advance(31_000)
    await soon(async () => (await deliveries())[0]).toMatchObject({
      status: 'FAILED',
      lastError: expect.stringContaining('not connected'),
    })
  })

  test('a session that somebody has a copy of is an alert for a day, by the name of whose it was', async () => {
    await run(`insert into sessions (id, workspace_id, user_id, address, created_at, last_used_at, expires_at, revoked_at, stolen_at)
      select gen_random_uuid(), m.workspace_id, m.user_id, '::1', t.now, t.now, t.now, t.now, t.now
      from memberships m, (select '${engine.clock.now().toISOString()}'::timestamptz as now) t limit 1`)
    await soon(async () => (await alerts())[0]).toMatchObject({ rule: 'session-stolen', status: 'FIRING' })
    engine.clock.advance(86_400_000)
    await soon(async () => (await alerts())[0]?.status).toBe('RESOLVED')
    await run('delete from sessions')
  })

  test('a request of a person that waits for too long is an alert of its own, until it is answered', async () => {
    await run(`insert into data_subject_requests (id, workspace_id, kind, status, subject, created_at, due_at)
      select gen_random_uuid(), id, 'EXPORT', 'RECEIVED', 'x@example.com', '${engine.clock.now().toISOString()}'::timestamptz - interval '11 days', now() from workspaces`)
    await soon(async () => (await alerts()).map(({ rule, value }) => `${rule} ${Math.floor(value)}`)).toEqual([
      'privacy-request-late 11',
    ])
    await run(`update data_subject_requests set status = 'COMPLETED'`)
    await soon(async () => (await alerts())[0]?.status).toBe('RESOLVED')
    await run('delete from data_subject_requests')
  })
})
