import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'

const CONNECT = `mutation c($plugin: ID!, $template: String!, $fields: JSON!) {
  credentialConnect(input: { installationId: $plugin, template: $template, fields: $fields }) {
    credential { id status keyVersion publicFields expiresAt lastTestedAt lastUsedAt createdAt installation { pluginId } }
    userErrors { code message }
  }
}`
const SIGN_IN = `mutation s($id: ID!, $origin: String!) {
  credentialSignIn(input: { credentialId: $id, origin: $origin }) { url userErrors { code message } }
}`

describe('accounts at vendors over GraphQL', () => {
  let host: TestServer
  let plugin: string
  let folder: string
  beforeAll(async () => {
    host = await openTestServer('postgres', {}, { TRAE_PUBLIC_URL: 'https://trae.example.com' })
    folder = await mkdtemp(join(tmpdir(), 'trae-vendor-'))
    await packVendor(join(folder, 'vendor'), 443)
    const { id } = await installPlugin(host.core, {
      workspaceId: host.core.workspaceId,
      from: { kind: 'folder', path: join(folder, 'vendor') },
      grant: 'all-declared',
    })
    plugin = encodeNodeId('PluginInstallation', id)
  })
  afterAll(async () => {
    await host?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const connect = async (template: string, fields: unknown) =>
    (await ask(CONNECT, { plugin, template, fields })).credentialConnect

  it('the plugin says what each needs, with the address its secret goes to', async () => {
    const { node } = await ask(
      `query q($id: ID!) { node(id: $id) { ... on PluginInstallation { permissions { kind sentence } credentialTemplates {
         key title authKind hosts testable fields { key title help sensitive required } credential { id } } } } }`,
      { id: plugin },
    )
    const templates = new Map(node.credentialTemplates.map((one: { key: string }) => [one.key, one]))
    expect(templates.get('key')).toEqual({
      key: 'key',
      title: 'Key',
      authKind: 'KEY',
      hosts: ['api.example.com:443'],
      testable: true,
      fields: [
        { key: 'region', title: 'Region', help: null, sensitive: false, required: true },
        { key: 'apiKey', title: 'API key', help: 'Under Settings', sensitive: true, required: true },
      ],
      credential: null,
    })
    expect(templates.get('service')).toMatchObject({ authKind: 'SERVICE_ACCOUNT' })
    expect(node.permissions).toContainEqual({
      kind: 'CREDENTIAL',
      sentence:
        'Use the account machine that you connect, at api.example.com:443, auth.example.com:443. It never sees its password, key or token.',
    })
  })

  it('is connected, found by its id, and never told again', async () => {
    const { credential, userErrors } = await connect('key', { region: 'sa-east', apiKey: 'a-secret-of-the-vendor' })
    expect(userErrors).toEqual([])
    expect(credential).toMatchObject({
      status: 'CONNECTED',
      publicFields: { region: 'sa-east' },
      installation: { pluginId: 'vendor' },
    })
    const found = await ask('query q($id: ID!) { node(id: $id) { __typename ... on Credential { status } } }', {
      id: credential.id,
    })
    expect(found.node).toEqual({ __typename: 'Credential', status: 'CONNECTED' })
    expect(JSON.stringify([credential, found])).not.toContain('a-secret')
    const again = await connect('key', { region: 'us', apiKey: 'another-secret' })
    expect(again.credential).toMatchObject({ id: credential.id, keyVersion: credential.keyVersion + 1 })
    const gone = await ask(
      'mutation d($id: ID!) { credentialDisconnect(input: { credentialId: $id }) { disconnectedId userErrors { code } } }',
      { id: credential.id },
    )
    expect(gone.credentialDisconnect).toEqual({ disconnectedId: credential.id, userErrors: [] })
    const after = await ask('query q($id: ID!) { node(id: $id) { __typename } }', { id: credential.id })
    expect(after.node).toBeNull()
  })

  it('what an account has to choose from is asked with the account that is named, the default one without a name', async () => {
    const connectIn = (account: string, region: string) =>
      ask(
        `mutation c($input: CredentialConnectInput!) { credentialConnect(input: $input) { userErrors { message } } }`,
        {
          input: { installationId: plugin, template: 'key', account, fields: { region, apiKey: `key-of-${account}` } },
        },
      )
    await connectIn('main', 'sa-east')
    await connectIn('sales', 'eu-west')
    const choices = async (account?: string) => {
      const { actionChoices } = await ask(
        `query q($account: String) { actionChoices(uses: "vendor/count-list", field: "list", account: $account) { edges { node { value } } } }`,
        { account },
      )
      return actionChoices.edges.map(({ node }: { node: { value: string } }) => node.value)
    }
    expect(await choices()).toEqual(['list-of-sa-east'])
    expect(await choices('sales')).toEqual(['list-of-eu-west'])
    expect(await choices('main')).toEqual(['list-of-sa-east'])
    const { json } = await host.graphql(
      '{ actionChoices(uses: "vendor/count-list", field: "list", account: "sale") { edges { cursor } } }',
    )
    expect(json.errors).toMatchObject([
      { message: expect.stringContaining('sales'), extensions: { code: 'BAD_USER_INPUT' } },
    ])
    const { node } = await ask(
      `query q($id: ID!) { node(id: $id) { ... on PluginInstallation { credentialTemplates { key credentials { id } } } } }`,
      { id: plugin },
    )
    const made = node.credentialTemplates.find((one: { key: string }) => one.key === 'key').credentials
    for (const { id } of made.toReversed())
      await ask(`mutation d($id: ID!) { credentialDisconnect(input: { credentialId: $id }) { disconnectedId } }`, {
        id,
      })
  })

  it('several of one kind have names: one is the default, and what names one keeps it', async () => {
    const connectAs = async (account: string | null, apiKey: string) =>
      (
        await ask(
          `mutation c($input: CredentialConnectInput!) { credentialConnect(input: $input) {
             credential { id account isDefault } userErrors { code message } } }`,
          { input: { installationId: plugin, template: 'query', account, fields: { apiKey } } },
        )
      ).credentialConnect
    const change = async (name: string, input: Record<string, unknown>) =>
      (
        await ask(
          `mutation m($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) {
             ${name === 'credentialDisconnect' ? 'disconnectedId' : 'credential { account isDefault }'} userErrors { code message } } }`,
          { input },
        )
      )[name]
    const listed = async () => {
      const { node } = await ask(
        `query q($id: ID!) { node(id: $id) { ... on PluginInstallation { defaultAccount
           credentialTemplates { key credential { account } credentials { account isDefault } } } } }`,
        { id: plugin },
      )
      const { credential, credentials } = node.credentialTemplates.find((one: { key: string }) => one.key === 'query')
      return { defaultAccount: node.defaultAccount, credential, credentials }
    }
    const main = (await connectAs(null, 'key-of-main')).credential
    const sales = (await connectAs('sales', 'key-of-sales')).credential
    expect([main, sales]).toMatchObject([
      { account: 'main', isDefault: true },
      { account: 'sales', isDefault: false },
    ])
    expect((await connectAs('Sales Team', 'key-of-nobody')).userErrors).toMatchObject([{ code: 'INVALID' }])
    expect(await change('credentialRename', { credentialId: sales.id, account: 'main' })).toMatchObject({
      userErrors: [{ code: 'CONFLICT' }],
    })
    expect(await change('credentialRename', { credentialId: sales.id, account: 'brazil' })).toMatchObject({
      credential: { account: 'brazil', isDefault: false },
      userErrors: [],
    })
    expect(await change('credentialMakeDefault', { credentialId: sales.id })).toMatchObject({
      credential: { account: 'brazil', isDefault: true },
    })
    expect(await listed()).toEqual({
      defaultAccount: 'brazil',
      credential: { account: 'brazil' },
      credentials: [
        { account: 'main', isDefault: false },
        { account: 'brazil', isDefault: true },
      ],
    })
    expect(await change('credentialDisconnect', { credentialId: sales.id })).toMatchObject({
      disconnectedId: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('Make main the default first') }],
    })
    const source = `id: naming\nname: Naming\nmodule: vendas\ntriggers:\n  - event: lead.captured\nsteps:
  - uses: vendor/account\n    account: main\n    with: { credential: query }`
    await publishPlaybook(host.core, host.core.workspaceId, source)
    expect(await change('credentialDisconnect', { credentialId: main.id })).toMatchObject({
      disconnectedId: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('the playbook naming names it') }],
    })
  })

  it('says what is wrong with what was filled in', async () => {
    const missing = await connect('key', { region: 'sa-east' })
    expect(missing.userErrors).toEqual([{ code: 'INVALID', message: 'apiKey: API key is missing.' }])
    const shape = await connect('key', { region: 1 })
    expect(shape.userErrors[0].message).toContain('must be an object of texts')
    const unknown = await connect('kee', {})
    expect(unknown.userErrors[0]).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a sign-in begins at the public address and nowhere else', async () => {
    const { credential } = await connect('signed-in', { clientId: 'client-1', clientSecret: 'client-secret' })
    expect(credential.status).toBe('PENDING')
    const begin = async (origin: string) => (await ask(SIGN_IN, { id: credential.id, origin })).credentialSignIn
    const { url } = await begin('https://trae.example.com')
    expect(new URL(url).searchParams.get('redirect_uri')).toBe('https://trae.example.com/admin/credentials/return')
    for (const origin of [
      'https://evil.example.com',
      'https://trae.example.com.evil.com',
      'http://127.0.0.1:8000',
      'x',
    ]) {
      const refused = await begin(origin)
      expect(refused).toMatchObject({ url: null, userErrors: [{ code: 'INVALID' }] })
    }
  })

  it('what a plugin hears of has an address and a key that is told once, when it is made', async () => {
    const { node } = await ask(
      `query q($id: ID!) { node(id: $id) { ... on PluginInstallation { triggers {
         id name kind eventType url hasSigningKey credential every failures lastError lastPollAt nextPollAt outputSchema } } } }`,
      { id: plugin },
    )
    const [changed, ordered, replied] = ['changed', 'ordered', 'replied'].map(name =>
      node.triggers.find((one: { name: string }) => one.name === name),
    )
    expect(changed).toMatchObject({
      kind: 'POLL',
      url: null,
      every: '1m',
      credential: 'key',
      failures: 0,
      lastPollAt: null,
    })
    expect(ordered).toMatchObject({ kind: 'WEBHOOK', hasSigningKey: false, credential: 'pair', nextPollAt: null })
    expect(replied).toMatchObject({
      kind: 'WEBHOOK',
      eventType: 'vendor.replied',
      hasSigningKey: true,
      credential: null,
    })
    expect(replied.url).toMatch(/^https:\/\/trae\.example\.com\/hooks\/t\/[\w-]{32}$/)
    const rotate = (id: string) =>
      ask(
        'mutation r($id: ID!) { pluginTriggerRotateKey(input: { triggerId: $id }) { plaintext userErrors { code } } }',
        { id },
      )
    const { pluginTriggerRotateKey: first } = await rotate(replied.id)
    const { pluginTriggerRotateKey: second } = await rotate(replied.id)
    expect(first.plaintext).toMatch(/^[\w-]{43}$/)
    expect(second.plaintext).not.toBe(first.plaintext)
    expect((await rotate(ordered.id)).pluginTriggerRotateKey).toEqual({
      plaintext: null,
      userErrors: [{ code: 'CONFLICT' }],
    })
    const found = await ask('query q($id: ID!) { node(id: $id) { ... on PluginTrigger { name } } }', { id: replied.id })
    expect(found.node).toEqual({ name: 'replied' })
  })
})
