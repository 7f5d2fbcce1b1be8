import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LogLine } from '../../core/plugins/capabilities/calling.ts'
import { disconnectCredential, testCredential } from '../../core/plugins/connect-credential.ts'
import { readAudit } from '../../core/access/audit.ts'
import { findCredential } from '../../core/credentials/store.ts'
import { statement } from '../../core/sql.ts'
import { type Answer, openVendorWorld, type VendorWorld } from './vendor-world.ts'

const SECRET = 'sk/live+123=secret"word'
const echo: Answer = (request, response) => {
  const all = JSON.stringify({ url: request.url, headers: request.headers, text: request.text })
  response.writeHead(200, { 'x-echo': encodeURIComponent(String(request.headers['x-api-key'])) }).end(all)
}

let world: VendorWorld
let answer: Answer
beforeAll(async () => {
  world = await openVendorWorld('postgres', (request, response) => answer(request, response))
})
afterAll(() => world?.close())
beforeEach(() => {
  answer = echo
})

describe('an account with a key', () => {
  test('is put into the request outside of the sandbox, and masked however it comes back', async () => {
    const seen: string[] = []
    answer = (request, response) => {
      seen.push(String(request.headers['x-api-key']))
      const spellings = [
        SECRET,
        JSON.stringify(SECRET),
        encodeURIComponent(SECRET),
        Buffer.from(SECRET).toString('base64'),
      ]
      response.writeHead(200, { 'x-echo': encodeURIComponent(SECRET) }).end(spellings.join(' and '))
    }
    await world.connect('key', { region: 'sa-east', apiKey: ` ${SECRET}\n` })
    const lines: LogLine[] = []
    const output = await world.call('call', { url: world.api('/v1'), credential: 'key' }, line => lines.push(line))
    expect(seen).toEqual([`Key ${SECRET}`])
    expect(output).toMatchObject({ status: 200, echo: '•••', text: '••• and "•••" and ••• and •••=' })
    expect(JSON.stringify([output, lines])).not.toContain('live')
    expect(lines).toMatchObject([
      { fields: { status: 200, credential: 'key' } },
      { message: 'asked of the host: fetch' },
    ])
  })

  test('replaces what the plugin wrote in its place', async () => {
    await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    let got: unknown
    answer = (request, response) => {
      got = request.headers['x-api-key']
      response.end()
    }
    await world.call('call', { url: world.api('/'), credential: 'key', headers: { 'X-API-Key': 'mine' } })
    expect(got).toBe(`Key ${SECRET}`)
  })

  test('goes to the hosts that were granted for it, and to no other', async () => {
    await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    const url = `https://other.example.com:${world.far.port}/`
    const before = world.far.connections.length
    await expect(world.call('call', { url, credential: 'key' })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('may not be sent to other.example.com'),
    })
    expect(world.far.connections).toHaveLength(before)
  })

  test('does not follow a redirect to another host', async () => {
    await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    const seen: unknown[] = []
    answer = (request, response) => {
      seen.push([request.headers.host?.split(':')[0], request.headers['x-api-key']])
      if (request.url === '/away')
        response.writeHead(302, { location: `https://other.example.com:${world.far.port}/there` }).end()
      else response.end('there')
    }
    const output = await world.call('call', { url: world.api('/away'), credential: 'key' })
    expect(output).toMatchObject({ status: 200, text: 'there' })
    expect(seen).toEqual([
      ['api.example.com', `Key ${SECRET}`],
      ['other.example.com', undefined],
    ])
  })

  test('may be user and password, a parameter of the address, or a field of the body', async () => {
    await world.connect('pair', { user: 'ana', password: 'open sesame' })
    await world.connect('query', { apiKey: SECRET })
    await world.connect('body', { routingKey: SECRET })
    const seen: Record<string, unknown>[] = []
    answer = (request, response) => {
      const { url, headers, text } = request
      seen.push({ url, authorization: headers.authorization, text })
      response.end(`${headers.authorization} ${url} ${text}`)
    }
    const pair = await world.call('call', { url: world.api('/p'), credential: 'pair' })
    expect(seen[0]).toMatchObject({ authorization: `Basic ${Buffer.from('ana:open sesame').toString('base64')}` })
    expect(pair['text']).toMatch(/^Basic •••=* \/p $/)
    const query = await world.call('call', { url: world.api('/q?a=1&api_key=mine'), credential: 'query' })
    expect(new URLSearchParams(String(seen[1]!['url']).slice(3)).getAll('api_key')).toEqual([SECRET])
    expect(query['url']).toBe(world.api('/q?a=1&api_key=•••'))
    const post = { url: world.api('/b'), credential: 'body', method: 'POST' }
    await world.call('call', { ...post, body: '{"a":1}', headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(String(seen[2]!['text']))).toEqual({ a: 1, routing_key: SECRET })
    await world.call('call', {
      ...post,
      body: 'a=1&routing_key=mine',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(Object.fromEntries(new URLSearchParams(String(seen[3]!['text'])))).toEqual({ a: '1', routing_key: SECRET })
    await expect(world.call('call', { ...post, body: '[1]' })).rejects.toMatchObject({ code: 'VALIDATION' })
  })

  test('tells the plugin what is no secret, and signs for it', async () => {
    await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    expect(await world.call('account', { credential: 'key' })).toEqual({ fields: { region: 'sa-east' } })
    const signature = createHmac('sha256', SECRET).update('hello').digest('base64')
    expect(await world.call('sign', { credential: 'key', data: 'hello' })).toEqual({ signature })
    await expect(world.call('sign', { credential: 'key', data: 'hello', field: 'region' })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('field must name a secret'),
    })
  })

  test('leaves a line in the audit log with its first use of each hour, and says by whom', async () => {
    const { id, workspaceId } = await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    const uses = async () =>
      (await readAudit(world.core, workspaceId, `credential:${id}`)).filter(
        ({ action }) => action === 'credential.used',
      )
    const HOUR = 3_600_000
    world.core.clock.advance(HOUR - (world.core.clock.now().getTime() % HOUR)) // the beginning of an hour
    const before = (await uses()).length
    const send = () => world.call('call', { url: world.api('/'), credential: 'key' })
    await Promise.all([send(), send(), send()])
    world.core.clock.advance(HOUR - 60_000)
    await send()
    expect((await uses()).length - before).toBe(1)
    world.core.clock.advance(60_000)
    await world.call('sign', { credential: 'key', data: 'hello' })
    const [last, ...others] = await uses()
    expect(others.length - before).toBe(1)
    expect(last).toMatchObject({
      actor: 'host',
      data: { template: 'key', account: 'main', pluginId: 'vendor', by: expect.stringMatching(/^run:./) },
    })
  })

  test('is stored sealed, and no row holds what is secret', async () => {
    const credential = await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    const rows = await world.core.sql.query(statement('test.credentials', 'select * from credentials'))
    expect(JSON.stringify(rows)).not.toContain('live')
    expect(credential).toMatchObject({ status: 'CONNECTED', publicFields: { region: 'sa-east' } })
    expect(JSON.stringify(credential)).not.toContain('live')
  })

  test('says what is wrong with what was filled in, all at once, and keeps what was there', async () => {
    const before = await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    const wrong = world.connect('key', { reggion: 'sa-east', apiKey: 'short' })
    await expect(wrong).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: {
        problems: [
          'reggion: there is no such field; did you mean region?',
          'region: Region is missing.',
          'apiKey: API key has less than 6 characters; that is no secret.',
        ],
      },
    })
    expect((await findCredential(world.core, world.installation.id, 'key'))?.version).toBe(before.version)
  })

  test('that is not connected, or of a name that the plugin has not, is a clear error of the step', async () => {
    const credential = await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    await disconnectCredential(world.core, world.viewer, credential.id)
    await expect(world.call('call', { url: world.api('/'), credential: 'key' })).rejects.toMatchObject({
      code: 'CREDENTIAL',
      retryable: false,
      message: 'The account Key (key of vendor) is not connected as main. Connect it on the page of the plugin vendor.',
    })
    await expect(world.call('call', { url: world.api('/'), credential: 'kee' })).rejects.toMatchObject({
      message: 'ctx.fetch: vendor has no credential "kee". Did you mean key?',
    })
  })

  test('can be tested: what the vendor refuses is broken, said once, and mended by a test that goes well', async () => {
    const { id } = await world.connect('key', { region: 'sa-east', apiKey: SECRET })
    answer = (_request, response) => response.writeHead(401).end()
    const check = () => testCredential(world.core, world.viewer.workspaceId, id)
    await expect(check()).rejects.toMatchObject({
      code: 'CREDENTIAL',
      message: expect.stringContaining('answered 401'),
    })
    await expect(check()).rejects.toMatchObject({ code: 'CREDENTIAL' })
    await expect(world.call('call', { url: world.api('/'), credential: 'key' })).rejects.toMatchObject({
      code: 'CREDENTIAL',
      message: expect.stringContaining('is broken: api.example.com'),
    })
    const events = await world.core.sql.query<{ data: unknown }>(
      statement('test.broken', `select data from events where type = 'credential.broken'`),
    )
    expect(events).toMatchObject([{ data: { pluginId: 'vendor', credential: 'key' } }])
    answer = (_request, response) => response.writeHead(503).end()
    await expect(check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    answer = echo
    expect(await check()).toMatchObject({ status: 'CONNECTED', statusReason: null })
    expect(await world.call('call', { url: world.api('/'), credential: 'key' })).toMatchObject({ status: 200 })
  })
})
