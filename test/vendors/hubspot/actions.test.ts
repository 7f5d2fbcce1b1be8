import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { disconnectCredential, testCredential } from '../../../core/plugins/connect-credential.ts'
import { findCredential } from '../../../core/credentials/store.ts'
import { statement } from '../../../core/sql.ts'
import { APP_TOKEN, CLIENT } from './sign-ins.ts'
import { type HubSpotWorld, openHubSpotWorld, ORIGIN } from './world.ts'

let world: HubSpotWorld
beforeAll(async () => {
  world = await openHubSpotWorld()
  await world.signIn()
})
afterAll(() => world?.close())
afterEach(() => {
  expect(world.hubspot.problems.splice(0)).toEqual([])
  world.hubspot.asked.length = 0
})

describe('contacts', () => {
  test('are created by their e-mail, and then updated', async () => {
    const contact = { email: 'Ana@Acme.com.br', firstName: 'Ana', properties: { hs_lead_status: 'NEW' } }
    const created = await world.call('upsert-contact', contact)
    expect(created).toMatchObject({ created: true, properties: { email: 'ana@acme.com.br', hs_lead_status: 'NEW' } })
    const again = await world.call('upsert-contact', { ...contact, email: 'ana@acme.com.br', company: 'Acme' })
    expect(again).toMatchObject({
      id: created['id'],
      created: false,
      properties: { firstname: 'Ana', company: 'Acme' },
    })
    expect(world.hubspot.contacts.all.size).toBe(1)
  })

  test('keep what was not named, and lose what is null', async () => {
    await world.call('upsert-contact', { email: 'bia@acme.com.br', phone: '+5511987654321', company: 'Acme' })
    await world.call('upsert-contact', { email: 'bia@acme.com.br', properties: { phone: null } })
    expect(world.hubspot.contacts.find('bia@acme.com.br', 'email')!.properties).toMatchObject({
      phone: null,
      company: 'Acme',
    })
  })

  test('are read by e-mail and by id', async () => {
    const { id } = await world.call('upsert-contact', { email: 'caio+1@acme.com.br', jobTitle: 'CEO' })
    const byEmail = await world.call('get-contact', { email: 'Caio+1@acme.com.br', properties: ['hs_object_id'] })
    expect(byEmail).toMatchObject({ id, properties: { jobtitle: 'CEO', hs_object_id: id, phone: null } })
    expect(await world.call('get-contact', { id })).toMatchObject({ properties: { email: 'caio+1@acme.com.br' } })
    await expect(world.call('get-contact', { email: 'nobody@acme.com.br' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('HubSpot: Object not found.'),
    })
    await expect(world.call('get-contact', {})).rejects.toMatchObject({ code: 'VALIDATION' })
  })

  test('are found over several pages, and one can go on where the answer ends', async () => {
    for (let i = 0; i < 130; i++)
      world.hubspot.contacts.create({ email: `n${i}@many.example.com`, company: 'Many', jobtitle: String(1000 + i) })
    const search = {
      filters: [{ property: 'company', operator: 'EQ', value: 'Many' }],
      sort: { property: 'jobtitle', direction: 'DESCENDING' },
    }
    const first = await world.call('search-contacts', { ...search, limit: 120 })
    expect(world.hubspot.asked.map(({ body }) => (body as { limit: number }).limit)).toEqual([100, 20])
    expect(first).toMatchObject({ total: 130, after: '120' })
    const titles = (found: Record<string, unknown>) =>
      (found['contacts'] as { properties: Record<string, string> }[]).map(one => Number(one.properties['jobtitle']))
    expect(titles(first)).toEqual(Array.from({ length: 120 }, (_, i) => 1129 - i))
    const rest = await world.call('search-contacts', { ...search, limit: 120, after: first['after'] })
    expect(rest).toMatchObject({ after: null })
    expect(titles(rest)).toEqual(Array.from({ length: 10 }, (_, i) => 1009 - i))
  })

  test('are found by words', async () => {
    await world.call('upsert-contact', { email: 'dora@words.example.com', lastName: 'Quixadá' })
    const found = await world.call('search-contacts', { query: 'quixadá' })
    expect(found).toMatchObject({
      total: 1,
      after: null,
      contacts: [{ properties: { email: 'dora@words.example.com' } }],
    })
  })
})

describe('deals', () => {
  test('are created with their contact, read, moved, and connected', async () => {
    const { id: contactId } = await world.call('upsert-contact', { email: 'deal@acme.com.br' })
    const deal = { name: 'Acme', stage: 'appointmentscheduled', amount: 1200.5, closeDate: '2026-12-31', contactId }
    const { id } = await world.call('create-deal', deal)
    expect(world.hubspot.associations).toEqual([`deals/${id} 3 ${contactId}`])
    expect(await world.call('get-deal', { id })).toMatchObject({
      properties: { dealname: 'Acme', dealstage: 'appointmentscheduled', amount: '1200.5', pipeline: 'default' },
    })
    expect(await world.call('update-deal', { id, stage: 'closedwon' })).toMatchObject({
      properties: { dealname: 'Acme', dealstage: 'closedwon' },
    })
    const ends = { from: { type: 'contacts', id: contactId }, to: { type: 'deals', id } }
    expect(await world.call('associate', ends)).toEqual(ends)
    await world.call('associate', ends)
    expect(world.hubspot.associations).toEqual([`deals/${id} 3 ${contactId}`, `contacts/${contactId} deals/${id}`])
    await expect(world.call('update-deal', { id })).rejects.toMatchObject({ code: 'VALIDATION' })
    await expect(world.call('update-deal', { id: '999', stage: 'closedwon' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

describe('the service crm', () => {
  const leadOf = async (id: string) =>
    (
      await world.core.sql.query<Record<string, unknown>>(statement('test.lead', 'select * from leads where id = $1'), [
        id,
      ])
    )[0]

  test('changes the lead here and its contact there', async () => {
    const leadId = await world.capture({ company: 'Acme' })
    const updated = await world.call('update-lead', { leadId, status: 'QUALIFIED', score: 80, jobTitle: 'CEO' })
    const contact = world.hubspot.contacts.find('ana@acme.com.br', 'email')!
    expect(updated).toEqual({ id: leadId, status: 'QUALIFIED', score: 80, contactId: contact.id })
    expect(contact.properties).toMatchObject({
      firstname: 'Ana',
      lastname: 'Souza Lima',
      company: 'Acme',
      jobtitle: 'CEO',
      hs_lead_status: 'OPEN',
    })
    expect(await leadOf(leadId)).toMatchObject({ status: 'QUALIFIED', score: 80 })
  })

  test('hands over to the closer, who becomes the owner there', async () => {
    const leadId = await world.capture({ email: 'eva@acme.com.br' })
    const handed = await world.call('handoff', { leadId, briefing: { pain: 'spreadsheets' } })
    expect(handed).toMatchObject({ closer: { email: 'owner@example.com' }, ownerId: '77' })
    expect(world.hubspot.contacts.find('eva@acme.com.br', 'email')!.properties['hubspot_owner_id']).toBe('77')
    const activities = await world.core.sql.query(
      statement('test.activities', `select kind, data from activities where lead_id = $1 and kind = 'HANDOFF'`),
      [leadId],
    )
    expect(activities).toMatchObject([{ data: { briefing: { pain: 'spreadsheets' } } }])
  })

  test('keeps a lead without an e-mail here only', async () => {
    const leadId = await world.capture({ email: undefined, phone: '+5511912345678' })
    expect(await world.call('update-lead', { leadId, score: 3 })).toMatchObject({ score: 3, contactId: null })
    expect(world.hubspot.asked).toEqual([])
  })
})

describe('the account', () => {
  test('is signed in to at HubSpot, with the scopes that the actions need', async () => {
    const { address, credential } = await world.signIn()
    expect(address.origin + address.pathname).toBe('https://app.hubspot.com/oauth/authorize')
    expect(address.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/admin/credentials/return`)
    expect(address.searchParams.get('scope')!.split(' ')).toContain('crm.objects.deals.write')
    expect(await testCredential(world.core, world.viewer.workspaceId, credential.id)).toMatchObject({
      status: 'CONNECTED',
    })
  })

  test('gets a new token when HubSpot refuses the old one, and the request is made once more', async () => {
    await world.signIn()
    const grants = world.hubspot.signIns.grants.length
    world.hubspot.signIns.expire()
    expect(await world.call('upsert-contact', { email: 'fresh@acme.com.br' })).toMatchObject({ created: true })
    expect(world.hubspot.asked.map(({ operation }) => operation)).toEqual(['objects_upsert', 'objects_upsert'])
    expect(world.hubspot.signIns.grants.slice(grants)).toMatchObject([
      { grant_type: 'refresh_token', client_id: CLIENT.clientId },
    ])
  })

  test('may be a private app, where nobody has signed in', async () => {
    const signedIn = (await findCredential(world.core, world.installation.id, 'hubspot'))!
    await disconnectCredential(world.core, world.viewer, signedIn.id)
    await expect(world.call('get-deal', { id: '1' })).rejects.toMatchObject({
      code: 'CREDENTIAL',
      retryable: false,
      message: expect.stringMatching(/HubSpot \(hubspot of hubspot\) is not connected.*HubSpot private app/),
    })
    const { id } = await world.connect('private-app', { token: APP_TOKEN })
    expect(await testCredential(world.core, world.viewer.workspaceId, id)).toMatchObject({ status: 'CONNECTED' })
    expect(await world.call('upsert-contact', { email: 'token@acme.com.br' })).toMatchObject({ created: true })
    await world.connect('private-app', { token: 'pat-na1-of-somebody-else' })
    await expect(world.call('upsert-contact', { email: 'token@acme.com.br' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })
})
