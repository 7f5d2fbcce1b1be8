import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { testCredential } from '../../../core/plugins/connect-credential.ts'
import { registrationsOf } from '../../../core/plugins/registrations.ts'
import { switchTrigger } from '../../../core/plugins/switch-trigger.ts'
import { keepRegistrations } from '../../../core/triggers/keep-registrations.ts'
import { pollPlugins } from '../../../core/triggers/poll-plugins.ts'
import { findCredential } from '../../../core/credentials/store.ts'
import { encodeNodeId } from '../../../graphql/node-id.ts'
import { openVendorWorld, ORIGIN, type VendorWorld } from '../vendor-world.ts'
import { CLIENT, Google, refusal } from './google.ts'

const DAY = 86_400_000
const google = new Google()
let world: VendorWorld
let leadId: string
let address: URL
beforeAll(async () => {
  world = await openVendorWorld('google-calendar', ['www.googleapis.com', 'oauth2.googleapis.com'], google.answer)
  address = await world.signIn('google', CLIENT, google.consent)
  leadId = await world.capture({})
})
afterAll(() => world?.close())
afterEach(() => {
  expect(google.problems.splice(0)).toEqual([])
  expect(google.instead.splice(0)).toEqual([])
  google.asked.length = 0
})

test('the account is signed in to, for as long as nobody takes it back', async () => {
  expect(address.origin + address.pathname).toBe('https://accounts.google.com/o/oauth2/v2/auth')
  expect(Object.fromEntries(address.searchParams)).toMatchObject({ access_type: 'offline', prompt: 'consent' })
  const { id } = (await findCredential(world.core, world.installation.id, 'google'))!
  expect(await testCredential(world.core, world.viewer.workspaceId, id)).toMatchObject({ status: 'CONNECTED' })
  expect(await world.call('list-calendars', {})).toMatchObject({
    calendars: [{ primary: true }, { name: 'Team', primary: false }],
  })
})

test('the calendar of an account is chosen among those that it sees, and the account stays connected', async () => {
  const { id } = (await findCredential(world.core, world.installation.id, 'google'))!
  const credentialId = encodeNodeId('Credential', id)
  const ask = async (text: string, variables: Record<string, unknown>) =>
    (await world.host.graphql(text, { id: credentialId, ...variables })).json
  const { data } = await ask(
    'query q($id: ID!) { credentialChoices(credentialId: $id, field: "calendarId") { edges { node { value label note } } } }',
    {},
  )
  expect(data.credentialChoices.edges.map(({ node }: { node: object }) => node)).toEqual([
    { value: 'ana@acme.com.br', label: 'Ana', note: 'owner' },
    { value: 'team@group.calendar.google.com', label: 'Team', note: 'writer' },
  ])
  const change = async (fields: object) =>
    (
      await ask(
        `mutation m($id: ID!, $fields: JSON!) { credentialChange(input: { credentialId: $id, fields: $fields }) {
          credential { status publicFields } userErrors { code message } } }`,
        { fields },
      )
    ).data.credentialChange
  const clientId = CLIENT.clientId
  expect(await change({ calendarId: 'ana@acme.com.br' })).toEqual({
    credential: { status: 'CONNECTED', publicFields: { clientId, calendarId: 'ana@acme.com.br' } },
    userErrors: [],
  })
  expect(await change({ clientSecret: 'another-secret' })).toMatchObject({
    credential: null,
    userErrors: [{ code: 'INVALID', message: expect.stringContaining('there is calendarId') }],
  })
  expect(await change({ calendarId: '' })).toMatchObject({ credential: { publicFields: { clientId } }, userErrors: [] })
})

describe('meetings', () => {
  const at = '2031-03-05T14:00:00.000Z'
  const end = '2031-03-05T14:30:00.000Z'
  /** A Monday, and its working hours in São Paulo. */
  const monday = { earliest: '2031-03-03T12:00:00.000Z', latest: '2031-03-03T21:00:00.000Z' }

  test('are booked at a time, with the lead as guest and a place to meet; not where it is taken', async () => {
    const booked = await world.call('book', { leadId, startsAt: at })
    expect(booked).toMatchObject({ startsAt: at, endsAt: end, link: 'https://meet.google.com/abc' })
    expect(google.mails.splice(0)).toEqual(['ana@acme.com.br'])
    expect(await world.call('get-event', { id: booked['id'] })).toMatchObject({ title: 'Conversa com Ana Souza Lima' })
    await expect(world.call('book', { leadId, startsAt: '2031-03-05T14:15:00.000Z' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test('are made once: also when the answer was lost, or the step is repeated', async () => {
    const key = `${randomUUID()}/schedule`
    google.instead.push({ on: 'calendar.events.insert', after: 'lost' })
    const before = google.events.size
    await expect(world.call('schedule', { leadId, ...monday }, key)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    expect(google.events.size).toBe(before + 1)
    const again = await world.call('schedule', { leadId, ...monday }, key)
    expect(again).toMatchObject({ startsAt: '2031-03-03T12:00:00.000Z' })
    expect(google.events.size).toBe(before + 1)
    const other = await world.call('schedule', { leadId, ...monday })
    expect(other).toMatchObject({ startsAt: '2031-03-03T12:30:00.000Z' })
  })

  test('find only free times, and say when there is none', async () => {
    const found = await world.call('find-slots', { ...monday, limit: 2, duration: '1h' })
    expect(found).toEqual({
      slots: [
        { startsAt: '2031-03-03T13:00:00.000Z', endsAt: '2031-03-03T14:00:00.000Z' },
        { startsAt: '2031-03-03T13:30:00.000Z', endsAt: '2031-03-03T14:30:00.000Z' },
      ],
      timeZone: 'America/Sao_Paulo',
    })
    google.change('busy1', {
      start: { dateTime: '2031-03-04T12:00:00.000Z' },
      end: { dateTime: '2031-03-04T21:00:00.000Z' },
    })
    const tuesday = { earliest: '2031-03-04T12:00:00.000Z', latest: '2031-03-04T21:00:00.000Z' }
    await expect(world.call('schedule', { leadId, ...tuesday })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    })
  })

  test('are moved, not onto another one, and cancelled once and for all', async () => {
    const { id } = await world.call('book', { leadId, startsAt: '2031-03-06T14:00:00.000Z', duration: '1h' })
    const moved = await world.call('move', { id, startsAt: '2031-03-06T14:30:00.000Z' }) // over its own old time
    expect(moved).toMatchObject({ id, startsAt: '2031-03-06T14:30:00.000Z', endsAt: '2031-03-06T15:30:00.000Z' })
    await expect(world.call('move', { id, startsAt: at })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await world.call('cancel', { id })).toEqual({ id, cancelled: true })
    expect(await world.call('cancel', { id })).toEqual({ id, cancelled: true })
    await expect(world.call('move', { id, startsAt: at })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(world.call('cancel', { id: 'abcde' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test.each([
  [refusal(403, 'rateLimitExceeded', 'Rate Limit Exceeded'), 'RATE_LIMITED', true],
  [{ ...refusal(429, 'rateLimitExceeded', 'Too many'), headers: { 'retry-after': '9' } }, 'RATE_LIMITED', true],
  [refusal(403, 'forbiddenForNonOrganizer', 'Not yours'), 'FORBIDDEN', false],
  [refusal(412, 'conditionNotMet', 'Stale'), 'CONFLICT', false],
  [refusal(503, 'backendError', 'Backend Error'), 'UNAVAILABLE', true],
] as const)('what Google refuses %#', async (instead, code, retryable) => {
  google.instead.push(instead)
  const error = world.call('get-event', { id: 'abcde' })
  const retryAfter = 'headers' in instead ? 9 : undefined
  await expect(error).rejects.toMatchObject({ code, retryable, ...(retryAfter && { retryAfter }) })
})

describe('what changes', () => {
  const told = async () =>
    (await world.events('google-calendar.event-changed')).map(({ id, status }) => `${id as string} ${status as string}`)
  const look = async (afterMs = 6 * 60_000) => {
    world.core.clock.advance(afterMs)
    let asked = await pollPlugins(world.core)
    while (asked > 0) asked = await pollPlugins(world.core)
  }

  test('is told from now on, page after page, each change once', async () => {
    await world.trigger('event-changed')
    await look()
    expect(await told()).toEqual([])
    for (let i = 0; i < 7; i++) google.change(`fresh${i}`, {})
    google.change('fresh0', { status: 'cancelled' })
    await look()
    expect((await told()).toSorted()).toEqual(
      ['fresh0 cancelled', ...Array.from({ length: 6 }, (_, i) => `fresh${i + 1} confirmed`)].toSorted(),
    )
    const before = await told()
    await look()
    expect(await told()).toEqual(before)
  })

  test('is told also after Google has forgotten what it told', async () => {
    const before = (await told()).length
    google.forgotten = 1_000_000
    google.now = Date.now() + 1000
    google.change('after', {})
    await look()
    google.forgotten = 0
    const after = (await told()).slice(before)
    expect(after).toContain('after confirmed')
    expect(after.filter(line => line.startsWith('after'))).toHaveLength(1)
    await look()
    expect((await told()).slice(before)).toEqual(after)
  })

  test('is told at once where Google rings, on a channel that is renewed, and found again after a lost answer', async () => {
    const { id, path } = await world.trigger('event-changed')
    google.now = world.core.clock.now().getTime()
    await keepRegistrations(world.core)
    await switchTrigger(world.core, world.viewer, id, 'ON')
    google.instead.push({ on: 'calendar.events.watch', after: 'lost' })
    await keepRegistrations(world.core)
    expect(google.channels.size).toBe(1)
    world.core.clock.advance(60_000)
    await keepRegistrations(world.core)
    expect([...google.channels.values()]).toMatchObject([{ address: `${ORIGIN}${path}` }]) // the lost one is closed
    const [channel] = google.channels.values()
    google.change('rung', {})
    const ring = (token: string) =>
      fetch(world.host.url + path!, {
        method: 'POST',
        headers: { 'x-goog-channel-id': channel!.id, 'x-goog-channel-token': token, 'x-goog-resource-state': 'exists' },
      })
    expect((await ring('another')).status).toBe(401)
    expect(await pollPlugins(world.core)).toBe(0)
    expect((await ring(channel!.token)).status).toBe(200)
    await look(0)
    expect(await told()).toContain('rung confirmed')

    world.core.clock.advance(6 * DAY)
    google.now += 6 * DAY
    await keepRegistrations(world.core)
    const [renewed] = google.channels.values()
    expect(google.channels.size).toBe(1)
    expect(renewed!.id).not.toBe(channel!.id)
    await switchTrigger(world.core, world.viewer, id, 'OFF')
    await keepRegistrations(world.core)
    expect(google.channels.size).toBe(0)
    const [row] = [...(await registrationsOf(world.core, world.installation.id)).values()]
    expect(row).toMatchObject({ registeredAt: null, leftOver: false, lastError: null })
  })
})
