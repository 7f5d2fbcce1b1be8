import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit, brokenAudit } from '../../core/access/audit.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const PLAYBOOK =
  'id: quiet\nname: Quiet\nmodule: pre_vendas\ntriggers:\n  - event: never.happens\nsteps:\n  - wait: 1d\n'

describe.each(DATABASE_KINDS)('the audit log, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
    const { core } = host
    for (let i = 0; i < 30; i++)
      await core.sql.transaction(tx =>
        audit(
          tx,
          core.workspaceId,
          { actor: 'host', action: 'plugin.disabled', target: `plugin:p${i % 3}`, data: { i } },
          core.clock.now(),
        ),
      )
    await publishPlaybook(core, core.workspaceId, PLAYBOOK)
    await host.token()
  })
  afterAll(() => host.close())
  const list = async (args: string) =>
    (
      await host.graphql(
        `{ auditLog${args} { edges { node { sequence action target byHost actor { email } data } } pageInfo { hasNextPage endCursor } } }`,
      )
    ).json

  it('is read by pages, newest first, and by filters', async () => {
    const { data } = await list('(first: 20)')
    const numbers = data.auditLog.edges.map(({ node }: { node: { sequence: number } }) => node.sequence)
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => numbers[0] - i))
    const rest = await list(`(first: 100, after: "${data.auditLog.pageInfo.endCursor}")`)
    expect([rest.data.auditLog.edges.length, rest.data.auditLog.pageInfo.hasNextPage]).toEqual([numbers[0] - 20, false])
    const of = async (filter: string) =>
      (await list(`(first: 100, filter: {${filter}})`)).data.auditLog.edges.map(({ node }: { node: object }) => node)
    expect(await of('actions: ["plugin."], target: "plugin:p1"')).toHaveLength(10)
    expect(await of('actions: ["pl_gin"]')).toEqual([])
    expect(await of('actions: ["playbook.published"]')).toMatchObject([
      { byHost: true, target: 'playbook:quiet', data: { version: 1 } },
    ])
    expect(await of('actions: ["sign-in."]')).toMatchObject([
      { actor: { email: host.core.owner.email }, data: { by: 'password', address: '127.0.0.1' } },
    ])
    expect((await list('(after: "x")')).errors[0].extensions.code).toBe('BAD_USER_INPUT')
  })
  it('is exported as JSON lines with its hashes', async () => {
    const answer = await fetch(`${host.url}/audit/export`, {
      headers: { authorization: `Bearer ${await host.token()}` },
    })
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson')
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1))
    for (const [i, { previous }] of lines.entries()) expect(previous).toBe(i === 0 ? '' : lines[i - 1].hash)
    expect((await host.send('GET', '/audit/export', { token: null })).status).toBe(401)
  })
  it('does not hold up what belongs to a workspace while an entry is written', async () => {
    const { sql, workspaceId, clock } = host.core
    if (kind === 'pglite') return expect(await brokenAudit(host.core, workspaceId)).toBeUndefined() // has one session
    await sql.transaction(async tx => {
      await audit(tx, workspaceId, { actor: 'host', action: 'x', target: 'y', data: {} }, clock.now())
      const body = { name: 'Ana', email: 'ana@example.com' } // another connection, a row that refers to the workspace
      expect((await host.send('POST', '/leads/process', { body })).status).toBe(202)
    })
  })
  it('says which request an entry came of, and that is in its hash', async () => {
    const { core } = host
    const headers = { 'x-request-id': 'req-4711' }
    await host.send('POST', '/auth/login', { body: core.owner, token: null, headers })
    const query = `{ auditLog(first: 100, filter: { actions: ["sign-in.", "plugin."] }) { edges { node { action requestId } } } }`
    const nodes = (await host.graphql(query)).json.data.auditLog.edges.map(({ node }: { node: object }) => node)
    expect(nodes[0]).toEqual({ action: 'sign-in.succeeded', requestId: 'req-4711' })
    expect(nodes.at(-1)).toEqual({ action: 'plugin.disabled', requestId: null })
    const rename = (to: string) =>
      core.sql.query({ name: '', text: `update audit_log set request_id = $1 where request_id like 'req-%'` }, [to])
    expect(await brokenAudit(core, core.workspaceId)).toBeUndefined()
    await rename('req-4712')
    expect(await brokenAudit(core, core.workspaceId)).toBeGreaterThan(0)
    await rename('req-4711')
    expect(await brokenAudit(core, core.workspaceId)).toBeUndefined()
  })
  it('shows where somebody changed it', async () => {
    const verify = async () =>
      (await host.graphql('{ auditVerification { intact brokenAt } }')).json.data.auditVerification
    expect(await verify()).toEqual({ intact: true, brokenAt: null })
    await host.core.sql.query(statement('test.forge', `update audit_log set data = '{"i": 99}' where seq = 7`))
    expect(await verify()).toEqual({ intact: false, brokenAt: 7 })
  })
})
