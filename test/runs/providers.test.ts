import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readAudit } from '../../core/access/audit.ts'
import type { FarSideRequest } from '../../core/credentials/egress.ts'
import { TraeError } from '../../core/errors.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { ActiveRun } from '../../core/runs/active-run.ts'
import { claimRuns } from '../../core/runs/claim-runs.ts'
import { Journal } from '../../core/runs/journal.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { rebindService } from '../../core/runs/rebind-service.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { buildSmsProvider } from '../support/sms-provider.ts'
import { playbook } from './support.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }
const SEND = `- id: text
  uses: sms/send
  with: { to: '\${{ lead.phone }}', body: Oi, leadId: '\${{ lead.id }}' }
  onError: fail`
const RETRIED = `${SEND}
  retry: { maxAttempts: 3, delay: 1m, jitter: 0 }`
const PHONE = '+5511987654321'

type Answer = number | 'lost' | 'unreachable'

describe.each(DATABASE_KINDS)('who provides a service, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  /** What the vendors answer next, by host; 200 when nothing is said. */
  const answers = new Map<string, Answer[]>()
  const requests: FarSideRequest[] = []

  beforeAll(async () => {
    engine = await startEngine(kind, {}, { egress: { farSide }, sandboxLimits: { breakerFailures: 2 } })
    folder = await mkdtemp(join(tmpdir(), 'trae-providers-'))
    await Promise.all([
      buildSmsProvider(folder, 'first'),
      buildSmsProvider(folder, 'second'),
      buildSmsProvider(folder, 'keyed', { keyed: true }),
      buildSmsProvider(folder, 'forgetful', { idempotency: 'none' }),
    ])
    for (const id of ['first', 'second', 'keyed', 'forgetful']) await install(id)
  }, 120_000)
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    answers.clear()
    requests.length = 0
    for (const id of ['first', 'second']) await enablePlugin(engine, engine.workspaceId, id)
    await engine.wipe()
    await engine.brain.start()
  })

  async function farSide(request: FarSideRequest) {
    requests.push(request)
    const host = new URL(request.url).hostname
    const answer = answers.get(host.split('.')[0]!)?.shift() ?? 200
    if (answer === 'lost') throw new TraeError('UNAVAILABLE', `${host} cannot be reached: it closed the connection.`)
    if (answer === 'unreachable')
      throw new TraeError('UNAVAILABLE', `${host} cannot be reached: it refuses connections.`, {
        details: { arrived: false },
      })
    return { status: answer, statusText: '', headers: {}, body: host }
  }

  const install = (id: string) =>
    installPlugin(engine, {
      workspaceId: engine.workspaceId,
      from: { kind: 'folder', path: join(folder, id) },
      grant: 'all-declared',
    })
  const bind = (...providers: (string | [string, string])[]) =>
    rebindService(
      engine,
      engine.workspaceId,
      'sms',
      providers.map(one => (typeof one === 'string' ? { pluginId: one } : { pluginId: one[0], condition: one[1] })),
    )
  const start = async (steps = SEND, fields: Record<string, unknown> = { phone: PHONE }) => {
    await engine.publish(playbook(steps))
    await engine.capture(fields)
    await engine.settled()
    return step()
  }
  const step = async () => {
    const run = await engine.run()
    return { run: run.status, ...(await engine.steps(run.id))['text']! }
  }
  const asked = () => requests.map(({ url }) => new URL(url).hostname.split('.')[0])

  test('is the first of the list; the step says who it was', async () => {
    await bind('first', 'second')
    expect(await start()).toMatchObject({ run: 'completed', action: 'first@1.0.0/send', passedOver: [] })
    expect(asked()).toEqual(['first'])
  })

  test('is the next one while calls of the first are held back, because they had to be ended by force', async () => {
    await bind('first')
    for (let run = 0; run < 2; run++) {
      expect(await start(RETRIED.replace('Oi', 'for ever').replace('3', '1'))).toMatchObject({
        error: { code: 'TIMEOUT' },
      })
      await engine.wipe()
    }
    expect(await start()).toMatchObject({ run: 'waiting', reason: { code: 'BUSY' } })
    await engine.wipe()
    await bind('first', 'second')
    expect(await start()).toMatchObject({
      run: 'completed',
      action: 'second@1.0.0/send',
      passedOver: [{ pluginId: 'first', error: { code: 'BUSY' } }],
    })
    expect(asked()).toEqual(['second'])
    engine.clock.advance(60_000)
    await engine.wipe()
    expect(await start()).toMatchObject({ run: 'completed', action: 'first@1.0.0/send' })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['true', { phone: PHONE, company: 'Acme' }, 'first'],
    ['empty', { phone: PHONE }, 'second'],
  ])('is the first whose rule holds: here it is %s', async (_, fields, who) => {
    await bind(['first', 'lead.company'], 'second')
    expect(await start(SEND, fields)).toMatchObject({ action: `${who}@1.0.0/send` })
  })

  test('depends on what the step gives, too', async () => {
    await bind(['first', 'inputs.to.startsWith("+1")'], ['second', 'inputs.to.startsWith("+55")'])
    expect(await start()).toMatchObject({ action: 'second@1.0.0/send' })
  })

  test('is nobody where no rule holds, and the step says which rules there are', async () => {
    await bind(['first', 'lead.company == "Beta"'])
    expect(await start()).toMatchObject({
      run: 'failed',
      error: { code: 'NOT_FOUND', message: expect.stringContaining('first if lead.company == "Beta"') },
    })
    expect(requests).toEqual([])
  })

  test.each<[string, string, Answer[]]>([
    ['refuses the connection', 'first', ['unreachable']],
    ['says 503', 'first', [503]],
    ['knows us no longer', 'first', [401]],
    ['has no account that is connected', 'keyed', []],
  ])('is the next when one %s, with the same key, in the same attempt', async (_, broken, said) => {
    answers.set(broken, said)
    await bind(broken, 'second')
    const done = await start()
    expect(done).toMatchObject({
      run: 'completed',
      attempt: 1,
      action: 'second@1.0.0/send',
      passedOver: [{ pluginId: broken, error: { code: expect.stringMatching(/UNAVAILABLE|CREDENTIAL/) } }],
    })
    expect(asked()).toEqual(broken === 'keyed' ? ['second'] : [broken, 'second'])
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(await engine.count('effects', "action = 'second@1.0.0/send' and status = 'sent'")).toBe(1)
  })

  test.each<[string, Answer]>([
    ['500', 500],
    ['502', 502],
    ['504', 504],
    ['a lost connection', 'lost'],
  ])('is nobody else after %s: it may have been sent, so the same one is asked again', async (_, said) => {
    answers.set('first', [said, 503, 200])
    await bind('first', 'second')
    expect(await start(RETRIED)).toMatchObject({ status: 'retrying', passedOver: [] })
    await engine.advance(60_000) // 503 says that this try did nothing, but not what became of the one before
    await engine.advance(120_000)
    expect(await step()).toMatchObject({ run: 'completed', attempt: 3, action: 'first@1.0.0/send', passedOver: [] })
    expect(asked()).toEqual(['first', 'first', 'first'])
  })

  test('stays the same after that also when the workspace chooses another, and when it is disabled meanwhile', async () => {
    answers.set('first', ['lost'])
    await bind('first', 'second')
    await start(RETRIED)
    await disablePlugin(engine, engine.workspaceId, 'first')
    await bind('second')
    await engine.advance(60_000)
    await expect.poll(async () => (await step()).reason, PATIENCE).toMatchObject({ code: 'PLUGIN_DISABLED' })
    await enablePlugin(engine, engine.workspaceId, 'first')
    await expect.poll(async () => (await step()).run, PATIENCE).toBe('completed')
    expect(asked()).toEqual(['first', 'first'])
  })

  test('is who was asked before a crash, whoever is chosen or ready now', async () => {
    await bind('first', 'second')
    await engine.publish(playbook(SEND))
    await engine.brain.stop()
    await engine.capture({ phone: PHONE })
    await dispatchEvents(engine)
    const owner = randomUUID()
    const { leases } = await claimRuns(engine, owner, { limit: 1, leaseMs: 1000 })
    const dying = new ActiveRun(
      { ...engine, journal: new Journal(engine, owner) },
      leases[0]!,
      await engine.playbooks.get(leases[0]!.versionId),
    )
    const [key, action] = [`${leases[0]!.runId}/text`, 'second@1.0.0/send']
    await dying.write([{ kind: 'step.started', path: 'text', attempt: 1, data: { key, action, provider: 'second' } }], {
      effects: [{ key, path: 'text', action, status: 'intended' }],
    })
    await bind('first')
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
    expect(await step()).toMatchObject({ run: 'completed', action })
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual([key])
    expect(asked()).toEqual(['second'])
  })

  test('is asked by the next attempt again, all of them, when none could do it and none has done anything', async () => {
    answers.set('first', [503, 503]).set('second', [503])
    await bind('first', 'second')
    expect(await start(RETRIED)).toMatchObject({ status: 'retrying', passedOver: [{}, {}] })
    await engine.advance(60_000)
    expect(await step()).toMatchObject({ run: 'completed', attempt: 2, action: 'second@1.0.0/send' })
    expect(asked()).toEqual(['first', 'second', 'first', 'second'])
  })

  test('is not another one for what is wrong with the request itself', async () => {
    answers.set('first', [422])
    await bind('first', 'second')
    expect(await start()).toMatchObject({ run: 'failed', error: { code: 'VALIDATION' } })
    expect(asked()).toEqual(['first'])
  })

  test('may be passed over also when it takes no keys, as long as nothing has left', async () => {
    answers.set('forgetful', ['unreachable'])
    await bind('forgetful', 'second')
    expect(await start()).toMatchObject({ run: 'completed', action: 'second@1.0.0/send' })
    await engine.wipe()
    answers.set('forgetful', ['lost'])
    expect(await start()).toMatchObject({ run: 'quarantined', status: 'unknown' })
  })

  test('is the next while one is disabled; when all are, the step waits, until one can or another is chosen', async () => {
    await bind('first', 'second')
    await disablePlugin(engine, engine.workspaceId, 'first')
    expect(await start()).toMatchObject({ run: 'completed', action: 'second@1.0.0/send' })
    await engine.wipe()
    await disablePlugin(engine, engine.workspaceId, 'second')
    await enablePlugin(engine, engine.workspaceId, 'first')
    await engine.publish(playbook(`- wait: 1d\n${SEND}`))
    await engine.capture({ phone: PHONE })
    await engine.settled()
    await disablePlugin(engine, engine.workspaceId, 'first')
    await engine.advance(86_400_000)
    await expect.poll(async () => (await step()).reason, PATIENCE).toMatchObject({ code: 'PLUGIN_DISABLED' })
    await enablePlugin(engine, engine.workspaceId, 'second')
    await bind('second')
    await expect.poll(async () => (await step()).run, PATIENCE).toBe('completed')
    expect(asked()).toEqual(['second', 'second'])
  })

  test('is changed for runs under way, in one piece, and who did it is kept', async () => {
    await bind('first')
    await engine.publish(playbook(`- wait: 1d\n${SEND}`))
    await engine.capture({ phone: PHONE })
    await engine.settled()
    await bind('second', ['first', 'lead.company'])
    await engine.advance(86_400_000)
    expect(await step()).toMatchObject({ run: 'completed', action: 'second@1.0.0/send' })
    const [entry] = await readAudit(engine, engine.workspaceId, 'service:sms')
    expect(entry).toMatchObject({
      action: 'service.bound',
      data: {
        providers: [
          { pluginId: 'second', account: null, condition: null },
          { pluginId: 'first', account: null, condition: 'lead.company' },
        ],
        was: [{ pluginId: 'first', account: null, condition: null }],
      },
    })
  })

  test.each<[string, Parameters<typeof bind>, string, string]>([
    ['nobody', [], 'BAD_USER_INPUT', 'at least one'],
    ['who is not here', ['third'], 'NOT_FOUND', 'No plugin third'],
    ['who provides something else', ['probe'], 'BAD_USER_INPUT', 'probe does not provide sms; first, '],
    ['one twice', ['first', 'first'], 'BAD_USER_INPUT', 'twice'],
    ['a rule that is none', [['first', 'lead.phone ==']], 'BAD_USER_INPUT', 'The rule "lead.phone =="'],
    ['a rule about what it cannot see', [['first', 'steps.score.output > 3']], 'BAD_USER_INPUT', 'found steps'],
    ['a rule about nothing that is known', [['first', 'led.phone']], 'BAD_USER_INPUT', 'found led'],
  ])('refuses %s, and changes nothing', async (_, providers, code, message) => {
    await bind('first')
    await expect(bind(...providers)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(engine.plugins.providers(engine.workspaceId, 'sms')).toEqual([
      { pluginId: 'first', account: null, condition: null },
    ])
  })
})
