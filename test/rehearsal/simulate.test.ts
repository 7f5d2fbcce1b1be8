import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { compareEffects } from '../../core/rehearsal/compare-effects.ts'
import { readHistory } from '../../core/rehearsal/read-history.ts'
import { runSimulation } from '../../core/rehearsal/run-simulation.ts'
import { simulate } from '../../core/rehearsal/simulate.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { openTestBench, type TestBench } from './rehearse.ts'

const DAY = 86_400_000
/** Another process opens a database, on a machine that may be busy. */
const PATIENCE = { timeout: 120_000 }
const PLAYBOOK = `id: outreach
name: Outreach
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - id: first
    uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Olá, leadId: '\${{ lead.id }}' }
    onError: continue
  - id: answer
    waitFor:
      any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }]
      timeout: 5d
  - id: reminder
    if: \${{ steps.answer.output.timedOut }}
    uses: email/send
    with: { to: '\${{ lead.email }}', subject: De novo, body: De novo, leadId: '\${{ lead.id }}' }
    onError: continue
`

let bench: TestBench
beforeAll(async () => void (bench = await openTestBench()))
afterAll(() => bench?.close())

describe.each(DATABASE_KINDS)('a simulation of what happened on %s', kind => {
  let engine: Engine
  const leads: string[] = []
  /** Three leads on three days: the first answers on the day after, the others get a reminder five days later. */
  beforeAll(async () => {
    engine = await startEngine(kind)
    await installBuiltIns(engine, engine.workspaceId)
    await engine.publish(PLAYBOOK)
    await engine.advance(DAY)
    for (const n of [1, 2, 3]) {
      leads.push(await engine.capture({ name: `Lead ${n}`, email: `lead${n}@example.com` }))
      await engine.settled()
      await engine.advance(DAY)
      if (n === 1) await engine.emit('message.received', { leadId: leads[0], text: 'Sim' }, leads[0])
      await engine.settled()
    }
    for (let day = 0; day < 6; day++) await engine.advance(DAY)
  })
  afterAll(() => engine?.close())

  const simulated = async (source: string) => {
    const { playbook } = compilePlaybook(source, bench.catalog)
    const since = new Date(engine.clock.now().getTime() - 20 * DAY)
    return simulate(bench.rehearsal, source, await readHistory(engine, engine.workspaceId, playbook!, since))
  }

  it('comes to the same where the draft is what was published, and sends nothing', async () => {
    const sent = await engine.count('messages')
    const report = await simulated(PLAYBOOK)
    expect(report).toMatchObject({
      playbook: 'outreach',
      events: 4,
      runs: { completed: 3 },
      counts: { same: 5, added: 0, missing: 0, moved: 0 },
      effectsLeftOut: 0,
    })
    expect(report.effects[0]).toMatchObject({ action: 'email/send', path: 'first', lead: 'Lead 1, lead1@example.com' })
    expect(report.assumptions.join(' ')).not.toContain('Made up')
    expect(await engine.count('messages')).toBe(sent)
  })

  it('tells what would come at another time, what would be added and what would be missing', async () => {
    const later = await simulated(PLAYBOOK.replace('timeout: 5d', 'timeout: 4d'))
    expect(later.counts).toEqual({ same: 3, added: 0, missing: 0, moved: 2 })
    const [moved] = later.effects
    expect(Date.parse(moved!.was!) - Date.parse(moved!.at!)).toBe(DAY)
    expect(moved).toMatchObject({ difference: 'moved', path: 'reminder', leadId: leads[1] })

    const fewer = await simulated(PLAYBOOK.replace('timedOut }}', 'timedOut && lead.name == "Lead 3" }}'))
    expect(fewer.counts).toEqual({ same: 4, added: 0, missing: 1, moved: 0 })
    expect(fewer.effects[0]).toMatchObject({ difference: 'missing', leadId: leads[1], at: null })

    const more = await simulated(
      `${PLAYBOOK}  - { uses: local-crm/add-note, with: { leadId: '\${{ lead.id }}', text: Fim }, onError: continue }\n`,
    )
    expect(more.counts).toEqual({ same: 5, added: 3, missing: 0, moved: 0 })
    expect(more.effects[0]).toMatchObject({ difference: 'added', action: 'local-crm/add-note', was: null })
    expect(more.assumptions.join(' ')).toContain('the answers of local-crm/add-note')
  })

  it('tells a run of the message that failed in its place, and of no other', async () => {
    const source = `id: undelivered
name: Undelivered
module: pre_vendas
triggers: [{ event: writing.began }]
steps:
  - id: failed
    waitFor:
      any: [{ event: message.failed, correlate: { leadId: '\${{ event.leadId }}', runId: '\${{ run.id }}' } }]
      timeout: 1d
  - uses: local-crm/add-note
    with: { leadId: '\${{ event.leadId }}', text: '\${{ steps.failed.output.timedOut ? "Silence" : steps.failed.output.data.reason }}' }
`
    await engine.publish(source)
    await engine.emit('writing.began', { leadId: leads[0] }, leads[0])
    await engine.settled()
    const run = (await engine.runs()).find(({ status }) => status === 'waiting')!
    for (const [hour, runId] of [null, newId(), run.id].entries()) {
      await engine.emit('message.failed', { leadId: leads[0], runId, reason: `${hour}` }, leads[0])
      await engine.settled()
      await engine.advance(3_600_000)
    }
    const report = await simulated(source)
    expect(report).toMatchObject({ events: 4, counts: { same: 1, added: 0, missing: 0, moved: 0 } })
    expect(Date.parse(report.effects[0]!.at!) - Date.parse(run.createdAt)).toBe(2 * 3_600_000)
  })

  it('lets the schedules of the draft tick all that time', async () => {
    const daily = `id: outreach
name: Outreach
module: pre_vendas
triggers: [{ schedule: { every: 1d } }]
steps: [{ uses: email/send, with: { to: team@example.com, subject: '\${{ event.scheduledAt }}', body: Olá }, onError: continue }]
`
    const { counts, runs } = await simulated(daily)
    expect(runs).toEqual({ completed: 20 })
    expect(counts).toEqual({ same: 0, added: 20, missing: 5, moved: 0 })
  })

  it('runs in a process of its own, tells how far it is, and refuses a draft with errors', PATIENCE, async () => {
    const since = new Date(engine.clock.now().getTime() - 20 * DAY)
    const messages = []
    for await (const message of runSimulation(engine, engine.workspaceId, { source: PLAYBOOK, since }))
      messages.push(message)
    expect(messages.length).toBeGreaterThan(2)
    expect(messages.at(-1)).toMatchObject({ report: { counts: { same: 5 } } })
    const first = (source: string, from = since) =>
      runSimulation(engine, engine.workspaceId, { source, since: from }).next()
    await expect(first(PLAYBOOK.replace('email/send', 'email/sned'))).rejects.toMatchObject({ code: 'PLAYBOOK' })
    await expect(first(PLAYBOOK, new Date(0))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})

describe('effects side by side', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  const effect = (leadId: string, minute: number, action = 'email/send', account: string | null = null) => ({
    leadId,
    path: 'a',
    action,
    account,
    at: at(minute),
  })

  it('are the same within a minute, and paired in order for each lead and action', () => {
    const compared = compareEffects(
      [effect('l1', 0), effect('l1', 10), effect('l2', 5), effect('l3', 0, 'crm/update-lead')],
      [effect('l1', 1), effect('l1', 15), effect('l2', 5), effect('l2', 9)],
      id => id,
    )
    expect(compared.map(({ difference, leadId, at, was }) => [difference, leadId, at, was])).toEqual([
      ['added', 'l3', at(0), null],
      ['missing', 'l2', null, at(9)],
      ['moved', 'l1', at(10), at(15)],
      ['same', 'l1', at(0), at(1)],
      ['same', 'l2', at(5), at(5)],
    ])
  })

  it('are two where one would go out from another account', () => {
    const text = (minute: number, account: string) => effect('l1', minute, 'twilio/send-sms', account)
    const compared = compareEffects([text(0, 'sales'), text(5, 'main')], [text(0, 'main'), text(5, 'main')], id => id)
    expect(compared.map(({ difference, account, at, was }) => [difference, account, at, was])).toEqual([
      ['added', 'sales', at(0), null],
      ['moved', 'main', at(5), at(0)],
      ['missing', 'main', null, at(5)],
    ])
  })
})
