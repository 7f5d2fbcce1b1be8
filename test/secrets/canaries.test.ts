import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../core/adapters/database.ts'
import { statement } from '../../core/sql.ts'
import { createTestDatabase, DATABASE_KINDS } from '../support/database.ts'
import { leaks, spellings } from './spellings.ts'

const canary = (name: string) => `${name}/+${randomBytes(18).toString('base64')}="é`

it('a leak is found in every spelling, also in the midst of something', () => {
  const secret = canary('x')
  for (const before of ['', 'a', 'ab', 'abc']) {
    const text = Buffer.from(`${before}${secret}tail`).toString('base64')
    expect(leaks(text, { secret }), text).toHaveLength(1)
  }
  for (const spelling of spellings(secret)) expect(leaks(`a ${spelling} b`, { secret })).toHaveLength(1)
  expect(leaks('a b', { secret })).toEqual([])
})

const until = (holds: () => boolean | Promise<boolean>) =>
  vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 60_000, interval: 100 })

describe.each(DATABASE_KINDS)('secrets that were planted, on %s', kind => {
  const secrets: Record<string, string> = {
    encryptionKey: randomBytes(32).toString('hex'),
    ownerPassword: canary('owner'),
    wrongPassword: canary('wrong'),
    apiKey: canary('key'),
    pairPassword: canary('pair'),
    clientSecret: canary('client'),
    wrongClientSecret: canary('wrong-client'),
    vendorToken: `vt-${randomBytes(18).toString('hex')}`,
    misplacedField: canary('misplaced'),
    misplacedText: canary('text'),
    misplacedBody: canary('body'),
    forgedToken: `eyJhbGciOiJFZERTQSJ9.${randomBytes(30).toString('hex')}.${randomBytes(30).toString('hex')}`,
    webhookAuthorization: canary('bearer'),
  }
  /** What nobody can guess, and an administrator may see. */
  const addresses: Record<string, string> = {}
  /** All that clients were told, except where a secret is told on purpose, once. */
  const answers: string[] = []
  let dataDir: string
  let database: { url: string; drop(): Promise<void> } | undefined
  let child: ChildProcess
  let output = ''
  let url = ''

  const post = async (path: string, body: unknown, headers: Record<string, string> = {}, told = false) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    if (!told) answers.push(`${path} ${text} ${JSON.stringify([...response.headers])}`)
    // oxlint-disable-next-line typescript/no-explicit-any
    return JSON.parse(text || 'null') as any
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'trae-canaries-'))
    database = kind === 'postgres' ? await createTestDatabase() : undefined
    child = spawn(process.execPath, [join(import.meta.dirname, 'canary-process.ts')], {
      env: {
        PATH: process.env['PATH'],
        TRAE_PORT: '0',
        TRAE_DATA_DIR: dataDir,
        TRAE_LOG_LEVEL: 'trace',
        TRAE_LIMIT_ADDRESS: '1000000/1000000',
        TRAE_LIMIT_SIGN_IN: '1000000',
        TRAE_OWNER_EMAIL: 'owner@example.com',
        TRAE_OWNER_PASSWORD: secrets['ownerPassword'],
        TRAE_ENCRYPTION_KEY: secrets['encryptionKey'],
        CANARY_ACCESS_TOKEN: secrets['vendorToken'],
        ...(database ? { DATABASE_URL: database.url } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr!.setEncoding('utf8').on('data', text => (output += text))
    let first = ''
    child.stdout!.setEncoding('utf8').on('data', text => {
      output += text
      first += text
    })
    const exited = once(child, 'exit').then(() => {
      throw new Error(`The process ended before it served:\n${output}`)
    })
    exited.catch(() => {})
    await Promise.race([until(() => first.includes('\n')), exited])
    const ready = JSON.parse(first.split('\n')[0]!) as { url: string; installationId: string }
    url = ready.url

    const signedIn = await post(
      '/auth/login',
      { email: 'owner@example.com', password: secrets['ownerPassword'] },
      {},
      true,
    )
    const refreshed = await post('/auth/refresh', { refresh_token: signedIn.refresh_token }, {}, true)
    for (const [name, pair] of Object.entries({ signedIn, refreshed })) {
      secrets[`${name}Access`] = pair.access_token.split('.')[2]
      secrets[`${name}Refresh`] = pair.refresh_token.split('.').at(-1)
    }
    const bearer = { authorization: `Bearer ${refreshed.access_token}` }
    const ask = (query: string, variables: unknown = {}, told = false) =>
      post('/graphql', { query, variables }, bearer, told)

    // What is typed into the wrong place, or is wrong
    await post('/auth/login', { email: 'owner@example.com', password: secrets['wrongPassword'] })
    await post('/auth/login', { email: 'owner@example.com', password: [secrets['wrongPassword']] })
    await post('/auth/login', { email: secrets['misplacedText'], password: 'x' })
    await post('/auth/login', `{"password": "${secrets['misplacedBody']}"`)
    await post('/auth/refresh', { refresh_token: secrets['misplacedText'] })
    await post('/auth/refresh', { refresh_token: signedIn.refresh_token.replace(/.$/, '_') })
    await post('/leads/process', { name: 'Ana' }, { authorization: `Bearer ${secrets['forgedToken']}` })
    await post('/leads/process', { name: 'Ana' }, { 'x-api-key': secrets['misplacedText']!.replace('é', '') })
    const connect = (template: string, fields: unknown) =>
      ask(
        `mutation($input: CredentialConnectInput!) {
           credentialConnect(input: $input) { credential { id publicFields statusReason } userErrors { message } } }`,
        { input: { installationId: installation, template, fields } },
      )
    const list = await ask(
      '{ installations(first: 50) { edges { node { id pluginId credentialTemplates { key } } } } }',
    )
    const installation = list.data.installations.edges.find(
      (edge: { node: { pluginId: string } }) => edge.node.pluginId === 'leaky',
    ).node.id as string
    await connect('key', { apiKey: secrets['misplacedField'], [secrets['misplacedField']!]: 'x' })
    await connect('key', { apiKey: [secrets['misplacedField']] })
    await connect('key', secrets['misplacedField'])
    await connect(secrets['misplacedField']!, {})
    await post(
      '/graphql',
      {
        query: `mutation($input: CredentialConnectInput!) { credentialConnect(input: $input) { userErrors { message } } }`,
        variables: { input: secrets['misplacedField'] },
      },
      bearer,
    )
    await post(
      '/graphql',
      {
        query: `mutation($input: CredentialTestInput!) { credentialTest(input: $input) { userErrors { message } } }`,
        variables: { input: { credentialId: { apiKey: secrets['misplacedField'] } } },
      },
      bearer,
    )

    // Accounts that are used, and a vendor that says no
    const connected = await connect('key', { apiKey: secrets['apiKey'] })
    await connect('pair', { user: 'ana', password: secrets['pairPassword'] })
    await connect('machine', { clientId: 'client', clientSecret: secrets['wrongClientSecret'] })
    const run = async (playbook: string) => {
      const started = await ask(
        'mutation($input: RunStartInput!) { runStart(input: $input) { run { id } userErrors { message } } }',
        { input: { playbook } },
      )
      const { id } = started.data.runStart.run
      await until(async () => (await ask(RUN, { id })).data.node.status === 'FAILED')
    }
    await run('leak-machine') // its account is refused
    await connect('machine', { clientId: 'client', clientSecret: secrets['clientSecret'] })
    for (const playbook of ['leak-key', 'leak-pair', 'leak-machine']) await run(playbook)
    await ask(
      'mutation($input: CredentialTestInput!) { credentialTest(input: $input) { credential { statusReason } userErrors { message } } }',
      { input: { credentialId: connected.data.credentialConnect.credential.id } },
    )

    // Webhooks: the secret is told once, then used, and used wrongly
    await ask('{ playbooks(first: 20) { edges { node { triggers { key } } } } }') // gives webhooks their addresses
    const hooks = await ask('{ webhooks(first: 20) { edges { node { id slug url } } } }', {}, true)
    for (const { node } of hooks.data.webhooks.edges) {
      const rotated = await ask(
        'mutation($input: WebhookRotateSecretInput!) { webhookRotateSecret(input: $input) { plaintext } }',
        { input: { webhookId: node.id } },
        true,
      )
      const path = node.url as string
      if (path.startsWith('/hooks/p/')) addresses[`address of ${node.slug}`] = path.split('/').at(-1)!
      const plaintext = rotated.data.webhookRotateSecret.plaintext as string
      secrets[`webhook ${node.slug}`] = plaintext.replace('whsec_', '')
      const body = JSON.stringify({ name: 'Bia', email: 'bia@example.com' })
      const timestamp = String(Math.floor(Date.now() / 1000))
      const signature = (key: string) =>
        `v1,${createHmac('sha256', Buffer.from(key.replace('whsec_', ''), 'base64'))
          .update(`${node.slug}.${timestamp}.${body}`)
          .digest('base64')}`
      const headers = (signed: string) => ({
        'webhook-id': node.slug,
        'webhook-timestamp': timestamp,
        'webhook-signature': signed,
        authorization: `Bearer ${encodeURIComponent(secrets['webhookAuthorization']!)}`,
      })
      await post(path, body, headers(signature(plaintext)))
      await post(path, body, headers(signature(secrets['misplacedText']!)))
      await post(path, body, headers(secrets['misplacedText']!.replace('é', '')))
    }
    await until(
      async () => (await ask('{ leads(first: 5) { edges { node { name } } } }')).data.leads.edges.length === 1,
    )
    for (const query of EVERYTHING) await ask(query)
    child.kill('SIGTERM')
    await once(child, 'exit')
  }, 180_000)
  afterAll(async () => {
    child.kill('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
    await database?.drop()
  })

  it('were used: the vendor has answered, the log is verbose, and answers hold masks', () => {
    expect(output).toContain('"level":"DEBUG"')
    expect(answers.join()).toContain('•••')
    expect(Object.keys(secrets).length).toBeGreaterThan(20)
  })
  it('are not in the log', () => {
    expect(leaks(output, { ...secrets, ...addresses })).toEqual([])
  })
  it('are not in any answer of GraphQL or REST', () => {
    expect(answers.flatMap(answer => leaks(answer, secrets))).toEqual([])
  })
  it('are not in any column of any table', async () => {
    const { sql, close } = await openDatabase({ databaseUrl: database?.url, dataDir }, [])
    const tables = await sql.query<{ name: string }>(
      statement(
        'test.tables',
        `select table_name as name from information_schema.tables where table_schema = 'public'`,
      ),
    )
    expect(tables.length).toBeGreaterThan(30)
    let rows = 0
    for (const { name } of tables)
      for (const { row } of await sql.query<{ row: string }>(
        statement(`test.all-${name}`, `select to_jsonb(t)::text as row from "${name}" t`),
      )) {
        rows++
        // A text that is JSON itself is written twice
        for (const text of [row, row.replaceAll('\\\\', '\\').replaceAll('\\"', '"')])
          expect(leaks(text, { ...secrets, ...addresses }), name).toEqual([])
      }
    expect(rows).toBeGreaterThan(100)
    await close()
  })
  it('are not in any file of the data directory', async () => {
    const files = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
    if (kind === 'pglite') expect(files.length).toBeGreaterThan(100) // tables, indexes, the write-ahead log
    for (const file of files) {
      const text = (await readFile(join(file.parentPath, file.name))).toString('latin1')
      const asBytes = Object.fromEntries(
        Object.entries(secrets).map(([name, secret]) => [name, Buffer.from(secret).toString('latin1')]),
      )
      expect(leaks(text, asBytes), file.name).toEqual([])
      expect(leaks(text, { ...secrets, ...addresses }), file.name).toEqual([])
    }
  })
})

const RUN = `query($id: ID!) { node(id: $id) { ... on Run {
  status inputs output error { code message } reason { code message }
  events(first: 50) { edges { node { kind message data } } } steps { path output error { message } reason { message } } } } }`

/** What the pages of the admin ask for, as far as a secret could be in it. */
const EVERYTHING = [
  `{ installations(first: 50) { edges { node { pluginId version status statusReason credentialTemplates { key credential { id status statusReason publicFields keyVersion } } } } } }`,
  `{ runs(first: 50) { edges { node { id status output error { message } reason { message } } } } }`,
]
