import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { SCORE } from '../decisions/policies.ts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PERMISSIONS } from '../../core/access/permissions.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { openApiChecker } from './fits-openapi.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const linkToken = (link: string) => link.split('#')[1]!

describe('/openapi.json', () => {
  let host: TestServer
  // oxlint-disable-next-line typescript/no-explicit-any
  let document: any
  beforeAll(async () => {
    host = await openTestServer('pglite')
    const greet = 'id: greet\nname: Greet\nmodule: vendas\ntriggers: [{ manual: true }]\nsteps: [{ return: 1 }]'
    await publishPlaybook(host.core, host.core.workspaceId, greet)
    await publishPolicy(host.core, host.core.workspaceId, SCORE)
    document = (await host.send('GET', '/openapi.json', { token: null })).json
  })
  afterAll(() => host.close())

  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    expect(document.openapi).toMatch(/^3\.1/)
    const ids = operations().map(([, , operation]) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })
  it('has the endpoints of the seed, each with who may ask', () => {
    for (const path of ['/brain/start', '/brain/stop', '/brain/status', '/leads/process', '/analytics/overview'])
      expect(Object.keys(document.paths)).toContain(path)
    for (const [path, , { description, security }] of operations()) {
      expect(security === undefined, path).toBe(!path.startsWith('/auth/'))
      if (security) continue
      const [, permission] = /Needs `(\S+)`/.exec(description) ?? []
      expect(Object.keys(PERMISSIONS), path).toContain(permission)
    }
  })
  it('is true: each endpoint answers what it says, when it succeeds and when it refuses', async () => {
    const faults = openApiChecker(document)
    const lead = leadInput.parse({ name: 'Bia', email: 'bia@example.com' })
    const { leadId } = await captureLead(host.core, host.core.workspaceId, lead, { source: 'test' })
    const call = await host.send('POST', '/calls', { body: { lead_id: leadId } })
    const bodies: Record<string, object> = {
      '/calls': { lead_id: leadId },
      '/leads/process': { name: 'Ana', email: 'ana@example.com' },
      '/decisions/request': { policy: 'worth-a-call', context: { source: 'referral' } },
      '/tasks/add': { module: 'pre_vendas', action: 'greet' },
      '/modules/{module}/execute': { action: 'greet' },
      '/calls/{call}/lines': { lines: [{ seq: 1, who: 'us', text: 'Olá' }] },
    }
    const queries: Record<string, string> = { '/memory/search': '?q=solar' }
    for (const [path, method, { responses, security }] of operations()) {
      if (security) continue // for anybody: below
      const url = path.replace('{module}', 'pre_vendas').replace('{call}', call.json.id)
      const body = method === 'post' ? (bodies[path] ?? {}) : undefined
      const good = await host.send(method.toUpperCase(), url + (queries[path] ?? ''), { body })
      expect(Object.keys(responses), `${path}: ${good.text}`).toContain(String(good.status))
      const bad = [
        good,
        await host.send(method.toUpperCase(), url, { body, token: null }),
        await host.send(method.toUpperCase(), `${url}?nonsense=1`, { body: method === 'post' ? '{' : undefined }),
        await host.send(method.toUpperCase(), `${url}?nonsense=1`, { body: method === 'post' ? [] : undefined }),
      ]
      for (const answer of bad) expect(faults(method, url, answer), `${path}: ${answer.text}`).toEqual([])
      expect(bad.slice(1, 3).every(({ status }) => status >= 400 && status < 500)).toBe(true)
    }
  })
  it('is true of signing in, and of what a link of a letter leads to', async () => {
    const faults = openApiChecker(document)
    const seen = new Set<string>()
    const ask = async (method: 'GET' | 'POST', path: string, body?: object, token: string | null = null) => {
      const answer = await host.send(method, path, { body, token })
      expect(Object.keys(document.paths[path][method.toLowerCase()].responses), answer.text).toContain(
        answer.status >= 400 ? 'default' : String(answer.status),
      )
      expect(faults(method, path, answer), `${path}: ${answer.text}`).toEqual([])
      if (answer.status < 300) seen.add(path)
      return answer
    }
    const { email, password } = host.core.owner
    expect((await ask('POST', '/auth/login', { email, password: 'wrong' })).status).toBe(401)
    const first = await ask('POST', '/auth/login', { email, password })
    const renewed = await ask('POST', '/auth/refresh', { refresh_token: first.json.refresh_token })
    const { access_token: token, refresh_token } = renewed.json
    await ask('POST', '/auth/switch', { workspace_id: host.core.workspaceId }, token)
    await ask('POST', '/auth/logout', { refresh_token })
    expect((await ask('POST', '/auth/refresh', { refresh_token })).status).toBe(401)
    await ask('GET', '/auth/methods')

    const invited = await host.graphql(
      `mutation { userInvite(input: { email: "new@example.com", role: VIEWER }) { link invitation { id } } }`,
    )
    const invitation = linkToken(invited.json.data.userInvite.link)
    expect((await ask('POST', '/auth/invitation', { token: invitation })).json).toMatchObject({ known: false })
    const accept = { token: invitation, name: 'New', password: 'another horse battery' }
    await ask('POST', '/auth/invitation/accept', accept)
    expect((await ask('POST', '/auth/invitation/accept', accept)).status).toBeGreaterThanOrEqual(400)

    await ask('POST', '/auth/forgot', { email: 'new@example.com' })
    const { users } = (await host.graphql('{ users(filter: {search: "new@"}) { edges { node { id } } } }')).json.data
    const made = await host.graphql('mutation ($id: ID!) { userResetLink(input: { userId: $id }) { link } }', {
      id: users.edges[0].node.id,
    })
    await ask('POST', '/auth/reset', {
      token: linkToken(made.json.data.userResetLink.link),
      password: 'a third horse battery',
    })
    expect([...seen].sort()).toEqual(
      Object.keys(document.paths)
        .filter(path => path.startsWith('/auth/'))
        .sort(),
    )
  })
  it('is checked by something that can tell', () => {
    const faults = openApiChecker(document)
    const json = new Headers({ 'content-type': 'application/json' })
    const status = { status: 200, headers: json }
    expect(faults('GET', '/brain/status', { ...status, json: { running: 'yes' } }).length).toBeGreaterThan(2)
    expect(faults('GET', '/brain/status', { status: 201, headers: json, json: {} })).toEqual(['201 is not described'])
    expect(faults('GET', '/brain/status', { status: 404, headers: json, json: {} })).toHaveLength(1)
  })
  it('describes what is taken as well', () => {
    const lead = document.paths['/leads/process'].post.requestBody.content['application/json'].schema
    expect(lead.required).toEqual(['name'])
    expect(Object.keys(lead.properties)).toContain('job_title')
    expect(document.paths['/modules/{module}/status'].get.parameters[0]).toMatchObject({
      name: 'module',
      in: 'path',
      required: true,
    })
    const [days] = document.paths['/analytics/overview'].get.parameters
    expect(days).toMatchObject({ name: 'days', in: 'query', required: false, schema: { minimum: 1, maximum: 366 } })
  })

  const operations = () =>
    Object.entries(
      document.paths as Record<
        string,
        Record<string, { operationId: string; description: string; responses: object; security?: [] }>
      >,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
    )
})
