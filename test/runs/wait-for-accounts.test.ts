import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EventAccount } from '../../core/events/append-event.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { removeAccount, renameAccountOf } from '../../core/publishing/change-account.ts'
import { eventsListenedTo } from '../../core/publishing/events-listened-to.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { buildSmsProvider } from '../support/sms-provider.ts'
import { playbook } from './support.ts'

const DAY = 24 * 60 * 60_000
const MAIN: EventAccount = { name: 'main', isDefault: true }
const SALES: EventAccount = { name: 'sales', isDefault: false }
const entry = (rest = '') => `{ event: keyed.replied, correlate: { leadId: '\${{ lead.id }}' }${rest} }`
const one = (rest = '') => `
- id: reply
  waitFor: { one: ${entry(rest)}, timeout: 1d }
- return: '\${{ steps.reply.output.timedOut ? "nobody" : steps.reply.output.data.by }}'`

describe.each(DATABASE_KINDS)('waitFor with an account, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  const credentials: Record<string, string> = {}
  const viewer = () => ({ workspaceId: engine.workspaceId, userId: newId<UserId>() })

  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-accounts-'))
    await buildSmsProvider(folder, 'keyed', { keyed: true })
    const { id } = await installPlugin(engine, {
      workspaceId: engine.workspaceId,
      from: { kind: 'folder', path: join(folder, 'keyed') },
      grant: 'all-declared',
    })
    for (const account of ['main', 'sales']) {
      const asked = { installationId: id, template: 'account', account, fields: { key: `key-of-${account}` } }
      credentials[account] = (await connectCredential(engine, viewer(), asked)).id
    }
  }, 120_000)
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(() => engine.wipe())

  const begin = async (steps: string) => {
    await engine.publish(playbook(steps))
    const leadId = await engine.capture()
    await engine.settled()
    return leadId
  }
  const replies = async (leadId: string, by: string, account?: EventAccount) => {
    await engine.emit('keyed.replied', { leadId, by }, leadId, account)
    await engine.settled()
  }

  test('hears the account that it names and no other', async () => {
    const leadId = await begin(one(', account: sales'))
    await replies(leadId, 'main', MAIN)
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await replies(leadId, 'sales', SALES)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: 'sales' })
  })

  test('without a name it hears the one that is the default when it hears of the event, as a trigger does', async () => {
    const leadId = await begin(one())
    await replies(leadId, 'sales', SALES)
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await replies(leadId, 'sales, the default by now', { name: 'sales', isDefault: true })
    expect(await engine.run()).toMatchObject({ status: 'completed', output: 'sales, the default by now' })
  })

  test('an event that no plugin heard of, one that a playbook emits, is heard whatever is named', async () => {
    for (const rest of ['', ', account: sales']) {
      const leadId = await begin(one(rest))
      await replies(leadId, 'a playbook')
      expect(await engine.run()).toMatchObject({ status: 'completed', output: 'a playbook' })
      await engine.wipe()
    }
  })

  test('what came before the step counts where the account is the one', async () => {
    const leadId = await begin(`- wait: 1h\n${one(', account: sales').trim()}`)
    await replies(leadId, 'main', MAIN)
    await replies(leadId, 'sales', SALES)
    await engine.advance(60 * 60_000)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: 'sales' })
  })

  test('of all, each waits for its own account', async () => {
    const leadId = await begin(`
- id: both
  waitFor: { all: [${entry(', account: sales')}, ${entry()}], timeout: 1d }
- return: '\${{ steps.both.output.events.map(e, e.data.by) }}'`)
    await replies(leadId, 'main', MAIN)
    await replies(leadId, 'main again', MAIN)
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await replies(leadId, 'sales', SALES)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: ['sales', 'main'] })
  })

  test('of any, the if of the entry that the event fits is asked, and of no other', async () => {
    const leadId = await begin(`
- id: reply
  waitFor:
    any:
      - ${entry(`, account: sales, if: '\${{ event.by == "sales" }}'`)}
      - ${entry(`, if: '\${{ event.by == "Ana" }}'`)}
    timeout: 1d
- return: '\${{ steps.reply.output.data.by }}'`)
    await replies(leadId, 'Ana', SALES)
    await replies(leadId, 'sales', MAIN)
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await engine.brain.stop()
    await engine.emit('keyed.replied', { leadId, by: 'Ana' }, leadId, MAIN)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', output: 'Ana' })
  })

  test('a run that waited before accounts could be named goes on hearing all of them', async () => {
    const leadId = await begin(one())
    await engine.sql.query({ name: '', text: 'update wait_events set account = null' })
    await replies(leadId, 'sales', SALES)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: 'sales' })
  })

  test('an account that is waited for is neither removed nor renamed, and its vendor is listened to for it alone', async () => {
    await begin(one(', account: sales'))
    const listened = async () => {
      const listens = await eventsListenedTo(engine, engine.workspaceId)
      return [MAIN, SALES].map(account => listens({ type: 'keyed.replied', account }))
    }
    const refused = async () => {
      const error = { code: 'CONFLICT', message: expect.stringContaining('the playbook test names it') }
      await expect(removeAccount(engine, viewer(), credentials['sales']!)).rejects.toMatchObject(error)
      await expect(renameAccountOf(engine, viewer(), credentials['sales']!, 'rio')).rejects.toMatchObject(error)
    }
    await refused()
    expect(await listened()).toEqual([false, true])
    await engine.publish(playbook(one()))
    await refused() // the run follows the version before
    expect(await listened()).toEqual([true, true])
    await engine.advance(DAY)
    expect(await listened()).toEqual([true, false])
    await renameAccountOf(engine, viewer(), credentials['sales']!, 'rio')
    await renameAccountOf(engine, viewer(), credentials['sales']!, 'sales')
    const goal = 'enrollment: { subject: "${{ event.leadId }}", goal: { event: keyed.replied } }\nsteps:'
    await engine.publish(playbook('- wait: 1d').replace('steps:', goal))
    expect(await listened()).toEqual([true, true])
  })

  test('one that is not there is found where the playbook is published', async () => {
    await expect(engine.publish(playbook(one(', account: sale')))).rejects.toMatchObject({
      details: {
        diagnostics: [{ code: 'UNKNOWN_ACCOUNT', path: 'steps.0.waitFor.one.account', suggestion: 'sales' }],
      },
    })
  })
})
