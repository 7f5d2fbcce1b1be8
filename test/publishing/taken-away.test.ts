import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listCredentials } from '../../core/credentials/store.ts'
import { errorRecord } from '../../core/errors.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { removeAccount, renameAccountOf } from '../../core/publishing/change-account.ts'
import { archivePlaybook, pausePlaybook, resumePlaybook } from '../../core/publishing/playbook-status.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { uninstallPlugin } from '../../core/publishing/uninstall-plugin.ts'
import { rebindService } from '../../core/runs/rebind-service.ts'
import type { Sql } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { buildSmsProvider } from '../support/sms-provider.ts'
import { playbook } from '../runs/support.ts'

const NAMES_SALES = playbook(`- uses: keyed/send
  account: sales
  with: { to: '\${{ lead.phone }}', body: Oi, leadId: '\${{ lead.id }}' }
  onError: fail`)
/** Asked by whoever looks before it changes. */
const LOOKS = new Set(['published-playbooks', 'versions-in-use', 'published-with-plugin', 'credentials.list'])

describe.each(DATABASE_KINDS)('publishing while what is named is taken away, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  const viewer = () => ({ workspaceId: engine.workspaceId, userId: newId<UserId>() })
  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-taken-'))
    await buildSmsProvider(folder, 'keyed', { keyed: true })
  }, 120_000)
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await engine.wipe()
    await ensure()
  })
  /** The plugin with its two accounts. */
  const ensure = async () => {
    await engine.sql.query({ name: '', text: 'delete from credentials' })
    if (!engine.plugins.installation(engine.workspaceId, 'keyed'))
      await installPlugin(engine, {
        workspaceId: engine.workspaceId,
        from: { kind: 'folder', path: join(folder, 'keyed') },
        grant: 'all-declared',
      })
    const installationId = engine.plugins.installation(engine.workspaceId, 'keyed')!.id
    await rebindService(engine, engine.workspaceId, 'sms', [{ pluginId: 'keyed' }])
    for (const account of ['main', 'sales'])
      await connectCredential(engine, viewer(), {
        installationId,
        template: 'account',
        account,
        fields: { key: `key-of-${account}` },
      })
  }

  const sales = async () =>
    (await listCredentials(engine, engine.workspaceId)).find(({ account }) => account === 'sales')
  const publish = (core: Engine = engine, source = NAMES_SALES) => publishPlaybook(core, engine.workspaceId, source)
  const deeds = {
    'removes the account': async (core: Engine) => removeAccount(core, viewer(), (await sales())!.id),
    'gives the account another name': async (core: Engine) =>
      void (await renameAccountOf(core, viewer(), (await sales())!.id, `was-sales-${++renamed}`)),
    'removes the plugin': async (core: Engine) => void (await uninstallPlugin(core, engine.workspaceId, 'keyed')),
  }
  let renamed = 0
  /** A core in which `first` is done between what it looked at and what it changes. */
  const overtakenBy = (first: () => Promise<unknown>): Engine => {
    let looked = false
    let done: Promise<unknown> | undefined
    const sql: Sql = {
      ...engine.sql,
      async transaction(work) {
        if (looked) await (done ??= first())
        return engine.sql.transaction(work)
      },
      async query(statement, parameters) {
        looked ||= LOOKS.has(statement.name)
        return engine.sql.query(statement, parameters)
      },
    }
    return { ...engine, sql }
  }
  /** What is published and names what is not there. */
  const namesWhatIsGone = async () => {
    const published = await engine.count('playbooks', 'published_version_id is not null')
    return published > 0 && (await sales()) === undefined
  }

  test.each(Object.entries(deeds))('who %s while it is published is told to the publisher', async (_name, takeAway) => {
    await expect(publish(overtakenBy(() => takeAway(engine)))).rejects.toMatchObject({
      code: 'PLAYBOOK',
      details: { diagnostics: [{ code: expect.stringMatching(/^UNKNOWN_(ACCOUNT|ACTION|PLUGIN)$/) }] },
    })
    expect(await namesWhatIsGone()).toBe(false)
  })

  test.each(Object.entries(deeds))('who %s is refused where it is published meanwhile', async (_name, takeAway) => {
    await expect(takeAway(overtakenBy(() => publish()))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/the playbook test names it|is needed by test/),
    })
    expect(await namesWhatIsGone()).toBe(false)
  })

  test.each(Object.entries(deeds))(
    'once archived it keeps nobody from it: who %s; it is not resumed, but mended',
    async (_name, takeAway) => {
      const { playbookId } = await publish()
      await archivePlaybook(engine, engine.workspaceId, playbookId)
      await takeAway(engine)
      const resume = () => resumePlaybook(engine, engine.workspaceId, playbookId)
      const refused = {
        code: 'CONFLICT',
        message: expect.stringMatching(/^test cannot be resumed, .* Line \d+: .*(sales|keyed)/),
        details: { diagnostics: [{ code: expect.stringMatching(/^UNKNOWN_(ACCOUNT|ACTION)$/) }] },
      }
      await expect(resume()).rejects.toMatchObject(refused)
      expect(await engine.count('playbooks', `status = 'ARCHIVED'`)).toBe(1)
      expect(await pausePlaybook(engine, engine.workspaceId, playbookId)).toMatchObject({ status: 'PAUSED' })
      await expect(resume(), 'paused it names it still').rejects.toMatchObject(refused)
      await publish(engine, playbook('- set: { without: 1 }'))
      expect(await resume()).toMatchObject({ status: 'ACTIVE' })
    },
  )

  test.each(Object.entries(deeds))(
    'who %s while an archived one is resumed is told to whoever resumes',
    async (_name, takeAway) => {
      const { playbookId } = await publish()
      await archivePlaybook(engine, engine.workspaceId, playbookId)
      const overtaken = overtakenBy(() => takeAway(engine))
      await expect(resumePlaybook(overtaken, engine.workspaceId, playbookId)).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      expect(await engine.count('playbooks', `status = 'ARCHIVED'`)).toBe(1)
    },
  )

  test('an archived one whose plugin is disabled is resumed', async () => {
    const { playbookId } = await publish()
    await archivePlaybook(engine, engine.workspaceId, playbookId)
    await disablePlugin(engine, engine.workspaceId, 'keyed')
    expect(await resumePlaybook(engine, engine.workspaceId, playbookId)).toMatchObject({ status: 'ACTIVE' })
    await enablePlugin(engine, engine.workspaceId, 'keyed')
  })

  test('a service is bound to no account that is removed meanwhile, and one that is bound meanwhile is not removed', async () => {
    const bind = (core: Engine) =>
      rebindService(core, engine.workspaceId, 'sms', [{ pluginId: 'keyed', account: 'sales' }])
    await expect(deeds['removes the account'](overtakenBy(() => bind(engine)))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('the service sms names it'),
    })
    await rebindService(engine, engine.workspaceId, 'sms', [{ pluginId: 'keyed' }])
    await expect(bind(overtakenBy(() => deeds['removes the account'](engine)))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })

  test.runIf(kind === 'postgres')('of two at once, again and again, one at most has its way', async () => {
    const ways = new Set<string>()
    for (let round = 0; round < 12; round++) {
      await engine.wipe()
      const [name, takeAway] = Object.entries(deeds)[round % 3]!
      await ensure()
      const [published, taken] = await Promise.allSettled([publish(), takeAway(engine)])
      expect([published.status, taken.status], name).toContain('fulfilled')
      expect(await namesWhatIsGone(), name).toBe(false)
      for (const one of [published, taken])
        if (one.status === 'rejected') expect(errorRecord(one.reason).code).toMatch(/^(PLAYBOOK|CONFLICT)$/)
      ways.add(`${published.status} ${taken.status}`)
    }
    expect(ways).not.toContain('fulfilled fulfilled')
  })
})
