import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Instead, refusal } from './hubspot.ts'
import { type HubSpotWorld, openHubSpotWorld } from './world.ts'

let world: HubSpotWorld
beforeAll(async () => {
  world = await openHubSpotWorld()
  await world.signIn()
})
afterAll(() => world?.close())
afterEach(() => {
  expect(world.hubspot.problems.splice(0)).toEqual([])
  expect(world.hubspot.instead.splice(0)).toEqual([])
})

const limited = (policyName: string | undefined, headers: Readonly<Record<string, string>> = {}): Instead => ({
  ...refusal(429, 'RATE_LIMITS', 'You have reached your limit.', { errorType: 'RATE_LIMIT', policyName }),
  headers,
})
const upsert = () => world.call('upsert-contact', { email: 'ana@acme.com.br' })
const search = () => world.call('search-contacts', { query: 'ana' })

describe('what HubSpot refuses', () => {
  test('names the property that it does not take, and what it takes', async () => {
    const unknown = world.call('upsert-contact', { email: 'ana@acme.com.br', properties: { favourite_colour: 'blue' } })
    await expect(unknown).rejects.toMatchObject({
      code: 'VALIDATION',
      retryable: false,
      message: expect.stringMatching(/"favourite_colour.*does not exist.*\(correlation a43683b0-/),
    })
    await expect(world.call('create-deal', { name: 'Acme', stage: 'won' })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('won was not one of the allowed options'),
    })
    expect(world.hubspot.contacts.all.size + world.hubspot.deals.all.size).toBe(0)
  })

  test('is an error also where a batch went wrong in part', async () => {
    const at = new Date().toISOString()
    const error = {
      status: 'error',
      category: 'VALIDATION_ERROR',
      message: 'No such owner',
      context: {},
      links: {},
      errors: [],
    }
    const body = { status: 'COMPLETE', startedAt: at, completedAt: at, results: [], numErrors: 1, errors: [error] }
    world.hubspot.instead.push({ status: 207, body })
    await expect(upsert()).rejects.toMatchObject({ code: 'VALIDATION', message: 'HubSpot: No such owner' })
  })

  test.each([
    [403, 'MISSING_SCOPES', 'FORBIDDEN', false],
    [404, 'OBJECT_NOT_FOUND', 'NOT_FOUND', false],
    [409, 'CONFLICT', 'CONFLICT', false],
    [415, 'VALIDATION_ERROR', 'PLUGIN', false],
    [500, 'INTERNAL_ERROR', 'UNAVAILABLE', true],
  ])('with %i (%s) is %s', async (status, category, code, retryable) => {
    world.hubspot.instead.push(refusal(status, category, 'So it is.'))
    await expect(upsert()).rejects.toMatchObject({ code, retryable, message: expect.stringContaining('So it is.') })
  })
})

describe('what HubSpot has no time for', () => {
  test.each<[string, () => Promise<unknown>, Instead, number]>([
    ['says itself when to come back', upsert, limited('TEN_SECONDLY_ROLLING', { 'retry-after': '7' }), 7],
    ['else the window of the limit says it', upsert, limited('TEN_SECONDLY_ROLLING'), 10],
    ['of a search, which tells no window, is a second away', search, limited('SECONDLY'), 1],
    ['of a search without any word is a window away', search, limited(undefined), 10],
    ['for today is an hour away', upsert, limited('DAILY', { 'x-hubspot-ratelimit-daily-remaining': '0' }), 3600],
    ['because others write the same is two seconds away', upsert, refusal(423, 'LOCKED', 'Locked.'), 2],
  ])('%s', async (_name, ask, instead, retryAfter) => {
    world.hubspot.instead.push(instead)
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter })
  })
})

describe('a HubSpot that is away', () => {
  test('is UNAVAILABLE, whoever says so', async () => {
    world.hubspot.instead.push({
      status: 502,
      body: '<html>Bad gateway</html>',
      headers: { 'content-type': 'text/html' },
    })
    await expect(upsert()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: 'HubSpot: it answered 502',
    })
    world.hubspot.instead.push({
      ...refusal(477, 'MIGRATION_IN_PROGRESS', 'Moving.'),
      headers: { 'retry-after': '600' },
    })
    await expect(upsert()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 600 })
    world.hubspot.instead.push({ after: 'lost' })
    await expect(upsert()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
  })
})
