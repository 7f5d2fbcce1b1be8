import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, openVendorWorld, type VendorWorld } from '../../credentials/vendor-world.ts'

// A plugin that may use an account, and tries to learn its secret: from an answer that repeats what was sent, in whatever
// writing, from errors, from ctx, from the log.

const SECRET = 'sk/live+canary=7?secret~word'
let world: VendorWorld
let answer: Answer
beforeAll(async () => {
  world = await openVendorWorld('postgres', (request, response) => answer(request, response))
  await world.connect('key', { region: 'sa-east', apiKey: SECRET })
})
afterAll(() => world?.close())

/** All that the plugin, its log and its error got. */
async function learns(url: string, more: object = {}): Promise<string> {
  const lines: unknown[] = []
  const outcome = await world
    .call('call', { url: world.api(url), credential: 'key', ...more }, line => lines.push(line))
    .catch((error: Error) => `${error.message} ${JSON.stringify(error)}`)
  return JSON.stringify([outcome, lines])
}

const WRITINGS: readonly [string, (secret: string) => string][] = [
  ['as it is', (secret: string) => secret],
  ['as JSON', (secret: string) => JSON.stringify({ secret })],
  ['as JSON with escaped slashes', (secret: string) => JSON.stringify({ secret }).replaceAll('/', '\\/')],
  ['percent-encoded', (secret: string) => encodeURIComponent(secret)],
  ['as a form', (secret: string) => new URLSearchParams({ secret }).toString()],
  ['as hexadecimal digits', (secret: string) => Buffer.from(secret).toString('hex')],
  ['as capital hexadecimal digits', (secret: string) => Buffer.from(secret).toString('hex').toUpperCase()],
  ...['', 'a', 'ab', 'Key ', 'Bearer '].flatMap(before =>
    ['', 'x', 'xy', ':pass'].flatMap(after =>
      (['base64', 'base64url'] as const).map((coding): [string, (secret: string) => string] => [
        `in ${coding} between ${JSON.stringify(before)} and ${JSON.stringify(after)}`,
        secret => Buffer.from(before + secret + after).toString(coding),
      ]),
    ),
  ),
]

describe('an answer that repeats the secret', () => {
  test.each(WRITINGS)('%s', async (_, write) => {
    answer = (request, response) => response.end(write(String(request.headers['x-api-key']).replace('Key ', '')))
    const learnt = await learns('/')
    expect(learnt).toContain('•••')
    expect(readings(learnt)).not.toContain('canary')
  })
})

/** A text, and what it gives when runs of it are read as base64, in each of the four ways to begin, or as hexadecimal. */
function readings(text: string): string {
  const runs = text.match(/[\w+/=-]{8,}/g) ?? []
  const read = runs.flatMap(run => [
    ...[0, 1, 2, 3].map(skip => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
    ...[0, 1].map(skip => Buffer.from(run.slice(skip), 'hex').toString('latin1')),
  ])
  return [text, ...read].join('\n')
}

test('the reader of these tests finds a secret that was not masked', () => {
  for (const before of ['', 'a', 'ab', 'abc'])
    expect(readings(JSON.stringify([Buffer.from(before + SECRET).toString('base64')]))).toContain('canary')
  expect(readings(Buffer.from(SECRET).toString('hex'))).toContain('canary')
})

test.each([
  ['in its status line', (secret: string) => `HTTP/1.1 200 ${secret}\r\ncontent-length: 0\r\n\r\n`],
  ['in a header', (secret: string) => `HTTP/1.1 200 OK\r\nx-echo: ${secret}\r\ncontent-length: 0\r\n\r\n`],
  [
    'in a redirect that leads nowhere',
    (secret: string) =>
      `HTTP/1.1 302 Found\r\nlocation: https://other.example.com/${encodeURIComponent(secret)}\r\ncontent-length: 0\r\n\r\n`,
  ],
  [
    'in a redirect to another protocol',
    (secret: string) =>
      `HTTP/1.1 302 Found\r\nlocation: http://${Buffer.from(secret).toString('hex')}/\r\ncontent-length: 0\r\n\r\n`,
  ],
  [
    'in a coding that does not exist',
    (secret: string) =>
      `HTTP/1.1 200 OK\r\ncontent-encoding: ${encodeURIComponent(secret)}\r\ncontent-length: 1\r\n\r\nx`,
  ],
  ['in what is no HTTP', (secret: string) => `${secret}\r\n\r\n`],
])('an answer that repeats the secret %s', async (_, write) => {
  // prettier-ignore
  answer = ({ headers, socket }) => void socket.end(write(String(headers['x-api-key']).replace('Key ', '')))
  expect(readings(await learns('/'))).not.toContain('canary')
})

test.each<[string, string, object?]>([
  ['a host that it may not be sent to', 'https://other.example.com/'],
  ['an address that cannot be read', 'https://'],
  ['a header that cannot be sent', '/', { headers: { 'x-a': 'b\n' } }],
  ['the header that it stands in', '/', { headers: { 'X-Api-Key': 'mine\r\nx: y' } }],
])('the error about %s', async (_, url, more) => {
  answer = (_request, response) => response.end()
  const learnt = url.startsWith('/') ? await learns(url, more) : JSON.stringify(await world.call('call', { url, credential: 'key' }).catch((error: Error) => error.message)) // prettier-ignore
  expect(readings(learnt)).not.toContain('canary')
})
