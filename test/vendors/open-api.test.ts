import { describe, expect, test } from 'vitest'
import { readApi } from './read-api.ts'

const api = readApi('hubspot')
const JSON_TYPE = { 'content-type': 'application/json' }
const BEARER = { authorization: 'Bearer token' }
const OBJECTS = '/crm/objects/2026-09'

const ask = (
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = { ...BEARER, ...JSON_TYPE },
) =>
  api({ method, url, headers, text: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body) })
const inputs = [{ id: 'ana@acme.com.br', idProperty: 'email', properties: { firstname: 'Ana' } }]

describe('a request', () => {
  test('that fits is read: operation, path, query and body', () => {
    const asked = ask('POST', `${OBJECTS}/contacts/batch/upsert`, { inputs })
    expect(asked).toMatchObject({
      operationId: 'objects_upsert',
      path: { objectType: 'contacts' },
      body: { inputs },
      problems: [],
    })
    const read = ask('GET', `${OBJECTS}/contacts/ana%40acme.com.br?idProperty=email&properties=email&properties=phone`)
    expect(read).toMatchObject({ operationId: 'objects_getById', path: { objectId: 'ana@acme.com.br' }, problems: [] })
  })

  test.each<[what: string, asked: () => ReturnType<typeof ask>, problem: string]>([
    ['an unknown path', () => ask('GET', '/crm/v3/objects/contacts'), 'the description knows no such operation'],
    ['another method', () => ask('DELETE', `${OBJECTS}/contacts/1`), 'the description knows no such operation'],
    ['an unknown parameter', () => ask('GET', `${OBJECTS}/contacts/1?property=email`), 'knows no parameter property'],
    [
      'a parameter of another kind',
      () => ask('GET', `${OBJECTS}/contacts?limit=many`),
      'the parameter limit / must be integer',
    ],
    ['no body', () => ask('POST', `${OBJECTS}/contacts/search`), 'body is missing'],
    ['a body nobody wants', () => ask('GET', `${OBJECTS}/contacts/1`, {}), 'the description knows none'],
    [
      'another type of body',
      () => ask('POST', `${OBJECTS}/contacts/search`, 'a=1', BEARER),
      'is of no type, not application/json',
    ],
    ['a body that is no JSON', () => ask('POST', `${OBJECTS}/contacts/search`, '{'), 'body is no JSON'],
    [
      'a missing member',
      () => ask('POST', `${OBJECTS}/contacts/batch/upsert`, {}),
      "body / must have required property 'inputs'",
    ],
    ['a misspelt member', () => ask('POST', `${OBJECTS}/contacts/search`, { filterGroup: [] }), '(filterGroup)'],
    [
      'a misspelt member further in',
      () =>
        ask('POST', `${OBJECTS}/contacts/search`, { filterGroups: [{ filters: [{ property: 'a', operator: 'EQ' }] }] }),
      '/filterGroups/0/filters/0 must NOT have additional properties (property)',
    ],
    [
      'a value of another kind',
      () => ask('PATCH', `${OBJECTS}/deals/1`, { properties: { amount: 12 } }),
      'body /properties/amount must be string',
    ],
    [
      'no credential',
      () => ask('GET', `${OBJECTS}/contacts/1`, undefined, {}),
      'carries no credential; wanted is bearer',
    ],
    [
      'a form with a value nobody knows',
      () =>
        ask('POST', '/oauth/2026-09/token', 'grant_type=password', {
          'content-type': 'application/x-www-form-urlencoded',
        }),
      'body /grant_type must be equal to one of the allowed values',
    ],
  ])('with %s does not fit', (_what, asked, problem) => {
    const { problems } = asked()
    expect(problems.join('\n')).toContain(problem)
    expect(problems[0]).toMatch(/^[A-Z]+ \//)
  })
})

test('an answer is held against the description too', () => {
  const { answerProblems } = ask('GET', `${OBJECTS}/contacts/1`)
  const good = {
    id: '1',
    properties: { email: null },
    createdAt: '2026-11-03T12:00:00Z',
    updatedAt: '2026-11-03T12:00:00Z',
  }
  expect(answerProblems(200, good)).toEqual([])
  expect(answerProblems(200, { ...good, id: 1 })).toEqual([
    expect.stringContaining('the answer 200 /id must be string'),
  ])
  expect(answerProblems(404, { message: 'Not here' })).toHaveLength(2)
})
