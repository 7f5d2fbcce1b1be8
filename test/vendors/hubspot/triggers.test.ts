import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findCredential } from '../../../core/credentials/store.ts'
import { disconnectCredential } from '../../../core/plugins/connect-credential.ts'
import { statement } from '../../../core/sql.ts'
import { triggersOf } from '../../../core/plugins/plugin-triggers.ts'
import { pollPlugins } from '../../../core/triggers/poll-plugins.ts'
import { refusal } from './hubspot.ts'
import { APP_TOKEN, CLIENT } from './sign-ins.ts'
import { type HubSpotWorld, openHubSpotWorld, ORIGIN } from './world.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
let world: HubSpotWorld
beforeAll(async () => {
  world = await openHubSpotWorld()
})
afterAll(() => world?.close())
afterEach(() => {
  expect(world.hubspot.problems.splice(0)).toEqual([])
  world.hubspot.asked.length = 0
})

const trigger = async (name: string) =>
  (await triggersOf(world.core, world.installation)).find(one => one.trigger === name)!
const events = async (type: string) =>
  (
    await world.core.sql.query<{ data: Record<string, unknown> }>(
      statement('test.events-of-type', 'select data from events where type = $1 order by id'),
      [type],
    )
  ).map(({ data }) => data)

describe('HubSpot notifies', () => {
  const creation = {
    eventId: 1,
    subscriptionId: 12345,
    portalId: 62515,
    occurredAt: 1564113600000,
    subscriptionType: 'contact.creation',
    attemptNumber: 0,
    objectId: 123,
    changeSource: 'CRM',
    changeFlag: 'NEW',
    appId: 54321,
  }
  const { changeFlag: _flag, ...change } = creation
  const staged = {
    ...change,
    eventId: 2,
    subscriptionType: 'deal.propertyChange',
    objectId: 501,
    propertyName: 'dealstage',
    propertyValue: 'closedwon',
  }

  const post = async (notifications: unknown, secret: string = CLIENT.clientSecret, age = 0) => {
    const { path } = await trigger('notified')
    const body = JSON.stringify(notifications)
    const timestamp = String(world.core.clock.now().getTime() - age)
    const signature = createHmac('sha256', secret).update(`POST${ORIGIN}${path}${body}${timestamp}`).digest('base64')
    const response = await fetch(world.host.url + path!, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-hubspot-signature-v3': signature,
        'x-hubspot-request-timestamp': timestamp,
      },
    })
    return { status: response.status, json: (await response.json()) as unknown }
  }

  test('nobody, while its app is not known', async () => {
    expect(await post([creation])).toMatchObject({ status: 503 })
  })

  test('of several things in one post, each told once however often it is sent', async () => {
    await world.signIn()
    expect(await post([creation, staged])).toEqual({ status: 200, json: { stored: 2 } })
    expect(await events('hubspot.notified')).toEqual([
      {
        kind: 'contact.creation',
        object: 'contact',
        change: 'creation',
        objectId: '123',
        property: null,
        value: null,
        source: 'CRM',
        occurredAt: '2019-07-26T04:00:00.000Z',
        portalId: '62515',
      },
      expect.objectContaining({
        kind: 'deal.propertyChange',
        objectId: '501',
        property: 'dealstage',
        value: 'closedwon',
      }),
    ])
    const again = { ...creation, attemptNumber: 1 }
    expect(await post([again, { ...creation, objectId: 124 }])).toEqual({ status: 200, json: { stored: 1 } })
  })

  test('of objects by the number of their type', async () => {
    const general = { ...staged, eventId: 3, subscriptionType: 'object.propertyChange', objectTypeId: '0-3' }
    const own = { ...general, eventId: 4, subscriptionType: 'object.creation', objectTypeId: '2-3453932' }
    await post([general, own])
    expect((await events('hubspot.notified')).slice(-2).map(one => one['kind'])).toEqual([
      'deal.propertyChange',
      '2-3453932.creation',
    ])
  })

  test('only itself, only lately, and only in a list', async () => {
    const before = (await events('hubspot.notified')).length
    expect(await post([{ ...creation, eventId: 9 }], 'another-secret')).toMatchObject({ status: 401 })
    expect(await post([{ ...creation, eventId: 9 }], CLIENT.clientSecret, 6 * MINUTE)).toMatchObject({ status: 401 })
    expect((await post({ ...creation, eventId: 9 })).status).toBeGreaterThanOrEqual(500)
    expect((await post([{ ...creation, eventId: 9 }, { eventId: 10 }])).status).toBeGreaterThanOrEqual(400)
    expect(await events('hubspot.notified')).toHaveLength(before)
  })
})

describe('HubSpot is asked for changed contacts', () => {
  const look = async (afterMs = 2 * MINUTE) => {
    world.core.clock.advance(afterMs)
    return pollPlugins(world.core)
  }
  /** Until there is nothing more. Answers how often it was asked. */
  const lookUntilDone = async () => {
    let times = 0
    for (let asked = await look(); asked > 0; asked = await look(1)) times++
    return times
  }
  const told = async () =>
    (await events('hubspot.contact-changed')).map(one => (one['properties'] as Record<string, string>)['email'])
  const create = (email: string) => world.hubspot.contacts.create({ email })

  test('from when it was installed on', async () => {
    world.hubspot.now = Date.now() - 120 * MINUTE
    create('old@acme.com.br')
    expect(await look()).toBe(1)
    await look()
    expect(await told()).toEqual([])
  })

  test('page after page at once, and so many at one instant that they fill pages', async () => {
    const hourAgo = Date.now() - 60 * MINUTE // nobody has asked since
    await world.core.sql.query(statement('test.cursor', `update plugin_triggers set cursor = $1 where trigger = $2`), [
      JSON.stringify({ since: hourAgo, askedAt: hourAgo }),
      'contact-changed',
    ])
    world.hubspot.now = hourAgo + MINUTE
    for (let i = 0; i < 230; i++) {
      world.hubspot.now += 100
      create(`spread${i}@acme.com.br`)
    }
    world.hubspot.now += MINUTE
    for (let i = 0; i < 230; i++) create(`import${i}@acme.com.br`)
    expect(await lookUntilDone()).toBeLessThan(10)
    const fresh = await told()
    expect(new Set(fresh).size).toBe(460)
    expect(fresh).toHaveLength(460)
    world.hubspot.asked.length = 0
    await lookUntilDone()
    await lookUntilDone()
    expect(world.hubspot.asked).toHaveLength(2) // what was told is not read again and again
  })

  test('and each change is told, also one that its index shows late', async () => {
    const before = (await told()).length
    world.hubspot.now = Date.now() + SECOND
    const ana = create('ana@acme.com.br')
    await look()
    await look()
    const [event] = (await events('hubspot.contact-changed')).slice(before)
    expect(event).toMatchObject({ id: ana.id, properties: { lastmodifieddate: ana.updatedAt, phone: null } })
    world.hubspot.now += 40 * SECOND
    world.hubspot.contacts.update(ana, { company: 'Acme' })
    await look()
    world.hubspot.now -= 30 * SECOND
    create('late@acme.com.br')
    await look()
    expect((await told()).slice(before)).toEqual(['ana@acme.com.br', 'ana@acme.com.br', 'late@acme.com.br'])
    world.hubspot.now += 30 * SECOND
  })

  test('no sooner than it wants to be, and then goes on where it was', async () => {
    world.hubspot.now += 2 * MINUTE
    create('patient@acme.com.br')
    world.hubspot.instead.push(refusal(429, 'RATE_LIMITS', 'You have reached your limit.'))
    await look()
    expect(await trigger('contact-changed')).toMatchObject({
      failures: 1,
      lastError: expect.stringContaining('RATE_LIMITED: HubSpot: You have reached your limit.'),
    })
    await look()
    expect(await trigger('contact-changed')).toMatchObject({ failures: 0, lastError: null })
    expect((await told()).at(-1)).toBe('patient@acme.com.br')
  })

  test('with whichever account is connected, and with none nothing is asked or lost', async () => {
    const { id } = (await findCredential(world.core, world.installation.id, 'hubspot'))!
    await disconnectCredential(world.core, world.viewer, id)
    world.hubspot.now += 2 * MINUTE
    create('meanwhile@acme.com.br')
    await look()
    expect(await trigger('contact-changed')).toMatchObject({ failures: 0 })
    expect(world.hubspot.asked).toEqual([])
    await world.connect('private-app', { token: APP_TOKEN })
    await look()
    expect((await told()).at(-1)).toBe('meanwhile@acme.com.br')
  })
})
