import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../../core/ids.ts'
import { openDeal } from '../../../core/sales/deals.ts'
import { statement } from '../../../core/sql.ts'
import { refusal } from './hubspot.ts'
import { APP_TOKEN } from './sign-ins.ts'
import { type HubSpotWorld, openHubSpotWorld } from './world.ts'

let world: HubSpotWorld
let leadId: string
let key: string
let count = 0
beforeAll(async () => {
  world = await openHubSpotWorld()
})
beforeEach(async () => {
  key = newId()
  await world.connect('private-app', { token: APP_TOKEN })
  leadId = await world.capture({ email: `ana${++count}@acme.com.br`, company: 'Acme' })
})
afterAll(() => world?.close())
afterEach(() => {
  const { hubspot } = world
  expect(hubspot.problems.splice(0)).toEqual([])
  for (const list of [hubspot.asked, hubspot.instead, hubspot.associations]) list.length = 0
  hubspot.deals.all.clear()
})

const mirrored = () => [...world.hubspot.deals.all.values()].map(({ properties }) => properties)
const asked = () => world.hubspot.asked.map(({ operation }) => operation)
const kept = () =>
  world.core.sql.query<{ id: string; stage: string }>(
    statement('test.deals', 'select id, stage from deals where lead_id = $1 order by id'),
    [leadId],
  )
const withoutAddress = async () =>
  (leadId = await world.capture({ email: undefined, phone: `+55119876543${String(count).padStart(2, '0')}` }))
const forget = () => {
  world.hubspot.dealProperties.length = 0
  world.hubspot.deals.unique.clear()
}

describe('a deal', () => {
  test('is opened here and in HubSpot, with its contact; the property that names it is made once', async () => {
    forget()
    const value = { amount: '1200.50' }
    const opened = await world.call('open-deal', { leadId, title: 'Acme', value, expectedCloseOn: '2026-12-31' })
    expect(await kept()).toEqual([{ id: opened['id'], stage: 'PROSPECTING' }])
    expect(mirrored()).toMatchObject([
      {
        hs_object_id: opened['hubspotId'],
        trae_deal_id: opened['id'],
        dealname: 'Acme',
        dealstage: 'appointmentscheduled',
        amount: '1200.50',
        closedate: '2026-12-31',
      },
    ])
    const contact = world.hubspot.contacts.find(`ana${count}@acme.com.br`, 'email')!
    expect(contact.properties['company']).toBe('Acme')
    expect(world.hubspot.associations).toEqual([`deals/${String(opened['hubspotId'])} contacts/${contact.id}`])
    expect(world.hubspot.dealProperties).toMatchObject([{ name: 'trae_deal_id', hasUniqueValue: true }])

    world.hubspot.asked.length = 0
    await world.call('open-deal', { leadId, title: 'Acme again' })
    expect(mirrored()).toHaveLength(2)
    expect(asked()).toEqual(['objects_upsert', 'objects_upsert', 'v4_createDefault'])
  })

  test('is moved here and there, to its end and back', async () => {
    const { id: dealId } = await world.call('open-deal', { leadId, title: 'Acme', stage: 'QUALIFICATION' })
    for (const [stage, there] of [
      ['PROPOSAL', 'presentationscheduled'],
      ['NEGOTIATION', 'contractsent'],
      ['WON', 'closedwon'],
    ] as const) {
      expect(await world.call('move-deal', { dealId, stage })).toMatchObject({ id: dealId, stage })
      expect(mirrored()).toMatchObject([{ dealstage: there }])
    }
    const lost = await world.call('move-deal', { dealId, stage: 'LOST', lostReason: 'Sem orçamento' })
    expect(mirrored()).toMatchObject([
      { dealstage: 'closedlost', closed_lost_reason: 'Sem orçamento', closedate: lost['closedAt'] },
    ])
    await world.call('move-deal', { dealId, stage: 'PROPOSAL' })
    expect(mirrored()).toMatchObject([{ dealstage: 'presentationscheduled' }])
    expect(await kept()).toEqual([{ id: dealId, stage: 'PROPOSAL' }])
  })

  test('that HubSpot does not know yet comes there when it is moved', async () => {
    const { workspaceId } = world.core
    const deal = await openDeal(
      world.core,
      workspaceId,
      { leadId, title: 'Acme', stage: 'PROSPECTING' },
      { key: newId(), source: 'test' },
    )
    expect(mirrored()).toEqual([])
    await world.call('move-deal', { dealId: deal.id, stage: 'PROPOSAL' })
    expect(mirrored()).toMatchObject([{ trae_deal_id: deal.id, dealname: 'Acme', dealstage: 'presentationscheduled' }])
  })

  test('that is open already is opened neither here nor there again', async () => {
    const first = await world.call('open-deal', { leadId, title: 'Acme' })
    const again = await world.call('open-deal', { leadId, title: 'Acme again', unlessOpen: true })
    expect(again).toEqual(first)
    expect(await kept()).toHaveLength(1)
    expect(mirrored()).toHaveLength(1)
  })

  test('is there once though answers are lost', async () => {
    for (const on of ['objects_upsert', 'v4_createDefault'] as const) {
      const input = { leadId, title: on, stage: 'QUALIFICATION' }
      world.hubspot.instead.push({ on, after: 'lost' })
      await expect(world.call('open-deal', input, `${key}/${on}`)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      expect(await world.call('open-deal', input, `${key}/${on}`)).toMatchObject({ title: on })
    }
    expect(await kept()).toHaveLength(2)
    expect(mirrored()).toHaveLength(2)
    expect(world.hubspot.associations).toHaveLength(2)
  })

  test('of a lead without an e-mail is there once, without a contact', async () => {
    await withoutAddress()
    const input = { leadId, title: 'Acme' }
    world.hubspot.instead.push({ on: 'objects_upsert', after: 'lost' })
    await expect(world.call('open-deal', input, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await world.call('open-deal', input, key)
    expect(mirrored()).toHaveLength(1)
    expect(asked()).toEqual(['objects_upsert', 'objects_upsert'])
  })

  test('in another currency than the account has no amount there', async () => {
    await withoutAddress()
    const value = { amount: '1200.50', currency: 'USD' }
    await world.call('open-deal', { leadId, title: 'Acme', value })
    expect(mirrored()[0]).not.toHaveProperty('amount')
    await world.connect('private-app', { token: APP_TOKEN, currency: 'USD' })
    await world.call('open-deal', { leadId, title: 'Acme again', value })
    expect(mirrored()[1]).toMatchObject({ amount: '1200.50' })
  })
})

describe('the stages of the account', () => {
  test('are said with the account: what HubSpot does not have is an error that names the setting, and nothing is twice', async () => {
    await world.connect('private-app', { token: APP_TOKEN, pipeline: 'solar' })
    const input = { leadId, title: 'Acme', stage: 'QUALIFICATION' }
    await expect(world.call('open-deal', input, key)).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringMatching(
        /Energia solar of HubSpot has no stage qualifiedtobuy.*“Stage for qualification”.*101 \(Visita\), 102 \(Fechado\)/,
      ),
    })
    await world.connect('private-app', { token: APP_TOKEN, pipeline: 'wind' })
    await expect(world.call('open-deal', input, key)).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringMatching(/has no pipeline wind.*“Pipeline”.*solar \(Energia solar\)/),
    })
    await world.connect('private-app', {
      token: APP_TOKEN,
      pipeline: 'solar',
      stageQualification: '101',
      stageWon: '102',
    })
    const { id: dealId } = await world.call('open-deal', input, key)
    expect(mirrored()).toMatchObject([{ pipeline: 'solar', dealstage: '101' }])
    await world.call('move-deal', { dealId, stage: 'WON' })
    expect(mirrored()).toMatchObject([{ pipeline: 'solar', dealstage: '102' }])
    expect(await kept()).toHaveLength(1)
  })

  test('are offered, by the pipelines that there are', async () => {
    const { pipelines, stages } = (await world.call('list-pipelines', {})) as Record<string, unknown[]>
    expect(pipelines).toEqual([
      { id: 'default', label: 'Sales Pipeline' },
      { id: 'solar', label: 'Energia solar' },
    ])
    expect(stages).toHaveLength(9)
    expect(stages!.at(-1)).toEqual({ id: '102', label: 'Fechado', pipeline: 'Energia solar' })
  })
})

describe('the property that names our deals', () => {
  test('is made by whoever is first', async () => {
    forget()
    world.hubspot.instead.push({ on: 'properties_getAll', status: 200, body: { results: [] } })
    await world.call('open-deal', { leadId, title: 'Acme' })
    world.hubspot.instead.push({ on: 'properties_create', after: refusal(409, 'OBJECT_ALREADY_EXISTS', 'It exists.') })
    forget()
    await world.call('open-deal', { leadId, title: 'Acme again' })
    expect(mirrored()).toHaveLength(2)
  })

  test('that the account may not make is asked for, by its scope or by hand', async () => {
    forget()
    world.hubspot.instead.push({ on: 'properties_create', ...refusal(403, 'MISSING_SCOPES', 'Scopes are missing.') })
    await expect(world.call('open-deal', { leadId, title: 'Acme' }, key)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(
        /trae_deal_id.*scope crm\.schemas\.deals\.write.*single-line text, with unique values/,
      ),
    })
    await world.call('open-deal', { leadId, title: 'Acme' }, key) // the scope was given
    expect(await kept()).toHaveLength(1)
    expect(mirrored()).toHaveLength(1)
  })

  test('must have unique values', async () => {
    world.hubspot.dealProperties.forEach(one => (one.hasUniqueValue = false))
    world.hubspot.deals.unique.clear()
    await expect(world.call('open-deal', { leadId, title: 'Acme' })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('must have unique values'),
    })
    forget()
  })

  test('that HubSpot does not know at once is waited for', async () => {
    forget()
    await withoutAddress()
    const unknown = refusal(400, 'VALIDATION_ERROR', 'Property trae_deal_id is no unique identifier of deals')
    world.hubspot.instead.push({ on: 'objects_upsert', ...unknown }, { on: 'objects_upsert', ...unknown })
    await expect(world.call('open-deal', { leadId, title: 'Acme' }, key)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    await world.call('open-deal', { leadId, title: 'Acme' }, key)
    expect(mirrored()).toHaveLength(1)
  })

  test('hides no other reason for which HubSpot refuses', async () => {
    await world.call('open-deal', { leadId, title: 'Acme' })
    await withoutAddress()
    const rule = refusal(400, 'VALIDATION_ERROR', 'Deal name must begin with a region.')
    world.hubspot.instead.push({ on: 'objects_upsert', ...rule })
    await expect(world.call('open-deal', { leadId, title: 'Acme' })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('must begin with a region'),
    })
  })
})
