import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brainStatus } from '../../../core/brain/brain-status.ts'
import { readFigures } from '../../../core/brain/alerts/read-figures.ts'
import type { RuleKey } from '../../../core/brain/alerts/rules.ts'
import { buildPlugin } from '../../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../../core/plugins/install-plugin.ts'
import { DATABASE_KINDS } from '../../support/database.ts'
import { type Engine, startEngine } from '../../support/engine.ts'

/** Each figure over rows of its own, some of which do not count. The leader does not look meanwhile. */
describe.each(DATABASE_KINDS)('figures of alerts on %s', kind => {
  let engine: Engine
  let folder: string
  let leadId: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    await engine.publish(
      'id: quiet\nname: Quiet\nmodule: vendas\ntriggers: [{ manual: true }]\nsteps: [{ set: { a: 1 } }]',
    )
    leadId = await engine.capture()
    await engine.settled()
    await engine.brain.stop()
    folder = await mkdtemp(join(tmpdir(), 'trae-figures-'))
    await buildPlugin(join(import.meta.dirname, '../../../plugins/mailbox'), folder)
    const from = { kind: 'built-in', path: folder } as const
    await installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'all-declared' })
  }, 120_000)
  afterAll(async () => {
    await engine?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const now = () => engine.clock.now()
  const ago = (seconds: number) => new Date(now().getTime() - seconds * 1000).toISOString()
  const run = (text: string) => engine.sql.query({ name: '', text })
  const figures = async (rule: RuleKey) =>
    ((await readFigures(engine, engine.workspaceId)).get(rule) ?? []).map(({ subject, name, value }) => [
      subject,
      name,
      Math.round(value * 1000) / 1000,
    ])
  /** So many runs of the playbook, as they stand in the table. */
  const runs = (count: number, columns: Readonly<Record<string, string>>) =>
    run(`insert into runs (id, workspace_id, playbook_id, version_id, created_at, updated_at, ${Object.keys(columns)})
         select gen_random_uuid(), p.workspace_id, p.id, v.id, '${ago(600)}', '${ago(60)}', ${Object.values(columns)}
         from playbooks p join playbook_versions v on v.playbook_id = p.id, generate_series(1, ${count})`)
  const at = (seconds: number) => `'${ago(seconds)}'`

  test('the share of runs that failed, of a module that has enough of them', async () => {
    await runs(17, { status: `'completed'`, finished_at: at(60) })
    await runs(2, { status: `'failed'`, finished_at: at(60) })
    expect(await figures('module-errors')).toEqual([]) // 19 are too few to say
    await runs(1, { status: `'completed'`, finished_at: at(60) })
    await runs(30, { status: `'failed'`, finished_at: at(3600) }) // long ago
    expect(await figures('module-errors')).toEqual([['vendas', 'Vendas', 0.1]])
  })

  test('how long the oldest that is due waits, and runs that wait for a person', async () => {
    expect(await figures('queue-age')).toEqual([['', null, 0]])
    await runs(1, { status: `'queued'`, due_at: at(400) })
    await runs(1, { status: `'waiting'`, due_at: at(-400) }) // not yet
    await runs(1, { status: `'running'`, due_at: at(-15), lease_until: at(-15), lease_owner: 'gen_random_uuid()' }) // somebody is at it
    expect(await figures('queue-age')).toEqual([['', null, 400]])
    expect((await brainStatus(engine, engine.workspaceId)).queueSize).toBe(1)
    await runs(2, { status: `'quarantined'` })
    expect(await figures('runs-quarantined')).toEqual([['', null, 2]])
    expect(await figures('brain-health')).toEqual([['', null, expect.any(Number)]])
  })

  test('an account that the vendor takes no longer, by its plugin and kind', async () => {
    expect(await figures('credential-broken')).toEqual([])
    await run(`insert into credentials (id, workspace_id, installation_id, template, account, status, status_reason, public_fields, secrets_sealed, version, created_at, updated_at)
      select gen_random_uuid(), workspace_id, id, 'key', s.account, s.status, 'revoked', '{}', '', 1, now(), now()
      from installations, (values ('main', 'BROKEN'), ('other', 'CONNECTED')) s (account, status) where plugin_id = 'mailbox'`)
    expect(await figures('credential-broken')).toEqual([[expect.stringMatching(/^[0-9a-f-]{36}$/), 'mailbox (key)', 1]])
  })

  test('the share of e-mails to leads that came back, of the last day, where there are enough', async () => {
    const messages = (count: number, bounced: string, seconds: number) =>
      run(`insert into messages (id, workspace_id, lead_id, direction, channel, from_address, to_address, subject, body, bounced_at, created_at)
        select gen_random_uuid(), workspace_id, id, 'out', 'email', 'us@example.com', 'a@example.com', 's', 'b', ${bounced}, ${at(seconds)}
        from leads, generate_series(1, ${count}) where id = '${leadId}'`)
    await messages(18, 'null', 3600)
    await messages(1, at(60), 3600)
    await messages(9, at(60), 90_000) // the day before
    expect(await figures('hard-bounces')).toEqual([])
    await messages(1, 'null', 60)
    expect(await figures('hard-bounces')).toEqual([['', null, 0.05]])
  })

  test('what was won in thirty days, in the currency of most of it', async () => {
    expect(await figures('revenue-below-goal')).toEqual([['', 'BRL', 0]])
    const deal = (stage: string, amount: number, currency: string, days: number) =>
      run(`insert into deals (id, workspace_id, lead_id, title, stage, amount, currency, probability, closed_at, created_at, updated_at)
        select gen_random_uuid(), workspace_id, id, 't', '${stage}', ${amount}, '${currency}', 100, ${at(days * 86_400)}, ${at(days * 86_400)}, ${at(days * 86_400)}
        from leads where id = '${leadId}'`)
    await deal('WON', 100.5, 'BRL', 1)
    await deal('WON', 50, 'BRL', 29)
    await deal('WON', 9000, 'USD', 2)
    await deal('WON', 7000, 'BRL', 31)
    await deal('LOST', 3000, 'BRL', 3)
    expect(await figures('revenue-below-goal')).toEqual([['', 'BRL', 150.5]])
  })
})
