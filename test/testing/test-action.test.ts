import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeTests, testAction } from '../../core/testing/testing.ts'
import { temporaryFolder } from '../plugins/world.ts'
import { VENDOR } from './vendor-plugin.ts'

let parent: Awaited<ReturnType<typeof temporaryFolder>>
let folder: string
beforeAll(async () => {
  parent = await temporaryFolder()
  folder = join(parent.path, 'vendor')
  await mkdir(folder)
  await writeFile(join(folder, 'index.ts'), VENDOR['index.ts']!)
})
afterAll(async () => {
  await closeTests()
  await parent?.remove()
})

const URL_ = 'https://api.example.com/things'

describe('an action in a test', { timeout: 120_000 }, () => {
  it('asks the far side that the test plays, with the secret that the host adds', async () => {
    const { output, requests, logs } = await testAction(folder, 'ask', {
      input: { url: URL_, credential: 'key' },
      credentials: { key: { apiKey: 'secret-of-test' } },
      api: ({ headers }) => ({ status: 201, json: { echoed: headers['x-key'] } }),
    })
    expect(requests).toMatchObject([
      { method: 'POST', url: URL_, body: '{"a":1}', headers: { 'x-key': 'secret-of-test' } },
    ])
    expect(output).toMatchObject({ status: 201, body: { echoed: expect.not.stringContaining('secret-of-test') } })
    expect(logs[0]!.message).toBe(`POST ${URL_} → 201`)
  })

  it('signs in where the vendor wants that', async () => {
    const { requests } = await testAction(folder, 'ask', {
      input: { url: URL_, credential: 'signed' },
      credentials: { signed: { clientId: 'id', clientSecret: 'secret-of-test' } },
      api: ({ url }) => (url === URL_ ? { json: {} } : undefined),
    })
    expect(requests).toMatchObject([{ url: URL_, headers: { authorization: 'Bearer test-token' } }])
  })

  describe('against the description of an API', () => {
    const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
    const answer = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
    const api = (members: object = schema) => ({
      openapi: '3.1.0',
      servers: [{ url: 'https://api.example.com' }],
      paths: {
        '/things': {
          post: {
            requestBody: {
              content: { 'text/plain': { schema: { type: 'string' } }, 'application/json': { schema: members } },
            },
            responses: { '201': { content: { 'application/json': { schema: answer, example: { id: '7' } } } } },
          },
        },
      },
    })
    const ask = (test: object) =>
      testAction(folder, 'ask', {
        input: { url: URL_, credential: 'key' },
        credentials: { key: { apiKey: 'secret-of-test' } },
        ...test,
      })

    it('is answered with its example', async () => {
      expect((await ask({ api: api() })).output).toEqual({ status: 201, body: { id: '7' } })
    })

    it('is answered by the test, as long as that fits', async () => {
      const given = (json: unknown) => ({ api: api(), answer: () => ({ status: 201, json }) })
      expect((await ask(given({ id: '8' }))).output).toEqual({ status: 201, body: { id: '8' } })
      await expect(ask(given({ id: 8 }))).rejects.toThrow(
        /The answer of the test does not fit.*\n.*\/id must be string/,
      )
    })

    it('fails with what does not fit, whatever the plugin makes of it', async () => {
      const other = { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'] }
      await expect(ask({ api: api(other) })).rejects.toThrow(
        /must have required property 'b'[^]*additional properties \(a\)/,
      )
      await expect(
        ask({ api: api(), input: { url: 'https://api.example.com/thing', credential: 'key' } }),
      ).rejects.toThrow('POST /thing: the description knows no such operation')
    })
  })

  it('has leads, storage and events of its own, and leaves none to the next test', async () => {
    const test = {
      leads: [{ name: 'Ana', email: 'ana@example.com' }],
      input: ([lead]: readonly { id: string }[]) => ({ leadId: lead!.id }),
      storage: { before: 7 },
      key: 'key-1',
    }
    for (const _time of [1, 2])
      expect(await testAction(folder, 'lend', test)).toMatchObject({
        output: { key: 'key-1' },
        storage: { before: 7, seen: { before: 7 } },
        leads: [{ name: 'Ana', company: 'Nova' }],
        events: [{ type: 'thing.done', data: { leadId: expect.any(String) } }],
        logs: [
          { level: 'info', message: 'done' },
          { level: 'debug', message: expect.stringMatching(/^asked of the host: /) },
        ],
      })
    await expect(testAction(folder, 'lend', { ...test, storage: undefined, leads: [{ name: 'x' }] })).rejects.toThrow(
      'leads[0].email: a lead needs an e-mail or a phone',
    )
  })

  it('plans calls for later, which the test sees and nobody makes', async () => {
    const leads = [{ name: 'Ana', email: 'ana@acme.com.br', source: 'WEBSITE' }]
    const { output, planned } = await testAction(folder, 'later', {
      input: { leadId: 'l' },
      leads,
      planned: { old: { action: 'lend', input: { leadId: 'o' }, at: '2030-01-01T00:00:00Z' } },
    })
    const { before, now } = output as { before: unknown; now: number }
    expect(before).toEqual({ action: 'lend', input: { leadId: 'o' }, at: '2030-01-01T00:00:00.000Z' })
    expect(planned).toEqual({
      soon: { action: 'lend', input: { leadId: 'l' }, at: new Date(now + 3_600_000).toISOString() },
      daily: { action: 'lend', input: {}, every: '1d', at: new Date(now + 86_400_000).toISOString() },
    })
    const wrong = { planned: { old: { action: 'land', every: '1d' } } }
    await expect(testAction(folder, 'later', { input: {}, ...wrong })).rejects.toThrow('Did you mean lend?')
  })

  it.each([
    ['its own error', 'refuse', { input: {} }, { code: 'CONFLICT', message: 'It is taken.' }],
    ['a host that was not granted', 'ask', { input: { url: 'https://other.example.com/' } }, { code: 'PERMISSION' }],
    ['an account that is not connected', 'ask', { input: { url: URL_, credential: 'key' } }, { code: 'CREDENTIAL' }],
    ['input that does not fit', 'ask', { input: 5 }, { code: 'VALIDATION' }],
    ['an action that is not there', 'asks', { input: {} }, { message: expect.stringContaining('ask') }],
  ])('rejects as a run would see it: %s', async (_what, action, test, told) => {
    await expect(testAction(folder, action, test)).rejects.toMatchObject(told)
  })

  it('fails where nothing was prepared, or the test itself throws, though the plugin swallows it', async () => {
    await expect(testAction(folder, 'swallow', { input: {} })).rejects.toThrow(
      'prepared no answer for GET https://api.example.com/unknown',
    )
    const api = () => {
      throw new Error('wrong request')
    }
    await expect(testAction(folder, 'swallow', { input: {}, api })).rejects.toThrow('wrong request')
    expect((await testAction(folder, 'swallow', { input: {}, api: () => ({ status: 500 }) })).output).toEqual({})
  })

  it('rejects a folder whose plugin cannot be built', async () => {
    await expect(testAction(parent.path, 'ask', { input: {} })).rejects.toMatchObject({ code: 'MANIFEST' })
  })
})
