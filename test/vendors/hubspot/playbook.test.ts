import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { listSteps } from '../../../core/runs/list-steps.ts'
import { listRuns } from '../../../core/runs/read-runs.ts'
import { refusal } from './hubspot.ts'
import { type HubSpotWorld, openHubSpotWorld } from './world.ts'

const PLAYBOOK = `id: to-hubspot
name: To HubSpot
module: vendas
triggers:
  - event: lead.captured
steps:
  - id: known
    uses: hubspot/search-contacts
    with: { filters: [{ property: company, operator: EQ, value: Acme }] }
  - id: contact
    uses: hubspot/upsert-contact
    with:
      email: \${{ lead.email }}
      firstName: \${{ lead.name }}
      properties: { hs_lead_status: NEW }
  - id: deal
    uses: hubspot/create-deal
    with: { name: 'Acme: \${{ lead.name }}', stage: appointmentscheduled, contactId: '\${{ steps.contact.output.id }}' }
    retry: { maxAttempts: 3 }
  - id: won
    uses: hubspot/update-deal
    with: { id: '\${{ steps.deal.output.id }}', stage: closedwon, amount: 100 }
  - id: lead
    uses: crm/update-lead
    with: { leadId: '\${{ lead.id }}', status: CONVERTED }
outputs: { deal: '\${{ steps.deal.output.id }}', known: '\${{ steps.known.output.total }}' }
`
const PATIENCE = { timeout: 20_000, interval: 50 }

describe('a playbook that keeps HubSpot', () => {
  let world: HubSpotWorld
  beforeAll(async () => {
    world = await openHubSpotWorld()
    await world.signIn()
    await publishPlaybook(world.core, world.core.workspaceId, PLAYBOOK)
    await world.core.brain.start()
  })
  afterAll(async () => {
    await world?.core.brain.stop()
    await world?.close()
  })
  let count = 0
  let email: string
  beforeEach(() => void (email = `ana${++count}@acme.com.br`))
  afterEach(() => {
    expect(world.hubspot.problems.splice(0)).toEqual([])
    expect(world.hubspot.instead.splice(0)).toEqual([])
  })

  const newest = async () => (await listRuns(world.core, world.core.workspaceId, { first: 100 })).items.length
  const runOf = async (leadId: string) =>
    (await listRuns(world.core, world.core.workspaceId, { first: 100 })).items
      .map(({ node }) => node)
      .find(run => run.subjectId === leadId)
  const stepsOf = async (leadId: string) => {
    const run = await runOf(leadId)
    if (!run) return {}
    const steps = await listSteps(world.core, world.core.workspaceId, run.id)
    return Object.fromEntries(steps.map(step => [step.path, step]))
  }
  const ended = (leadId: string) => expect.poll(async () => (await runOf(leadId))?.status, PATIENCE)
  const dealsOf = () =>
    [...world.hubspot.deals.all.values()].filter(deal => deal.properties['dealname']?.includes(email))
  const capture = () => world.capture({ name: email, email })

  test('creates the contact, finds it, makes a deal of it and wins it', async () => {
    const leadId = await capture()
    await ended(leadId).toBe('completed')
    const contact = world.hubspot.contacts.find(email, 'email')!
    const [deal] = dealsOf()
    expect(deal!.properties).toMatchObject({ dealstage: 'closedwon', amount: '100' })
    expect(world.hubspot.associations).toContain(`deals/${deal!.id} 3 ${contact.id}`)
    expect(contact.properties['hs_lead_status']).toBe('OPEN_DEAL')
    expect((await runOf(leadId))!.output).toEqual({ deal: deal!.id, known: 0 })
    expect(await newest()).toBe(1)
  })

  test('waits as long as HubSpot says, and then makes one deal', async () => {
    world.hubspot.instead.push({
      on: 'objects_create',
      ...refusal(429, 'RATE_LIMITS', 'You have reached your limit.'),
      headers: { 'retry-after': '120' },
    })
    const leadId = await capture()
    await expect.poll(async () => (await stepsOf(leadId))['deal']?.status, PATIENCE).toBe('retrying')
    world.core.clock.advance(119_000)
    await expect.poll(async () => (await stepsOf(leadId))['deal']?.status, PATIENCE).toBe('retrying')
    expect(dealsOf()).toEqual([])
    world.core.clock.advance(2_000)
    await ended(leadId).toBe('completed')
    expect(dealsOf()).toHaveLength(1)
  })

  test('repeats a contact whose answer was lost, because that comes to the same contact', async () => {
    world.hubspot.instead.push({ on: 'objects_upsert', after: 'lost' })
    const leadId = await capture()
    await expect.poll(async () => (await stepsOf(leadId))['contact']?.status, PATIENCE).toBe('retrying')
    world.core.clock.advance(60_000)
    await ended(leadId).toBe('completed')
    expect([...world.hubspot.contacts.all.values()].filter(one => one.properties['email'] === email)).toHaveLength(1)
  })

  test('leaves a deal whose answer was lost to a person, and makes no second one', async () => {
    world.hubspot.instead.push({ on: 'objects_create', after: 'lost' })
    const leadId = await capture()
    await expect.poll(async () => (await stepsOf(leadId))['deal']?.status, PATIENCE).toBe('unknown')
    world.core.clock.advance(600_000)
    expect(dealsOf()).toHaveLength(1)
    expect((await stepsOf(leadId))['won']!.status).toBe('pending')
  })

  test('fails where nobody is signed in: nothing was sent, so nothing is unknown', async () => {
    world.hubspot.instead.push({ on: 'objects_upsert', after: 'signed out' })
    const leadId = await capture()
    const status = async () => {
      if ((await stepsOf(leadId))['deal']?.status === 'retrying') world.core.clock.advance(60_000)
      return (await runOf(leadId))?.status
    }
    await expect.poll(status, PATIENCE).toBe('failed')
    expect((await stepsOf(leadId))['deal']).toMatchObject({ status: 'failed', error: { code: 'CREDENTIAL' } })
    expect(dealsOf()).toEqual([])
  })
})
