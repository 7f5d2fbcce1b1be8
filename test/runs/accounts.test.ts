import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FarSideRequest } from '../../core/credentials/egress.ts'
import { type Credential, listCredentials } from '../../core/credentials/store.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { planCall } from '../../core/plugins/planned-calls.ts'
import { makeAccountDefault, removeAccount, renameAccountOf } from '../../core/publishing/change-account.ts'
import { readHistory } from '../../core/rehearsal/read-history.ts'
import { ActiveRun } from '../../core/runs/active-run.ts'
import { claimRuns } from '../../core/runs/claim-runs.ts'
import { Journal } from '../../core/runs/journal.ts'
import { rebindService } from '../../core/runs/rebind-service.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { buildSmsProvider } from '../support/sms-provider.ts'
import { playbook } from './support.ts'

const PHONE = '+5511987654321'
const sendOf = (uses: string, rest = '') => `- id: text
  uses: ${uses}${rest}
  with: { to: '\${{ lead.phone }}', body: Oi, leadId: '\${{ lead.id }}' }
  onError: fail
  retry: { maxAttempts: 3, delay: 1m, jitter: 0 }`
const SEND = sendOf('keyed/send')
const SEND_AS = (account: string) => sendOf('keyed/send', `\n  account: ${account}`)

describe.each(DATABASE_KINDS)('two accounts of one plugin, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  let installationId: string
  const answers: number[] = []
  const requests: FarSideRequest[] = []
  const viewer = () => ({ workspaceId: engine.workspaceId, userId: newId<UserId>() })

  beforeAll(async () => {
    const farSide = async (request: FarSideRequest) => {
      requests.push(request)
      return { status: answers.shift() ?? 200, statusText: '', headers: {}, body: 'm-1' }
    }
    engine = await startEngine(kind, {}, { egress: { farSide } })
    folder = await mkdtemp(join(tmpdir(), 'trae-accounts-'))
    await buildSmsProvider(folder, 'keyed', { keyed: true })
    const { id } = await installPlugin(engine, {
      workspaceId: engine.workspaceId,
      from: { kind: 'folder', path: join(folder, 'keyed') },
      grant: 'all-declared',
    })
    installationId = id
  }, 120_000)
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  const connect = (account: string | undefined, key: string) =>
    connectCredential(engine, viewer(), { installationId, template: 'account', account, fields: { key } })
  beforeEach(async () => {
    await engine.sql.query({ name: '', text: 'delete from credentials' })
    await connect('main', 'key-of-main')
    await connect('sales', 'key-of-sales')
  })
  afterEach(async () => {
    answers.length = requests.length = 0
    await rebindService(engine, engine.workspaceId, 'sms', [{ pluginId: 'keyed' }])
    await engine.wipe()
    await engine.brain.start()
  })

  const start = async (steps: string, fields: Record<string, unknown> = { phone: PHONE }) => {
    await engine.publish(playbook(steps))
    await engine.capture(fields)
    await engine.settled()
    return step()
  }
  const step = async () => {
    const run = await engine.run()
    return { run: run.status, ...(await engine.steps(run.id))['text']! }
  }
  const sentWith = () => requests.map(({ headers }) => headers['x-key'])
  const named = async (account: string): Promise<Credential> =>
    (await listCredentials(engine, engine.workspaceId)).find(one => one.account === account)!

  test('the first that was connected is used where a step names none, and the step says so', async () => {
    expect(await start(SEND)).toMatchObject({ run: 'completed', account: 'main' })
    expect(sentWith()).toEqual(['key-of-main'])
  })

  test('a step that names one is called with its secret', async () => {
    expect(await start(SEND_AS('sales'))).toMatchObject({ run: 'completed', account: 'sales' })
    expect(sentWith()).toEqual(['key-of-sales'])
  })

  test('a planned call goes out with the account of whoever planned it, also under its new name; the others are free', async () => {
    const plan = (key: string) =>
      planCall(
        engine,
        engine.plugins.installation(engine.workspaceId, 'keyed')!,
        { key, action: 'send', input: { to: PHONE, body: 'Oi' }, at: new Date(engine.clock.now().getTime() + 1000) },
        { account: 'sales', origin: key, limit: 10 },
      )
    await plan('a')
    await engine.advance(1000)
    expect(sentWith()).toEqual(['key-of-sales'])
    await plan('b')
    await renameAccountOf(engine, viewer(), (await named('sales')).id, 'brazil')
    await engine.advance(1000)
    expect(sentWith()).toEqual(['key-of-sales', 'key-of-sales'])
    await plan('c') // of an account that nobody knows by this name any more
    await engine.advance(1000)
    expect(sentWith()).toHaveLength(2)
    await removeAccount(engine, viewer(), (await named('brazil')).id)
  })

  test('a simulation is told from which account each was sent', async () => {
    await start(SEND_AS('sales'))
    const playbooks = await engine.playbooks.current(engine.workspaceId, -1)
    const began = new Date(engine.clock.now().getTime() - 60_000)
    const { effects } = await readHistory(engine, engine.workspaceId, playbooks[0]!.playbook, began)
    expect(effects).toMatchObject([{ action: 'keyed/send', account: 'sales' }])
  })

  test('another default is used from then on', async () => {
    await makeAccountDefault(engine, viewer(), (await named('sales')).id)
    expect(await start(SEND)).toMatchObject({ account: 'sales' })
    expect(sentWith()).toEqual(['key-of-sales'])
  })

  test('one that does not exist is found when the playbook is published, with what was meant', async () => {
    await expect(engine.publish(playbook(SEND_AS('sale')))).rejects.toMatchObject({
      code: 'PLAYBOOK',
      details: {
        diagnostics: [
          {
            code: 'UNKNOWN_ACCOUNT',
            path: 'steps.0.account',
            line: 10,
            message: 'keyed has no account "sale". There are main, sales.',
            suggestion: 'sales',
          },
        ],
      },
    })
  })

  test('a service may be bound to both, each with its rule; who is down is passed over for the other', async () => {
    await rebindService(engine, engine.workspaceId, 'sms', [
      { pluginId: 'keyed', account: 'sales', condition: 'lead.company' },
      { pluginId: 'keyed' },
    ])
    expect(await start(sendOf('sms/send'), { phone: PHONE, company: 'Acme' })).toMatchObject({ account: 'sales' })
    await engine.wipe()
    expect(await start(sendOf('sms/send'))).toMatchObject({ account: 'main' })
    await engine.wipe()
    answers.push(503)
    expect(await start(sendOf('sms/send'), { phone: PHONE, company: 'Acme' })).toMatchObject({
      run: 'completed',
      attempt: 1,
      account: 'main',
      passedOver: [{ pluginId: 'keyed', account: 'sales' }],
    })
    expect(sentWith()).toEqual(['key-of-sales', 'key-of-main', 'key-of-sales', 'key-of-main'])
    const unknown = rebindService(engine, engine.workspaceId, 'sms', [{ pluginId: 'keyed', account: 'sale' }])
    await expect(unknown).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('mean sales'),
    })
  })

  test('an effect that may have happened stays with its account, whichever is the default when it is tried again', async () => {
    answers.push(500)
    expect(await start(SEND)).toMatchObject({ status: 'retrying' })
    await makeAccountDefault(engine, viewer(), (await named('sales')).id)
    await renameAccountOf(engine, viewer(), (await named('main')).id, 'brazil')
    await engine.advance(60_000)
    expect(await step()).toMatchObject({ run: 'completed', attempt: 2 })
    expect(sentWith()).toEqual(['key-of-main', 'key-of-main'])
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  })

  test('and so does one that was in flight when the process died', async () => {
    await engine.publish(playbook(SEND))
    await engine.brain.stop()
    await engine.capture({ phone: PHONE })
    await dispatchEvents(engine)
    const owner = randomUUID()
    const { leases } = await claimRuns(engine, owner, { limit: 1, leaseMs: 1000 })
    const version = await engine.playbooks.get(leases[0]!.versionId)
    const dying = new ActiveRun({ ...engine, journal: new Journal(engine, owner) }, leases[0]!, version)
    const [key, action] = [`${leases[0]!.runId}/text`, 'keyed@1.0.0/send']
    const data = { key, action, provider: 'keyed', account: 'main' }
    await dying.write([{ kind: 'step.started', path: 'text', attempt: 1, data }], {
      effects: [{ key, path: 'text', action, status: 'intended' }],
    })
    await makeAccountDefault(engine, viewer(), (await named('sales')).id)
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
    expect(await step()).toMatchObject({ run: 'completed', account: 'main' })
    expect(sentWith()).toEqual(['key-of-main'])
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual([key])
  })

  test('one that a playbook, a run under way or a service names is neither removed nor renamed', async () => {
    await engine.publish(playbook(`- wait: 1d\n${SEND_AS('sales')}`))
    await engine.capture({ phone: PHONE })
    await engine.settled()
    const { id } = await named('sales')
    const message = expect.stringContaining('The account sales of keyed cannot be')
    const refused = async () => {
      await expect(removeAccount(engine, viewer(), id)).rejects.toMatchObject({ code: 'CONFLICT', message })
      await expect(renameAccountOf(engine, viewer(), id, 'brazil')).rejects.toMatchObject({ code: 'CONFLICT', message })
    }
    await refused()
    await engine.publish(playbook(`- wait: 1d\n${SEND}`))
    await refused() // the run follows the version before
    await engine.advance(86_400_000)
    expect(await step()).toMatchObject({ run: 'completed', account: 'sales' })
    await rebindService(engine, engine.workspaceId, 'sms', [{ pluginId: 'keyed', account: 'sales' }])
    await refused()
    await rebindService(engine, engine.workspaceId, 'sms', [{ pluginId: 'keyed' }])
    await renameAccountOf(engine, viewer(), id, 'brazil')
    await removeAccount(engine, viewer(), id)
    expect((await listCredentials(engine, engine.workspaceId)).map(({ account }) => account)).toEqual(['main'])
  })

  test('the default is not removed while there are others; the last one is, and the next is the default', async () => {
    const main = await named('main')
    await expect(removeAccount(engine, viewer(), main.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Make sales the default first'),
    })
    await makeAccountDefault(engine, viewer(), (await named('sales')).id)
    await removeAccount(engine, viewer(), main.id)
    await removeAccount(engine, viewer(), (await named('sales')).id)
    await connect('brazil', 'key-of-brazil')
    expect(await start(SEND)).toMatchObject({ account: 'brazil' })
  })

  test('a name that another had before is not given again, for a run under way may mean that one', async () => {
    const main = await named('main')
    await renameAccountOf(engine, viewer(), main.id, 'brazil')
    const message = expect.stringContaining('main is how the account brazil was called before')
    await expect(connect('main', 'key-of-nobody')).rejects.toMatchObject({ code: 'CONFLICT', message })
    await expect(renameAccountOf(engine, viewer(), (await named('sales')).id, 'main')).rejects.toMatchObject({
      message,
    })
    await renameAccountOf(engine, viewer(), main.id, 'main')
    expect(await named('main')).toMatchObject({ id: main.id })
    await expect(connect('Sales Team', 'key-of-nobody')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})
