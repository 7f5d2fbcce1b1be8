import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appendEvent } from '../../core/events/append-event.ts'
import { newId } from '../../core/ids.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'
import { heldOfPerson } from '../../core/privacy/held-of-person.ts'
import { countSuppressions, setSuppression } from '../../core/privacy/suppressions.ts'
import { withdrawConsent } from '../../core/privacy/withdraw-consent.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { getRun, listRuns } from '../../core/runs/read-runs.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { findLeads } from '../../core/sales/leads.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { startByHand } from '../../core/triggers/start-by-hand.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const WAITING = `id: waiting
name: Waiting
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: one
    wait: 30d
`

const CALLED = `id: called
name: Called
module: pre_vendas
triggers:
  - event: call.wanted
steps:
  - id: one
    wait: 30d
`
const CALLED_SOON = CALLED.replace('id: called', 'id: called-soon').replace(
  '- event: call.wanted',
  `- event: call.hurried\ndebounce: { key: '\${{ event.type }}', quiet: 5m }`,
)

describe.each(DATABASE_KINDS)('what a person may ask, on %s', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
    for (const source of [WAITING, CALLED, CALLED_SOON]) await publishPlaybook(core, core.workspaceId, source)
    await core.brain.open()
  }, 60_000)
  afterAll(() => core.close())

  const capture = async (email: string, basis: 'CONSENT' | 'CONTRACT' = 'CONSENT') => {
    const lead = leadInput.parse({ name: 'Ana Souza', email, consent: { basis } })
    const captured = await captureLead(core, core.workspaceId, lead, { source: 'test' })
    core.queue.ring('events')
    return captured
  }
  /** Puts out an event about a lead; whatever it starts is there afterwards. */
  const tell = async (type: string, leadId: string) => {
    const event = { type, subjectId: leadId, data: {}, source: 'test' }
    const id = await appendEvent(core.sql, core.workspaceId, event, core.clock.now())
    await dispatchEvents(core, [id!])
  }
  const runOf = async (leadId: string) => {
    const runs = async () => (await listRuns(core, core.workspaceId, { filter: { leadId } })).items
    await expect
      .poll(async () => (await runs()).map(({ node }) => node.status), { timeout: 20_000 })
      .toEqual(['waiting'])
    return (await runs())[0]!.node.id
  }
  const leadOf = async (id: string) => (await findLeads(core, core.workspaceId, [id]))[0]!

  it('a withdrawn consent stops runs and letters, once, and says since when', async () => {
    const { leadId } = await capture('ana@example.com')
    const runId = await runOf(leadId)
    expect(await withdrawConsent(core, core.workspaceId, leadId, 'host')).toEqual({ stoppedRuns: 1 })
    await expect
      .poll(async () => (await getRun(core, core.workspaceId, runId)).status, { timeout: 20_000 })
      .toBe('cancelled')
    const { consent, unsubscribedAt } = await leadOf(leadId)
    expect(consent).toMatchObject({ basis: 'CONSENT', withdrawnAt: expect.any(String), grantedAt: expect.any(String) })
    expect(unsubscribedAt).not.toBeNull()
    const letter = { leadId, to: 'ana@example.com', subject: 'Hello', body: 'text' }
    await expect(sendMessage(core, core.workspaceId, letter, { key: newId(), runId: null })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    core.clock.advance(60_000)
    expect(await withdrawConsent(core, core.workspaceId, leadId, 'host')).toEqual({ stoppedRuns: 0 })
    expect((await leadOf(leadId)).consent).toEqual(consent)
  })
  it('nothing begins about them afterwards, by an event, by hand or again, until they agree anew', async () => {
    const email = 'davi@example.com'
    const { leadId } = await capture(email)
    const runId = await runOf(leadId)
    await withdrawConsent(core, core.workspaceId, leadId, 'host')
    await expect
      .poll(async () => (await getRun(core, core.workspaceId, runId)).status, { timeout: 20_000 })
      .toBe('cancelled')
    const about = async () => (await listRuns(core, core.workspaceId, { filter: { leadId } })).items.length
    for (const type of ['call.wanted', 'call.hurried']) await tell(type, leadId)
    expect(await about()).toBe(1)
    const refused = { code: 'CONFLICT', message: expect.stringContaining('withdrawn their consent') }
    const start = { playbook: 'waiting', inputs: {}, leadId, by: 'ana' }
    await expect(startByHand(core, core.workspaceId, start)).rejects.toMatchObject(refused)
    const again = { from: 'one', version: 'origin', by: 'ana' } as const
    await expect(replayRun(core, core.workspaceId, runId, again)).rejects.toMatchObject(refused)
    expect(await about()).toBe(1)

    expect((await capture(email)).leadId).toBe(leadId)
    await expect.poll(about, { timeout: 20_000 }).toBe(2)
    for (const type of ['call.wanted', 'call.hurried']) await tell(type, leadId)
    expect(await about()).toBe(4)
  })
  it('what rests on a contract is not withdrawn, and nothing is changed', async () => {
    const { leadId } = await capture('contract@example.com', 'CONTRACT')
    const before = await leadOf(leadId)
    await expect(withdrawConsent(core, core.workspaceId, leadId, 'host')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(withdrawConsent(core, core.workspaceId, newId(), 'host')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await leadOf(leadId)).toEqual(before)
  })
  it('what is counted before an erasure is what it then does', async () => {
    const { leadId } = await capture('bia@example.com')
    const runId = await runOf(leadId)
    expect(await heldOfPerson(core, core.workspaceId, 'bia@example.com')).toMatchObject({
      leadIds: [leadId],
      openRuns: 1,
      suppressed: false,
    })
    expect(await erasePerson(core, core.workspaceId, 'bia@example.com', 'host')).toBeUndefined()
    await expect
      .poll(async () => (await getRun(core, core.workspaceId, runId)).finishedAt, { timeout: 20_000 })
      .not.toBeNull()
    const { tables, suppressed } = await heldOfPerson(core, core.workspaceId, 'bia@example.com')
    expect(suppressed).toBe(true)
    const counted = tables.filter(({ keptBecause }) => keptBecause === null).map(({ table, rows }) => [table, rows])
    const erased = await erasePerson(core, core.workspaceId, 'bia@example.com', 'host')
    // of a table that is about them without a word of theirs there is nothing to scrub
    expect(Object.fromEntries(counted)).toMatchObject(erased!)
    expect(erased).toMatchObject({ leads: 1, runs: 1 })
  })
  it('the list of who is not taken in again is put on and off, and counted', async () => {
    const before = await countSuppressions(core, core.workspaceId)
    const set = (suppressed: boolean) =>
      setSuppression(core, core.workspaceId, { subject: 'Stop@Example.com ', suppressed }, 'host')
    await set(true)
    await set(true)
    expect(await countSuppressions(core, core.workspaceId)).toBe(before + 1)
    expect((await heldOfPerson(core, core.workspaceId, 'stop@example.com')).suppressed).toBe(true)
    await set(false)
    expect(await countSuppressions(core, core.workspaceId)).toBe(before)
    await expect(
      setSuppression(core, core.workspaceId, { subject: 'nonsense', suppressed: true }, 'host'),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})
